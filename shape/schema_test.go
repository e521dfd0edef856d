package shape

import (
	"encoding/base64"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// refusal says why an API server with strict field validation would refuse v, "" when it would not. It follows the API
// server's order: null is pruned where it is not nullable, then the schema is applied. CEL other than the rules above is skipped.
func (s *schema) refusal(v any) string {
	if s.IntOrString {
		return ""
	}
	if v == nil {
		if s.Nullable || s.Type == "" {
			return ""
		}
		return "null"
	}
	for _, why := range []string{s.typeRefusal(v), s.boundsRefusal(v), s.celRefusal(v), s.logicRefusal(v)} {
		if why != "" {
			return why
		}
	}
	return ""
}

func (s *schema) typeRefusal(v any) string {
	ok := true
	switch s.Type {
	case "object":
		m, isMap := v.(map[string]any)
		if isMap {
			return s.objectRefusal(m)
		}
		ok = false
	case "array":
		list, isList := v.([]any)
		for i, e := range list {
			if why := s.Items.refusal(e); why != "" {
				return fmt.Sprintf("[%d]: %s", i, why)
			}
		}
		ok = isList
	case "string":
		_, ok = v.(string)
	case "boolean":
		_, ok = v.(bool)
	case "integer":
		f, isNumber := asFloat(v)
		ok = isNumber && f == math.Trunc(f)
	case "number":
		_, ok = asFloat(v)
	}
	if !ok {
		return "not of type " + s.Type
	}
	return ""
}

func (s *schema) objectRefusal(m map[string]any) string {
	for key, e := range m {
		sub := s.Properties[key]
		if sub == nil {
			sub = s.AdditionalProperties
		}
		switch {
		case sub == nil && !s.Preserve:
			return "unknown field " + key
		case sub == nil || e == nil && !sub.Nullable: // a null is pruned
		default:
			if why := sub.refusal(e); why != "" {
				return key + ": " + why
			}
		}
	}
	return ""
}

// has says whether the object still has the field after nulls were pruned.
func (s *schema) has(m map[string]any, key string) bool {
	e, ok := m[key]
	return ok && (e != nil || s.Properties[key] != nil && s.Properties[key].Nullable)
}

func (s *schema) boundsRefusal(v any) string {
	size, lo, hi := 0.0, s.Minimum, s.Maximum
	switch v := v.(type) {
	case string:
		size, lo, hi = float64(utf8.RuneCountInString(v)), s.MinLength, s.MaxLength
		if s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(v) {
			return "pattern"
		}
		if s.Format == "byte" {
			if _, err := base64.StdEncoding.DecodeString(v); err != nil {
				return "format byte"
			}
		}
	case []any:
		size, lo, hi = float64(len(v)), s.MinItems, s.MaxItems
	case map[string]any:
		size, lo, hi = float64(len(v)), s.MinProperties, s.MaxProperties
	default:
		size, _ = asFloat(v)
	}
	if lo != nil && size < *lo || hi != nil && size > *hi {
		return "bounds"
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
		return "enum"
	}
	return ""
}

func (s *schema) celRefusal(v any) string {
	for _, rule := range s.Validations {
		ok := true
		switch rule.Rule {
		case ruleMilli:
			text, _ := v.(string)
			d, err := time.ParseDuration(text)
			ok = err == nil && d >= time.Millisecond
		case rulePort:
			n, _ := asFloat(v)
			ok = isPort(n)
		case rulePortKeys:
			m, _ := v.(map[string]any)
			for key := range m {
				n, err := strconv.Atoi(key)
				ok = ok && err == nil && isPort(float64(n))
			}
		}
		if !ok {
			return rule.Rule
		}
	}
	return ""
}

func isPort(n float64) bool { return 0 < n && n <= 65535 }

func (s *schema) logicRefusal(v any) string {
	m, _ := v.(map[string]any)
	for _, key := range s.Required {
		if !s.has(m, key) {
			return "required " + key
		}
	}
	passing := func(subs []*schema) int {
		n := 0
		for _, sub := range subs {
			// Parts of a structural schema name fields without describing them: what they mean stands in s.
			part := *sub
			part.Properties = s.Properties
			if part.logicRefusal(v) == "" {
				n++
			}
		}
		return n
	}
	switch {
	case len(s.AllOf) != passing(s.AllOf):
		return "allOf"
	case len(s.AnyOf) > 0 && passing(s.AnyOf) == 0:
		return "anyOf"
	case len(s.OneOf) > 0 && passing(s.OneOf) != 1:
		return "oneOf"
	case s.Not != nil && passing([]*schema{s.Not}) == 1:
		return "not"
	}
	return ""
}

// A validator that accepts or refuses everything would make the comparison worthless.
func TestSchemaRefusal(t *testing.T) {
	byKind := map[string]*schema{}
	for _, k := range crdKinds(t) {
		byKind[k.name] = k.spec
	}
	for _, tc := range []struct{ kind, value, why string }{
		{"DestinationRule", `{host: a}`, ""},
		{"DestinationRule", `{}`, "required host"},
		{"DestinationRule", `{host: null}`, "required host"},
		{"DestinationRule", `{host: 1}`, "host: not of type string"},
		{"DestinationRule", `{host: a, x: 1}`, "unknown field x"},
		{"DestinationRule", `{host: a, trafficPolicy: {loadBalancer: {simple: RANDOM, consistentHash: {}}}}`, "trafficPolicy: loadBalancer: oneOf"},
		{"DestinationRule", `{host: a, trafficPolicy: {loadBalancer: {simple: RANDOM, consistentHash: null}}}`, ""},
		{"DestinationRule", `{host: a, trafficPolicy: {loadBalancer: {simple: RANDOMLY}}}`, "trafficPolicy: loadBalancer: simple: enum"},
		{"DestinationRule", `{host: a, trafficPolicy: {outlierDetection: {interval: 0s}}}`, "trafficPolicy: outlierDetection: interval: " + ruleMilli},
		{"DestinationRule", `{host: a, trafficPolicy: {outlierDetection: {outlierDetectionHttpErrorCodes: [99]}}}`, "trafficPolicy: outlierDetection: outlierDetectionHttpErrorCodes: [0]: bounds"},
		{"DestinationRule", `{host: a, exportTo: [null]}`, "exportTo: [0]: null"},
		{"PeerAuthentication", `{portLevelMtls: {"0": {}}}`, "portLevelMtls: " + rulePortKeys},
		{"EnvoyFilter", `{configPatches: [{patch: {value: {any: [thing]}}}]}`, ""},
	} {
		var v any
		if err := yaml.Unmarshal([]byte(tc.value), &v); err != nil {
			t.Fatal(err)
		}
		got := byKind[tc.kind].refusal(v)
		if got != tc.why {
			t.Errorf("%s %s: refused with %q, want %q", tc.kind, tc.value, got, tc.why)
		}
	}
}
