package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/limit"
	"github.com/meshtopo/meshtopo/load"
	"go.yaml.in/yaml/v3"
)

// plainTopology gives a shipped topology as plain data, whatever language it is written in: programs are run as render runs them.
func plainTopology(tb testing.TB, dir string) map[string]any {
	tb.Helper()
	root, err := os.OpenRoot(filepath.Join("..", ".."))
	if err != nil {
		tb.Fatal(err)
	}
	defer root.Close()
	file, err := load.Find(root, "topologies/"+dir)
	if err != nil {
		tb.Fatal(err)
	}
	var answer struct{ Value json.RawMessage }
	top, err := load.File(tb.Context(), file, load.Options{Root: root, Isolate: func(ctx context.Context, job string, request []byte) ([]byte, error) {
		response, err := terms{limits: limit.Default()}.isolate(ctx, job, request)
		return response, errors.Join(err, json.Unmarshal(response, &answer))
	}})
	if err != nil || top.Spec == nil {
		tb.Fatalf("%s: %v", dir, err)
	}
	text := []byte(answer.Value)
	if text == nil { // data, not a program; JSON is YAML
		var value any
		if err := yaml.Unmarshal(top.Text, &value); err != nil {
			tb.Fatal(err)
		}
		if text, err = json.Marshal(value); err != nil {
			tb.Fatal(err)
		}
	}
	return fieldsIn(tb, text)
}

// fieldsIn decodes a JSON object; numbers stay as they are written.
func fieldsIn(tb testing.TB, text []byte) map[string]any {
	tb.Helper()
	var fields map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&fields); err != nil {
		tb.Fatal(err)
	}
	return fields
}

// tried is what became of a topology: the files that it renders, by target and path, or why there are none.
type tried struct {
	findings []diag.Finding
	files    map[string][]byte
}

// try takes a file below a root through load, check, the components, the overlays and all targets, without writing anything. What a user can cause is a
// finding, so an error fails the test.
func try(tb testing.TB, root *os.Root, file string) tried {
	tb.Helper()
	p := &project{root: root, terms: terms{limits: limit.Default()}}
	if err := p.read(tb.Context(), file); err != nil {
		tb.Fatalf("an error and no finding: %v", err)
	}
	if p.failed() {
		return tried{findings: p.findings}
	}
	files := map[string][]byte{}
	for target, err := range p.rendering.Targets("") {
		if err != nil && p.absorb(err) {
			return tried{findings: p.findings}
		}
		if err != nil {
			tb.Fatalf("rendering: an error and no finding: %v", err)
		}
		for _, f := range target.Files {
			files[target.Name+"/"+f.Path] = f.Data
		}
	}
	return tried{findings: p.findings, files: files}
}

// fuzzRoot is a directory with the shipped overlays and components, opened as the root of a topology at topologies/fuzz/.
func fuzzRoot(tb testing.TB) *os.Root {
	tb.Helper()
	dir := tb.TempDir()
	for _, name := range []string{"overlays", "components"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join("..", "..", name))); err != nil {
			tb.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "topologies", "fuzz"), 0o777); err != nil {
		tb.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { root.Close() })
	return root
}

// write puts a file into a root and gives its name.
func writeIn(tb testing.TB, root *os.Root, name string, text []byte) string {
	tb.Helper()
	if err := root.WriteFile(name, text, 0o666); err != nil {
		tb.Fatal(err)
	}
	return name
}

// hasErrors says what stopped a topology, as text; "" for nothing.
func (t tried) errors() string {
	var lines []string
	for _, f := range t.findings {
		if f.Severity == diag.Error {
			lines = append(lines, f.Rule+" "+string(f.Path)+": "+f.Message)
		}
	}
	return strings.Join(lines, "\n")
}
