package component_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/component"
	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// here runs jobs in this process.
func here(_ context.Context, job string, request []byte) ([]byte, error) {
	return component.Jobs()[job](request)
}

// evaluate evaluates components whose files are given by name, in a mesh of so many clusters.
func evaluate(t testing.TB, clusters int, files map[string]string, entries ...mesh.ComponentSpec) (*component.Made, []diag.Finding) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	made, findings, err := component.Evaluate(t.Context(), fleet(clusters, entries), component.Options{Root: root, Dir: ".", Isolate: here})
	if err != nil {
		t.Fatal(err)
	}
	return made, findings
}

func fleet(clusters int, entries []mesh.ComponentSpec) *mesh.Mesh {
	s := mesh.Spec{Spec: mesh.Body{Provider: "asm", Mesh: mesh.ControlPlane{Name: "m", Version: "1.22.6.66", Region: "r0"}, Components: entries}}
	for i := range clusters {
		s.Spec.Clusters = append(s.Spec.Clusters, mesh.ClusterSpec{Name: fmt.Sprintf("c%04d", i), Region: fmt.Sprintf("r%d", i%2)})
	}
	s.Spec.Services = []mesh.ServiceSpec{{
		Name: "web", Namespace: "shop", Ports: []mesh.Port{{Name: "http", Port: 80, TargetPort: 8080, Protocol: "TCP"}},
		Placements: []mesh.PlacementSpec{{Region: "r1", Version: "v1", Replicas: 2}, {Cluster: "c0001", Version: "v2", Replicas: 1}},
	}}
	return mesh.Build(&s)
}

func entry(path string, targets ...string) mesh.ComponentSpec {
	return mesh.ComponentSpec{Path: path, TargetChoice: mesh.TargetChoice{Targets: targets}}
}

const nameOfCluster = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .cluster.name }}, namespace: default}\n"

// TestFleet: more targets than one child gets are all rendered, and one mistake in all of them is one finding.
func TestFleet(t *testing.T) {
	made, findings := evaluate(t, 450, map[string]string{"c/a.yaml.tmpl": nameOfCluster}, entry("c", "clusters/*"))
	if len(findings) > 0 || len(made.Files) != 450 {
		t.Fatalf("%d targets, %v", len(made.Files), findings)
	}
	for target, files := range made.Files {
		if name := strings.TrimPrefix(target, "clusters/"); !strings.Contains(string(files[0].Data), "name: "+name+"\n") {
			t.Fatalf("%s holds\n%s", target, files[0].Data)
		}
	}
	_, findings = evaluate(t, 450, map[string]string{"c/a.yaml.tmpl": "{{ .cluster.nobody }}{{ .cluster.name }}"}, entry("c", "clusters/*"))
	want := `component c for clusters/c0000, clusters/c0001, clusters/c0002, clusters/c0003, clusters/c0004 and 445 more: {{.cluster.nobody}}: map has no entry for key "nobody"`
	if len(findings) != 1 || findings[0].Message != want {
		t.Errorf("got %v, want %s", findings, want)
	}
}

// TestManyFindings: a component cannot flood its reader.
func TestManyFindings(t *testing.T) {
	_, findings := evaluate(t, 1, map[string]string{"c/a.yaml.tmpl": strings.Repeat("apiVersion: v1\n---\n", 500)}, entry("c"))
	if len(findings) != 21 || findings[20].Rule != diag.Limit {
		t.Errorf("%d findings, the last %v", len(findings), findings[len(findings)-1])
	}
}

