package mesh_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/mesh"
	"pgregory.net/rapid"
)

// reachSpec is web in a, which calls api in b, in two regions that a link joins; the control plane is in a third VPC, in a's region.
func reachSpec(change func(*mesh.Body)) *mesh.Spec {
	return talkSpec(func(b *mesh.Body) {
		b.Mesh = mesh.ControlPlane{Region: "r1", VPC: "m"}
		b.Network = &mesh.NetworkSpec{
			VPCs:      []mesh.VPCSpec{{Name: "m", Region: "r1"}, {Name: "v1", Region: "r1"}, {Name: "v2", Region: "r2"}},
			VSwitches: []mesh.VSwitchSpec{{Name: "s", VPC: "m"}, {Name: "s1", VPC: "v1"}, {Name: "s2", VPC: "v2", CIDR: "10.9.0.0/24"}},
			CEN: &mesh.CENSpec{
				TransitRouters: []mesh.TransitRouterSpec{{Name: "one", Region: "r1"}, {Name: "two", Region: "r2"}},
				Links:          []mesh.LinkSpec{{Between: []string{"r2", "r1"}, BandwidthMbps: 10}},
			},
		}
		b.Clusters = []mesh.ClusterSpec{
			{Name: "a", Region: "r1", VPC: "v1", CNI: "flannel", PodCIDR: "10.0.0.0/16"},
			{Name: "b", Region: "r2", VPC: "v2", CNI: "terway", VSwitches: []string{"s2"}},
		}
		b.Services[2].Placements = nil
		change(b)
	})
}

// reached writes what is in the way.
func reached(r mesh.Reach) []string {
	var lines []string
	for _, g := range r.Gaps {
		line := fmt.Sprintf("%s %s %s:", g.Kind, g.A, g.B)
		for _, c := range g.Unmanaged {
			line += " " + c.Name
		}
		for _, p := range pairs(g.Apart) {
			line += " " + p
		}
		lines = append(lines, line)
	}
	for _, c := range r.Unpublished {
		lines = append(lines, "unpublished "+c.Name)
	}
	for _, c := range r.Unadmitted {
		lines = append(lines, "unadmitted "+c.Name)
	}
	return lines
}

func TestReach(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*mesh.Body)
		want   []string
	}{
		{"all is well but the routes of flannel", func(*mesh.Body) {}, []string{"unpublished a"}},
		{"no network", func(b *mesh.Body) { b.Network = nil }, nil},
		{"nobody talks", func(b *mesh.Body) { b.Services[0].Calls = nil }, nil},
		{"a link without bandwidth", func(b *mesh.Body) { b.Network.CEN.Links[0].BandwidthMbps = 0 }, []string{"no bandwidth r1 r2: b a-b", "unpublished a"}},
		{"no link", func(b *mesh.Body) { b.Network.CEN.Links = nil }, []string{"no link r1 r2: b a-b", "unpublished a"}},
		{"no router there", func(b *mesh.Body) { b.Network.CEN.TransitRouters = b.Network.CEN.TransitRouters[:1] }, []string{"no transit router r2 : b a-b", "unpublished a"}},
		{"no router here", func(b *mesh.Body) { b.Network.CEN.TransitRouters = b.Network.CEN.TransitRouters[1:] }, []string{"no transit router r1 : a b a-b", "unpublished a"}},
		{"no CEN", func(b *mesh.Body) { b.Network.CEN = nil }, []string{"no CEN r1 r1: a", "no CEN r1 r2: b a-b", "unpublished a"}},
		{"nothing attaches the control plane's VPC", func(b *mesh.Body) { b.Network.VSwitches = b.Network.VSwitches[1:] }, []string{"no attachment r1 : a b", "unpublished a"}},
		{"nothing attaches a cluster's VPC", func(b *mesh.Body) { b.Network.VSwitches[1].VPC = "m" }, []string{"no attachment r1 : a a-b", "unpublished a"}},
		{"the control plane is in no VPC", func(b *mesh.Body) { b.Network.CEN, b.Mesh.VPC = nil, "" }, []string{"no CEN r1 r2: a-b", "unpublished a"}},
		{"a cluster is in no VPC", func(b *mesh.Body) { b.Clusters[1].VPC = "" }, nil},
		{"pods without addresses", func(b *mesh.Body) { b.Clusters[0].PodCIDR, b.Clusters[1].VSwitches = "", nil }, []string{"unpublished a", "unadmitted a", "unadmitted b"}},
		{"one VPC needs no CEN", func(b *mesh.Body) {
			b.Network.CEN = nil
			b.Clusters[1].Region, b.Clusters[1].VPC, b.Mesh.VPC = "r1", "v1", "v1"
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, reached(mesh.Build(reachSpec(c.change)).Reach())); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}

// TestReachIsEveryPair holds what Reach finds by regions and lists against loops over all pairs of clusters.
func TestReachIsEveryPair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := mesh.Build(drawNetwork(t))
		gaps, apart, unpublished := map[mesh.Gap]bool{}, map[string]bool{}, map[string]bool{}
		for _, c := range m.Clusters {
			if m.VPC == nil || c.VPC == nil {
				continue
			}
			for _, g := range inTheWay(m, m.VPC, c.VPC) {
				gaps[g] = true
			}
		}
		for _, p := range m.Talk() {
			if p[0].VPC == nil || p[1].VPC == nil {
				continue
			}
			for _, g := range inTheWay(m, p[0].VPC, p[1].VPC) {
				gaps[g] = true
				apart[fmt.Sprint(g, min(p[0].Region.Name, p[1].Region.Name), max(p[0].Region.Name, p[1].Region.Name))] = true
			}
			for _, c := range p {
				if p[0].VPC != p[1].VPC && c.CNI == "flannel" {
					unpublished[c.Name] = true
				}
			}
		}
		r := m.Reach()
		var found []mesh.Gap
		for _, b := range r.Gaps {
			found = append(found, b.Gap)
			for _, p := range b.Apart {
				key := fmt.Sprint(b.Gap, p[0].Region.Name, p[1].Region.Name)
				if !apart[key] {
					t.Fatalf("%s and %s are not apart by %v", p[0].Name, p[1].Name, b.Gap)
				}
				delete(apart, key)
			}
		}
		if len(found) != len(gaps) || slices.ContainsFunc(found, func(g mesh.Gap) bool { return !gaps[g] }) || len(apart) > 0 {
			t.Fatalf("gaps %v, want %v; not told: %v", found, gaps, apart)
		}
		var names []string
		for _, c := range r.Unpublished {
			names = append(names, c.Name)
		}
		if d := cmp.Diff(slices.Sorted(maps.Keys(unpublished)), names); d != "" {
			t.Fatal(d)
		}
	})
}

