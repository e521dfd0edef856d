package e2e

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

const (
	topologies    = "../topologies"
	overlays      = "../overlays"
	golden        = "../golden"
	kustomization = "kustomization.yaml"
)

// object is a Kubernetes object as Kubernetes reads it: JSON values.
type object = map[string]any

// decode reads the documents of a YAML stream in their order. A line "---" inside a value is always indented.
func decode(t *testing.T, stream []byte) []object {
	t.Helper()
	var objects []object
	for document := range bytes.SplitSeq(append([]byte("\n"), stream...), []byte("\n---\n")) {
		var o object
		if err := yaml.UnmarshalStrict(document, &o); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		if o != nil {
			objects = append(objects, o)
		}
	}
	return objects
}

// targets gives the targets of a rendered tree that have a kustomization, as paths relative to it.
func targets(t *testing.T, tree string) []string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"clusters/*", "mesh/*", "delivery"} {
		found, err := filepath.Glob(filepath.Join(tree, pattern, kustomization))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			name, err := filepath.Rel(tree, filepath.Dir(f))
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		t.Fatalf("no target with a kustomization in %s", tree)
	}
	return names
}

// written gives the objects in the files of a target, in the order of its kustomization, which must list every manifest.
func written(t *testing.T, target string) []object {
	t.Helper()
	list := struct{ Resources []string }{}
	if err := yaml.Unmarshal(read(t, filepath.Join(target, kustomization)), &list); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(manifests(t, target), slices.Sorted(slices.Values(list.Resources))); diff != "" {
		t.Errorf("%s does not list the manifests beside it (-beside +listed):\n%s", kustomization, diff)
	}
	var objects []object
	for _, name := range list.Resources {
		objects = append(objects, decode(t, read(t, filepath.Join(target, name)))...)
	}
	if len(objects) == 0 {
		t.Errorf("%s holds no object", target)
	}
	return objects
}

// manifests gives the YAML files below a target but its kustomization, sorted.
func manifests(t *testing.T, target string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(target, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" || strings.Contains(path, "/install/") && strings.HasSuffix(path, "-values.yaml") { // values of charts are no manifests
			return err
		}
		name, err := filepath.Rel(target, path)
		if name != kustomization {
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// checkBuilds holds `kustomize build` of every target of a tree against the files in it: the same objects in the same order.
func checkBuilds(t *testing.T, tree string) {
	t.Helper()
	for _, target := range targets(t, tree) {
		dir := filepath.Join(tree, target)
		want := written(t, dir)
		got := decode(t, run(t, built.kustomize, "build", dir))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("kustomize build %s does not give what was rendered (-rendered +built):\n%s", target, diff)
		}
	}
}

// TestBuildRendered holds kustomize against a fresh render of every shipped topology, overlays and all.
func TestBuildRendered(t *testing.T) {
	for _, name := range subdirectories(t, topologies) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			topology := filepath.Join(topologies, name)
			tree := render(t, topology)
			checkBuilds(t, tree)
			for _, target := range targets(t, tree) {
				printed := decode(t, run(t, built.meshtopo, "render", "--quiet", topology, "--stdout", "--target", target))
				if diff := cmp.Diff(written(t, filepath.Join(tree, target)), printed); diff != "" {
					t.Errorf("render --stdout --target %s does not print what -o writes (-written +printed):\n%s", target, diff)
				}
			}
		})
	}
}

// TestBuildGolden holds kustomize against the committed trees, which a reviewer and a GitOps controller see.
func TestBuildGolden(t *testing.T) {
	for _, name := range subdirectories(t, golden) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkBuilds(t, filepath.Join(golden, name))
		})
	}
}

// identity is what an object is compared under; it sorts objects that two programs give in different orders.
func identity(o object) string {
	metadata, _ := o["metadata"].(object)
	var parts []string
	for _, v := range []any{o["apiVersion"], o["kind"], metadata["namespace"], metadata["name"]} {
		s, _ := v.(string)
		parts = append(parts, s)
	}
	return strings.Join(parts, " ")
}

func sorted(objects []object) []object {
	return slices.SortedStableFunc(slices.Values(objects), func(x, y object) int { return strings.Compare(identity(x), identity(y)) })
}
