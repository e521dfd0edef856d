package document

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"
	yamlv2 "go.yaml.in/yaml/v2"
	"sigs.k8s.io/yaml"
)

// FuzzYAML: no text panics; every place is inside the text; and what is accepted is the same value to a YAML 1.1 reader
// (go.yaml.in/yaml/v2) and to Kubernetes (sigs.k8s.io/yaml).
func FuzzYAML(f *testing.F) {
	seed(f, ".yaml")
	f.Fuzz(func(t *testing.T, text []byte) {
		problems := CheckText(text)
		inside(t, text, problems)
		if len(problems) > 0 {
			return
		}
		tree, problems := YAML(text)
		inside(t, text, problems)
		if len(problems) > 0 {
			return
		}
		var old, kubernetes any
		if err := yamlv2.Unmarshal(text, &old); err != nil {
			t.Fatalf("accepted, but not by yaml/v2: %s\n%s", err, text)
		}
		if err := yaml.Unmarshal(text, &kubernetes); err != nil {
			t.Fatalf("accepted, but not by Kubernetes: %s\n%s", err, text)
		}
		got := normal(tree.Value())
		if !reflect.DeepEqual(got, normal(old)) || !reflect.DeepEqual(got, normal(kubernetes)) {
			t.Fatalf("%s\n is       %#v\n yaml/v2  %#v\n sigs     %#v", text, got, normal(old), normal(kubernetes))
		}
		everyPlace(t, text, tree, tree.Value(), nil)
	})
}

// FuzzJSON: the same, against encoding/json: what is accepted is valid and the same value.
func FuzzJSON(f *testing.F) {
	seed(f, ".json")
	f.Fuzz(func(t *testing.T, text []byte) {
		problems := CheckText(text)
		inside(t, text, problems)
		if len(problems) > 0 {
			return
		}
		tree, problems := JSON(text)
		inside(t, text, problems)
		plain := []byte(strings.TrimPrefix(string(text), "\ufeff"))
		if len(problems) > 0 {
			if problems[0].Kind == Syntax && json.Valid(plain) {
				t.Fatalf("valid JSON refused: %v\n%s", problems, text)
			}
			return
		}
		var want any
		if err := json.Unmarshal(plain, &want); err != nil {
			t.Fatalf("accepted: %s\n%s", err, text)
		}
		if got := normal(tree.Value()); !reflect.DeepEqual(got, normal(want)) {
			t.Fatalf("%s\n is   %#v\n want %#v", text, got, normal(want))
		}
		everyPlace(t, text, tree, tree.Value(), nil)
	})
}

func seed(f *testing.F, extension string) {
	archives, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range archives {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(data).Files {
			if strings.HasSuffix(file.Name, extension) {
				f.Add(unmark(file.Data))
			}
		}
	}
}

// normal gives a value with all numbers as float64 and all keys as text.
func normal(v any) any {
	switch v := v.(type) {
	case map[any]any:
		m := map[string]any{}
		for k, e := range v {
			m[fmt.Sprint(k)] = normal(e)
		}
		return m
	case map[string]any:
		m := map[string]any{}
		for k, e := range v {
			m[k] = normal(e)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = normal(e)
		}
		return list
	case int:
		return float64(v)
	case int64:
		return float64(v)
	}
	return v
}

func inside(t *testing.T, text []byte, problems []Problem) {
	for _, p := range problems {
		if p.Message == "" || !utf8.ValidString(p.Message) {
			t.Fatalf("message %q", p.Message)
		}
		for _, place := range []Place{p.Place, p.First} {
			checkPlace(t, text, place)
		}
	}
}

func checkPlace(t *testing.T, text []byte, p Place) {
	if p == (Place{}) {
		return
	}
	lines := strings.Split(strings.TrimPrefix(string(text), "\ufeff"), "\n")
	if p.Line < 1 || p.Line > len(lines) {
		t.Fatalf("line %d of %d\n%q", p.Line, len(lines), text)
	}
	if n := utf8.RuneCountInString(lines[p.Line-1]); p.Column < 1 || p.Column > n+1 || p.Column+p.Width > n+1 && p.Width > 1 {
		t.Fatalf("column %d, width %d in a line of %d\n%q", p.Column, p.Width, n, text)
	}
}

func everyPlace(t *testing.T, text []byte, tree Tree, v any, path []any) {
	for _, key := range []bool{false, true} {
		place, ok := tree.Place(path, key)
		if !ok || place.Line == 0 {
			t.Fatalf("no place of %v\n%q", path, text)
		}
		checkPlace(t, text, place)
	}
	path = path[:len(path):len(path)]
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			everyPlace(t, text, tree, e, append(path, k))
		}
	case []any:
		for i, e := range v {
			everyPlace(t, text, tree, e, append(path, i))
		}
	}
}
