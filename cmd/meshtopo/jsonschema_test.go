package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/load"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"
)

// TestJSONSchemaFile holds the schema that editors use against what the program says.
func TestJSONSchemaFile(t *testing.T) {
	schema, err := load.JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	holdDocument(t, "../../schemas/topology.schema.json", string(schema))
}

// editorSchema is the schema in the hands of a validator that is not CUE.
func editorSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	text, err := load.JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("topology.schema.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("topology.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Every shipped topology is taken, and of every fixture the schema for editors thinks as load does: it refuses those in which load
// finds an unknown, missing or wrong field, and takes all others that can be read.
func TestJSONSchemaAgreesOnFixtures(t *testing.T) {
	schema := editorSchema(t)
	taken, refused := 0, 0
	files := exampleFiles(t)
	examples := len(files)
	for _, f := range ruleFixtures(t) {
		if !f.repository() {
			files = append(files, f.file)
		}
	}
	for i, file := range files {
		wrong, ok := schemaFindings(t, filepath.Dir(file), filepath.Base(file))
		if !ok {
			continue // the finding says why it cannot be read
		}
		value := plainValue(t, file)
		err := conforms(schema, value)
		switch {
		case err != nil && len(wrong) == 0:
			t.Errorf("%s is refused, and load takes it: %v", file, err)
		case err == nil && len(wrong) > 0:
			t.Errorf("%s is taken, and load does not: %s", file, wrong[0].Message)
		case err == nil:
			taken++
		default:
			refused++
		}
		if i < examples && err != nil {
			t.Errorf("the example %s is refused: %v", file, err)
		}
	}
	t.Logf("%d taken, %d refused", taken, refused)
	if taken < 100 || refused < 20 {
		t.Errorf("%d files are taken and %d are refused: the fixtures are not read", taken, refused)
	}
}

func exampleFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../topologies/*/topology.*")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	return files
}

// plainValue gives the value of a topology as JSON, read without load where there is another reader.
func plainValue(t *testing.T, file string) []byte {
	t.Helper()
	text := []byte(readFile(t, file))
	switch path.Ext(file) {
	case ".json":
		return text
	case ".yaml", ".yml":
		value, err := yaml.YAMLToJSONStrict(text)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		return value
	}
	root, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		t.Fatal(err)
	}
	request, err := json.Marshal(map[string]any{"Root": root, "File": filepath.Base(file), "Text": text})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := load.Jobs()[path.Ext(file)[1:]](request)
	var program struct{ Value json.RawMessage }
	if err != nil || json.Unmarshal(answer, &program) != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return program.Value
}

func conforms(schema *jsonschema.Schema, value []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(value))
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return schema.Validate(v)
}

// schemaFindings are what load finds in a topology against the schema. ok is false when it does not come as far as that.
func schemaFindings(t fataler, dir, file string) (found []diag.Finding, ok bool) {
	found = loaded(t, dir, file)
	return found, !slices.ContainsFunc(found, func(f diag.Finding) bool { return f.Rule < diag.UnknownField })
}

type fataler interface{ Fatalf(string, ...any) }

func loaded(t fataler, dir, file string) []diag.Finding {
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer root.Close()
	here := func(_ context.Context, job string, request []byte) ([]byte, error) { return load.Jobs()[job](request) }
	topology, err := load.File(context.Background(), file, load.Options{Root: root, Isolate: here})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return topology.Findings
}

// An example with one field removed, renamed or given another value is taken by both or by neither.
func TestJSONSchemaAgreesOnMutations(t *testing.T) {
	schema := editorSchema(t)
	var examples []any
	for _, file := range exampleFiles(t) {
		var v any
		if err := json.Unmarshal(plainValue(t, file), &v); err != nil {
			t.Fatal(err)
		}
		examples = append(examples, v)
	}
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		value := mutated(t, rapid.SampledFrom(examples).Draw(t, "example"))
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "topology.json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		wrong, ok := schemaFindings(t, dir, "topology.json")
		if err := conforms(schema, text); ok && (err != nil) != (len(wrong) > 0) {
			t.Fatalf("load: %v\nvalidator: %v\n%s", wrong, err, text)
		}
	})
}

// mutated gives a value that differs in one place, at a depth that is drawn.
func mutated(t *rapid.T, v any) any {
	switch v := v.(type) {
	case map[string]any:
		c, names := maps.Clone(v), slices.Sorted(maps.Keys(v))
		switch what := rapid.IntRange(0, 9).Draw(t, "what"); {
		case what == 0:
			c[rapid.SampledFrom([]string{"x", "name", "region", "-", "version"}).Draw(t, "new")] = other(t)
			return c
		case what == 1 || len(names) == 0:
			break
		default:
			name := rapid.SampledFrom(names).Draw(t, "name")
			if what == 2 {
				delete(c, name)
			} else {
				c[name] = mutated(t, v[name])
			}
			return c
		}
	case []any:
		if c := slices.Clone(v); len(c) > 0 && rapid.IntRange(0, 9).Draw(t, "what") > 0 {
			i := rapid.IntRange(0, len(c)-1).Draw(t, "index")
			c[i] = mutated(t, v[i])
			return c
		}
	}
	return other(t)
}

func other(t *rapid.T) any {
	return rapid.SampledFrom([]any{nil, true, false, 0, 1, -1, 70000, 200000, 1.5, "", "a", "A", "a b", "a.b", "1.2", "5", "7%", "default", "TCP", "flannel", "mesh", "/x", "x/y",
		[]any{}, []any{"a"}, []any{1}, []any{map[string]any{}}, map[string]any{}, map[string]any{"x": "y"}, map[string]any{"name": "x"}}).Draw(t, "value")
}

// Every field has its documentation in the schema, and every default is a value that the schema takes.
func TestJSONSchemaDocumentsFields(t *testing.T) {
	text, err := load.JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	schema := schemaTree{root}
	fields := load.Fields()
	for _, f := range fields {
		n := schema.at(t, f.Path)
		if f.Doc != "" && n["description"] != f.Doc && schema.resolved(n)["description"] != f.Doc {
			t.Errorf("%s: the description is %q, want %q", f.Path, n["description"], f.Doc)
		}
		if got := n["default"]; (f.Default == "") != (got == nil) || got != nil && fmt.Sprint(got) != f.Default {
			t.Errorf("%s: the default is %v, want %q", f.Path, got, f.Default)
		}
	}
	if len(fields) < 100 {
		t.Errorf("only %d fields", len(fields))
	}
}

type schemaTree struct{ root map[string]any }

var pathStep = regexp.MustCompile(`[^.\[\]"]+|\[\]`)

// at gives the schema of a field such as spec.clusters[].podCIDR.
func (s schemaTree) at(t *testing.T, path string) map[string]any {
	t.Helper()
	n := s.root
	for _, step := range pathStep.FindAllString(path, -1) {
		n = s.resolved(n)
		next, ok := n["items"].(map[string]any)
		if step != "[]" {
			properties, _ := n["properties"].(map[string]any)
			next, ok = properties[step].(map[string]any)
		}
		if !ok {
			t.Fatalf("%s: the schema has no %s", path, step)
		}
		n = next
	}
	return n
}

// resolved gives what a schema refers to; of "text or a mapping" it gives the mapping.
func (s schemaTree) resolved(n map[string]any) map[string]any {
	if ref, ok := n["$ref"].(string); ok {
		n = s.root["$defs"].(map[string]any)[path.Base(ref)].(map[string]any)
	}
	alternatives, _ := n["anyOf"].([]any)
	for _, a := range alternatives {
		if inner := s.resolved(a.(map[string]any)); inner["properties"] != nil {
			return inner
		}
	}
	return n
}

// What a JSON Schema pattern may hold is less than what CUE takes: editors run them as ECMAScript. No pattern uses more.
func TestJSONSchemaPatternsArePortable(t *testing.T) {
	text, err := load.JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	var root any
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	goOnly := regexp.MustCompile(`\(\?[^:=!]|\\[zAQpPC]|\[\[:|\\x\{`)
	n := 0
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			patterns := slices.Collect(maps.Keys(mapAt(v, "patternProperties")))
			if p, ok := v["pattern"].(string); ok {
				patterns = append(patterns, p)
			}
			for _, p := range patterns {
				n++
				if goOnly.MatchString(p) {
					t.Errorf("pattern %s is not ECMAScript", p)
				}
			}
			for _, e := range v {
				walk(e)
			}
		case []any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(root)
	if n < 10 {
		t.Errorf("only %d patterns", n)
	}
}

func mapAt(v map[string]any, name string) map[string]any {
	m, _ := v[name].(map[string]any)
	return m
}
