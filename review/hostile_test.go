package review

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/meshtopo/meshtopo/manifest"
)

func oneFile(name, text string) *manifest.Target {
	return &manifest.Target{Name: "clusters/a", Files: []manifest.File{{Path: name, Data: []byte(text)}}}
}

// TestHostile: what is made to kill a reader of YAML ends soon, with a sentence that has a place, or is read.
func TestHostile(t *testing.T) {
	laughs := "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 10; i++ {
		laughs += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 8), i-1)
	}
	object := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
	long := "s: &s " + strings.Repeat("x", 40_000) + "\nl: [" + strings.Repeat("*s, ", 10_000) + "]\n"
	for _, c := range []struct{ name, file, text, want string }{
		{"billion laughs", "a.yaml", laughs, "a.yaml:"},
		{"a cycle", "a.yaml", "spec: &a {b: *a}\n", "nested deeper than 200 levels"},
		{"deep YAML", "a.yaml", strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "nested deeper than 200 levels"},
		{"deeper YAML", "a.yaml", strings.Repeat("[", 40_000), "a.yaml:1"},
		{"deep JSON", "a.json", strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000), "nested deeper than 200 levels"},
		{"a key twice", "a.yaml", object + "data:\n  a: 1\n  a: 2\n", `a.yaml:6: key "a" appears twice`},
		{"a key twice in JSON", "a.json", "{\"a\": 1,\n\"a\": 2}", `a.json:2: key "a" appears twice`},
		{"JSON that ends", "a.json", "{\"a\":\n[1,", "a.json:2: unexpected EOF"},
		{"infinity", "a.yaml", object + "data: {a: .inf}\n", "a.yaml:4"},
		{"a tag", "a.yaml", object + "data: {a: !x b}\n", "a.yaml:4"},
		{"no UTF-8", "a.yaml", "a: \xff\n", "a.yaml:1"},
		{"Terraform that is a list", "a.tf.json", "[]", "a.tf.json:1: not an object"},
		{"a long scalar aliased", "a.yaml", object + long, ""},
		{"50,000 keys", "a.yaml", object + "data:\n" + manyKeys(50_000), ""},
		{"10 MB in a ConfigMap", "a.yaml", object + "data:\n  a: |\n" + strings.Repeat("    0123456789\n", 700_000), ""},
		{"a byte order mark", "a.yaml", "\ufeff" + object, ""},
		{"numbers", "a.yaml", object + "data: {a: 1e999, b: -0, c: 0x1F, d: 0777, e: 1_000, f: .5}\n", ""},
		{"nothing", "a.yaml", "", ""},
		{"binary", "a.bin", "\x00\x01", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			_, err := changesOf(oneFile(c.file, "{}"), oneFile(c.file, c.text))
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "new side: clusters/a: "+c.file+":") {
				t.Errorf("error %q has no place", err)
			}
		})
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  k%d: v\n", i)
	}
	return b.String()
}

// TestLongValues: a value above 2 KiB of JSON is not in the report, but how long it is, and from which line it differs.
func TestLongValues(t *testing.T) {
	text := func(last string) string {
		return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  a: |\n" + strings.Repeat("    0123456789\n", 700_000) + "    " + last + "\n"
	}
	changes, err := changesOf(oneFile("a.yaml", text("one")), oneFile("a.yaml", text("three")))
	if err != nil || len(changes) != 1 || len(changes[0].Fields) != 1 {
		t.Fatalf("%v, %v", changes, err)
	}
	f := changes[0].Fields[0]
	const want = "was 7,700,006 bytes, is 7,700,008 bytes, differs from line 700001, too long to show"
	if f.Old != nil || f.New != nil || f.Note != want {
		t.Errorf("old %.20s new %.20s note %q, want note %q", f.Old, f.New, f.Note, want)
	}
}

// TestMany: 100,000 objects of which one changed, 20,000 that all changed, and 2,000 that all have another name.
func TestMany(t *testing.T) {
	objects := func(n int, name, value string) *manifest.Target {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s%d}\ndata: {a: \"%s\", b: \"%d\", c: x, d: y, e: z}\n", name, i, value, i)
		}
		return oneFile("a.yaml", b.String())
	}
	most := objects(100_000, "o", "1")
	one := oneFile("a.yaml", strings.Replace(string(most.Files[0].Data), `a: "1", b: "77777"`, `a: "2", b: "77777"`, 1))
	if changes, err := changesOf(most, one); err != nil || len(changes) != 1 || changes[0].Name != "o77777" {
		t.Errorf("%v, %v", changes, err)
	}
	if changes, err := changesOf(objects(20_000, "o", "1"), objects(20_000, "o", "2")); err != nil || len(changes) != 20_000 {
		t.Errorf("%d changes, %v", len(changes), err)
	}
	changes, err := changesOf(objects(2_000, "o", "1"), objects(2_000, "p", "1"))
	if err != nil || len(changes) != 2_000 {
		t.Fatalf("%d changes, %v", len(changes), err)
	}
	for _, c := range changes {
		if c.Change != Renamed || c.Was != "o"+c.Name[1:] {
			t.Fatalf("%+v", c)
		}
	}
}
