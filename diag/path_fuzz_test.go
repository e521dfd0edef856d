package diag_test

import (
	"slices"
	"testing"

	"github.com/meshtopo/meshtopo/diag"
)

// FuzzPath: any text is split into steps, and a path made of these steps is split into the same.
func FuzzPath(f *testing.F) {
	for _, s := range []string{"", "spec.clusters[0].name", `a["b.c"][1]`, `["]`, "..[", "[x]", "[-1]", `["\xff"]`, "a[99999999999999999999]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := diag.Path(text)
		values := p.Values()
		if !slices.Equal(diag.PathOf(values).Values(), values) {
			t.Errorf("%q has steps %q; the path of them, %q, has %q", text, values, diag.PathOf(values), diag.PathOf(values).Values())
		}
		if parent := p.Parent(); len(parent) > len(p) || p != "" && len(parent) == len(p) {
			t.Errorf("the parent of %q is %q", text, parent)
		}
		_ = p.Last()
	})
}
