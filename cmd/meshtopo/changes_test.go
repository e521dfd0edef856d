package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// changesDir holds changes to shipped examples, one a file. The comment says what the change is and which topology it is to; then come files
// that both sides have (-- file NAME --), and edits of the new side: the text between -- edit NAME -- and -- by -- stands there once and is
// replaced by the text below. The report of each, in three formats, stands beside it.
const changesDir = "testdata/changes"

// TestChanges holds the reports of diff against the golden ones. Read what changed before you commit it.
func TestChanges(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob(filepath.Join(changesDir, "*.txtar"))
	if err != nil || len(cases) < 15 {
		t.Fatalf("%d changes in %s, want 15 or more (%v)", len(cases), changesDir, err)
	}
	for _, file := range cases {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, topology := makeChange(t, file)
			for format, extension := range map[string]string{"text": "txt", "json": "json", "markdown": "md"} {
				got := runDiff(t, dir, "diff", filepath.Join(dir, "old", topology), filepath.Join(dir, "new", topology), "--format", format)
				holdDocument(t, filepath.Join(changesDir, name+"."+extension), string(got))
			}
		})
	}
}

// makeChange writes both sides of a change and gives their directory, and the topology's below each.
func makeChange(t *testing.T, file string) (dir, topology string) {
	t.Helper()
	change, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, name, found := strings.Cut(string(change.Comment), "topology: ")
	if !found {
		t.Fatalf("%s does not say its topology", file)
	}
	dir = t.TempDir()
	for _, side := range []string{"old", "new"} {
		for _, from := range []string{"topologies", "overlays"} {
			if err := os.CopyFS(filepath.Join(dir, side, from), os.DirFS(filepath.Join("../..", from))); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, side, ".meshtopo-root"), nil, 0o666); err != nil {
			t.Fatal(err)
		}
		applyChange(t, filepath.Join(dir, side), change, side == "new")
	}
	return dir, filepath.Join("topologies", strings.TrimSpace(name))
}

func applyChange(t *testing.T, root string, change *txtar.Archive, edit bool) {
	t.Helper()
	for i, f := range change.Files {
		verb, name, _ := strings.Cut(f.Name, " ")
		path := filepath.Join(root, name)
		switch {
		case verb == "file":
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, f.Data, 0o666); err != nil {
				t.Fatal(err)
			}
		case verb == "edit" && edit:
			replaceOnce(t, path, text(f.Data), text(change.Files[i+1].Data))
		}
	}
}

// text is a section without the line break at its end, so that an edit can be a part of a line.
func text(data []byte) string { return strings.TrimSuffix(string(data), "\n") }

func replaceOnce(t *testing.T, file, old, by string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), old); n != 1 {
		t.Fatalf("%s has %d times %q, want once", file, n, old)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(data), old, by, 1)), 0o666); err != nil {
		t.Fatal(err)
	}
}

// runDiff runs the program in a directory, and wants a difference, or none of an order-only change.
func runDiff(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	var out, complaint bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &out, err: &complaint, env: func(string) (string, bool) { return "", false }, dir: dir}
	status := a.main(context.Background(), append(args, "--now", "2026-01-01"))
	if status > 1 || out.Len() == 0 {
		t.Fatalf("meshtopo %s: exit status %d\n%s", strings.Join(args, " "), status, complaint.String())
	}
	return bytes.ReplaceAll(out.Bytes(), []byte(dir+string(filepath.Separator)), nil)
}
