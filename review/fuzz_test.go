package review

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/manifest"
	"go.yaml.in/yaml/v3"
)

// FuzzSplit holds the documents that split cuts out against what a parser of the whole stream finds. Where the whole stream parses, the parts
// hold the same values; an alias to an anchor of an earlier document, which go-yaml follows and the specification does not, is refused.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		"a: 1\n---\nb: 2\n", "---\na: |\n  ---\n  x\n--- # c\nb: 2\n...\nc: 3", "%YAML 1.1\n---\na: 1\n", "a: 'x\n---\ny'\n", "--- {a: 1}\n---\n---\n# c\n",
		"a: 1\r---\rb: 2\n", "a: |+\n\n\n---\n{b: [1,\n2]}\n", "\ufeff---\na: 1\n", "a: &x 1\n---\nb: *x\n", "--- |\n a\n---\n>\n b\n", "... \n---\ta: 1\n", "a: \"x\u0085---\u0085b\"\n", "--- !!map\na: 1\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4096 {
			return
		}
		data = unixLines(data)
		var want []any
		var wantErr error
		for decoder := yaml.NewDecoder(bytes.NewReader(data)); wantErr == nil; {
			var root yaml.Node
			if wantErr = decoder.Decode(&root); wantErr == nil && len(root.Content) > 0 {
				var w walker
				v, err := w.value(root.Content[0], 0)
				if err != nil {
					wantErr = err
				} else if v != nil {
					want = append(want, v)
				}
			}
		}
		whole := errors.Is(wantErr, io.EOF)
		var got []any
		for _, d := range split(&source{path: "a.yaml", data: data}) {
			values, err := d.parse()
			if err != nil {
				if whole && !strings.Contains(err.Error(), "unknown anchor") {
					t.Fatalf("%q parses as a whole, but not %q: %v", data, d.text, err)
				}
				return
			}
			if line := bytes.Count(data[:len(data)-len(tail(data, d.text))], []byte("\n")) + 1; line != d.line {
				t.Fatalf("%q: document %q is said to begin in line %d, not %d", data, d.text, d.line, line)
			}
			for _, v := range values {
				got = append(got, v.any)
			}
		}
		if whole && !identical(got, want) {
			t.Fatalf("%q: parts give %v, the whole %v", data, got, want)
		}
	})
}

// tail gives what follows the beginning of a part of data, which shares its memory.
func tail(data, part []byte) []byte { return data[cap(data)-cap(part):] }

// FuzzMayHold asks that no object is overlooked by the look at a text that is not parsed.
func FuzzMayHold(f *testing.F) {
	for _, seed := range []string{
		"apiVersion: v1\nkind: A\nmetadata:\n  name: x\n", `{"apiVersion": "v1", "kind" : "A", "metadata": {"name":"x\u002dy"}}`,
		"apiVersion: v1\nkind: AList\nitems:\n- metadata: {name: x}\n", "apiVersion: v1\n? kind\n: A\nmetadata: {'name': !!str x}\n",
		"apiVersion: v1\n\"k\\u0069nd\": A\nmetadata:\n  name: >-\n    x\n", "a: &n x\napiVersion: v1\nkind: &k A\nmetadata: {name: *n}\n", "apiVersion: v1\nkind: A\nmetadata:\n  <<: {name: x}\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4096 {
			return
		}
		for _, d := range split(&source{path: "a.yaml", data: unixLines(data)}) {
			objects, err := read(d)
			if err != nil {
				return
			}
			for _, o := range objects {
				if o.id == (manifest.ID{}) {
					continue
				}
				var w wanted
				w.add(o.id)
				if !w.mayHold(d.text) {
					t.Fatalf("%s is in %q and was overlooked", o.id, d.text)
				}
			}
		}
	})
}

// FuzzIgnore asks that what is read says what it was read from, and that errors name the file and line.
func FuzzIgnore(f *testing.F) {
	f.Add([]byte("# c\nclusters/* Deployment/reviews-* spec.replicas 2027-03-31 why\n"))
	f.Add([]byte("a b c d e\n\n* */* * 2026-02-30 x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		ignore, err := ReadIgnore("f", data, "2026-06-01")
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.HasPrefix(line, "f:") {
					t.Fatalf("error %q has no place", line)
				}
			}
			return
		}
		for _, e := range ignore.report() {
			again, err := ReadIgnore("f", []byte(e.Entry+" "+e.Until+" "+e.Reason), "2026-06-01")
			if err != nil || len(again.entries) != 1 {
				t.Fatalf("entry %q is not read again: %v", e.Entry, err)
			}
		}
	})
}

// FuzzGlob holds the globs against a slow and obvious matcher.
func FuzzGlob(f *testing.F) {
	f.Add("a*b?c", "axxbyc")
	f.Add("*a*a*", "aa")
	f.Fuzz(func(t *testing.T, glob, text string) {
		if len(glob) > 12 || len(text) > 12 {
			return
		}
		if got, want := matchGlob(glob, text), slowGlob(glob, text); got != want {
			t.Fatalf("%q %q: %v, want %v", glob, text, got, want)
		}
	})
}

func slowGlob(glob, text string) bool {
	switch {
	case glob == "":
		return text == ""
	case glob[0] == '*':
		return slowGlob(glob[1:], text) || text != "" && slowGlob(glob, text[1:])
	}
	return text != "" && (glob[0] == '?' || glob[0] == text[0]) && slowGlob(glob[1:], text[1:])
}

// FuzzCompare asks that nothing panics, that a side does not differ from itself, and that swapping sides swaps what was added and removed.
func FuzzCompare(f *testing.F) {
	f.Add([]byte("apiVersion: v1\nkind: A\nmetadata: {name: x}\nspec: {a: [1, 2]}\n"), []byte("apiVersion: v1\nkind: A\nmetadata: {name: y}\nspec: {a: [2]}\n"), "a.yaml")
	f.Add([]byte(`{"resource": {"alicloud_vswitch": {"a": {"cidr_block": "x"}}}}`), []byte(`{"resource": {}}`), "a.tf.json")
	f.Add([]byte(`{"a": "{\"b\": 1}"}`), []byte(`{"a": "{\"b\": 2}"}`), "a.json")
	f.Add([]byte("a\nb\n"), []byte("a\nc\n"), "a.sh")
	f.Fuzz(func(t *testing.T, a, b []byte, name string) {
		if len(a)+len(b) > 4096 {
			return
		}
		target := func(data []byte) *manifest.Target {
			return &manifest.Target{Name: "clusters/a", Files: []manifest.File{{Path: name, Data: data}}}
		}
		there, err := changesOf(target(a), target(b))
		back, errBack := changesOf(target(b), target(a))
		if (err == nil) != (errBack == nil) {
			t.Fatalf("one way %v, the other %v", err, errBack)
		}
		if err != nil {
			return
		}
		swap := map[string]string{Added: Removed, Removed: Added, Changed: Changed, Renamed: Renamed}
		count := map[string]int{}
		for _, c := range there {
			count[c.Change]++
		}
		for _, c := range back {
			count[swap[c.Change]]--
		}
		for change, n := range count {
			if n != 0 {
				t.Fatalf("%s: %+d more there than back:\n%v\n%v", change, n, there, back)
			}
		}
	})
}

func changesOf(old, new *manifest.Target) ([]Change, error) {
	var c Comparison
	if err := c.Target(old, nil, new); err != nil {
		return nil, err
	}
	_, changes, _, _ := c.Result()
	return changes, nil
}
