package render

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/meshtopo/meshtopo/diag"
)

// FuzzComponent: whatever the files of an overlay hold, reading and vetting it ends with findings or with a component that has known fields only and files of its
// own directory only.
func FuzzComponent(f *testing.F) {
	kustomizations, err := filepath.Glob("../overlays/*/kustomization.yaml")
	if err != nil || len(kustomizations) == 0 {
		f.Fatalf("no overlays: %v", err)
	}
	for _, name := range kustomizations {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
	}
	const head = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
	for _, s := range []string{
		"patches: [{path: a.yaml}]", "patches: [{path: ../b.yaml}]", "patches: [{patch: '- op: add', target: {kind: Service}}]", "resources: [https://example.com/a]", "resources: [a.yaml]",
		"configMapGenerator: [{name: a, files: [b=/etc/passwd, a.yaml]}]", "replacements: [{path: a.yaml}]", "openapi: {path: a}", "helmCharts: []", "components: ['git@x:y?ref=--z']",
		"secretGenerator: [{name: a, envs: [a.yaml]}]", "patchesStrategicMerge: [a.yaml]", "labels: [{pairs: {a: b}}]", "images: [{name: a, newTag: 1}]",
	} {
		f.Add(head+s+"\n", "a: [b]\n")
	}
	root, err := os.OpenRoot(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { root.Close() })
	if err := root.Mkdir("o", 0o777); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, kustomization, other string) {
		if err := errors.Join(root.WriteFile("o/kustomization.yaml", []byte(kustomization), 0o666), root.WriteFile("o/a.yaml", []byte(other), 0o666)); err != nil {
			t.Fatal(err)
		}
		c, err := readComponent(root, "o")
		if err != nil {
			var found diag.Findings
			if !errors.As(err, &found) || len(found) == 0 || found[0].Message == "" {
				t.Fatalf("an error and no finding: %v", err)
			}
			return
		}
		for field := range c.Fields {
			if !slices.Contains(allowedFields(), field) {
				t.Errorf("field %q is let through", field)
			}
		}
		for name := range c.Files {
			if !filepath.IsLocal(name) {
				t.Errorf("file %q is let through", name)
			}
		}
	})
}
