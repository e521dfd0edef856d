package load_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/check"
	"github.com/meshtopo/meshtopo/limit"
	"github.com/meshtopo/meshtopo/load"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzFile: no YAML topology panics, all that is found has a place in the file and a sentence, and what is accepted can be
// checked, and built when check finds nothing.
func FuzzFile(f *testing.F) {
	seed(f)
	dir := f.TempDir()
	root := open(f, dir)
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, "t.yaml"), text, 0o644); err != nil {
			t.Fatal(err)
		}
		top, err := load.File(context.Background(), "t.yaml", load.Options{Root: root})
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Count(string(text), "\n") + 1
		for _, found := range top.Findings {
			if p := found.Place; found.Message == "" || p.File != "t.yaml" || p.Line > lines || p.Line > 0 && p.Column < 1 {
				t.Fatalf("%+v", found)
			}
		}
		if (top.Spec == nil) == (len(top.Findings) == 0) {
			t.Fatalf("spec %v, findings %v", top.Spec, top.Findings)
		}
		if top.Spec != nil && len(check.Topology(top.Spec, limit.Default())) == 0 {
			m := mesh.Build(top.Spec)
			want := len(m.Clusters)
			if m.Network != nil {
				want++
			}
			if m.Delivery != nil {
				want++
			}
			if m.Istio == nil {
				want++
			}
			if len(m.Targets()) != want {
				t.Fatalf("%d targets, want %d", len(m.Targets()), want)
			}
		}
	})
}

func seed(f *testing.F) {
	archives, _ := filepath.Glob("testdata/*/*.txtar")
	for _, name := range append(archives, "testdata/languages.txtar") {
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range a.Files {
			if strings.HasSuffix(file.Name, ".yaml") || strings.HasSuffix(file.Name, ".json") {
				f.Add(file.Data)
			}
		}
	}
	examples, _ := filepath.Glob("../topologies/*/topology.yaml")
	for _, name := range examples {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
}
