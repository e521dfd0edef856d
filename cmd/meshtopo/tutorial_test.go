package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/manifest"
)

// TestTutorial holds the golden trees against the objects that the tutorial shows.
func TestTutorial(t *testing.T) {
	gateway := decodeFile(t, "testdata/tutorial/istiogateway.yaml")[0]
	for _, topology := range []string{"bookinfo", "bookinfo-failover", "bookinfo-distribute", "bookinfo-legacy"} {
		if diff := cmp.Diff(gateway, goldenObject(t, topology, "gateways/ingressgateway.yaml", "IstioGateway")); diff != "" {
			t.Errorf("%s: IstioGateway (-tutorial +golden):\n%s", topology, diff)
		}
	}
	policy := decodeFile(t, "testdata/tutorial/trafficpolicy.yaml")[0]
	for _, topology := range []string{"bookinfo-failover", "bookinfo-distribute", "bookinfo-legacy"} {
		rule := goldenObject(t, topology, "services/reviews.yaml", "DestinationRule")
		if diff := cmp.Diff(any(policy), rule["spec"].(map[string]any)["trafficPolicy"]); diff != "" {
			t.Errorf("%s: trafficPolicy of reviews (-tutorial +golden):\n%s", topology, diff)
		}
	}
	if rule := goldenObject(t, "bookinfo", "services/reviews.yaml", "DestinationRule"); rule["spec"].(map[string]any)["trafficPolicy"] != nil {
		t.Error("bookinfo is the tutorial after step 4: reviews has no trafficPolicy yet")
	}
}

// TestTutorialRequests holds the mesh-wide rules against the exact JSON that ASM's API documentation shows.
func TestTutorialRequests(t *testing.T) {
	const failover = `{"failover":[{"from":"cn-hangzhou","to":"cn-shanghai"},{"from":"cn-shanghai","to":"cn-hangzhou"}]}`
	for topology, conf := range map[string]string{
		"bookinfo-failover":   failover,
		"bookinfo-legacy":     failover,
		"bookinfo-distribute": `{"distribute":[{"from":"cn-hangzhou","to":{"cn-hangzhou":90,"cn-shanghai":10}}]}`,
	} {
		data, err := os.ReadFile(filepath.Join(goldenDir, topology, "mesh/asm-bookinfo/update-mesh-feature.json"))
		if err != nil {
			t.Fatal(err)
		}
		var request map[string]any
		if err := json.Unmarshal(data, &request); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]any{"LocalityLoadBalancing": true, "LocalityLBConf": conf}, request); diff != "" {
			t.Errorf("%s (-documented +golden):\n%s", topology, diff)
		}
	}
	if _, err := os.Stat(filepath.Join(goldenDir, "bookinfo/mesh/asm-bookinfo/update-mesh-feature.json")); err == nil {
		t.Error("bookinfo has no mesh-wide rule, but a request for one was rendered")
	}
}

func goldenObject(t *testing.T, topology, file, kind string) map[string]any {
	t.Helper()
	for _, o := range decodeFile(t, filepath.Join(goldenDir, topology, "mesh/asm-bookinfo", file)) {
		if o["kind"] == kind {
			return o
		}
	}
	t.Fatalf("%s: no %s in %s", topology, kind, file)
	return nil
}

func decodeFile(t *testing.T, name string) []map[string]any {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	objects, err := manifest.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}
