package review_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/review"
	"pgregory.net/rapid"
)

// drawObject draws an object with a name of its own.
func drawObject(t *rapid.T, name string) map[string]any {
	kind := rapid.SampledFrom([]string{"ConfigMap", "Service", "Deployment", "VirtualService", "DestinationRule", "Other"}).Draw(t, "kind")
	return map[string]any{
		"apiVersion": "example.com/v1", "kind": kind, "metadata": map[string]any{"name": name},
		"spec": drawValue(t, 3),
	}
}

// drawValue draws what a field may hold; lists have entries with names, without, or words.
func drawValue(t *rapid.T, depth int) any {
	kinds := 4
	if depth > 0 {
		kinds = 7
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind of value") {
	case 0:
		return rapid.SampledFrom([]string{"", "a", "1m", "60s", "yes", "1Gi", "{\"a\":1}", "a: b", "x\ny"}).Draw(t, "text")
	case 1:
		return rapid.Int64Range(-3, 3).Draw(t, "number")
	case 2:
		return rapid.Bool().Draw(t, "truth")
	case 3:
		return nil
	case 4, 5:
		fields := map[string]any{}
		for range rapid.IntRange(0, 4).Draw(t, "fields") {
			fields[rapid.SampledFrom([]string{"a", "ports", "hosts", "http", "limits", "timeout", "name", "subsets"}).Draw(t, "field")] = drawValue(t, depth-1)
		}
		return fields
	}
	var list []any
	named := rapid.Bool().Draw(t, "named")
	for i := range rapid.IntRange(0, 4).Draw(t, "entries") {
		value := drawValue(t, depth-1)
		if fields, ok := value.(map[string]any); ok && named {
			fields["name"] = fmt.Sprint("n", i)
		}
		list = append(list, value)
	}
	return append([]any{}, list...)
}

// drawTarget draws objects in one file or in several.
func drawTarget(t *rapid.T) []map[string]any {
	var objects []map[string]any
	for i := range rapid.IntRange(0, 5).Draw(t, "objects") {
		objects = append(objects, drawObject(t, fmt.Sprint("o", i)))
	}
	return objects
}

// laidOut writes objects as files: in the order given, so many to a file, each with a comment.
func laidOut(t *rapid.T, objects []map[string]any, each int, comment string) *manifest.Target {
	target := &manifest.Target{Name: "clusters/a"}
	for i := 0; i < len(objects); i += each {
		data, err := manifest.Encode(objects[i:min(len(objects), i+each)]...)
		if err != nil {
			t.Fatal(err)
		}
		target.Files = append(target.Files, manifest.File{Path: fmt.Sprintf("f%d-%d.yaml", each, i), Data: []byte(comment + string(data))})
	}
	return target
}

func changesOf(t *rapid.T, old, now *manifest.Target) []review.Change {
	var c review.Comparison
	if err := c.Target(old, nil, now); err != nil {
		t.Fatal(err)
	}
	_, changes, _, _ := c.Result()
	return changes
}

// The layout of files, the order of documents, comments and line ends make no difference.
func TestLayoutIsNoChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		objects := drawTarget(t)
		other := rapid.Permutation(objects).Draw(t, "order")
		now := laidOut(t, other, rapid.IntRange(1, 3).Draw(t, "each"), "# a comment\n")
		if rapid.Bool().Draw(t, "crlf") {
			for i := range now.Files {
				now.Files[i].Data = []byte(strings.ReplaceAll(string(now.Files[i].Data), "\n", "\r\n"))
			}
		}
		if changes := changesOf(t, laidOut(t, objects, 2, ""), now); len(changes) > 0 {
			t.Errorf("%+v", changes)
		}
	})
}

// Swapping the sides swaps what is added and removed, and the values of every field.
func TestSwap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, now := laidOut(t, drawTarget(t), 2, ""), laidOut(t, drawTarget(t), 2, "")
		type seen struct{ Kind, Name, Change, Fields string }
		summary := func(changes []review.Change, swap bool) map[seen]int {
			all := map[seen]int{}
			for _, c := range changes {
				what := c.Change
				if swap {
					what = map[string]string{review.Added: review.Removed, review.Removed: review.Added}[what]
					if what == "" {
						what = c.Change
					}
				}
				if what == review.Renamed {
					all[seen{c.Kind, "", what, ""}]++
					continue
				}
				values := map[string]string{}
				for _, f := range c.Fields {
					was, is := string(f.Old), string(f.New)
					if swap {
						was, is = is, was
					}
					values[f.Path] = was + " -> " + is
				}
				all[seen{c.Kind, c.Name, what, fmt.Sprint(values)}]++
			}
			return all
		}
		if diff := cmp.Diff(summary(changesOf(t, old, now), false), summary(changesOf(t, now, old), true)); diff != "" {
			t.Errorf("(-there +back swapped):\n%s", diff)
		}
	})
}

// What is the same to a reader of the whole file is the same here: nothing is lost where the text is cut.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		"a: b\n---\nc: d\n", "---\na: |\n  ---\n  x\n--- # c\nb: c", "a: b\n...\n---\nc: d", "\ufeffa: b\r\n---\r\nc: d\r\n", "--- {a: b}\n---\n", "a: 'x\n\n  ---\n  y'\n", "%YAML 1.2\n---\na: b\n", "---- a: b\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		whole, err := manifest.DecodeForeign([]byte(strings.ReplaceAll(text, "\r\n", "\n")), 10_000)
		parts, partsErr := review.DecodeParts([]byte(text))
		if err != nil || partsErr != nil {
			return // which of the two is stricter does not matter: both are errors to a user
		}
		if diff := cmp.Diff(whole, parts); diff != "" {
			t.Errorf("(-whole +parts)\n%s", diff)
		}
	})
}

// An entry that is read silences something that can be written down, and a file never makes the reader fail otherwise than with a line.
func FuzzIgnore(f *testing.F) {
	f.Add("clusters/* Deployment/web-* spec.replicas 2027-01-31 the autoscaler owns it\n# comment\n\n* * * 2027-01-01 x")
	f.Fuzz(func(t *testing.T, text string) {
		ignore, err := review.ReadIgnore("f", []byte(text), "2026-01-01")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f:") {
				t.Errorf("an error without its file: %v", err)
			}
			return
		}
		c := review.Comparison{Ignore: ignore}
		_, _, _, ignored := c.Result()
		for _, i := range ignored {
			if i.Reason == "" || i.Until == "" || len(strings.Fields(i.Entry)) != 3 {
				t.Errorf("%+v", i)
			}
		}
	})
}
