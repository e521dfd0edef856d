package render

import (
	"encoding/json"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"

	"github.com/meshtopo/meshtopo/diag"
)

func (r *reader) vetFields() error {
	if r.Fields["kind"] != "Component" {
		return overlayFix(r.at(false, "kind"), "write kind: Component; an overlay here changes what a topology renders, and has no base of its own",
			"overlay %s: kind must be Component, not %v", r.Dir, r.Fields["kind"])
	}
	if v, _ := r.Fields["apiVersion"].(string); !strings.HasPrefix(v, "kustomize.config.k8s.io/v1") {
		return overlayFix(r.at(false, "apiVersion"), "write apiVersion: kustomize.config.k8s.io/v1alpha1",
			"overlay %s: apiVersion must be kustomize.config.k8s.io/v1alpha1, not %v", r.Dir, r.Fields["apiVersion"])
	}
	for _, name := range sortedKeys(r.Fields) {
		if !slices.Contains(allowedFields(), name) {
			fix := "use " + strings.Join(allowedFields()[2:], ", ")
			if near, ok := diag.Nearest(name, allowedFields()); ok {
				fix = "did you mean " + near + "?"
			}
			return overlayFix(r.at(true, name), fix, "overlay %s: the field %s is not allowed", r.Dir, name)
		}
		if err := r.vetType(name); err != nil {
			return err
		}
	}
	return nil
}

// vetType holds one field against kustomize's own type of it, so that what kustomize would ignore or garble has a place.
func (r *reader) vetType(name string) error {
	data, err := json.Marshal(map[string]any{name: r.Fields[name]})
	if err != nil {
		return err
	}
	var k types.Kustomization
	if err := yaml.UnmarshalStrict(data, &k); err != nil {
		return overlayFix(r.at(false, name), "correct the field as kustomize's reference describes it", "overlay %s: kustomize does not take the field %s: %s", r.Dir, name, plainJSON(err))
	}
	return nil
}

// plainJSON takes the decoder's own words from an error of decoding.
func plainJSON(err error) string {
	s := err.Error()
	for _, prefix := range []string{"error unmarshaling JSON: ", "while decoding JSON: ", "json: "} {
		s = strings.TrimPrefix(s, prefix)
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "Go struct field ", "field "), "Go value of type ", "")
}

func overlayFix(place diag.Place, fix, format string, args ...any) error {
	f := diag.New(diag.OverlayField, "", format, args...)
	f.Place, f.Fix = place, fix
	return diag.Findings{f}
}
