package check

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/limit"
	"github.com/meshtopo/meshtopo/mesh"
)

// drawRange gives a range of the last byte of 10.0.0.0 or of fd00::, so that many of a few overlap.
func drawRange(t *rapid.T, label string) netip.Prefix {
	last := rapid.Byte().Draw(t, label+" address")
	length := rapid.IntRange(0, 8).Draw(t, label+" length")
	if rapid.Bool().Draw(t, label+" of IPv6") {
		return netip.PrefixFrom(netip.AddrFrom16([16]byte{0: 0xfd, 15: last}), 120+length).Masked()
	}
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, last}), 24+length).Masked()
}

// TestOverlapping holds the pairs, and their order, against two loops. Where a range is in conflict with more than mostPairs that
// contain it, it is in that many pairs.
func TestOverlapping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var ranges []addressRange
		for i := range rapid.IntRange(0, 20).Draw(t, "ranges") {
			ranges = append(ranges, addressRange{prefix: drawRange(t, fmt.Sprint(i)), index: i})
		}
		among := rapid.IntRange(1, 3).Draw(t, "among")
		conflict := func(a, b addressRange) bool { return a.index%among == b.index%among }
		want, containing := map[[2]int]bool{}, map[int]int{}
		for j, b := range ranges {
			for i, a := range ranges[:j] {
				if a.prefix.Overlaps(b.prefix) && conflict(a, b) {
					want[[2]int{i, j}] = true
					if a.prefix.Bits() <= b.prefix.Bits() {
						containing[j]++
					} else {
						containing[i]++
					}
				}
			}
		}
		total := 0
		for _, n := range containing {
			total += min(n, mostPairs)
		}
		got := overlapping(ranges, conflict)
		if len(got) != total {
			t.Fatalf("%d pairs of %v, want %d: %v", len(got), ranges, total, got)
		}
		if !slices.IsSortedFunc(got, func(x, y [2]addressRange) int {
			return slices.Compare([]int{x[1].index, x[0].index}, []int{y[1].index, y[0].index})
		}) {
			t.Fatalf("%v are not in order", got)
		}
		for _, p := range got {
			if !want[[2]int{p[0].index, p[1].index}] {
				t.Fatalf("%v are no pair", p)
			}
		}
	})
}

// TestSpace holds the trie against a list: what is proposed is the first range of the length inside the other that overlaps no
// taken one, of either family.
func TestSpace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var four, six space
		var taken []netip.Prefix
		of := func(p netip.Prefix) *space {
			if p.Addr().Is4() {
				return &four
			}
			return &six
		}
		for i := range rapid.IntRange(1, 30).Draw(t, "steps") {
			r := drawRange(t, fmt.Sprint(i))
			if rapid.Bool().Draw(t, "take") {
				of(r).take(r)
				taken = append(taken, r)
				continue
			}
			bits := r.Addr().BitLen() - rapid.IntRange(0, 9).Draw(t, "bits")
			if got, want := of(r).free(bits, r), firstFree(r, bits, taken); got != want {
				t.Fatalf("proposed %v for /%d inside %v, want %v; taken %v", got, bits, r, want, taken)
			}
		}
	})
}

// firstFree tries every range of a length in another.
func firstFree(within netip.Prefix, bits int, taken []netip.Prefix) netip.Prefix {
	if bits < within.Bits() {
		return netip.Prefix{}
	}
	for a := within.Addr(); within.Contains(a); a = a.Next() {
		r := netip.PrefixFrom(a, bits)
		if r.Masked() == r && !slices.ContainsFunc(taken, r.Overlaps) {
			return r
		}
	}
	return netip.Prefix{}
}

// TestPlanProposesOnce: no two proposals clash, and one field gets one.
func TestPlanProposesOnce(t *testing.T) {
	body := mesh.Body{Clusters: []mesh.ClusterSpec{{PodCIDR: "10.0.0.0/16"}, {PodCIDR: "10.1.0.0/16"}}}
	plan := (&checker{Body: &body}).newPlan()
	for i, want := range []string{"10.2.0.0/16", "10.3.0.0/16"} {
		for range 2 {
			if got := plan.outside(specPath.Index(i), "10.0.0.0/16", pool10); got.String() != want {
				t.Errorf("proposed %s, want %s", got, want)
			}
		}
	}
	if got := plan.inside("x", "10.0.0.0/24", "10.0.0.0/16"); got.IsValid() {
		t.Errorf("proposed %s of a full range", got)
	}
}

