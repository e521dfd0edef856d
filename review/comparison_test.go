package review_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/review"
	"github.com/rogpeppe/go-internal/txtar"
)

// compared is what a case of testdata/objects wants: the result as JSON, or the error.
type compared struct {
	Error   string               `json:"error,omitempty"`
	Targets []review.TargetDelta `json:"targets,omitempty"`
	Objects []review.Change      `json:"objects,omitempty"`
	Version []review.Change      `json:"version,omitempty"`
	Ignored []review.Ignored     `json:"ignored,omitempty"`
}

// TestObjects runs testdata/objects/*.txtar, a behaviour each: files old/TARGET:FILE, new/TARGET:FILE, rendered/TARGET:FILE for what the old
// topology renders to now, ignore for the file of what is not reported, and want, which UPDATE=1 writes.
func TestObjects(t *testing.T) {
	cases, err := filepath.Glob("testdata/objects/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(runCase(t, archive), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
			if i < 0 {
				i = len(archive.Files)
				archive.Files = append(archive.Files, txtar.File{Name: "want"})
			}
			if os.Getenv("UPDATE") != "" {
				archive.Files[i].Data = got
				if err := os.WriteFile(file, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(archive.Files[i].Data), string(got)); diff != "" {
				t.Errorf("(-want +got); run UPDATE=1 go test ./review and read what it changed:\n%s", diff)
			}
		})
	}
}

func runCase(t *testing.T, archive *txtar.Archive) compared {
	t.Helper()
	sides := map[string]map[string]*manifest.Target{"old": {}, "new": {}, "rendered": {}}
	var c review.Comparison
	var got compared
	for _, f := range archive.Files {
		side, name, isFile := strings.Cut(f.Name, "/")
		target, file, _ := strings.Cut(name, ":")
		switch {
		case f.Name == "ignore":
			ignore, err := review.ReadIgnore(".meshtopo-ignore", f.Data, "2026-06-01")
			if err != nil {
				return compared{Error: err.Error()}
			}
			c.Ignore = ignore
		case isFile && sides[side] != nil:
			if sides[side][target] == nil {
				sides[side][target] = &manifest.Target{Name: target}
			}
			data := f.Data
			if strings.HasSuffix(file, ".crlf.yaml") {
				file = strings.Replace(file, ".crlf", "", 1)
				data = bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
			}
			sides[side][target].Files = append(sides[side][target].Files, manifest.File{Path: file, Data: data})
		}
	}
	for _, name := range names(sides["old"], sides["new"]) {
		if err := c.Target(sides["old"][name], sides["rendered"][name], sides["new"][name]); err != nil {
			return compared{Error: err.Error()}
		}
	}
	got.Targets, got.Objects, got.Version, got.Ignored = c.Result()
	return got
}

func names(sides ...map[string]*manifest.Target) []string {
	var list []string
	for _, side := range sides {
		for name := range side {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// A value that is long is not in a report, nor is a file that is no text.
func TestLongAndBinary(t *testing.T) {
	config := func(c byte) []byte {
		return fmt.Appendf(nil, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: big}\ndata:\n  text: %s\n", bytes.Repeat([]byte{c}, 10<<20))
	}
	side := func(c byte) *manifest.Target {
		return &manifest.Target{Name: "clusters/a", Files: []manifest.File{
			{Path: "big.yaml", Data: config(c)}, {Path: "logo.png", Data: []byte{0x89, 'P', c, 0}},
		}}
	}
	var c review.Comparison
	if err := c.Target(side('a'), nil, side('b')); err != nil {
		t.Fatal(err)
	}
	_, changes, _, _ := c.Result()
	text, err := json.Marshal(changes)
	if err != nil || len(changes) != 2 || len(text) > 2000 {
		t.Errorf("%d changes in %d bytes (%v): %.2000s", len(changes), len(text), err, text)
	}
}

// What aliases stand for is bounded.
func TestBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 12 {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	var c review.Comparison
	err := c.Target(&manifest.Target{Name: "."}, nil, &manifest.Target{Name: ".", Files: []manifest.File{{Path: "bomb.yaml", Data: []byte(b.String())}}})
	if err == nil || !strings.Contains(err.Error(), "aliases stand for too many values") {
		t.Errorf("%v", err)
	}
}
