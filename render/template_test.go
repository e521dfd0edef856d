package render

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/manifest"
)

// FuzzInline proves that no string of a topology can leave the place in a template where it was put.
func FuzzInline(f *testing.F) {
	for _, s := range []string{"", "no", "a: b", "'\"", "\n---\nkind: Secret\n", "{{.}}", "\u0085\u2028", "😀", "# x", "\x7f", "- a", "0777", "${x}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		quoted, err := quoteYAML(s)
		if err != nil {
			t.Fatal(err)
		}
		want := string([]rune(s)) // what is not UTF-8 becomes U+FFFD; load lets no such string through
		if len(quoted) > 1024 {
			return // YAML has no longer keys; those of annotations are label keys, which are shorter
		}
		decoded, err := manifest.Decode([]byte("value: " + quoted + "\nkey:\n  " + quoted + ": b\n"))
		if err != nil {
			t.Fatalf("%q as %s: %v", s, quoted, err)
		}
		if diff := cmp.Diff([]map[string]any{{"value": want, "key": map[string]any{want: "b"}}}, decoded); diff != "" {
			t.Fatalf("%q as %s (-want +read):\n%s", s, quoted, diff)
		}
	})
}

func TestComparePlan(t *testing.T) {
	service := func(name string) manifest.Object {
		return manifest.Object{Fields: map[string]any{"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": name, "namespace": "default"}}}
	}
	plan := planned("", "Service", "default", "web")
	for _, c := range []struct {
		name    string
		objects []manifest.Object
		want    string
	}{
		{"as planned", []manifest.Object{service("web")}, ""},
		{"one more", []manifest.Object{service("web"), service("extra")}, "Service default/extra was not planned"},
		{"twice", []manifest.Object{service("web"), service("web")}, "Service default/web was not planned"},
		{"none", nil, "Service default/web is missing"},
		{"nameless", []manifest.Object{{Fields: map[string]any{"apiVersion": "v1", "kind": "Service"}}}, "metadata"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := comparePlan(c.objects, plan)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
