package render_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/check"
	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/limit"
	"github.com/meshtopo/meshtopo/load"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/render"
	"go.yaml.in/yaml/v3"
)

// sameProcess runs the jobs of overlays without a child process.
func sameProcess(_ context.Context, job string, request []byte) ([]byte, error) {
	return render.Jobs()[job](request)
}

// prepare takes a topology file through all stages up to Prepare, and fails on any error among the findings.
func prepare(t *testing.T, dir, file string) *render.Rendering {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	topology, err := load.File(context.Background(), file, load.Options{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	if topology.Spec == nil {
		t.Fatalf("%s: %+v", file, topology.Findings)
	}
	if found := check.Topology(topology.Spec, limit.Default()); diag.Count(found, diag.Error) > 0 {
		t.Fatalf("%s: %+v", file, found)
	}
	r, found, err := render.Prepare(context.Background(), mesh.Build(topology.Spec), render.Options{Root: root, Dir: ".", Isolate: sameProcess})
	if err != nil || diag.Count(found, diag.Error) > 0 {
		t.Fatalf("%s: %v %+v", file, err, found)
	}
	return r
}

// object gives the only object of a kind and name in the targets that a pattern matches.
func object(t *testing.T, r *render.Rendering, pattern, kind, name string) map[string]any {
	t.Helper()
	var found []map[string]any
	for target, err := range r.Targets(pattern) {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range target.Files {
			for _, o := range f.Objects {
				if id, _ := o.ID(); id.Kind == kind && id.Name == name {
					found = append(found, o.Fields)
				}
			}
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d objects %s %s in %s, want one", len(found), kind, name, pattern)
	}
	return found[0]
}

// TestGatewayFields sets every documented field of an IstioGateway; each must come out as it was written.
func TestGatewayFields(t *testing.T) {
	text, err := os.ReadFile("testdata/gateway/all.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var written struct {
		Spec struct{ Gateways []map[string]any }
	}
	if err := yaml.Unmarshal(text, &written); err != nil {
		t.Fatal(err)
	}
	want := written.Spec.Gateways[0]
	override := want["overrides"].([]any)[0].(map[string]any)
	delete(override, "cluster")
	want["overrides"] = map[string]any{"c2": override}
	want["clusterIds"] = []any{"c1", "c2"}
	metadata := map[string]any{
		"name": "all", "namespace": "istio-system", "labels": want["labels"],
		"annotations": map[string]any{"asm.alibabacloud.com/managed-by-asm": "true", "asm.alibabacloud.com/replicas-managed-by-asm": "false"},
	}
	for _, key := range []string{"name", "clusters", "annotations", "labels"} {
		delete(want, key)
	}

	got := object(t, prepare(t, "testdata/gateway", "all.yaml"), "mesh/all", "IstioGateway", "all")
	if diff := cmp.Diff(plain(t, metadata), plain(t, got["metadata"])); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(plain(t, want), plain(t, got["spec"])); diff != "" {
		t.Errorf("spec (-written +rendered):\n%s", diff)
	}
}

// plain makes values of different readers comparable.
func plain(t *testing.T, v any) any {
	t.Helper()
	data, err := yaml.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var p any
	if err := yaml.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPrefix holds that objects whose names an overlay changes stay in the files of their topology entries, and that what an
// overlay adds stands in overlays.yaml.
func TestPrefix(t *testing.T) {
	r := prepare(t, "testdata/prefix", "topology.yaml")
	var files []string
	for target, err := range r.Targets("clusters/one") {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range target.Files {
			names := []string{f.Path}
			for _, o := range f.Objects {
				id, err := o.ID()
				if err != nil {
					t.Fatal(err)
				}
				names = append(names, id.String())
			}
			files = append(files, strings.Join(names, ", "))
		}
	}
	want := []string{
		"namespaces.yaml, Namespace default",
		"overlays.yaml, ConfigMap default/blue-settings-747dfcb89d",
		"services/web.yaml, Deployment default/blue-web-v1, Service default/blue-web, ServiceAccount default/blue-web",
		manifest.KustomizationName,
	}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}
