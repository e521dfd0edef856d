package render

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

func deliveredBy(program string) *Rendering {
	return &Rendering{mesh: &mesh.Mesh{Delivery: &mesh.Delivery{Type: program}}}
}

func protected(t *testing.T, r *Rendering, fields map[string]any) map[string]any {
	t.Helper()
	f, err := manifest.Manifests("f.yaml", "spec", []manifest.Object{{Fields: fields}})
	if err != nil {
		t.Fatal(err)
	}
	before, err := manifest.Encode(fields)
	if err != nil {
		t.Fatal(err)
	}
	files, err := r.protect([]manifest.File{f})
	if err != nil {
		t.Fatal(err)
	}
	if after, err := manifest.Encode(fields); err != nil || string(after) != string(before) {
		t.Errorf("the object itself was changed, which others may share (%v):\n%s", err, after)
	}
	again, err := r.protect(files)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(files, again); d != "" {
		t.Errorf("protecting twice is not protecting once:\n%s", d)
	}
	metadata := files[0].Objects[0].Fields["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	return annotations
}

func TestProtect(t *testing.T) {
	disabled := map[string]any{fluxSubstitute: "disabled"}
	data := func(key, value string, metadata map[string]any) map[string]any {
		metadata["name"] = "x"
		return map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": map[string]any{key: value}, "list": []any{int64(1), true, nil, "$"}}
	}
	plain := func() map[string]any { return map[string]any{} }
	namespace := map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "x"}}
	for name, test := range map[string]struct {
		program string
		object  map[string]any
		want    map[string]any
	}{
		"a variable":                    {mesh.DeliveryFlux, data("k", "a${b}", plain()), disabled},
		"a variable that does not end":  {mesh.DeliveryFlux, data("k", "a${", plain()), disabled},
		"two dollars":                   {mesh.DeliveryFlux, data("k", "$$(HOST)", plain()), disabled},
		"a variable in a name":          {mesh.DeliveryFlux, data("a${b}", "v", plain()), disabled},
		"no variable":                   {mesh.DeliveryFlux, data("k", "$a $(b) $ {c}", plain()), nil},
		"Argo CD substitutes nothing":   {mesh.DeliveryArgoCD, data("k", "${b}", plain()), nil},
		"beside other annotations":      {mesh.DeliveryFlux, data("k", "${b}", map[string]any{"annotations": map[string]any{"a": "b"}}), map[string]any{"a": "b", fluxSubstitute: "disabled"}},
		"an annotation that says other": {mesh.DeliveryFlux, data("k", "${b}", map[string]any{"annotations": map[string]any{fluxSubstitute: "enabled"}}), map[string]any{fluxSubstitute: "enabled"}},
		"a label that says so":          {mesh.DeliveryFlux, data("k", "${b}", map[string]any{"labels": map[string]any{fluxSubstitute: "disabled"}}), nil},
		"a Namespace of Flux":           {mesh.DeliveryFlux, namespace, map[string]any{fluxPrune: "disabled"}},
		"a Namespace of Argo CD":        {mesh.DeliveryArgoCD, namespace, map[string]any{argoSync: "Prune=false,Delete=false", argoCompare: "IgnoreExtraneous"}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(test.want, protected(t, deliveredBy(test.program), test.object)); d != "" {
				t.Errorf("annotations (-want +got):\n%s", d)
			}
		})
	}
}
