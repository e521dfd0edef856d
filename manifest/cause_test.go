package manifest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The index tells who made a difference: the file's reader or what it is made from.
func TestCause(t *testing.T) {
	edit := func(old, new string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			put(t, dir, "clusters/east/services/a.yaml", strings.Replace(string(service("a", "1").Data), old, new, 1))
		}
	}
	for _, test := range []struct {
		name   string
		change func(t *testing.T, dir string)
		next   []string // what is rendered now
		want   []string
	}{
		{"the render changed", nil, []string{"a=2"}, []string{"services/a.yaml changed: stale"}},
		{"the file was edited", edit(`"1"`, `"7"`), []string{"a=1"}, []string{"services/a.yaml changed: edited"}},
		{"both", edit(`"1"`, `"7"`), []string{"a=2"}, []string{"services/a.yaml changed: edited and stale"}},
		{"spelling alone", edit("value:", "value:  "), []string{"a=1"}, []string{"services/a.yaml changed: edited"}},
		{"the file was removed", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "clusters/east/services/a.yaml")); err != nil {
				t.Fatal(err)
			}
		}, []string{"a=1"}, []string{"services/a.yaml missing: edited"}},
		{"a new file", nil, []string{"a=1", "b=1"}, []string{"kustomization.yaml changed: stale", "services/b.yaml missing: stale"}},
		{"a file in the way of a new one", func(t *testing.T, dir string) {
			put(t, dir, "clusters/east/services/b.yaml", "mine: 1\n")
		}, []string{"a=1", "b=1"}, []string{"kustomization.yaml changed: stale", "services/b.yaml added: ", "services/b.yaml removed: "}},
		{"no index", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "clusters/east", IndexName)); err != nil {
				t.Fatal(err)
			}
		}, []string{"a=2"}, []string{"meshtopo.json missing: ", "services/a.yaml changed: "}},
		{"left the topology", nil, []string{"b=1"}, []string{"kustomization.yaml changed: stale", "services/a.yaml unexpected: stale", "services/b.yaml missing: stale"}},
		{"left the topology, edited", edit(`"1"`, `"7"`), []string{"b=1"}, []string{"kustomization.yaml changed: stale", "services/a.yaml unexpected: edited and stale", "services/b.yaml missing: stale"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			root, dir := openRoot(t)
			if _, err := Write(root, topology, sequence(target("clusters/east", "a=1")), true); err != nil {
				t.Fatal(err)
			}
			if test.change != nil {
				test.change(t, dir)
			}
			found, err := Compare(root, topology, sequence(target("clusters/east", test.next...)), true)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for _, d := range found {
				seen[d.File+" "+d.Kind+": "+d.Cause] = true
			}
			for _, w := range test.want {
				if !seen[w] {
					t.Errorf("%q is not among %v", w, seen)
				}
			}
			if len(seen) != len(test.want) {
				t.Errorf("found %v, want %v", seen, test.want)
			}
		})
	}
}
