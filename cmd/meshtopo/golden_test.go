package main

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	topologiesDir = "../../topologies"
	goldenDir     = "../../golden"
	goldenAdvice  = "run `make golden`, read what it changed, and commit it"
)

// program runs the program in this process; its children are this test binary (see TestMain).
func program(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{in: bytes.NewReader(nil), out: &out, err: &errs, env: func(string) (string, bool) { return "", false }}
	status = a.main(context.Background(), args)
	return status, out.String(), errs.String()
}

// TestGolden holds what every shipped topology renders, and what is found in it, against golden/.
func TestGolden(t *testing.T) {
	for _, name := range subdirectories(t, topologiesDir) {
		t.Run(name, func(t *testing.T) {
			got := renderGolden(t, filepath.Join(topologiesDir, name))
			dir := filepath.Join(goldenDir, name)
			if os.Getenv("UPDATE") != "" {
				replaceTree(t, dir, got)
			}
			if diff := cmp.Diff(readTree(t, dir), got); diff != "" {
				t.Errorf("golden/%s is not what the topology renders now (-golden +rendered); %s:\n%s", name, goldenAdvice, diff)
			}
		})
	}
}

// TestGoldenHasTopology finds golden trees of topologies that are gone.
func TestGoldenHasTopology(t *testing.T) {
	want := subdirectories(t, topologiesDir)
	if diff := cmp.Diff(want, subdirectories(t, goldenDir)); diff != "" {
		t.Errorf("topologies/ and golden/ do not have the same directories (-topologies +golden); %s, and remove what is left over:\n%s", goldenAdvice, diff)
	}
}

// renderGolden gives the rendered tree, with the findings in findings.txt, the drawings in graph.* and answers in simulate/.
func renderGolden(t *testing.T, topology string) map[string]string {
	t.Helper()
	out := t.TempDir()
	status, findings, stderr := program(t, "validate", topology)
	if status != 0 {
		t.Fatalf("validate %s: exit %d\n%s%s", topology, status, findings, stderr)
	}
	if status, _, stderr := program(t, "render", topology, "-o", out); status != 0 {
		t.Fatalf("render %s: exit %d\n%s", topology, status, stderr)
	}
	tree := readTree(t, out)
	tree["findings.txt"] = findings
	for format, name := range map[string]string{"mermaid": "graph.mmd", "dot": "graph.dot", "svg": "graph.svg"} {
		status, drawing, stderr := program(t, "graph", "--quiet", topology, "--format", format)
		if status != 0 {
			t.Fatalf("graph %s: exit %d\n%s", topology, status, stderr)
		}
		tree[name] = drawing
	}
	simulateGolden(t, topology, tree)
	return tree
}

func subdirectories(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// readTree gives the files below a directory, which need not exist.
func readTree(t *testing.T, dir string) map[string]string {
	t.Helper()
	tree := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		tree[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return tree
}

func replaceTree(t *testing.T, dir string, tree map[string]string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for name, data := range tree {
		file := filepath.Join(dir, filepath.FromSlash(name))
		mode := fs.FileMode(0o644)
		if filepath.Ext(name) == ".sh" {
			mode = 0o755
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(data), mode); err != nil {
			t.Fatal(err)
		}
	}
}
