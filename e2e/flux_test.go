package e2e

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

// The controllers whose CRDs the examples are held against: the last of each that Go 1.26 takes. The next wants Go 1.27.
const (
	kustomizeController = "github.com/fluxcd/kustomize-controller@v1.9.6"
	sourceController    = "github.com/fluxcd/source-controller@v1.9.6"
)

// fluxObject is what the tests need of GitRepository, OCIRepository and Kustomization.
type fluxObject struct {
	APIVersion, Kind string
	Metadata         struct{ Name, Namespace string }
	Spec             struct {
		Path      string
		SourceRef struct{ Kind, Name string }
		DependsOn []struct{ Name string }
	}
}

// TestFluxSchema holds the examples against the schemas of Flux's own CRDs, in which a field that the schema does not name is refused.
func TestFluxSchema(t *testing.T) {
	schemas := fluxSchemas(t)
	for _, file := range []string{"git.yaml", "oci.yaml"} {
		for _, document := range documents(t, filepath.Join(examples, "flux", file)) {
			if err := verdict(t, schemas, document); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
	good := documents(t, filepath.Join(examples, "flux/oci.yaml"))
	for _, c := range []struct {
		document       int
		old, new, want string
	}{
		{0, "oci://", "https://", "does not match pattern"},
		{1, "prune: true", "prune: often", "got string, want boolean"},
		{1, "  wait: true", "  waits: true", "waits"},
		{1, "  prune: true\n", "", "prune"},
		{1, "kind: OCIRepository", "kind: Registry", "must be one of"},
	} {
		changed := bytes.Replace(good[c.document], []byte(c.old), []byte(c.new), 1)
		if err := verdict(t, schemas, changed); bytes.Equal(changed, good[c.document]) || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q instead of %q: want %q, got %v", c.new, c.old, c.want, err)
		}
	}
}

// TestFluxPaths renders what `meshtopo init` writes. The example with git names every target of that and nothing else; the one with a
// registry names one.
func TestFluxPaths(t *testing.T) {
	r := meshRepository(t)
	tree := filepath.Join(r.dir, "rendered")
	all := targets(t, tree)
	slices.Sort(all)
	if diff := cmp.Diff(all, fluxPaths(t, "git.yaml", r.dir, "rendered")); diff != "" {
		t.Errorf("git.yaml (-rendered +named):\n%s", diff)
	}
	if got := fluxPaths(t, "oci.yaml", tree, "."); len(got) != 1 || !slices.Contains(all, got[0]) {
		t.Errorf("oci.yaml names %q, want one of %q", got, all)
	}
}

// fluxPaths gives the paths of an example's Kustomizations as seen from a directory of their source. Each must be what the real kustomize can
// build, and what a Kustomization refers to must be in the example.
func fluxPaths(t *testing.T, file, source, base string) []string {
	t.Helper()
	var objects []fluxObject
	names := map[string]bool{}
	for _, document := range documents(t, filepath.Join(examples, "flux", file)) {
		var o fluxObject
		if err := yaml.Unmarshal(document, &o); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, o)
		names[o.Kind+"/"+o.Metadata.Name] = true
	}
	var paths []string
	for _, o := range objects[1:] {
		references := []string{o.Spec.SourceRef.Kind + "/" + o.Spec.SourceRef.Name}
		for _, d := range o.Spec.DependsOn {
			references = append(references, "Kustomization/"+d.Name)
		}
		for _, name := range references {
			if !names[name] {
				t.Errorf("%s: %s names %s, which is not there", file, o.Metadata.Name, name)
			}
		}
		run(t, built.kustomize, "build", filepath.Join(source, o.Spec.Path))
		seen, err := filepath.Rel(base, o.Spec.Path)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, seen)
	}
	slices.Sort(paths)
	return paths
}

// documents gives the documents of a file.
func documents(t *testing.T, file string) [][]byte {
	t.Helper()
	return bytes.Split(read(t, file), []byte("\n---\n"))
}

// verdict holds a document against the schema of its apiVersion and kind.
func verdict(t *testing.T, schemas map[string]*jsonschema.Schema, document []byte) error {
	t.Helper()
	data, err := yaml.YAMLToJSONStrict(document)
	if err != nil {
		return err
	}
	var o fluxObject
	if err := json.Unmarshal(data, &o); err != nil {
		t.Fatal(err)
	}
	schema := schemas[o.APIVersion+"/"+o.Kind]
	if schema == nil {
		t.Fatalf("no schema for %s %s", o.APIVersion, o.Kind)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// fluxSchemas takes the CRDs out of the controllers' modules, by apiVersion and kind.
func fluxSchemas(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	schemas := map[string]*jsonschema.Schema{}
	for _, module := range []string{kustomizeController, sourceController} {
		var found struct{ Dir string }
		if err := json.Unmarshal(run(t, "go", "mod", "download", "-json", module), &found); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(found.Dir, "config/crd/bases/*.yaml"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no CRDs in %s (%v)", module, err)
		}
		for _, file := range files {
			addSchemas(t, schemas, file)
		}
	}
	return schemas
}

func addSchemas(t *testing.T, schemas map[string]*jsonschema.Schema, file string) {
	t.Helper()
	var crd struct {
		Spec struct {
			Group    string
			Names    struct{ Kind string }
			Versions []struct {
				Name   string
				Schema struct{ OpenAPIV3Schema any }
			}
		}
	}
	if err := yaml.Unmarshal(read(t, file), &crd); err != nil {
		t.Fatal(err)
	}
	for _, v := range crd.Spec.Versions {
		name := crd.Spec.Group + "/" + v.Name + "/" + crd.Spec.Names.Kind
		c := jsonschema.NewCompiler()
		properties := v.Schema.OpenAPIV3Schema.(map[string]any)["properties"].(map[string]any)
		properties["metadata"] = map[string]any{"type": "object", "required": []any{"name", "namespace"}} // the API server knows its fields
		closeObjects(v.Schema.OpenAPIV3Schema)
		if err := c.AddResource(name, v.Schema.OpenAPIV3Schema); err != nil {
			t.Fatal(err)
		}
		schema, err := c.Compile(name)
		if err != nil {
			t.Fatal(err)
		}
		schemas[name] = schema
	}
}

// closeObjects refuses what the properties of an object do not name, as the API server's strict field validation does.
func closeObjects(schema any) {
	switch s := schema.(type) {
	case map[string]any:
		if _, ok := s["properties"].(map[string]any); ok && s["type"] == "object" && s["x-kubernetes-preserve-unknown-fields"] == nil {
			s["additionalProperties"] = false
		}
		for _, v := range s {
			closeObjects(v)
		}
	case []any:
		for _, v := range s {
			closeObjects(v)
		}
	}
}
