package mesh_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/meshtopo/meshtopo/mesh"
)

// A call is a name or a mapping, and one list may hold both.
func TestDecodeCalls(t *testing.T) {
	spec, err := mesh.Decode([]byte(`{"spec": {"services": [{"name": "s", "calls": ["a", {"service": "x/b", "times": 0.5, "port": 81, "path": "/p", "method": "GET", "headers": {"X-A": "1"}}]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []mesh.CallSpec{
		{Service: "a", Times: 1},
		{Service: "x/b", Times: 0.5, Port: 81, Path: "/p", Method: "GET", Headers: map[string]string{"X-A": "1"}, Mapping: true},
	}
	if d := cmp.Diff(want, spec.Spec.Services[0].Calls); d != "" {
		t.Error(d)
	}
	for _, text := range []string{`[1]`, `[[]]`, `["a", {"service": 1}]`, `[{"times": "x"}]`} {
		if spec, err := mesh.Decode([]byte(`{"spec": {"services": [{"calls": ` + text + `}]}}`)); err == nil {
			t.Errorf("%s: %+v", text, spec.Spec.Services)
		}
	}
}

// flowMesh is a mesh with what the simulator goes by.
func flowMesh() *mesh.Mesh {
	half, full := 50.0, 100.0
	s := &mesh.Spec{}
	b := &s.Spec
	b.Network = &mesh.NetworkSpec{
		VPCs:      []mesh.VPCSpec{{Name: "v", Region: "r1"}},
		VSwitches: []mesh.VSwitchSpec{{Name: "s1", VPC: "v", Zone: "z2"}, {Name: "s2", VPC: "v", Zone: "z1"}, {Name: "s3", VPC: "v", Zone: "z1"}, {Name: "s4", VPC: "v"}},
	}
	b.Clusters = []mesh.ClusterSpec{
		{Name: "a", Region: "r1", VSwitches: []string{"s1", "s2", "s3", "s4"}},
		{Name: "b", Region: "r2", VSwitches: []string{"s1"}, Zones: []string{"y", "x", "y"}},
		{Name: "c", Region: "r2"},
	}
	b.Gateways = []mesh.GatewaySpec{{Name: "in", Clusters: []string{"b", "a"}}, {Name: "also", Clusters: []string{"b"}}, {Name: "out", Clusters: []string{"a", "c"}, GatewayType: "egress"}}
	b.Services = []mesh.ServiceSpec{
		{Name: "web", Namespace: "default", Capacity: 10, Placements: []mesh.PlacementSpec{{Cluster: "a"}, {Cluster: "b", Capacity: 3}},
			Calls: []mesh.CallSpec{{Service: "api", Path: "/b"}, {Service: "api", Path: "/a", Times: 2, Headers: map[string]string{"X-B": "1"}}, {Service: "api", Port: 81, Times: 3}}},
		{Name: "api", Namespace: "default", Ports: []mesh.Port{{Port: 90}, {Port: 53, Protocol: "UDP"}, {Port: 80}}, Placements: in("c")},
	}
	b.Demand = []mesh.DemandSpec{
		{Gateway: "in", Region: "r2", RPS: 1}, {Gateway: "in", RPS: 2, Headers: map[string]string{"X": "y"}}, {Region: "r2", RPS: 3, Failover: []string{"r1"}},
		{Gateway: "gone", RPS: 4}, {RPS: 5},
	}
	b.Expect = []mesh.ExpectSpec{
		{Service: "gone"}, {Service: "web", When: mesh.WhenSpec{Lost: []string{"mesh"}, Mode: "failing"}, MaxDropped: &half}, {Name: "n", Service: "default/api", From: "r1", MaxUtilization: &full},
	}
	b.Probe = &mesh.ProbeSpec{Path: "/", Markers: []mesh.MarkerSpec{{Service: "api", Version: "v2", Pattern: "x"}, {Service: "gone"}, {Service: "api", Version: "v1", Header: "h", Pattern: "."}}}
	return mesh.Build(s)
}

func TestBuildFlow(t *testing.T) {
	m := flowMesh()
	api, web := m.Services[0], m.Services[1]
	also, in := m.Gateways[0], m.Gateways[1]
	a, b := m.Clusters[0], m.Clusters[1]
	half, full := 50.0, 100.0
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"zones of vSwitches", a.Zones, []string{"z1", "z2"}},
		{"zones as written", b.Zones, []string{"x", "y"}},
		{"no zones", len(m.Clusters[2].Zones), 0},
		{"capacity of the service", web.Placements[0].Capacity, 10.0},
		{"capacity of the placement", web.Placements[1].Capacity, 3.0},
		{"calls", web.Calls, []mesh.Call{
			{Service: api, Times: 2, Port: 80, Path: "/a", Headers: map[string]string{"x-b": "1"}}, {Service: api, Times: 1, Port: 80, Path: "/b"}, {Service: api, Times: 3, Port: 81},
		}},
		{"demand", m.Demand, []mesh.Demand{
			{Region: "r2", RPS: 3, Failover: []string{"r1"}}, {Gateway: in, RPS: 2, Headers: map[string]string{"x": "y"}}, {Gateway: in, Region: "r2", RPS: 1},
		}},
		{"entries of a region", m.Entries(m.Demand[0]), []mesh.Entry{{Gateway: also, Cluster: b}, {Gateway: in, Cluster: b}}},
		{"entries of a gateway", m.Entries(m.Demand[1]), []mesh.Entry{{Gateway: in, Cluster: a}, {Gateway: in, Cluster: b}}},
		{"entries of both", m.Entries(m.Demand[2]), []mesh.Entry{{Gateway: in, Cluster: b}}},
		{"entries after a failover", m.EntriesIn("r1"), []mesh.Entry{{Gateway: in, Cluster: a}}},
		{"expectations", m.Expect, []mesh.Expectation{
			{Index: 1, Lost: []string{"mesh"}, Mode: mesh.ModeFailing, Service: web, MaxDropped: &half}, {Index: 2, Name: "n", Service: api, From: "r1", MaxUtilization: &full},
		}},
		{"probe", m.Probe, &mesh.Probe{Path: "/", Markers: []mesh.Marker{{Service: api, Version: "v2", Pattern: "x"}, {Service: api, Version: "v1", Header: "h", Pattern: "."}}}},
	} {
		if d := cmp.Diff(c.want, c.got, cmpopts.EquateComparable(netip.Prefix{})); d != "" {
			t.Errorf("%s:\n%s", c.what, d)
		}
	}
}
