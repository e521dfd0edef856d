package diag_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/diag"
	"pgregory.net/rapid"
)

// A path that was built of steps gives them back, whatever the keys are.
func TestPathRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var steps []diag.Step
		var path, parent diag.Path
		for range rapid.IntRange(1, 6).Draw(t, "length") {
			s := drawStep(t)
			steps, parent = append(steps, s), path
			if s.IsIndex {
				path = path.Index(s.Index)
			} else {
				path = path.Key(s.Key)
			}
		}
		if d := cmp.Diff(steps, path.Steps()); d != "" {
			t.Fatalf("%s\n%s", path, d)
		}
		if path.Parent() != parent {
			t.Fatalf("parent of %s: %s", path, path.Parent())
		}
	})
}

func drawStep(t *rapid.T) diag.Step {
	if rapid.Bool().Draw(t, "is index") {
		return diag.Step{Index: rapid.IntRange(0, 1e6).Draw(t, "index"), IsIndex: true}
	}
	key := rapid.OneOf(rapid.String(), rapid.StringMatching(`[][."a0\\=]{0,4}`), rapid.StringMatching(`[a-z_]{1,5}`),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	return diag.Step{Key: key.Draw(t, "key")}
}

// A path of any text ends, and so does the way up.
func TestPathOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := diag.Path(rapid.OneOf(rapid.String(), rapid.StringMatching(`[][."a0\\]{0,9}`)).Draw(t, "path"))
		for p.Steps(); p != ""; p = p.Parent() {
			if len(p.Parent()) >= len(p) {
				t.Fatalf("parent of %q is %q", p, p.Parent())
			}
		}
	})
}

func TestPath(t *testing.T) {
	spec := diag.Path("").Key("spec")
	for _, c := range []struct{ got, want diag.Path }{
		{spec.Key("clusters").Index(1).Key("podCIDR"), "spec.clusters[1].podCIDR"},
		{spec.Key("labels").Key("topology.istio.io/network"), `spec.labels["topology.istio.io/network"]`},
		{spec.Key(""), `spec[""]`},
		{spec.Key("0"), `spec["0"]`},
		{spec.Join("a.b[0]"), "spec.a.b[0]"},
		{spec.Join("[0].a"), "spec[0].a"},
		{diag.Path("").Join("a"), "a"},
		{spec.Join(""), "spec"},
		{spec.Key("services").Named("x").Key("http").Parent(), "spec.services[name=x]"},
		{spec.Key("services").Named("x").Parent(), "spec.services"},
		{spec.Parent(), ""},
		{diag.Path("").Parent(), ""},
		{diag.Path(spec.Key("a").Index(0).Last()), "a"},
		{diag.Path(diag.Path("").Last()), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	for _, c := range []struct {
		word       string
		candidates []string
		want       string
	}{
		{"podCidr", []string{"podCIDR", "pods"}, "podCIDR"},
		{"PODCIDR", []string{"pods", "podCIDR"}, "podCIDR"},
		{"placment", []string{"ports", "placements", "placement"}, "placement"},
		{"cluster", []string{"clusters", "clusterx"}, "clusters"}, // the earlier one
		{"flanel", []string{"flannel", "terway"}, "flannel"},
		{"calico", []string{"flannel", "terway"}, ""},
		{"terway", []string{"terways", "terway"}, ""}, // it is one
		{"x", nil, ""},
		{"", []string{"a"}, ""},
		{"c", []string{"a", "b"}, ""}, // nothing in common
	} {
		if got, ok := diag.Nearest(c.word, c.candidates); got != c.want && ok || ok != (c.want != "") {
			t.Errorf("Nearest(%q, %q) = %q %v, want %q", c.word, c.candidates, got, ok, c.want)
		}
	}
}
