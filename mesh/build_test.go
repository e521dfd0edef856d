package mesh_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/meshtopo/meshtopo/mesh"
	"pgregory.net/rapid"
)

// The order of no input list shows in a Mesh.
func TestBuildOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		want := mesh.Build(spec)
		if d := cmp.Diff(want, mesh.Build(shuffled(t, spec)), cmpopts.EquateComparable(netip.Prefix{})); d != "" {
			t.Fatal(d)
		}
	})
}

// Build leaves the Spec as it was.
func TestBuildPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		before := clone(spec)
		mesh.Build(spec)
		if d := cmp.Diff(before, spec); d != "" {
			t.Fatal(d)
		}
	})
}

func names(prefix string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint(prefix, i)
	}
	return list
}

// some draws a non-empty choice of a list, without repetitions.
func some[T any](t *rapid.T, list []T, label string) []T {
	return rapid.Permutation(list).Draw(t, label)[:rapid.IntRange(1, len(list)).Draw(t, label+"#")]
}

func drawSpec(t *rapid.T) *mesh.Spec {
	clusters, services, regions := names("c", rapid.IntRange(1, 4).Draw(t, "clusters")), names("s", rapid.IntRange(1, 4).Draw(t, "services")), names("r", 3)
	s := &mesh.Spec{Metadata: mesh.Metadata{Name: "t"}}
	b := &s.Spec
	b.Provider, b.Mesh = "asm", mesh.ControlPlane{Name: "m", Region: "r0", Version: "1.22"}
	b.Workloads = rapid.SampledFrom([]string{"", "bookinfo"}).Draw(t, "workloads")
	b.Network = &mesh.NetworkSpec{VPCs: []mesh.VPCSpec{{Name: "v1", Region: "r0"}, {Name: "v2", Region: "r1"}}}
	for _, name := range clusters {
		region := rapid.SampledFrom(regions).Draw(t, "region")
		b.Clusters = append(b.Clusters, mesh.ClusterSpec{Name: name, Region: region, Labels: map[string]string{"tier": region}, Zones: rapid.SliceOfN(rapid.SampledFrom(names("z", 3)), 0, 4).Draw(t, "zones")})
	}
	for _, name := range services {
		b.Services = append(b.Services, drawService(t, name, clusters, services))
	}
	b.Traffic = mesh.TrafficSpec{Scope: rapid.SampledFrom([]string{mesh.ScopeMesh, mesh.ScopeService}).Draw(t, "scope"), LocalityRules: drawRules(t)}
	b.Gateways, b.Demand = drawGateways(t, clusters), drawDemand(t)
	for _, name := range names("route", 2) {
		b.Routes = append(b.Routes, mesh.RouteSpec{Name: name, Namespace: "default", Gateways: []string{"l0", "x/l1", "mesh"}, HTTP: []any{map[string]any{"name": name}}})
	}
	if rapid.Bool().Draw(t, "delivered") {
		b.Delivery = &mesh.DeliverySpec{Type: rapid.SampledFrom([]string{mesh.DeliveryArgoCD, mesh.DeliveryFlux}).Draw(t, "delivery"), Path: ".", Order: some(t, regions, "order")}
	}
	b.Overlays = []mesh.OverlaySpec{{Path: "a", TargetChoice: mesh.TargetChoice{Regions: []string{"r0"}}}, {Path: "b", TargetChoice: mesh.TargetChoice{Targets: []string{"clusters/*"}}}}
	return s
}