// TestEveryRowOfThePlan: which row of the address plan each pair of kinds breaks, in either order.
func TestEveryRowOfThePlan(t *testing.T) {
	c := &checker{
		Body:     &mesh.Body{Mesh: mesh.ControlPlane{VPC: "m"}, Network: &mesh.NetworkSpec{}},
		switches: map[string]mesh.VSwitchSpec{"a": {VPC: "v", CIDR: "10.0.0.0/16"}, "b": {VPC: "w", CIDR: "10.0.0.0/24"}, "c": {VPC: "v"}},
		vpcs:     map[string]mesh.VPCSpec{"v": {Region: "r"}, "w": {Region: "s"}, "m": {Region: "t"}},
		routers:  map[string]bool{"r": true, "s": true},
	}
	one := func(k kind, name string) ownedRange {
		return ownedRange{kind: k, name: name, owners: []string{"one"}, vpc: "v", cni: "terway"}
	}
	two := func(k kind, name string) ownedRange {
		return ownedRange{kind: k, name: name, owners: []string{"two"}, vpc: "w", cni: "flannel"}
	}
	vpcs := func(names ...string) ownedRange { return ownedRange{kind: ofVPC, owners: names} }
	shared := ownedRange{kind: ofVSwitch, name: "a", owners: []string{"one", "two"}}
	for _, test := range []struct {
		x, y ownedRange
		want string
	}{
		{one(ofServices, ""), two(ofServices, ""), "R1"},
		{one(ofServices, ""), two(ofPods, ""), "R2"},
		{one(ofServices, ""), two(ofVSwitch, "b"), "R2"},
		{one(ofPods, ""), two(ofPods, ""), "R3"},
		{one(ofPods, ""), two(ofVSwitch, "b"), "R4"},
		{one(ofPods, ""), shared, "R4"},
		{one(ofVSwitch, "a"), two(ofVSwitch, "b"), "R5"},
		{one(ofVSwitch, "a"), two(ofVSwitch, "c"), ""},
		{one(ofPods, ""), one(ofServices, ""), "R11"},
		{one(ofPods, ""), one(ofVSwitch, "a"), "R11"},
		{one(ofServices, ""), one(ofVSwitch, "a"), "R11"},
		{one(ofVSwitch, "a"), one(ofVSwitch, "b"), ""},
		{vpcs("v"), one(ofPods, ""), "R12"},
		{vpcs("w", "v"), one(ofServices, ""), "R12"},
		{vpcs("v", "w"), one(ofServices, ""), "R12"},
		{vpcs("m"), one(ofServices, ""), "R6"},
		{vpcs("m"), one(ofPods, ""), ""},
		{vpcs("m"), two(ofServices, ""), ""}, // flannel
		{vpcs("w"), one(ofPods, ""), "R13"},
		{vpcs("v"), one(ofVSwitch, "a"), ""},
	} {
		if got := c.conflict(test.x, test.y); got.row != test.want {
			t.Errorf("%s and %s: %q, want %q", test.x, test.y, got.row, test.want)
		}
		if got := c.conflict(test.y, test.x); got.row != test.want {
			t.Errorf("%s and %s: %q, want %q", test.y, test.x, got.row, test.want)
		}
	}
}

// TestManyOverlaps: a thousand clusters that copied one range are told up to the limit, with fixes that do not clash, and at once.
func TestManyOverlaps(t *testing.T) {
	var s mesh.Spec
	for i := range 1000 {
		s.Spec.Clusters = append(s.Spec.Clusters, mesh.ClusterSpec{Name: fmt.Sprint("c", i), PodCIDR: "10.0.0.0/16"})
	}
	limits := limit.Default()
	maxFindings := int(limits.Findings)
	found := Topology(&s, limits)
	if len(found) != maxFindings+1 || found[maxFindings].Rule != diag.Limit {
		t.Fatalf("%d findings, want %d and the one that says so", len(found), maxFindings)
	}
	by := map[string]diag.Path{}
	for _, f := range found {
		if other, ok := by[f.Fix]; ok && other != f.Path {
			t.Fatalf("%s and %s are given the same range: %s", other, f.Path, f.Fix)
		}
		by[f.Fix] = f.Path
	}
}

