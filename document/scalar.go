package document

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

var (
	decimal     = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)
	oldBool     = regexp.MustCompile(`^(?i:y|n|yes|no|on|off)$`)
	numberLike  = regexp.MustCompile(`^[-+]?(0[0-9_]+|0[xob][0-9a-fA-F_]+|[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|\.[0-9][0-9_]*([eE][-+]?[0-9]+)?|\.(?i:inf))$`)
	sexagesimal = regexp.MustCompile(`^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$`)
	timestamp   = regexp.MustCompile(`^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?$`)
)

// ambiguous says whether a plain scalar, which yaml.v3 gave a tag, has different values for YAML 1.1 and YAML 1.2 readers, or for
// readers of the same version, and how to write it. Sources: the type repository of YAML 1.1, the core schema of YAML 1.2.
func ambiguous(s, tag string) (fix string, bad bool) {
	quoted := strconv.Quote(s)
	switch {
	case oldBool.MatchString(s):
		value := "false"
		if strings.ContainsAny(s[:1], "yY") || strings.EqualFold(s, "on") {
			value = "true"
		}
		return "write " + quoted + " for the text, or " + value + " for the boolean", true
	case decimal.MatchString(s):
		return "", false
	case sexagesimal.MatchString(s), timestamp.MatchString(s), strings.EqualFold(s, ".nan"), s == "=":
		return "write " + quoted, true
	case numberLike.MatchString(s), tag == "!!int", tag == "!!float":
		if n, ok := plainInteger(s); ok {
			return "write " + quoted + " for the text, or " + n + " for the number", true
		}
		return "write " + quoted + " for the text, or a plain decimal number", true
	case tag != "!!str" && tag != "!!bool" && tag != "!!null":
		return "write " + quoted, true
	}
	return "", false
}

// plainInteger gives the whole number that all readers who take s for a decimal number see in it.
func plainInteger(s string) (string, bool) {
	if strings.HasPrefix(strings.TrimLeft(s, "+-"), "0") {
		return "", false // octal for some
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > exact {
		return "", false
	}
	return strconv.FormatFloat(f, 'f', -1, 64), true
}

// exact is the largest whole number up to which a reader that keeps numbers as 64-bit floats sees every one as it is written.
const exact = 1<<53 - 1

// outOfRange says whether a decimal or JSON number loses digits in a reader that keeps numbers as float64.
func outOfRange(s string) bool {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i > exact || i < -exact
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.Abs(f) > exact {
		return true
	}
	mantissa, _, _ := strings.Cut(strings.ToLower(s), "e")
	return len(strings.TrimLeft(strings.ReplaceAll(mantissa, ".", ""), "-0")) > 17
}

// Exact says whether a number as Number gives it is one that every reader sees as it is written.
func Exact(v any) bool {
	switch v := v.(type) {
	case int64:
		return -exact <= v && v <= exact
	case float64:
		return math.Abs(v) <= exact // which NaN is not
	}
	return true
}

// valueOf gives the plain value of a tree that has passed the checks: map[string]any, []any, string, bool, int64, float64, nil.
func valueOf(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = valueOf(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, e := range n.Content {
			list[i] = valueOf(e)
		}
		return list
	}
	switch n.Tag {
	case "!!int", "!!float":
		return Number(n.Value)
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!null":
		return nil
	default:
		return n.Value
	}
}

// Number is the value of a decimal: int64 for whole numbers that fit, else float64.
func Number(s string) any {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i
	}
	f, _ := strconv.ParseFloat(s, 64)
	if f == math.Trunc(f) && math.Abs(f) <= exact {
		return int64(f)
	}
	return f
}

// Settle gives a value decoded from JSON with each json.Number replaced by its Number. Maps and lists are changed in place.
func Settle(v any) any {
	switch v := v.(type) {
	case json.Number:
		return Number(v.String())
	case map[string]any:
		for k, e := range v {
			v[k] = Settle(e)
		}
	case []any:
		for i, e := range v {
			v[i] = Settle(e)
		}
	}
	return v
}
