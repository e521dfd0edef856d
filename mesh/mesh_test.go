package mesh_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/meshtopo/meshtopo/mesh"
)

func TestDecodeKeepsIntegers(t *testing.T) {
	spec, err := mesh.Decode([]byte(`{"spec": {
		"gateways": [{"name": "g", "clusters": ["c"], "replicaCount": 2, "ports": [{"port": 80}], "cpu": {"targetAverageUtilization": 9007199254740991},
			"overrides": [{"cluster": "c", "replicaCount": 3}], "listeners": [{"name": "l", "servers": [{"port": {"number": 80}}]}]}],
		"routes": [{"name": "r", "http": [{"route": [{"weight": 50}]}], "tcp": [{"n": 1}], "tls": [{"n": 2}]}],
		"services": [{"name": "s", "trafficPolicy": {"outlierDetection": {"maxEjectionPercent": 100, "x": 1.5, "y": 2.0, "z": 1e3}}, "http": [{"n": 3}]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	b := spec.Spec
	for _, c := range []struct{ got, want any }{
		{b.Gateways[0].Settings, map[string]any{
			"replicaCount": int64(2), "ports": []any{map[string]any{"port": int64(80)}},
			"cpu": map[string]any{"targetAverageUtilization": int64(9007199254740991)},
		}},
		{b.Gateways[0].Overrides[0], mesh.GatewayOverride{Cluster: "c", Settings: map[string]any{"replicaCount": int64(3)}}},
		{b.Gateways[0].Listeners[0].Servers, []any{map[string]any{"port": map[string]any{"number": int64(80)}}}},
		{b.Routes[0].HTTP, []any{map[string]any{"route": []any{map[string]any{"weight": int64(50)}}}}},
		{b.Routes[0].TCP, []any{map[string]any{"n": int64(1)}}},
		{b.Routes[0].TLS, []any{map[string]any{"n": int64(2)}}},
		{b.Services[0].HTTP, []any{map[string]any{"n": int64(3)}}},
		{b.Services[0].TrafficPolicy, map[string]any{"outlierDetection": map[string]any{
			"maxEjectionPercent": int64(100), "x": 1.5, "y": int64(2), "z": int64(1000),
		}}},
	} {
		if d := cmp.Diff(c.want, c.got, cmpopts.EquateComparable(netip.Prefix{})); d != "" {
			t.Error(d)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	for _, text := range []string{"", "[]", `{"spec": {"gateways": [1]}}`, `{"spec": {"gateways": [{"overrides": [1]}]}}`, `{"spec": 1}`} {
		if spec, err := mesh.Decode([]byte(text)); err == nil {
			t.Errorf("%s: %+v", text, spec)
		}
	}
}

func TestTargetMatches(t *testing.T) {
	for _, c := range []struct {
		glob, target string
		want         bool
	}{
		{"clusters/ack-*", "clusters/ack-shanghai", true},
		{"clusters/*", "mesh/m", false},
		{"*", "clusters/a", false}, // * does not match a slash
		{"*/*", "clusters/a", true},
		{"clusters/a?", "clusters/ab", true},
		{"clusters/[ab]", "clusters/b", true},
		{"clusters/[a", "clusters/a", false}, // malformed
		{"", "clusters/a", false},
	} {
		if got := mesh.TargetMatches(c.glob, c.target); got != c.want {
			t.Errorf("TargetMatches(%q, %q) = %v", c.glob, c.target, got)
		}
	}
}

func TestBefore(t *testing.T) {
	for _, c := range []struct {
		own, other string
		want       bool
	}{
		{"1.22.6.66", "1.22.6.66", false}, {"1.22.6.65", "1.22.6.66", true}, {"1.22.6.109", "1.22.6.66", false},
		{"1.9", "1.22", true}, {"1.22", "1.22.0.0", false}, {"1.22", "1.22.0.1", true}, {"2.0", "1.99", false},
		{"1.99999999999999999999", "1.2", false},
	} {
		if got := (mesh.ControlPlane{Version: c.own}).Before(c.other); got != c.want {
			t.Errorf("%s before %s: %v", c.own, c.other, got)
		}
	}
}

func TestBuild(t *testing.T) {
	off := false
	m := mesh.Build(&mesh.Spec{Metadata: mesh.Metadata{Name: "t"}, Spec: mesh.Body{
		Provider: "asm", Mesh: mesh.ControlPlane{Name: "m", Region: "r1"}, Workloads: "bookinfo",
		Images:   mesh.Images{Registry: "docker.io/istio", Tag: "1.19.1"},
		Clusters: []mesh.ClusterSpec{{Name: "b", Region: "r2"}, {Name: "a", Region: "r1", Labels: map[string]string{"tier": "prod"}}},
		Services: []mesh.ServiceSpec{
			{Name: "reviews", Namespace: "default", Ports: []mesh.Port{{Name: "http", Port: 9080}}, Calls: calls("ratings", "ratings", "nobody"),
				Placements: []mesh.PlacementSpec{{ClusterSelector: &mesh.ClusterSelector{}, Version: "v1", Replicas: 1}, {Cluster: "gone", Version: "v7"}}},
			{Name: "ratings", Namespace: "default", Ports: []mesh.Port{{Port: 53, Protocol: "UDP"}, {Port: 9090}, {Port: 9080}}, Locality: &mesh.LocalitySpec{Enabled: &off},
				Placements: []mesh.PlacementSpec{{Region: "r2", Version: "v2", Image: "own:1"}}},
		},
		Traffic: mesh.TrafficSpec{Scope: mesh.ScopeService, LocalityRules: mesh.LocalityRules{Failover: []mesh.Failover{{From: "r1", To: "r2"}}}},
		Overlays: []mesh.OverlaySpec{{Path: "o", TargetChoice: mesh.TargetChoice{Regions: []string{"r1"}}},
			{Path: "p", TargetChoice: mesh.TargetChoice{ClusterSelector: &mesh.ClusterSelector{MatchLabels: map[string]string{"tier": "prod"}}}}},
	}})
	reviews, ratings := m.Services[1], m.Services[0]
	a, b := m.Clusters[0], m.Clusters[1]
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"regions", len(m.Regions), 2},
		{"region", a.Region == m.Regions[0] && m.Regions[0].Clusters[0] == a, true},
		{"host", reviews.Host(), "reviews.default.svc.cluster.local"},
		{"service account", reviews.ServiceAccount, "bookinfo-reviews"},
		{"calls", reviews.Calls, []mesh.Call{{Service: ratings, Times: 1, Port: 9080}}},
		{"target port", reviews.Ports[0].TargetPort, 9080},
		{"versions", reviews.Versions, []string{"v1"}},
		{"placements", reviews.Placements, []*mesh.Placement{
			{Cluster: a, Version: "v1", Replicas: 1, Image: "docker.io/istio/examples-bookinfo-reviews-v1:1.19.1"},
			{Cluster: b, Version: "v1", Replicas: 1, Image: "docker.io/istio/examples-bookinfo-reviews-v1:1.19.1"},
		}},
		{"placements in b", len(reviews.In(b)), 1},
		{"placements in a", len(ratings.In(a)), 0},
		{"own image", ratings.In(b)[0].Image, "own:1"},
		{"locality of the topology", reviews.Locality.Failover, []mesh.Failover{{From: "r1", To: "r2"}}},
		{"locality switched off", ratings.Locality.Enabled, false},
		{"mesh-wide locality", m.Traffic.Locality, (*mesh.Locality)(nil)},
		{"targets of the first overlay", m.Overlays[0].Targets, []string{"clusters/a", "mesh/m"}},
		{"targets of the second overlay", m.Overlays[1].Targets, []string{"clusters/a"}},
	} {
		if d := cmp.Diff(c.want, c.got, cmpopts.EquateComparable(netip.Prefix{})); d != "" {
			t.Errorf("%s:\n%s", c.what, d)
		}
	}
}

// An overlay is for manifests: one for all targets leaves the network out.
func TestOverlayNetwork(t *testing.T) {
	s := &mesh.Spec{}
	s.Spec.Mesh.Name = "m"
	s.Spec.Network = &mesh.NetworkSpec{}
	s.Spec.Clusters = []mesh.ClusterSpec{{Name: "c", Region: "r"}}
	s.Spec.Overlays = []mesh.OverlaySpec{{Path: "a"}, {Path: "b", TargetChoice: mesh.TargetChoice{Targets: []string{"*", "*/*", "network"}}}}
	m := mesh.Build(s)
	for _, o := range m.Overlays {
		if got := fmt.Sprint(o.Targets); got != "[clusters/c mesh/m]" {
			t.Errorf("overlay %s is for %s", o.Path, got)
		}
	}
	if targets := m.Targets(); targets[len(targets)-1].Name != mesh.NetworkTarget {
		t.Errorf("the network is not the last of %v", targets)
	}
}
