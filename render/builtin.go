package render

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/openapi"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
)

// checkBuiltin looks for slips in the fields of Kubernetes' own kinds, and for values of a wrong type. kustomize brings their schema, of Kubernetes 1.21: a field
// that it does not know may be newer, so only one that looks like a known field is told, and as a warning. Reading the schema takes 60 ms of processor time, more than most renders: this is
// for objects that components and overlays add, and not for those that an overlay patches.
func checkBuiltin(f manifest.File) []diag.Finding {
	var findings []diag.Finding
	for _, o := range f.Objects {
		id, err := o.ID()
		if err != nil {
			continue
		}
		apiVersion, _ := o.Fields["apiVersion"].(string)
		schema := openapi.SchemaForResourceType(kyaml.TypeMeta{APIVersion: apiVersion, Kind: id.Kind})
		if schema == nil {
			continue
		}
		place := func(rule, format string, args ...any) diag.Finding {
			return diag.New(rule, diag.Path(f.From), "%s: %s: %s", f.Path, id, fmt.Sprintf(format, args...))
		}
		for _, s := range slipsIn(schema, o.Fields, "") {
			if s.near != "" {
				findings = append(findings, place(diag.KubernetesField, "%s: Kubernetes knows no field %s there", s.path, s.path.Last()).WithFix("did you mean %s?", s.near))
			} else {
				findings = append(findings, place(diag.KubernetesType, "%s must be %s", s.path, s.wants))
			}
		}
	}
	return findings
}

// slip is a field that looks like another one, or has a value of a type that it does not take.
type slip struct {
	path  diag.Path
	near  string
	wants string // where near is ""
}

// slipsIn walks a value beside its schema.
func slipsIn(schema *openapi.ResourceSchema, v any, at diag.Path) []slip {
	if wants := wanted(schema, v); wants != "" {
		return []slip{{path: at, wants: wants}}
	}
	var found []slip
	switch v := v.(type) {
	case map[string]any:
		for _, name := range sortedKeys(v) {
			if field := schema.Field(name); field != nil {
				found = append(found, slipsIn(field, v[name], at.Key(name))...)
			} else if near, ok := diag.Nearest(name, slices.Sorted(maps.Keys(schema.Schema.Properties))); ok && v[near] == nil {
				found = append(found, slip{path: at.Key(name), near: near})
			}
		}
	case []any:
		elements := schema.Elements()
		for i, e := range v {
			if elements != nil {
				found = append(found, slipsIn(elements, e, at.Index(i))...)
			}
		}
	}
	return found
}

// wanted says what a field takes, where that is not what stands there. A quantity is a string in the schema, and may be a number.
func wanted(schema *openapi.ResourceSchema, v any) string {
	if len(schema.Schema.Type) != 1 || v == nil || schema.Schema.Format == "int-or-string" || strings.HasPrefix(schema.Schema.Description, "Quantity ") {
		return ""
	}
	fits, wants := true, ""
	switch schema.Schema.Type[0] {
	case "string":
		_, fits = v.(string)
		wants = "a string: put it in quotes"
	case "boolean":
		_, fits = v.(bool)
		wants = "true or false"
	case "integer":
		fits = isWhole(v)
		wants = "a whole number"
	case "array":
		_, fits = v.([]any)
		wants = "a list"
	case "object":
		_, fits = v.(map[string]any)
		wants = "a map"
	}
	if fits {
		return ""
	}
	return wants
}

func isWhole(v any) bool {
	switch v := v.(type) {
	case int64, uint64:
		return true
	case float64:
		return v == math.Trunc(v)
	}
	return false
}
