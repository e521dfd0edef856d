package delivery

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	kustomizev1 "github.com/fluxcd/kustomize-controller/api/v1"
	"github.com/fluxcd/pkg/kustomize"
	"github.com/fluxcd/pkg/runtime/dependency"
	sourcev1 "github.com/fluxcd/source-controller/api/v1"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/yaml"
)

// substituting is a Kustomization with variables, as somebody may add them to ours. What other names stand for is empty.
func substituting() unstructured.Unstructured {
	return unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": map[string]any{"name": "k", "namespace": "flux-system"},
		"spec": map[string]any{"postBuild": map[string]any{"substitute": map[string]any{"NGINX_PORT": "1", "REGION": "nowhere", "a": "gone"}}},
	}}
}

// substitute gives the YAML of an object as Flux would apply it, or Flux's error.
func substitute(t *testing.T, object *resource.Resource) (string, error) {
	t.Helper()
	u := substituting()
	changed, err := kustomize.SubstituteVariables(t.Context(), nil, u, object.DeepCopy(), kustomize.SubstituteWithDryRun(true), kustomize.SubstituteWithAlways(true))
	if err != nil {
		return "", err
	}
	if changed == nil { // it is left alone
		changed = object
	}
	return asYAML(t, changed), nil
}

func asYAML(t *testing.T, object *resource.Resource) string {
	t.Helper()
	text, err := object.AsYAML()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// built gives the objects of a target as Flux builds them.
func built(t *testing.T, tree, target string) []*resource.Resource {
	t.Helper()
	result, err := kustomize.SecureBuild(tree, filepath.Join(tree, target), false)
	if err != nil {
		t.Fatalf("%s: %v", target, err)
	}
	if result.Size() == 0 {
		t.Fatalf("%s holds nothing", target)
	}
	return result.Resources()
}

// TestSubstitution wants every object of every target as it was rendered, whatever variables somebody gives to Flux. And the same object
// without its annotation must be changed, or the annotation stands there for nothing.
func TestSubstitution(t *testing.T) {
	tree := t.TempDir()
	render(t, example("delivered-flux"), tree)
	annotated := 0
	for _, target := range append(targets(t, tree), "delivery") {
		for _, object := range built(t, tree, target) {
			if holdSubstitution(t, target, object) {
				annotated++
			}
		}
	}
	if clusters := 3; annotated != clusters {
		t.Errorf("%d objects are protected, want the ConfigMap of each of the %d clusters", annotated, clusters)
	}
}

const annotation = "kustomize.toolkit.fluxcd.io/substitute"

// holdSubstitution says whether the object is protected.
func holdSubstitution(t *testing.T, where string, object *resource.Resource) bool {
	t.Helper()
	got, err := substitute(t, object)
	if err != nil {
		t.Errorf("%s: %s: Flux refuses it: %v", where, object.CurId(), err)
		return false
	}
	if diff := cmp.Diff(asYAML(t, object), got); diff != "" {
		t.Errorf("%s: %s is substituted (-rendered +applied):\n%s", where, object.CurId(), diff)
	}
	annotations := object.GetAnnotations()
	if _, protected := annotations[annotation]; !protected {
		return false
	}
	bare := object.DeepCopy()
	delete(annotations, annotation)
	if err := bare.SetAnnotations(annotations); err != nil {
		t.Fatal(err)
	}
	if got, err := substitute(t, bare); err == nil && got == asYAML(t, bare) {
		t.Errorf("%s: %s is protected from nothing:\n%s", where, object.CurId(), got)
	}
	return true
}

// TestSubstitutionRandom is TestSubstitution of texts that an overlay brings in, made of what means something to envsubst or to YAML.
func TestSubstitutionRandom(t *testing.T) {
	seed := uint64(1)
	if named := os.Getenv("SEED"); named != "" {
		var err error
		if seed, err = strconv.ParseUint(named, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	random := rand.New(rand.NewPCG(seed, 0))
	parts := []string{"$", "$", "${", "{", "}", "a", ":=", "-", "/", "#", "\\", "\n", " ", "\"", "'", ": ", "%", "1", "é"}
	const count = 240 // files of an overlay, of which there may be 256
	dir := t.TempDir()
	write(t, filepath.Join(dir, ".meshtopo-root"), nil)
	overlay := "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources:\n"
	for i := range count {
		var text strings.Builder
		for range 1 + random.IntN(16) {
			text.WriteString(parts[random.IntN(len(parts))])
		}
		name := fmt.Sprintf("r%d", i)
		overlay += "- " + name + ".yaml\n"
		write(t, filepath.Join(dir, "overlays/nginx", name+".yaml"),
			fmt.Appendf(nil, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s, namespace: shop}\ndata: {text: %s}\n", name, strconv.Quote(text.String())))
	}
	write(t, filepath.Join(dir, "overlays/nginx/kustomization.yaml"), []byte(overlay))
	write(t, filepath.Join(dir, "topologies/t/topology.yaml"), read(t, example("delivered-flux"), "topology.yaml"))
	tree := filepath.Join(dir, "out")
	render(t, filepath.Join(dir, "topologies/t"), tree)
	seen, protected := 0, 0
	for _, object := range built(t, tree, "clusters/ack-shanghai") {
		if object.GetKind() != "ConfigMap" {
			continue
		}
		seen++
		if holdSubstitution(t, fmt.Sprintf("seed %d", seed), object) {
			protected++
		}
	}
	if seen != count || protected < count/10 || protected > count*9/10 {
		t.Errorf("seed %d: %d of %d ConfigMaps are protected", seed, protected, seen)
	}
}

// TestDependencies wants Flux to put the Kustomizations into the topology's order, without a circle and with nothing that is not there, and each
// to lead to a directory that Flux can build.
func TestDependencies(t *testing.T) {
	tree := t.TempDir()
	render(t, example("delivered-flux"), tree)
	var source sourcev1.GitRepository
	if err := yaml.UnmarshalStrict(read(t, tree, "delivery", "gitrepository.yaml"), &source); err != nil {
		t.Fatal(err)
	}
	if source.Spec.URL != "ssh://git@git.example.com/platform/mesh.git" || source.Spec.Reference.Branch != "rendered/main" || source.Spec.SecretRef.Name != "mesh-git" {
		t.Errorf("%+v", source.Spec)
	}
	byName := map[string]kustomizev1.Kustomization{}
	var all []dependency.Dependent
	for _, target := range targets(t, tree) {
		var k kustomizev1.Kustomization
		if err := yaml.UnmarshalStrict(read(t, tree, "delivery", target+".yaml"), &k); err != nil {
			t.Fatal(err)
		}
		byName[k.Name] = k
		all = append(all, &k)
		if k.Spec.Path != "./shop/"+target || k.Spec.SourceRef.Kind != sourcev1.GitRepositoryKind || k.Spec.SourceRef.Name != source.Name || k.Namespace != source.Namespace {
			t.Errorf("%s: %+v", target, k.Spec)
		}
		if !k.Spec.Prune || !k.Spec.Wait || k.Spec.DeletionPolicy != kustomizev1.DeletionPolicyOrphan || k.Spec.PostBuild != nil ||
			k.Spec.KubeConfig.SecretRef.Name != filepath.Base(target)+"-kubeconfig" {
			t.Errorf("%s: %+v", target, k.Spec)
		}
		built(t, tree, target)
	}
	sorted, err := dependency.Sort(all)
	if err != nil {
		t.Fatal(err)
	}
	place := map[string]int{}
	for i, name := range sorted {
		place[name.Name] = i
	}
	if len(sorted) != len(byName) { // a name that leads nowhere would be in it, too
		t.Errorf("%d Kustomizations in order, %d rendered: %v", len(sorted), len(byName), sorted)
	}
	const clusters, mesh = "delivered-flux-clusters-", "delivered-flux-mesh-"
	steps := [][]string{{clusters + "ack-shanghai"}, {clusters + "ack-hangzhou-a", clusters + "ack-hangzhou-b"}, {mesh + "asm-shop"}}
	for i := 1; i < len(steps); i++ {
		for _, later := range steps[i] {
			for _, earlier := range steps[i-1] {
				if place[earlier] >= place[later] {
					t.Errorf("%s comes before %s in %v", later, earlier, sorted)
				}
			}
			if n := len(byName[later].Spec.DependsOn); n != len(steps[i-1]) {
				t.Errorf("%s waits for %d, want %d", later, n, len(steps[i-1]))
			}
		}
	}
}
