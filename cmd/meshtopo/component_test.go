package main

import (
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/component"
)

const componentsTopology = "topologies/bookinfo-components/topology.yaml"

// TestComponentForms: the shipped component in both forms makes equal objects, with values and without.
func TestComponentForms(t *testing.T) {
	for name, values := range map[string]string{"values": "permissive: [legacy]", "several": "permissive: [legacy, default]", "none": "permissive: []"} {
		t.Run(name, func(t *testing.T) {
			templates := renderForm(t, "permissive: [legacy]", values, "", "")
			program := renderForm(t, "permissive: [legacy]", values, "components/strict-mtls\n", "components/strict-mtls.jsonnet\n")
			if diff := cmp.Diff(templates, program); diff != "" || len(templates) != 3 {
				t.Errorf("%d files; the two forms differ (-templates +Jsonnet):\n%s", len(templates), diff)
			}
			if !strings.Contains(templates["mesh/asm-bookinfo/components/strict-mtls.yaml"], "mode: STRICT") {
				t.Error("neither makes anything")
			}
		})
	}
}

// renderForm gives the files of components that the example renders to with two texts replaced.
func renderForm(t *testing.T, replacements ...string) map[string]string {
	t.Helper()
	root := t.TempDir()
	for _, dir := range []string{path.Dir(componentsTopology), "components"} {
		copyDirectory(t, filepath.Join("../..", dir), filepath.Join(root, dir))
	}
	file := filepath.Join(root, componentsTopology)
	text := string(readFile(t, file))
	for i := 0; i < len(replacements); i += 2 {
		if !strings.Contains(text, replacements[i]) {
			t.Fatalf("the topology does not hold %q", replacements[i])
		}
		text = strings.Replace(text, replacements[i], replacements[i+1], 1)
	}
	writeFile(t, file, []byte(text))
	out := filepath.Join(root, "out")
	if status, stdout, stderr := program(t, "render", "--root", root, file, "-o", out); status != 0 {
		t.Fatalf("exit %d\n%s%s", status, stdout, stderr)
	}
	files := readTree(t, out)
	for name := range files {
		if path.Base(path.Dir(name)) != "components" {
			delete(files, name)
		}
	}
	return files
}

func copyDirectory(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// TestComponentView holds the table of docs/components.md against what components get: every field stands there, and no other.
func TestComponentView(t *testing.T) {
	text := string(readFile(t, "../../docs/components.md"))
	for heading, view := range map[string]any{
		"mesh": component.Mesh{}, "mesh.regions[]": component.Region{}, "mesh.clusters[]": component.Cluster{}, "mesh.services[]": component.Service{},
		"mesh.gateways[]": component.Gateway{}, "ports[]": component.Port{}, "cluster": component.Target{}, "cluster.services[]": component.Placed{},
		"placements[]": component.Placement{},
	} {
		want := fieldsOf(reflect.TypeOf(view))
		have := fieldsInTable(text, heading)
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("docs/components.md: the fields of `%s` are not what components get (-code +document):\n%s", heading, diff)
		}
	}
}

func fieldsOf(view reflect.Type) []string {
	var names []string
	for i := range view.NumField() {
		if f := view.Field(i); f.Anonymous {
			names = append(names, fieldsOf(f.Type)...)
		} else {
			names = append(names, f.Tag.Get("json"))
		}
	}
	slices.Sort(names)
	return names
}

// fieldsInTable gives the fields in the row of a table that begins with a heading: | `heading` | `a`, `b` (what it is) |.
func fieldsInTable(text, heading string) []string {
	var names []string
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "| `"+heading+"` | "); ok {
			for i, part := range strings.Split(rest, "`") {
				if i%2 == 1 {
					names = append(names, part)
				}
			}
		}
	}
	slices.Sort(names)
	return names
}
