package krm

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/diag"
)

// Items of a list in block style keep their bytes, however they are spelled.
func TestItemsKeepBytes(t *testing.T) {
	for name, items := range map[string]string{
		"first column":       "- apiVersion: v1\n  kind: A\n  metadata: {name: a}\n",
		"indented":           "    - apiVersion: v1\n      kind: A\n      metadata: {name: a}\n",
		"comments and lines": "# a\n\n- apiVersion: v1 # v\n  kind: A\n  metadata: {name: a}\n  # inside\n# b\n- apiVersion: v1\n  kind: B\n  metadata: {name: b}\n# end\n",
		"block scalars":      "- apiVersion: v1\n  kind: A\n  metadata: {name: a}\n  x: |+\n    - no item\n\n    # text\n\n- apiVersion: v1\n  kind: B\n  metadata: {name: b}\n  y: >-\n    folded\n     more\n",
		"flow style":         "- {apiVersion: v1, kind: A, metadata: {name: a}, x: [1,\n   2]}\n",
		"dash alone":         "-\n  apiVersion: v1\n  kind: A\n  metadata: {name: a}\n",
		"anchors":            "- apiVersion: v1\n  kind: A\n  metadata: {name: &x a}\n  y: *x\n- apiVersion: v1\n  kind: B\n  metadata: {name: &x b}\n  y: *x\n",
		"old scalars":        "- apiVersion: v1\n  kind: A\n  metadata: {name: a}\n  x: [no, 0777, 1:20, ~, 1e3, 2001-01-01, !!binary aGk=]\n",
		"quotes over lines":  "- apiVersion: v1\n  kind: A\n  metadata: {name: a}\n  x: \"one\n    two\\\n    three\"\n",
	} {
		for _, ending := range []string{"\n", "\r\n"} {
			input := strings.ReplaceAll("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n"+items, "\n", ending)
			l, err := Read([]byte(input))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			text, err := l.Encode([]Result{{Message: "m", Severity: diag.Warning}})
			if err != nil || !bytes.Contains(text, []byte(strings.ReplaceAll(items, "\n", ending))) {
				t.Errorf("%s: %v\n%s", name, err, text)
			}
		}
	}
}

