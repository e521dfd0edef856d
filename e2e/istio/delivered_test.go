package istio

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/e2e/istio/kube"
)

// TestDelivered applies what is rendered for Argo CD and Flux to a real API server with their definitions, by server-side apply. What their
// own code makes of it is held in e2e/delivery, whose go.mod says which versions.
func TestDelivered(t *testing.T) {
	hub := startHub(t)
	t.Run("broken objects", func(t *testing.T) { refusesDelivery(t, hub) })
	applied := 0
	for name, topology := range delivered(t) {
		t.Run(name, func(t *testing.T) {
			tree := render(t, topology)
			files, err := filepath.Glob(filepath.Join(tree, "delivery", "*.yaml"))
			more, err2 := filepath.Glob(filepath.Join(tree, "delivery", "*", "*.yaml"))
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			for _, file := range append(files, more...) {
				if filepath.Base(file) == "kustomization.yaml" {
					continue
				}
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				objects, err := kube.Decode(text)
				if err != nil {
					t.Fatal(err)
				}
				for _, o := range objects {
					if err := hub.Apply(t.Context(), o); err != nil {
						t.Error(err)
					}
					applied++
				}
			}
		})
	}
	if applied < 10 {
		t.Errorf("only %d objects were applied", applied)
	}
	fmt.Printf("measured: %d objects of Argo CD and Flux applied\n", applied)
}

// startHub starts the server that Argo CD or Flux would run in; it ends with the test.
func startHub(t *testing.T) *kube.Server {
	t.Helper()
	definitions, err := kube.DeliveryDefinitions(filepath.Join("..", "delivery"))
	if err != nil {
		t.Fatal(err)
	}
	return startServer(t, "hub", definitions, "argocd", "flux-system", "gitops")
}

// delivered gives the examples with a delivery, and one of them with every other way to say it.
func delivered(t *testing.T) map[string]string {
	t.Helper()
	const written = "  delivery:\n    type: argocd\n    repoURL: https://git.example.com/platform/mesh.git\n    revision: rendered/main\n    path: shop\n    project: shop\n    order: [cn-beijing, cn-shanghai]\n"
	text, err := os.ReadFile(filepath.Join(repository, "topologies", "delivered-argocd", "topology.yaml"))
	if err != nil || !strings.Contains(string(text), written) {
		t.Fatalf("delivered-argocd is not as it was: %v", err)
	}
	all := map[string]string{}
	for _, name := range []string{"delivered-argocd", "delivered-flux"} {
		all[name] = filepath.Join(repository, "topologies", name)
	}
	for name, delivery := range map[string]string{
		"flux alone":     "flux",
		"flux, public":   "{type: flux, repoURL: 'http://git.example.com/mesh.git', namespace: gitops}",
		"flux, ssh":      "{type: flux, repoURL: 'ssh://git@git.example.com:2222/mesh', secret: s, path: a/b.c/_d}",
		"argocd, least":  "{type: argocd, repoURL: 'https://git.example.com/mesh'}",
		"argocd, scp":    "{type: argocd, repoURL: 'git@git.example.com:mesh.git', namespace: gitops}",
		"argocd, deeper": "{type: argocd, repoURL: 'ssh://git@git.example.com:2222/mesh', path: a/b.c/_d, revision: release/1.x}",
	} {
		dir := t.TempDir()
		changed := strings.Replace(string(text), written, "  delivery: "+delivery+"\n", 1)
		if err := os.WriteFile(filepath.Join(dir, "topology.yaml"), []byte(changed), 0o644); err != nil {
			t.Fatal(err)
		}
		all[name] = dir
	}
	return all
}

// refusesDelivery proves that the server refuses what is not right.
func refusesDelivery(t *testing.T, hub *kube.Server) {
	for name, test := range map[string]struct{ manifest, want string }{
		"a misspelt field of an ApplicationSet": {`
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: broken, namespace: argocd}
spec:
  generators: [{git: {repoURL: "https://h/p", revision: main, files: [{glob: "*"}]}}]
  template: {metadata: {name: n}, spec: {project: p, destination: {}}}
`, "glob"},
		"a misspelt field of a Kustomization": {`
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: broken, namespace: flux-system}
spec: {interval: 1m, prune: true, sourceRef: {kind: GitRepository, name: s}, dependOn: []}
`, "dependOn"},
		"a deletion policy that there is not": {`
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: broken, namespace: flux-system}
spec: {interval: 1m, prune: true, sourceRef: {kind: GitRepository, name: s}, deletionPolicy: Keep}
`, "deletionPolicy"},
		"the short form of an address": {`
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: broken, namespace: flux-system}
spec: {interval: 1m, url: "git@git.example.com:mesh.git"}
`, "spec.url"},
	} {
		t.Run(name, func(t *testing.T) {
			objects, err := kube.Decode([]byte(test.manifest))
			if err != nil || len(objects) != 1 {
				t.Fatal(objects, err)
			}
			if err := hub.Apply(t.Context(), objects[0]); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the answer does not name %s: %v", test.want, err)
			}
		})
	}
}