func drawService(t *rapid.T, name string, clusters, services []string) mesh.ServiceSpec {
	s := mesh.ServiceSpec{Name: name, Namespace: rapid.SampledFrom([]string{"default", "x"}).Draw(t, "namespace")}
	s.Ports = []mesh.Port{{Name: "http", Port: 80, Protocol: "TCP"}, {Name: "dns", Port: 53, Protocol: "UDP"}, {Name: "dns-tcp", Port: 53, Protocol: "TCP"}}
	s.Calls = drawCalls(t, append([]string{"x/s0", "default/s1"}, services...))
	s.Capacity = rapid.Float64Range(0, 10).Draw(t, "capacity")
	for i, c := range some(t, clusters, "placements") {
		s.Placements = append(s.Placements, mesh.PlacementSpec{Cluster: c, Version: fmt.Sprint("v", i%2), Replicas: i})
	}
	s.Placements = append(s.Placements, mesh.PlacementSpec{Region: "r1", Version: "v8"},
		mesh.PlacementSpec{ClusterSelector: &mesh.ClusterSelector{MatchLabels: map[string]string{"tier": "r2"}}, Version: "v9"},
		mesh.PlacementSpec{ClusterSelector: &mesh.ClusterSelector{}, Version: "v10"})
	if rapid.Bool().Draw(t, "own locality") {
		s.Locality = &mesh.LocalitySpec{LocalityRules: drawRules(t)}
	}
	return s
}

func drawCalls(t *rapid.T, services []string) []mesh.CallSpec {
	list := calls(some(t, services, "calls")...)
	for i := range list {
		list[i].Times = rapid.SampledFrom([]float64{0, 0.5, 1, 3}).Draw(t, "times")
		list[i].Port = rapid.SampledFrom([]int{0, 53, 80}).Draw(t, "port")
		list[i].Path = rapid.SampledFrom([]string{"", "/", "/x"}).Draw(t, "path")
		list[i].Headers = rapid.SampledFrom([]map[string]string{nil, {"x": "1"}, {"x": "1", "X": "2", "y": "1"}}).Draw(t, "headers")
	}
	return list
}

func drawDemand(t *rapid.T) []mesh.DemandSpec {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) mesh.DemandSpec {
		return mesh.DemandSpec{
			Gateway: rapid.SampledFrom([]string{"", "g0", "g1", "nowhere"}).Draw(t, "gateway"), Region: rapid.SampledFrom([]string{"", "r0", "r1"}).Draw(t, "region"),
			RPS: rapid.Float64Range(0, 3).Draw(t, "rps"), Host: rapid.SampledFrom([]string{"", "a"}).Draw(t, "host"), Path: rapid.SampledFrom([]string{"", "/"}).Draw(t, "path"),
			Headers:  rapid.SampledFrom([]map[string]string{nil, {"X": "2"}}).Draw(t, "headers"),
			Failover: rapid.SampledFrom([][]string{nil, {"r1"}, {"r2", "r1"}}).Draw(t, "failover"),
		}
	}), 0, 5).Draw(t, "demand")
}

func drawRules(t *rapid.T) mesh.LocalityRules {
	if rapid.Bool().Draw(t, "failover") {
		return mesh.LocalityRules{Failover: some(t, []mesh.Failover{{From: "r0", To: "r1"}, {From: "r0", To: "r2"}, {From: "r1", To: "r0"}}, "rules")}
	}
	return mesh.LocalityRules{Distribute: some(t, []mesh.Distribute{{From: "r0", To: map[string]int{"r0": 90, "r1": 10}}, {From: "r1"}, {From: "r2"}}, "rules")}
}

func drawGateways(t *rapid.T, clusters []string) []mesh.GatewaySpec {
	port := func(name string, n int64, protocol string) any {
		return map[string]any{"name": name, "port": n, "protocol": protocol}
	}
	settings := func() map[string]any {
		return map[string]any{"ports": []any{port("http", 80, "TCP"), port("h3", 443, "UDP"), port("https", 443, "TCP")}, "runAsRoot": true}
	}
	var list []mesh.GatewaySpec
	for _, name := range names("g", 2) {
		g := mesh.GatewaySpec{Name: name, Namespace: "istio-system", Clusters: some(t, clusters, "gateway clusters"), Settings: settings()}
		for _, c := range g.Clusters {
			g.Overrides = append(g.Overrides, mesh.GatewayOverride{Cluster: c, Settings: settings()})
		}
		g.Listeners = []mesh.ListenerSpec{{Name: "l0", Namespace: "default"}, {Name: "l1", Namespace: "default"}, {Name: "l0", Namespace: "x"}}
		list = append(list, g)
	}
	return list
}

func shuffle[T any](t *rapid.T, list []T, label string) []T {
	if len(list) == 0 {
		return list
	}
	return rapid.Permutation(list).Draw(t, "shuffled "+label)
}

