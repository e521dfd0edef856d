package faults

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// obstacle is what stands where a path of the tree belongs. make puts it there; outside is a directory that a link may lead to.
type obstacle struct {
	name string
	make func(at, outside string) error
	is   string // what the program calls it
}

var obstacles = []obstacle{
	{"a file", func(at, _ string) error { return os.WriteFile(at, []byte("mine"), 0o666) }, "a file"},
	{"a directory", func(at, _ string) error { return os.MkdirAll(filepath.Join(at, "mine"), 0o777) }, "a directory"},
	{"a link to a file outside", func(at, outside string) error { return os.Symlink(filepath.Join(outside, "file"), at) }, "link"},
	{"a link to a directory outside", func(at, outside string) error { return os.Symlink(outside, at) }, "link"},
	{"a relative link to a directory outside", func(at, outside string) error {
		to, err := filepath.Rel(filepath.Dir(at), outside)
		if err != nil {
			return err
		}
		return os.Symlink(to, at)
	}, "link"},
	{"a link to a tree of ours outside", func(at, outside string) error { return os.Symlink(filepath.Join(outside, "tree"), at) }, "link"},
	{"a dangling link", func(at, outside string) error { return os.Symlink(filepath.Join(outside, "nothing"), at) }, "link"},
	{"a link to itself", func(at, _ string) error { return os.Symlink(filepath.Base(at), at) }, "link"},
}

// TestObstacles puts each obstacle where each path of the tree belongs, the output itself included, before a first render and over an older tree: whether the
// program refuses or replaces it, nothing outside is touched, nothing is written through it, and a file that is not the program's stays.
func TestObstacles(t *testing.T) {
	all := renderedTrees(t)
	cases, refused := 0, 0
	for _, from := range []string{"", oldTopology} {
		for _, name := range append([]string{"."}, slices.Sorted(maps.Keys(all[newTopology]))...) {
			for _, o := range obstacles {
				if what := all[newTopology][name]; o.name == "a directory" && (name == "." || what == "d") {
					continue // that is as it should be
				}
				cases++
				t.Run(fmt.Sprintf("%s at %s over %q", o.name, name, from), func(t *testing.T) {
					if o.try(t, all, from, name) {
						refused++
					}
				})
			}
		}
	}
	measured(t, "writes: %d obstacles (files, directories, links out) in place of each path of a tree: %d refused, the others replaced; nothing outside was touched", cases, refused)
}

// try tells whether the program refused.
func (o obstacle) try(t *testing.T, all trees, from, name string) bool {
	base := t.TempDir()
	dir, outside := filepath.Join(base, "out"), filepath.Join(base, "outside")
	if from != "" {
		all[from].write(t, dir)
	}
	all[oldTopology].write(t, filepath.Join(outside, "tree"))
	tree{"file": "- theirs", "mine": "d"}.write(t, outside)
	before := readTree(t, outside)
	at := filepath.Join(dir, name)
	for _, err := range []error{os.MkdirAll(filepath.Dir(at), 0o777), os.RemoveAll(at), o.make(at, outside)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	r := run(t, "render", newTopology, "-o", dir)
	if d := before.differs(readTree(t, outside)); d != "" {
		t.Errorf("outside was changed: %s\n%v", d, r)
	}
	if r.status == 0 {
		o.judgeReplaced(t, all, from, name, readTree(t, dir))
		return false
	}
	if problem := r.trouble(""); problem != "" || !strings.Contains(r.stderr, path.Clean(name)) && name != "." {
		t.Errorf("%s: %v", problem, r)
	}
	if e := mustExist(at); e != nil {
		t.Errorf("the obstacle is gone: %v", e)
	}
	return true
}

func mustExist(name string) error {
	_, err := os.Lstat(name)
	return err
}

// judgeReplaced: only what an index lists, or what already is as it should be, may be replaced, and then by what belongs there.
func (o obstacle) judgeReplaced(t *testing.T, all trees, from, name string, left tree) {
	t.Helper()
	if d := all[newTopology].differs(left); d != "" {
		t.Errorf("rendered over the obstacle, but %s", d)
	}
	if _, listed := all[from][name]; !listed {
		t.Error("what was not the program's own was replaced")
	}
}
