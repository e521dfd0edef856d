package render

import (
	"maps"
	"slices"

	"sigs.k8s.io/kustomize/kyaml/openapi"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
)

// checkBuiltin looks for slips in the fields of Kubernetes' own kinds. kustomize brings their schema, of Kubernetes 1.21: a field that it does not know may
// be newer, so only one that looks like a known field is told, and as a warning. Reading the schema takes 60 ms of processor time, more than most renders: this is
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
		for _, s := range slipsIn(schema, o.Fields, "") {
			findings = append(findings, diag.New(diag.KubernetesField, diag.Path(f.From), "%s: %s: %s: Kubernetes knows no field %s there", f.Path, id, s.path, s.path.Last()).
				WithFix("did you mean %s?", s.near))
		}
	}
	return findings
}

// slip is a field that looks like another one.
type slip struct {
	path diag.Path
	near string
}

// slipsIn walks a value beside its schema.
func slipsIn(schema *openapi.ResourceSchema, v any, at diag.Path) []slip {
	var found []slip
	switch v := v.(type) {
	case map[string]any:
		for _, name := range sortedKeys(v) {
			if field := schema.Field(name); field != nil {
				found = append(found, slipsIn(field, v[name], at.Key(name))...)
			} else if near, ok := diag.Nearest(name, slices.Sorted(maps.Keys(schema.Schema.Properties))); ok && v[near] == nil {
				found = append(found, slip{at.Key(name), near})
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
