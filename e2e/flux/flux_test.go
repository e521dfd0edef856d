// Package flux holds the examples for Flux against the Go types that Flux's own CustomResourceDefinitions are generated from. It is a module of
// its own, so that what Flux needs does not choose the kustomize of other tests.
package flux

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	kustomize "github.com/fluxcd/kustomize-controller/api/v1"
	source "github.com/fluxcd/source-controller/api/v1"
	"sigs.k8s.io/yaml"
)

const examples = "../../examples/flux"

// documents gives the documents of an example.
func documents(t *testing.T, name string) [][]byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(examples, name))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(text, []byte("\n---\n"))
}

// strict reads a document into a type of Flux, and refuses fields that the type does not have.
func strict(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		t.Errorf("%v in\n%s", err, text)
	}
}

// TestSources: each source is of a kind and version that Flux serves, and of the name that the Kustomizations ask for.
func TestSources(t *testing.T) {
	var git source.GitRepository
	var oci source.OCIRepository
	strict(t, documents(t, "git.yaml")[0], &git)
	strict(t, documents(t, "oci.yaml")[0], &oci)
	if git.Kind != source.GitRepositoryKind || git.APIVersion != source.GroupVersion.String() || git.Name != "mesh" || git.Spec.URL == "" || git.Spec.Interval.Duration == 0 {
		t.Errorf("%+v", git)
	}
	if oci.Kind != source.OCIRepositoryKind || oci.APIVersion != source.GroupVersion.String() || oci.Name != "mesh" || !strings.HasPrefix(oci.Spec.URL, "oci://") || oci.Spec.Interval.Duration == 0 {
		t.Errorf("%+v", oci)
	}
}

// TestKustomizations: there is one for each target with manifests that the sample topology renders, of its directory, and none substitutes.
func TestKustomizations(t *testing.T) {
	rendered := t.TempDir()
	for _, args := range [][]string{{"init", "mesh"}, {"render", "--quiet", "mesh", "-o", "rendered"}} {
		cmd := exec.CommandContext(t.Context(), program(t), args...)
		cmd.Dir = rendered
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	want, err := filepath.Glob(filepath.Join(rendered, "rendered", "*", "*", "kustomization.yaml"))
	if err != nil || len(want) != 3 {
		t.Fatalf("%v, %v", want, err)
	}
	paths := map[string]bool{}
	for _, text := range documents(t, "kustomizations.yaml") {
		var k kustomize.Kustomization
		strict(t, text, &k)
		if k.Kind != kustomize.KustomizationKind || k.APIVersion != kustomize.GroupVersion.String() || k.Spec.Interval.Duration == 0 || !k.Spec.Prune {
			t.Errorf("%+v", k)
		}
		if k.Spec.PostBuild != nil || k.Spec.SourceRef.Kind != source.GitRepositoryKind || k.Spec.SourceRef.Name != "mesh" {
			t.Errorf("%s: %+v", k.Name, k.Spec)
		}
		paths[filepath.Join(rendered, k.Spec.Path, "kustomization.yaml")] = true
	}
	for _, file := range want {
		if !paths[file] {
			t.Errorf("no Kustomization for %s", filepath.Dir(file))
		}
	}
	if len(paths) != len(want) {
		t.Errorf("%d Kustomizations for %d targets", len(paths), len(want))
	}
}

// program gives meshtopo: the environment's, else built.
func program(t *testing.T) string {
	t.Helper()
	if named := os.Getenv("MESHTOPO"); named != "" {
		return named
	}
	file := filepath.Join(t.TempDir(), "meshtopo")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", file, "./cmd/meshtopo")
	build.Dir = "../.."
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return file
}