// TestView: what components get, as templates and as Jsonnet sees it. Whoever changes this file breaks components.
func TestView(t *testing.T) {
	files := map[string]string{
		"c/a.yaml.tmpl": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {mesh: {{ .mesh | toJson }}, cluster: {{ .cluster | toJson }}, values: {{ .values | toJson }}}\n",
		"c.jsonnet":     "function(mesh, cluster, values) { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' }, data: { mesh: mesh, cluster: cluster, values: values } }\n",
	}
	values := map[string]any{"text": "a", "number": int64(3), "part": 0.5, "yes": true, "none": nil, "list": []any{int64(1)}, "map": map[string]any{"a": "b"}}
	first, second := entry("c", "clusters/c0001", "mesh/m"), entry("c.jsonnet", "clusters/c0001", "mesh/m")
	first.Values, second.Values, second.Name = values, values, "other"
	made, findings := evaluate(t, 3, files, first, second)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	var both []any
	for _, target := range []string{"clusters/c0001", "mesh/m"} {
		var data []any
		for _, f := range made.Files[target] {
			data = append(data, f.Objects[0].Fields["data"])
		}
		if diff := cmp.Diff(data[0], data[1]); diff != "" {
			t.Errorf("templates and Jsonnet get other things (-templates +Jsonnet):\n%s", diff)
		}
		both = append(both, data[0])
	}
	got, err := json.MarshalIndent(both, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const file = "testdata/view.json"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Errorf("what components get has changed (-was +is):\n%s", diff)
	}
}

// TestFunctions: each expression prints what stands beside it, or fails.
func TestFunctions(t *testing.T) {
	for expression, want := range map[string]string{
		`quote "a\"\n<é>"`: `"a\"\n<é>"`, `quote 3`: `"3"`, `quote 1.5`: `"1.5"`, `quote true`: `"true"`,
		`quote .values.list`: "error", `quote .values.none`: "error",
		`toJson .values.list`: `[1,"a"]`, `toJson .values.none`: `null`,
		`toYaml .values.list`: "- 1\n- a", `toYaml "no"`: `"no"`, `toYaml .values.map`: "a: b",
		`indent 2 "a\nb"`: "  a\n  b", `nindent 1 "a\nb"`: "\n a\n b", `indent 101 "a"`: "error",
		`index .values "nobody" | default 3`: "3", `.values.none | default "a"`: "a", `"" | default "a"`: "a", `0 | default 1`: "0", `false | default true`: "false",
		`.values.nobody`: "error", `default 1 2 3`: "error",
	} {
		e := entry("c", "mesh/m")
		e.Values = map[string]any{"list": []any{int64(1), "a"}, "none": nil, "map": map[string]any{"a": "b"}}
		template := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: {{ print (" + expression + ") | toJson }}\n"
		made, findings := evaluate(t, 1, map[string]string{"c/a.yaml.tmpl": template}, e)
		switch {
		case want == "error":
			if len(findings) != 1 || findings[0].Rule != diag.ComponentFailed {
				t.Errorf("{{%s}}: %v, want an error", expression, findings)
			}
		case len(findings) > 0:
			t.Errorf("{{%s}}: %v", expression, findings)
		default:
			data, _ := made.Files["mesh/m"][0].Objects[0].Fields["data"].(map[string]any)
			if data["a"] != want {
				t.Errorf("{{%s}} gives %q, want %q", expression, data["a"], want)
			}
		}
	}
}

// FuzzOutput: whatever a template prints, nothing panics, and what is found has a sentence and a place in the file. Actions are taken
// out, since what runs without end is for a child with limits.
func FuzzOutput(f *testing.F) {
	files, err := filepath.Glob("../golden/*/*/*/*/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no files: %v", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("a: &a [*a]\n---\n- \n--- !!binary\n\xff")
	f.Add("apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: a}\nspec: {servers: [{port: {number: a}}]}\n")
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ReplaceAll(text, "{{", "{ {")
		_, findings := evaluate(t, 2, map[string]string{"c/a.yaml.tmpl": text}, entry("c"))
		lines := strings.Split(text, "\n")
		for _, found := range findings {
			p := found.Place
			if found.Message == "" || p.Line > len(lines) || p.Line > 0 && (p.Column < 1 || p.Column > 1+len([]rune(lines[p.Line-1]))) {
				t.Fatalf("%+v", found)
			}
		}
	})
}
