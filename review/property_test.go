package review

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/manifest"
	"pgregory.net/rapid"
)

// drawObjects makes objects of a few kinds, with lists whose order means nothing, lists whose order has meaning, and no two names alike.
func drawObjects(t *rapid.T) []map[string]any {
	n := rapid.IntRange(0, 8).Draw(t, "objects")
	objects := make([]map[string]any, n)
	word := rapid.StringMatching(`[a-z]{1,3}`)
	for i := range objects {
		name := fmt.Sprintf("o%d", i)
		metadata := map[string]any{"name": name, "namespace": word.Draw(t, "namespace")}
		var spec map[string]any
		kind, api := "", ""
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			kind, api = "DestinationRule", "networking.istio.io/v1"
			var subsets []any
			for _, s := range rapid.SliceOfNDistinct(word, 0, 4, rapid.ID).Draw(t, "subsets") {
				subsets = append(subsets, map[string]any{"name": s, "labels": map[string]any{"version": word.Draw(t, "version")}})
			}
			spec = map[string]any{"host": name, "subsets": subsets}
		case 1:
			kind, api = "Gateway", "networking.istio.io/v1"
			var hosts []any
			for _, h := range rapid.SliceOfN(word, 0, 4).Draw(t, "hosts") {
				hosts = append(hosts, h)
			}
			spec = map[string]any{"servers": []any{map[string]any{"port": map[string]any{"name": "p", "number": int64(80)}, "hosts": hosts}}}
		default:
			kind, api = "Thing", "example.org/v1"
			var words []any
			for _, w := range rapid.SliceOfN(word, 0, 4).Draw(t, "words") {
				words = append(words, w)
			}
			spec = map[string]any{"words": words, "n": int64(rapid.IntRange(0, 3).Draw(t, "n"))}
		}
		objects[i] = map[string]any{"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec}
	}
	return objects
}

// lay writes objects down in a way of its own: in another order, in other files, as YAML or JSON, alone or in Lists, with comments.
func lay(t *rapid.T, objects []map[string]any) *manifest.Target {
	target := &manifest.Target{Name: "clusters/a"}
	order := rapid.Permutation(objects).Draw(t, "order")
	for len(order) > 0 {
		n := rapid.IntRange(1, len(order)).Draw(t, "in a file")
		name := fmt.Sprintf("f%d", len(target.Files))
		var text string
		switch rapid.IntRange(0, 3).Draw(t, "form") {
		case 0:
			data, err := manifest.Encode(order[:n]...)
			if err != nil {
				t.Fatal(err)
			}
			text, name = "# comment\n"+string(data)+"--- # nothing more\n", name+".yaml"
		case 1:
			for _, o := range order[:n] {
				text += "---\n# comment\n" + inFlow(t, o) + "\n...\n"
			}
			text, name = strings.ReplaceAll(text, "\n", "\r\n"), name+".yml"
		case 2:
			text, name = inFlow(t, map[string]any{"apiVersion": "v1", "kind": "List", "items": anys(order[:n])}), name+".json"
		default:
			text, name = "apiVersion: v1\nkind: List\nitems: "+inFlow(t, anys(order[:n])), name+".yaml"
		}
		target.Files = append(target.Files, manifest.File{Path: name, Data: []byte(text)})
		order = order[n:]
	}
	return target
}

func anys(objects []map[string]any) []any {
	list := make([]any, len(objects))
	for i, o := range objects {
		list[i] = o
	}
	return list
}

// inFlow writes a value in flow style with its keys in any order.
func inFlow(t *rapid.T, v any) string {
	var b strings.Builder
	switch v := v.(type) {
	case map[string]any:
		b.WriteString("{")
		for i, key := range rapid.Permutation(unionKeys(v, nil)).Draw(t, "keys") {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(strconv.Quote(key) + ": " + inFlow(t, v[key]))
		}
		b.WriteString("}")
	case []any:
		b.WriteString("[")
		for i, entry := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(inFlow(t, entry))
		}
		b.WriteString("]")
	default:
		b.Write(encodeJSON(v))
	}
	return b.String()
}

// shuffled gives an object with the lists whose order means nothing in another order.
func shuffled(t *rapid.T, o map[string]any) map[string]any {
	copied := func(m map[string]any) map[string]any {
		c := map[string]any{}
		for k, v := range m {
			c[k] = v
		}
		return c
	}
	permuted := func(v any) []any { return rapid.Permutation(v.([]any)).Draw(t, "list") }
	o = copied(o)
	spec := copied(o["spec"].(map[string]any))
	o["spec"] = spec
	switch o["kind"] {
	case "DestinationRule":
		spec["subsets"] = permuted(spec["subsets"])
	case "Gateway":
		server := copied(spec["servers"].([]any)[0].(map[string]any))
		server["hosts"] = permuted(server["hosts"])
		spec["servers"] = []any{server}
	}
	return o
}

func mustChanges(t *rapid.T, old, new *manifest.Target) []Change {
	changes, err := changesOf(old, new)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

// withoutFiles leaves out which files objects stand in.
func withoutFiles(changes []Change) []Change {
	for i := range changes {
		changes[i].File = ""
	}
	return changes
}

// TestLayoutNeverMatters: the same objects in other files, orders and spellings do not differ, and differ from others in the same way.
func TestLayoutNeverMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, new := drawObjects(t), drawObjects(t)
		again := make([]map[string]any, len(old))
		for i := range old {
			again[i] = shuffled(t, old[i])
		}
		if found := mustChanges(t, lay(t, old), lay(t, again)); len(found) > 0 {
			t.Fatalf("the same objects differ: %v", found)
		}
		one, other := mustChanges(t, lay(t, old), lay(t, new)), mustChanges(t, lay(t, again), lay(t, new))
		if diff := cmp.Diff(withoutFiles(one), withoutFiles(other)); diff != "" {
			t.Fatalf("layout matters: %s", diff)
		}
	})
}