// inTheWay gives all that is missing between two VPCs.
func inTheWay(m *mesh.Mesh, x, y *mesh.VPC) []mesh.Gap {
	if x == y {
		return nil
	}
	return slices.DeleteFunc([]mesh.Gap{m.Network.Gap(x, y), x.Detached(), y.Detached()}, func(g mesh.Gap) bool { return g.Kind == "" })
}

// drawNetwork gives a topology of a few VPCs in three regions, some of them joined, with clusters in them that call each other.
func drawNetwork(t *rapid.T) *mesh.Spec {
	s := &mesh.Spec{}
	b := &s.Spec
	regions := names("r", 3)
	b.Network = &mesh.NetworkSpec{}
	vpcs := append(names("v", 5), "")
	for _, v := range vpcs[:5] {
		b.Network.VPCs = append(b.Network.VPCs, mesh.VPCSpec{Name: v, Region: rapid.SampledFrom(regions).Draw(t, "region")})
		if rapid.Bool().Draw(t, "vSwitch") {
			b.Network.VSwitches = append(b.Network.VSwitches, mesh.VSwitchSpec{Name: "s" + v, VPC: v})
		}
	}
	if rapid.Bool().Draw(t, "CEN") {
		b.Network.CEN = &mesh.CENSpec{}
		for _, r := range some(t, regions, "routers") {
			b.Network.CEN.TransitRouters = append(b.Network.CEN.TransitRouters, mesh.TransitRouterSpec{Name: r, Region: r})
		}
		for _, l := range some(t, [][]string{{"r0", "r1"}, {"r2", "r0"}, {"r1", "r2"}}, "links") {
			b.Network.CEN.Links = append(b.Network.CEN.Links, mesh.LinkSpec{Between: l, BandwidthMbps: rapid.IntRange(0, 1).Draw(t, "bandwidth")})
		}
	}
	b.Mesh.VPC = rapid.SampledFrom(vpcs).Draw(t, "mesh")
	clusters := names("c", rapid.IntRange(1, 6).Draw(t, "clusters"))
	for _, name := range clusters {
		c := mesh.ClusterSpec{Name: name, CNI: rapid.SampledFrom([]string{"flannel", "terway"}).Draw(t, "cni"), VPC: rapid.SampledFrom(vpcs).Draw(t, "vpc")}
		for _, v := range b.Network.VPCs {
			if v.Name == c.VPC {
				c.Region = v.Region
			}
		}
		b.Clusters = append(b.Clusters, c)
	}
	services := names("s", 3)
	for _, name := range services {
		b.Services = append(b.Services, mesh.ServiceSpec{Name: name, Placements: in(some(t, clusters, "clusters of "+name)...), Calls: calls(some(t, services, "calls of "+name)...)})
	}
	return s
}
