package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/meshtopo/meshtopo/"

// The law of the rooms (ARCHITECTURE.md): a value imports none of ours, a stage imports values and never another stage, and
// the stages meet only at the door.
var (
	values = []string{"diag", "document", "flow", "jsonnet", "limit", "manifest", "mesh", "sandbox", "schemas", "shape"}
	stages = []string{"check", "component", "doctor", "graph", "krm", "load", "probe", "render", "review", "simulate"}
	doors  = []string{"cmd/meshtopo"}
)

// onlyIn are libraries that one room alone may know.
var onlyIn = map[string]string{
	"cuelang.org/go":               "load",
	"github.com/google/go-jsonnet": "jsonnet",
	"sigs.k8s.io/kustomize":        "render",
	"istio.io/api":                 "shape",
	"github.com/spf13/cobra":       "cmd/meshtopo",
}

type listedPackage struct {
	ImportPath string
	Imports    []string
}

func TestRooms(t *testing.T) {
	for _, p := range listPackages(t) {
		room := strings.TrimPrefix(p.ImportPath, module)
		allowed, known := mayImport(room)
		if !known {
			t.Errorf("%s is in no list of the law: add it to values, stages or doors in rooms_test.go and to ARCHITECTURE.md", room)
		}
		for _, i := range p.Imports {
			if ours, ok := strings.CutPrefix(i, module); ok && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s; it may import %v", room, ours, allowed)
			}
			for library, owner := range onlyIn {
				if (i == library || strings.HasPrefix(i, library+"/")) && room != owner {
					t.Errorf("%s imports %s, which only %s may know", room, i, owner)
				}
			}
		}
	}
}

func mayImport(room string) (allowed []string, known bool) {
	switch {
	case slices.Contains(values, room):
		return nil, true
	case slices.Contains(stages, room):
		return values, true
	case slices.Contains(doors, room):
		return slices.Concat(values, stages), true
	}
	return nil, false
}

func listPackages(t *testing.T) []listedPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", path.Clean("../../...")).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listedPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listedPackage
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