// TestSwap: what is added one way is removed the other way, with the fields the other way round.
func TestSwap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, new := lay(t, drawObjects(t)), lay(t, drawObjects(t))
		there, back := mustChanges(t, old, new), mustChanges(t, new, old)
		type key struct{ change, kind, namespace, name, path, old, new string }
		count := map[key]int{}
		swap := map[string]string{Added: Removed, Removed: Added, Changed: Changed}
		for _, c := range there {
			count[key{c.Change, c.Kind, c.Namespace, c.Name, "", "", ""}]++
			for _, f := range c.Fields {
				count[key{c.Change, c.Kind, c.Namespace, c.Name, f.Path, string(f.Old), string(f.New)}]++
			}
		}
		for _, c := range back {
			if c.Change == Renamed {
				t.Skip("a rename has the new name")
			}
			count[key{swap[c.Change], c.Kind, c.Namespace, c.Name, "", "", ""}]--
			for _, f := range c.Fields {
				count[key{swap[c.Change], c.Kind, c.Namespace, c.Name, f.Path, string(f.New), string(f.Old)}]--
			}
		}
		for k, n := range count {
			if n != 0 {
				t.Fatalf("%+v: %+d more there than back", k, n)
			}
		}
	})
}

// TestEveryChangeIsFound: one value of one object changed is one field of one change.
func TestEveryChangeIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		objects := append(drawObjects(t), map[string]any{"apiVersion": "example.org/v1", "kind": "Thing", "metadata": map[string]any{"name": "it"}, "spec": map[string]any{"n": int64(1)}})
		changed := append([]map[string]any{}, objects...)
		changed[len(changed)-1] = map[string]any{"apiVersion": "example.org/v1", "kind": "Thing", "metadata": map[string]any{"name": "it"}, "spec": map[string]any{"n": int64(2)}}
		found := mustChanges(t, lay(t, objects), lay(t, changed))
		if len(found) != 1 || found[0].Name != "it" || len(found[0].Fields) != 1 || found[0].Fields[0].Path != "spec.n" {
			t.Fatalf("found %v", found)
		}
	})
}

// TestSecondIsFound: an object of a changed document that is on the side a second time is an error, wherever it is.
func TestSecondIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		objects := drawObjects(t)
		if len(objects) == 0 {
			t.Skip("no object")
		}
		old := lay(t, objects)
		second := rapid.SampledFrom(objects).Draw(t, "second")
		new := &manifest.Target{Name: old.Name, Files: append(old.Files[:len(old.Files):len(old.Files)], manifest.File{Path: "z.yaml", Data: []byte("# x\n" + inFlow(t, second))})}
		_, err := changesOf(old, new)
		name, _ := manifest.Object{Fields: second}.ID()
		if err == nil || !strings.Contains(err.Error(), name.String()+" is here a second time") || !strings.Contains(err.Error(), "z.yaml:2") {
			t.Fatalf("error %v", err)
		}
	})
}

// TestQuantities holds quantities against exact arithmetic.
func TestQuantities(t *testing.T) {
	factors := map[string]string{"": "1", "n": "1e-9", "u": "1e-6", "m": "1e-3", "k": "1e3", "M": "1e6", "G": "1e9", "T": "1e12", "P": "1e15", "E": "1e18",
		"Ki": "1024", "Mi": "1048576", "Gi": "1073741824", "Ti": "1099511627776", "Pi": "1125899906842624", "Ei": "1152921504606846976", "e3": "1e3", "E-2": "1e-2"}
	draw := func(t *rapid.T, label string) (string, *big.Rat) {
		digits := rapid.StringMatching(`[+-]?[0-9]{1,4}(\.[0-9]{0,4})?`).Draw(t, label)
		suffix := rapid.SampledFrom(unionKeys(factors, nil)).Draw(t, label+" suffix")
		value, _ := new(big.Rat).SetString(strings.TrimSuffix(digits, "."))
		factor, _ := new(big.Rat).SetString(factors[suffix])
		return digits + suffix, value.Mul(value, factor)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, x := draw(t, "a")
		b, y := draw(t, "b")
		if got, want := sameQuantity(a, b), x.Cmp(y) == 0; got != want {
			t.Fatalf("%s and %s: %v, want %v", a, b, got, want)
		}
	})
	for _, bad := range []string{"", "m", ".", "1ki", "1e", "1e999", "1 Gi", "0x1", "1_0", "--1", "1e3Mi", strings.Repeat("9", 200)} {
		if sameQuantity(bad, bad) {
			t.Errorf("%q is taken for a quantity", bad)
		}
	}
	for _, same := range [][2]string{{"1000m", "1"}, {"1Gi", "1024Mi"}, {"0.5", "500m"}, {"1e3", "1k"}, {".5", "500m"}} {
		if !sameQuantity(same[0], same[1]) {
			t.Errorf("%v are not the same", same)
		}
	}
}

// TestNumbers holds the comparison of numbers against exact arithmetic.
func TestNumbers(t *testing.T) {
	number := rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,4})?(e[+-]?[0-9]{1,2})?`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		if got, want := sameNumber(a, b), x.Cmp(y) == 0; got != want {
			t.Fatalf("%s and %s: %v, want %v", a, b, got, want)
		}
		if !json.Valid([]byte(a)) || !isNumber(a) {
			t.Fatalf("%s is no number", a)
		}
	})
}