// fleet is clusters with three ranges each, in ten regions with a VPC each that links join, and no mistake. The ranges are small,
// so that thousands fit into private addresses.
func fleet(clusters int) *mesh.Spec {
	s := &mesh.Spec{}
	b := &s.Spec
	region := func(i int) string { return fmt.Sprint("r", i) }
	b.Mesh = mesh.ControlPlane{Name: "m", Region: "r0", VPC: "m", Version: "1.22.6.66"}
	b.Network = &mesh.NetworkSpec{VPCs: []mesh.VPCSpec{{Name: "m", Region: "r0", CIDR: "192.168.0.0/24"}}, CEN: &mesh.CENSpec{}}
	b.Network.VSwitches = []mesh.VSwitchSpec{{Name: "m", VPC: "m", CIDR: "192.168.0.0/24"}}
	for i := range 10 {
		b.Network.VPCs = append(b.Network.VPCs, mesh.VPCSpec{Name: fmt.Sprint("v", i), Region: region(i), CIDR: fmt.Sprintf("10.%d.0.0/16", i)})
		b.Network.CEN.TransitRouters = append(b.Network.CEN.TransitRouters, mesh.TransitRouterSpec{Name: region(i), Region: region(i)})
		for j := range i {
			b.Network.CEN.Links = append(b.Network.CEN.Links, mesh.LinkSpec{Between: []string{region(j), region(i)}, BandwidthMbps: 1})
		}
	}
	for i := range clusters {
		name := fmt.Sprint("c", i)
		b.Network.VSwitches = append(b.Network.VSwitches, mesh.VSwitchSpec{Name: name, VPC: fmt.Sprint("v", i%10), CIDR: fmt.Sprintf("10.%d.%d.%d/28", i%10, i/10/16, i/10%16*16)})
		b.Clusters = append(b.Clusters, mesh.ClusterSpec{
			Name: name, Region: region(i % 10), VPC: fmt.Sprint("v", i%10), VSwitches: []string{name}, CNI: "flannel",
			PodCIDR: fmt.Sprintf("10.%d.%d.0/24", 100+i/256, i%256), ServiceCIDR: fmt.Sprintf("172.%d.%d.0/24", 16+i/256, i%256),
		})
	}
	everywhere := []mesh.PlacementSpec{{ClusterSelector: &mesh.ClusterSelector{}, Version: "v1", Replicas: 1}}
	b.Services = []mesh.ServiceSpec{{Name: "web", Calls: []mesh.CallSpec{{Service: "api"}}, Placements: everywhere}, {Name: "api", Placements: everywhere}}
	return s
}

// TestOneOverlapAmongThousands: one overlap among 5,000 clusters is found and named, and without it there is none.
func TestOneOverlapAmongThousands(t *testing.T) {
	s := fleet(4000) // as many as the private addresses hold of these
	for i := range 1000 {
		s.Spec.Clusters = append(s.Spec.Clusters, mesh.ClusterSpec{Name: fmt.Sprint("d", i), Region: "r1", VPC: "v1", CNI: "flannel", PodCIDR: fmt.Sprintf("10.%d.%d.0/24", 200+i/256, i%256)})
	}
	if found := errorsOf(Topology(s, limit.Default())); len(found) != 0 {
		t.Fatalf("%d findings without a mistake, the first: %s", len(found), found[0].Message)
	}
	s.Spec.Clusters[4711].PodCIDR = "10.107.9.128/25"
	found := errorsOf(Topology(s, limit.Default()))
	want := "podCIDR 10.107.9.128/25 of cluster d711 overlaps podCIDR 10.107.9.0/24 of cluster c1801 (R3)"
	if len(found) != 1 || found[0].Message != want {
		t.Errorf("found %v, want %s", found, want)
	}
}

func errorsOf(found []diag.Finding) []diag.Finding {
	return slices.DeleteFunc(found, func(f diag.Finding) bool { return f.Severity != diag.Error })
}

// BenchmarkOverlaps runs all overlap checks over a plan without a mistake: 11 ranges of VPCs, and three a cluster.
func BenchmarkOverlaps(b *testing.B) {
	for _, ranges := range []int{1000, 10_000} {
		b.Run(fmt.Sprint(ranges), func(b *testing.B) {
			s := fleet(ranges / 3)
			for b.Loop() {
				c := &checker{Body: &s.Spec}
				c.index()
				c.checkReserved()
				c.checkPublic()
				c.checkOverlaps()
				c.checkMeshVPC()
				c.checkVSwitches()
				if len(c.findings) > 0 {
					b.Fatal(c.findings[0].Message)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(ranges), "ns/range")
		})
	}
}
