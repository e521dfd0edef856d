package istio

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/e2e/istio/kube"
	"github.com/meshtopo/meshtopo/e2e/istio/lab"
)

// TestInstalled applies every tree of provider istio, of the examples and of all models, to a real API server with the definitions of Istio,
// Gateway API and External Secrets, by server-side apply with strict fields. SAIL_CRDS names a directory with the definitions of the Sail operator.
func TestInstalled(t *testing.T) {
	sail := os.Getenv("SAIL_CRDS")
	server := startInstalled(t, sail)
	t.Run("what is misspelt is found", func(t *testing.T) { refusesInstalled(t, server) })
	applied, without := 0, 0
	for name, topology := range installations(t) {
		t.Run(name, func(t *testing.T) {
			clusters, err := filepath.Glob(filepath.Join(render(t, topology), "clusters", "*"))
			if err != nil || len(clusters) == 0 {
				t.Fatal(err, len(clusters))
			}
			for _, cluster := range clusters {
				for _, o := range objectsIn(t, cluster) {
					if sail == "" && strings.HasPrefix(o["apiVersion"].(string), "sailoperator.io/") {
						without++
						continue
					}
					if err := server.Apply(t.Context(), o); err != nil {
						t.Errorf("%s: %v", filepath.Base(cluster), err)
					}
					applied++
				}
			}
		})
	}
	if applied < 300 {
		t.Errorf("only %d objects were applied", applied)
	}
	fmt.Printf("measured: %d objects of provider istio applied to a kube-apiserver\n", applied)
	if without > 0 {
		fmt.Printf("NOT RUN: %d objects of the Sail operator: its module is not to be had; SAIL_CRDS=DIR names its definitions\n", without)
	}
}

func startInstalled(t *testing.T, sail string) *kube.Server {
	t.Helper()
	definitions, err := kube.Definitions(".")
	if err != nil {
		t.Fatal(err)
	}
	more, err := kube.InstalledDefinitions(".", sail)
	if err != nil {
		t.Fatal(err)
	}
	return startServer(t, "cluster", append(definitions, more...))
}

// objectsIn gives the objects of a target in the order in which they are applied.
func objectsIn(t *testing.T, target string) (all []kube.Object) {
	t.Helper()
	files, err := lab.Files(target)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		objects, err := kube.Decode(text)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, objects...)
	}
	return all
}

// refusesInstalled proves that the server looks at the fields.
func refusesInstalled(t *testing.T, server *kube.Server) {
	for misspelt, text := range map[string]string{
		"gatewayClass": "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: x, namespace: default}\nspec: {gatewayClassName: x, gatewayClass: y, listeners: [{name: a, port: 1, protocol: TCP}]}\n",
		"storeRef":     "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: x, namespace: default}\nspec: {storeRef: {name: x}}\n",
		"trafficPolic": "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: x, namespace: default}\nspec: {host: x, trafficPolic: {}}\n",
	} {
		if err := server.Apply(t.Context(), decodeOne(t, text)); err == nil || !strings.Contains(err.Error(), misspelt) {
			t.Errorf("%s was taken: %v", misspelt, err)
		}
	}
}
