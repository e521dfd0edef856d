package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/diag"
	"go.yaml.in/yaml/v3"
	sigs "sigs.k8s.io/yaml"
)

// languages are the extensions of a topology, by the number that a fuzz case has for it.
var languages = []string{".yaml", ".json", ".cue", ".jsonnet"}

// FuzzRender takes a text in each language from load to render. Nothing panics; all that is wrong is a finding with a place in the file, and every printer can
// print it; what is rendered is what it is called (YAML, JSON, a script); a second run finds and renders the same. Programs, components and overlays are evaluated
// in children, as the program does it.
func FuzzRender(f *testing.F) {
	f.Add(uint8(0), sample) // a small one
	for n, dir := range subdirectories(f, topologiesDir) {
		for i, language := range languages {
			if text, err := os.ReadFile(filepath.Join(topologiesDir, dir, "topology"+language)); err == nil {
				f.Add(uint8(i), text)
			}
		}
		if n >= len(languages) {
			continue
		}
		text, err := json.Marshal(plainTopology(f, dir)) // JSON is a text of all four
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(n), text)
	}
	root := fuzzRoot(f)
	f.Fuzz(func(t *testing.T, language uint8, text []byte) {
		name := writeIn(t, root, "topologies/fuzz/t"+languages[int(language)%len(languages)], text)
		first := try(t, root, name)
		told(t, root, name, text, first)
		for file, data := range first.files {
			if err := readable(file, data); err != nil {
				t.Fatalf("%s: %v\n%s", file, err, data)
			}
		}
		again := try(t, root, name)
		if diff := cmp.Diff(first.findings, again.findings); diff != "" {
			t.Fatalf("a second run finds other things (-first +second):\n%s", diff)
		}
		if diff := cmp.Diff(first.files, again.files); diff != "" {
			t.Fatalf("a second run renders other things (-first +second):\n%s", diff)
		}
	})
}

// told holds that findings explain why nothing was rendered, stand in the file, and can be printed in every format.
func told(t *testing.T, root *os.Root, name string, text []byte, result tried) {
	t.Helper()
	if result.files == nil && result.errors() == "" {
		t.Fatal("nothing is rendered, and nothing is wrong")
	}
	lines := bytes.Count(text, []byte("\n")) + 1
	for _, found := range result.findings {
		if p := found.Place; found.Message == "" || p.File == name && (p.Line > lines || p.Line > 0 && p.Column < 1) {
			t.Fatalf("a finding without sentence or place: %+v", found)
		}
	}
	source := func(file string) ([]byte, bool) { data, err := root.ReadFile(file); return data, err == nil }
	for format, print := range map[string]func(io.Writer) error{
		"text": func(w io.Writer) error {
			return diag.Text(w, result.findings, diag.TextOptions{Color: true, Source: source})
		},
		"json":   func(w io.Writer) error { return diag.JSON(w, result.findings) },
		"sarif":  func(w io.Writer) error { return diag.SARIF(w, result.findings, "v0") },
		"github": func(w io.Writer) error { return diag.GitHub(w, result.findings) },
		"gitlab": func(w io.Writer) error { return diag.GitLab(w, result.findings) },
	} {
		var out bytes.Buffer
		if err := print(&out); err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if strings.HasPrefix(format, "json") || format == "sarif" || format == "gitlab" {
			if !json.Valid(out.Bytes()) {
				t.Fatalf("%s is not JSON:\n%s", format, out.Bytes())
			}
		}
	}
}

// readable says what is wrong with a rendered file: it must be what its name says, to each reader of YAML.
func readable(file string, data []byte) error {
	switch filepath.Ext(file) {
	case ".json":
		if !json.Valid(data) {
			return fmt.Errorf("not JSON")
		}
	case ".yaml":
		_, err := yamlDocuments(data, yaml.Unmarshal)
		if err == nil {
			_, err = yamlDocuments(data, func(text []byte, into any) error { return sigs.UnmarshalStrict(text, into) })
		}
		return err
	}
	if len(data) == 0 {
		return fmt.Errorf("an empty file")
	}
	return nil
}

// yamlDocuments decodes the documents of a file, cut where kubectl cuts.
func yamlDocuments(data []byte, unmarshal func([]byte, any) error) ([]any, error) {
	var all []any
	for part := range strings.SplitSeq("\n"+string(data), "\n---\n") {
		var document any
		if err := unmarshal([]byte(part), &document); err != nil {
			return nil, err
		}
		if document != nil {
			all = append(all, document)
		}
	}
	return all, nil
}

// parts are the files of an overlay and of components that FuzzParts writes: what a topology brings in.
var parts = []string{"overlays/o/kustomization.yaml", "overlays/o/a.yaml", "components/t/a.yaml.tmpl", "components/j.jsonnet"}

// FuzzParts does it with the files of an overlay, a directory of templates and a Jsonnet component, of which one is any text. What they make is judged, and runs, in children.
func FuzzParts(f *testing.F) {
	good := []string{
		"apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: a.yaml}]\nlabels: [{pairs: {a: b}}]\n",
		"apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: default}\nspec: {type: ClusterIP}\n",
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: t, namespace: default}\ndata: {name: {{ .cluster.name | quote }}}\n",
		"function(mesh, cluster, values) {apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: 'j', namespace: 'default'}, data: {name: cluster.name}}\n",
	}
	for i, text := range good {
		f.Add(uint8(i), text)
	}
	f.Add(uint8(0), "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nreplacements: [{source: {kind: Service}, targets: [{select: {kind: Service}, fieldPaths: [a.b]}]}]\nnamePrefix: x-\n")
	f.Add(uint8(1), "- {op: replace, path: /metadata/name, value: x}\n")
	f.Add(uint8(2), "{{ range $i := .cluster }}{{ . | toJson }}{{ end }}{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" . }}")
	f.Add(uint8(3), "function(mesh, cluster, values) local f(x) = f(x); f(1)")
	root := fuzzRoot(f)
	for _, dir := range []string{"overlays/o", "components/t"} {
		if err := root.MkdirAll(dir, 0o777); err != nil {
			f.Fatal(err)
		}
	}
	topology := "topologies/fuzz/t.yaml"
	writeIn(f, root, topology, append(sample, "  overlays: [{path: ../../overlays/o}]\n  components: [{path: ../../components/t, targets: [clusters/*]}, {path: ../../components/j.jsonnet, targets: [clusters/*]}]\n"...))
	for i, text := range good {
		writeIn(f, root, parts[i], []byte(text))
	}
	if first := try(f, root, topology); first.files == nil {
		f.Fatal(first.errors())
	}
	f.Fuzz(func(t *testing.T, part uint8, text string) {
		i := int(part) % len(parts)
		writeIn(t, root, parts[i], []byte(text))
		defer writeIn(t, root, parts[i], []byte(good[i]))
		result := try(t, root, topology)
		told(t, root, parts[i], []byte(text), result)
		for file, data := range result.files {
			if err := readable(file, data); err != nil {
				t.Fatalf("%s: %v\n%s", file, err, data)
			}
		}
	})
}
