package load

import (
	"os"
	"testing"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/document"
)

// TestRequired takes every field that must be there out of a topology, one at a time: CUE alone must miss each, since conform asks
// our own walk only when CUE is not content. A field that CUE would fill in by itself needs a ! in the schema.
func TestRequired(t *testing.T) {
	text, err := os.ReadFile("../topologies/bookinfo-failover/topology.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tree, problems := document.YAML(text)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	s := compile()
	if _, err := s.unify(tree.Value()); err != nil {
		t.Fatal(err)
	}
	count := 0
	var walk func(v any, f *field, path diag.Path, top any)
	walk = func(v any, f *field, path diag.Path, top any) {
		switch v := v.(type) {
		case []any:
			for i, e := range v {
				walk(e, f.element, path.Index(i), top)
			}
		case map[string]any:
			for _, name := range sortedKeys(v) {
				sub := f.child(name)
				if sub == nil {
					continue
				}
				if sub.required {
					count++
					kept := v[name]
					delete(v, name)
					if _, err := s.unify(top); err == nil {
						t.Errorf("CUE does not miss %s: write %s! in schemas/topology.cue", path.Key(name), name)
					}
					v[name] = kept
				}
				walk(v[name], sub, path.Key(name), top)
			}
		}
	}
	top := tree.Value()
	walk(top, s.tree(), "", top)
	if count < 30 {
		t.Errorf("%d fields were tried, want more", count)
	}
}