// What cannot be cut keeps its values: a dash inside of quotes is no item.
func TestItemsThatCannotBeCut(t *testing.T) {
	l, err := Read([]byte("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- apiVersion: v1\n  kind: A\n  metadata: {name: a}\n  x: \"one\n- two\"\n"))
	if err != nil || len(l.Items) != 1 {
		t.Fatal(err, l)
	}
	text, err := l.Encode([]Result{{Message: "m"}})
	if err != nil || !bytes.Contains(text, []byte(`x: "one - two"`)) {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestReadRefuses(t *testing.T) {
	head := "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
	deep := strings.Repeat("[", 300) + strings.Repeat("]", 300)
	for input, want := range map[string]string{
		"":                                   "the input is empty",
		"\ufeff \n# x\n---\n...\n":           "the input is empty",
		"\xff\xfe":                           "the input is not valid UTF-8",
		head:                                 "the ResourceList has no list of items: write items: [] when there are none",
		head + "items:\n- 1\n":               "item 1, line 4: not an object: want a mapping with apiVersion, kind and metadata.name",
		head + "items:\n- {kind: A}\n":       "item 1, line 4: the object has no apiVersion",
		head + "items: []":                   "the input ends in the middle of a line: was it cut off? End it with a line break",
		head + "items: []\nitems: []\n":      "line 4: items stands twice, first in line 3",
		"a: b\n---\nc: d\n":                  "object 1, line 1: the object has no apiVersion",
		head + "items:\n- a: " + deep + "\n": "item 1, line 4: nested deeper than 200 levels",
		`{"kind": "List", "apiVersion": "v1", "items": {}}`:                                                                       "the List has no list of items: write items: [] when there are none",
		`{"kind": "List", "apiVersion": "v1", "kind": "List"}`:                                                                    "line 1: kind stands twice",
		"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{},\n{\"a\": [0, {\"b\": {\"c\": 1,\n\"d\": [], \"c\": 2}}]}]}": "line 3: items[1].a[1].b.c stands twice",
		head + "items:":              "the input ends in the middle of a line: was it cut off? End it with a line break",
		head + "items:\n# nothing\n": "line 3: items ends the input and has no value: was the input cut off? Write items: [] when there are none",
		"apiVersion: v1\nkind: A\nmetadata: {name: a}\n---\napiVersion: v1\nkind: B\nmetadata:\n  name: s": "the input ends in the middle of a line: was it cut off? End it with a line break",
		`{"kind": "List", "apiVersion": "v1", "items": [1]}`:                                               "item 1: not an object: want a mapping with apiVersion, kind and metadata.name",
		"%YAML 1.1\n---\na: b\n": "document at line 1: line 1: did not find expected <document start>: was the input cut off?",
		head + "items:\n- x: " + strings.Repeat("y", maxWhole) + "\n": "item 1, line 4: line 4: more than 4 MiB in one piece: items are read one by one where a ResourceList is JSON, or YAML in block style",
		head + "items:" + strings.Repeat("\n- {}", maxItems+1) + "\n": "100001 items; the limit is 100000",
	} {
		_, err := Read([]byte(input))
		if err == nil || err.Error() != want {
			t.Errorf("%.80q:\nhave %v\nwant %s", input, err, want)
		}
	}
	for _, whole := range []string{
		`{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}}`,
		"apiVersion: v1\nkind: A\nmetadata: {name: a}\n--- {apiVersion: v1, kind: B, metadata: {name: b}}",
		head + "items:\nfunctionConfig: {}\n",
		head + "items: null\n",
	} {
		if _, err := Read([]byte(whole)); err != nil {
			t.Errorf("%q: %v", whole, err)
		}
	}
	if _, err := Read(make([]byte, MaxSize+1)); err == nil || err.Error() != "the input is larger than 64 MiB" {
		t.Error(err)
	}
}

// An answer holds a bounded number of results, and says so.
func TestManyResults(t *testing.T) {
	var findings []diag.Finding
	for i := range 10_001 {
		findings = append(findings, diag.New(diag.WrongValue, diag.Path(fmt.Sprintf("spec.a[%d]", i)), "wrong"))
	}
	l, err := Read([]byte("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := l.Encode(Results(findings, KindTopology, "a", ""))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte("\n- ")); n != MaxResults {
		t.Errorf("%d results, want %d", n, MaxResults)
	}
	if want := "- message: 9002 more results are not shown; mend those that are shown first\n  severity: error\n"; !bytes.HasSuffix(text, []byte(want)) {
		t.Errorf("the end is\n%s", text[len(text)-300:])
	}
}

func TestResultFields(t *testing.T) {
	f := diag.New(diag.WrongValue, "spec.x", "wrong").WithProposed(int64(3)).WithFix("write 3")
	f.Place = diag.Place{File: ConfigFile}
	got := Results([]diag.Finding{f}, KindTopology, "a", "mesh.yaml")[0].fields()
	delete(got["tags"].(map[string]string), "fingerprint")
	want := map[string]any{
		"message": "wrong", "severity": "error", "file": map[string]any{"path": "mesh.yaml"},
		"resourceRef": map[string]any{"apiVersion": APIVersion, "kind": KindTopology, "name": "a"},
		"field":       map[string]any{"path": "spec.x", "proposedValue": int64(3)},
		"tags":        map[string]string{"rule": "MT012", "name": "wrong-value", "help": "meshtopo explain MT012", "fix": "write 3"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Two targets of one identity are two objects where a host has files, and one to kustomize.
func TestSharedObjects(t *testing.T) {
	objects := []Object{{Target: "clusters/a", File: "f.yaml", Object: object("s")}, {Target: "clusters/b", File: "f.yaml", Object: object("s")}}
	all := func(string) bool { return true }
	for annotation, want := range map[string]string{
		"config.kubernetes.io/path":  "",
		"kustomize.config.k8s.io/id": "targets clusters/a and clusters/b both hold Service s, and kustomize knows no targets: choose one with spec.targets",
	} {
		l, err := Read([]byte("apiVersion: v1\nkind: A\nmetadata:\n  name: a\n  annotations: {" + annotation + ": \"1\"}\n"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = l.Transform("t", objects, all)
		if err == nil && want == "" {
			continue
		}
		if err == nil || err.Error() != want {
			t.Errorf("%s: have %v, want %q", annotation, err, want)
		}
	}
}
