package krm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/document"
	"github.com/meshtopo/meshtopo/manifest"
	"go.yaml.in/yaml/v3"
)

var seeds = []string{
	"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- apiVersion: v1\n  kind: A\n  metadata: {name: a}\nfunctionConfig: {}\n",
	"# top\n---\napiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: # here\n\n  # of a\n  - apiVersion: v1\n    kind: A\n    metadata:\n      name: a\n    t: |+\n      x\n\n      - y\n    #not\n\n  # of b\n  -\n    {apiVersion: v1, kind: B, metadata: {name: b}}\n",
	"kind: ResourceList\napiVersion: config.kubernetes.io/v1\nitems:\n- {apiVersion: v1, kind: A, metadata: {name: 'a\n- b'}}\n",
	"kind: ResourceList\napiVersion: config.kubernetes.io/v1\nitems:\n- apiVersion: v1\n  kind: \"A\n- b\n#c\"\n  metadata: {name: a}\n",
	"{apiVersion: config.kubernetes.io/v1, kind: ResourceList, items: [{apiVersion: v1, kind: A, metadata: {name: a}, x: &a {y: 1}, z: *a}]}\n",
	"{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"\\ud83d\\ude00\"}, \"n\": 1e3}]}",
	"apiVersion: v1\nkind: A\nmetadata: {name: a}\nx: |\n  - b\n---\n# c\napiVersion: v1\nkind: B # k\nmetadata: {name: b}\n...\n",
	"apiVersion: v1\r\nkind: List\r\nitems:\r\n- apiVersion: v1\r\n  kind: A\r\n  metadata: {name: a}\r\n",
	"apiVersion: v1\nkind: List\nitems: []\n- a\n",
	"apiVersion: v1\nkind: List\nitems:\n- &a {apiVersion: v1, kind: A, metadata: {name: a}}\n- *a\n",
	"--- {apiVersion: v1, kind: A, metadata: {name: a}}\n--- !!map\napiVersion: v1\nkind: A\nmetadata: {name: b}\n",
	"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: A\n  metadata: {name: a}\n  ? [x]\n  : y\n  <<: {b: c}\n\tq: 1\n",
}

// FuzzRead: what is read item by item is what a parser of the whole input sees, and so is the answer, with results after it.
func FuzzRead(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		l, err := Read(input)
		if err != nil {
			return
		}
		want, ok := wholeItems(input)
		if !ok {
			t.Fatalf("read %d items of what is not YAML", len(l.Items))
		}
		holds(t, want, l, nil)
		holds(t, want, l, []Result{{Message: "m", Severity: diag.Error}})
		l.kept = false
		if err := l.add("t", []Object{{Target: "clusters/c", File: "f.yaml", Object: object("new")}}); err != nil {
			t.Fatal(err)
		}
		text, err := l.Encode(nil)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := wholeItems(text)
		if !ok || len(got) != len(want)+1 || textOf(child(got[len(want)], "kind")) != "Service" {
			t.Fatalf("an object was added, and the answer is\n%s", text)
		}
	})
}

func object(name string) manifest.Object {
	return manifest.Object{Fields: map[string]any{"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": name}}}
}

func holds(t *testing.T, want []*yaml.Node, l *List, results []Result) {
	t.Helper()
	text, err := l.Encode(results)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := wholeItems(text)
	if !ok || len(got) != len(want) {
		t.Fatalf("%d items read, %d answered:\n%s", len(want), len(got), text)
	}
	for i := range want {
		if diff := cmp.Diff(plain(want[i]), plain(got[i])); diff != "" {
			t.Fatalf("item %d (-read +answered):\n%s\n%s", i+1, diff, text)
		}
	}
}

// plain gives a node as text: kinds, tags, values.
func plain(n *yaml.Node) string {
	if n.Kind == yaml.AliasNode {
		return "*" + n.Value
	}
	s := fmt.Sprintf("%d %s %q %q", n.Kind, n.ShortTag(), n.Value, n.Anchor)
	for _, c := range n.Content {
		s += "(" + plain(c) + ")"
	}
	return s
}

// wholeItems parses an input in one go, which Read does not.
func wholeItems(input []byte) ([]*yaml.Node, bool) {
	if json.Valid(input) { // surrogate pairs are not for YAML's parser
		var value any
		if json.Unmarshal(input, &value) != nil {
			return nil, false
		}
		var err error
		if input, err = manifest.Encode(value.(map[string]any)); err != nil {
			return nil, false
		}
	}
	var all []*yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(input))
	for {
		var n yaml.Node
		if err := d.Decode(&n); err != nil {
			break
		}
		if len(n.Content) > 0 && n.Content[0].ShortTag() != "!!null" {
			all = append(all, n.Content[0])
		}
	}
	if len(all) != 1 {
		return all, len(all) > 0
	}
	version, kind := textOf(child(all[0], "apiVersion")), textOf(child(all[0], "kind"))
	if wrapped, err := listKind(version, kind); !wrapped || err != nil {
		return all, err == nil
	}
	return child(all[0], itemsField).Content, true
}

// FuzzReadConfig: a functionConfig never panics, and one without findings is whole.
func FuzzReadConfig(f *testing.F) {
	f.Add([]byte("apiVersion: meshtopo.dev/v1alpha1\nkind: MeshRender\nmetadata: {name: a}\nspec: {topology: t, mode: generate, targets: [a]}\n"))
	f.Add([]byte("apiVersion: meshtopo.dev/v1alpha1\nkind: MeshTopology\nmetadata: {annotations: {meshtopo.dev/targets: 'a,b'}}\n"))
	f.Add([]byte("spec: 1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, findings := ReadConfig(text, document.DefaultLimits())
		if len(findings) == 0 && (c.Mode == "" || c.Kind == KindRender && c.Topology == "") {
			t.Errorf("%+v", c)
		}
	})
}
