package review

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/manifest"
	"golang.org/x/tools/txtar"
)

// caseResult is what a case wants: all that a Comparison gives, or the error.
type caseResult struct {
	Error   string        `json:"error,omitempty"`
	Targets []TargetDelta `json:"targets,omitempty"`
	Objects []Change      `json:"objects,omitempty"`
	Version []Change      `json:"version,omitempty"`
	Ignored []Ignored     `json:"ignored,omitempty"`
}

// TestCases compares the trees old and new of each case in testdata, target by target; a tree rendered is what the old side renders to now.
// Targets are clusters/NAME, mesh/NAME and network. want.json is rewritten with UPDATE=1. A file whose name ends in .crlf is
// read with \r\n for \n, without that ending.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/objects/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { runCase(t, file) })
	}
}

func runCase(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want.json" })
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(resultOf(t, archive)); err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE") != "" {
		if want < 0 {
			want = len(archive.Files)
			archive.Files = append(archive.Files, txtar.File{Name: "want.json"})
		}
		archive.Files[want].Data = got.Bytes()
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want < 0 {
		t.Fatal("no want.json: run UPDATE=1 go test ./review and read it")
	}
	if diff := cmp.Diff(string(archive.Files[want].Data), got.String()); diff != "" {
		t.Errorf("UPDATE=1 go test ./review rewrites it (-want +got):\n%s", diff)
	}
}

func resultOf(t *testing.T, archive *txtar.Archive) caseResult {
	t.Helper()
	trees := map[string]map[string]*manifest.Target{"old": {}, "new": {}, "rendered": {}}
	c := new(Comparison)
	for _, f := range archive.Files {
		if f.Name == ".meshtopo-ignore" {
			var err error
			if c.Ignore, err = ReadIgnore(f.Name, f.Data, "2026-06-01"); err != nil {
				return caseResult{Error: err.Error()}
			}
		}
		tree, rest, found := strings.Cut(f.Name, "/")
		if !found {
			continue
		}
		parts := strings.SplitN(rest, "/", 3)
		depth := min(2, len(parts)-1)
		if parts[0] == manifest.NetworkTarget {
			depth = 1
		}
		name, path := strings.Join(parts[:depth], "/"), strings.Join(parts[depth:], "/")
		data := f.Data
		if crlf, found := strings.CutSuffix(path, ".crlf"); found {
			path, data = crlf, bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
		}
		target := trees[tree][name]
		if target == nil {
			target = &manifest.Target{Name: name}
			trees[tree][name] = target
		}
		target.Files = append(target.Files, manifest.File{Path: path, Data: data})
	}
	for _, name := range unionKeys(trees["old"], trees["new"]) {
		if err := c.Target(trees["old"][name], trees["rendered"][name], trees["new"][name]); err != nil {
			return caseResult{Error: err.Error()}
		}
	}
	var r caseResult
	r.Targets, r.Objects, r.Version, r.Ignored = c.Result()
	return r
}
