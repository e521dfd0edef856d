package load_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/load"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/rogpeppe/go-internal/txtar"
)

// The same topology in YAML, JSON, CUE and Jsonnet is the same Spec, which the archive holds as JSON with defaults filled in.
func TestLanguages(t *testing.T) {
	const name = "testdata/languages.txtar"
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	root := tree(t, a.Files)
	var first *mesh.Spec
	for i, f := range a.Files {
		if f.Name == "spec.json" {
			checkSpec(t, name, a, i, first)
			continue
		}
		top, err := load.File(context.Background(), f.Name, load.Options{Root: root, Isolate: here})
		if err != nil || len(top.Findings) > 0 {
			t.Fatalf("%s: %v %v", f.Name, err, top)
		}
		if first == nil {
			first = top.Spec
		}
		if d := cmp.Diff(first, top.Spec); d != "" {
			t.Errorf("%s differs from %s:\n%s", f.Name, a.Files[0].Name, d)
		}
	}
}

func checkSpec(t *testing.T, name string, a *txtar.Archive, i int, spec *mesh.Spec) {
	data, err := json.MarshalIndent(spec, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, '\n')
	if string(data) == string(a.Files[i].Data) {
		return
	}
	if os.Getenv("UPDATE") == "" {
		t.Errorf("the Spec is not as it was:\n%s", cmp.Diff(string(a.Files[i].Data), string(data)))
		return
	}
	a.Files[i].Data = data
	if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Every example of the repository loads.
func TestExamples(t *testing.T) {
	files, _ := filepath.Glob("../topologies/*/topology.*")
	if len(files) == 0 {
		t.Fatal("no examples")
	}
	root := open(t, "..")
	for _, f := range files {
		name, _ := filepath.Rel("..", f)
		top, err := load.File(context.Background(), filepath.ToSlash(name), load.Options{Root: root, Isolate: here})
		if err != nil {
			t.Errorf("%s: %s", name, err)
		} else if len(top.Findings) > 0 || top.Spec == nil {
			t.Errorf("%s: %v", name, top.Findings)
		}
	}
}