// shuffled gives a copy with every list whose order means nothing in another order.
func shuffled(t *rapid.T, s *mesh.Spec) *mesh.Spec {
	s = clone(s)
	b := &s.Spec
	for i := range b.Services {
		v := &b.Services[i]
		v.Ports, v.Calls, v.Placements = shuffle(t, v.Ports, "ports"), shuffle(t, v.Calls, "calls"), shuffle(t, v.Placements, "placements")
		if v.Locality != nil {
			v.Locality.LocalityRules = shuffledRules(t, v.Locality.LocalityRules)
		}
	}
	for i := range b.Gateways {
		g := &b.Gateways[i]
		g.Clusters, g.Listeners = shuffle(t, g.Clusters, "gateway clusters"), shuffle(t, g.Listeners, "listeners")
		g.Overrides = shuffle(t, g.Overrides, "overrides")
		g.Settings["ports"] = shuffle(t, g.Settings["ports"].([]any), "gateway ports")
		for _, o := range g.Overrides {
			o.Settings["ports"] = shuffle(t, o.Settings["ports"].([]any), "override ports")
		}
	}
	for i := range b.Routes {
		b.Routes[i].Gateways = shuffle(t, b.Routes[i].Gateways, "route gateways")
	}
	b.Traffic.LocalityRules = shuffledRules(t, b.Traffic.LocalityRules)
	b.Network.VPCs = shuffle(t, b.Network.VPCs, "vpcs")
	for i := range b.Clusters {
		b.Clusters[i].Zones = shuffle(t, b.Clusters[i].Zones, "zones")
	}
	b.Demand = shuffle(t, b.Demand, "demand")
	b.Clusters, b.Services = shuffle(t, b.Clusters, "clusters"), shuffle(t, b.Services, "services")
	b.Gateways, b.Routes = shuffle(t, b.Gateways, "gateways"), shuffle(t, b.Routes, "routes")
	return s
}

func shuffledRules(t *rapid.T, r mesh.LocalityRules) mesh.LocalityRules {
	r.Failover, r.Distribute = shuffle(t, r.Failover, "failover"), shuffle(t, r.Distribute, "distribute")
	return r
}

// clone copies all lists and settings that Build could sort in place.
func clone(s *mesh.Spec) *mesh.Spec {
	c := *s
	b := &c.Spec
	network := *b.Network
	network.VPCs = slices.Clone(network.VPCs)
	b.Network, b.Clusters, b.Services = &network, slices.Clone(b.Clusters), slices.Clone(b.Services)
	for i := range b.Services {
		v := &b.Services[i]
		v.Ports, v.Calls, v.Placements = slices.Clone(v.Ports), slices.Clone(v.Calls), slices.Clone(v.Placements)
		if v.Locality != nil {
			l := *v.Locality
			l.Failover, l.Distribute = slices.Clone(l.Failover), slices.Clone(l.Distribute)
			v.Locality = &l
		}
	}
	b.Traffic.Failover, b.Traffic.Distribute = slices.Clone(b.Traffic.Failover), slices.Clone(b.Traffic.Distribute)
	b.Gateways, b.Routes, b.Demand = slices.Clone(b.Gateways), slices.Clone(b.Routes), slices.Clone(b.Demand)
	for i := range b.Clusters {
		b.Clusters[i].Zones = slices.Clone(b.Clusters[i].Zones)
	}
	for i := range b.Gateways {
		g := &b.Gateways[i]
		g.Clusters, g.Listeners, g.Overrides = slices.Clone(g.Clusters), slices.Clone(g.Listeners), slices.Clone(g.Overrides)
		g.Settings = cloneSettings(g.Settings)
		for j := range g.Overrides {
			g.Overrides[j].Settings = cloneSettings(g.Overrides[j].Settings)
		}
	}
	for i := range b.Routes {
		b.Routes[i].Gateways = slices.Clone(b.Routes[i].Gateways)
	}
	return &c
}

func cloneSettings(m map[string]any) map[string]any {
	c := map[string]any{}
	for k, v := range m {
		c[k] = v
	}
	c["ports"] = slices.Clone(m["ports"].([]any))
	return c
}
