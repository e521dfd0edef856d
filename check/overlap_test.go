package check

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// drawRange gives a range in 10.0.0.0/24, so that many of a few overlap.
func drawRange(t *rapid.T, label string) netip.Prefix {
	bits := rapid.IntRange(24, 32).Draw(t, label+" bits")
	last := rapid.Byte().Draw(t, label+" address")
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, last}), bits).Masked()
}

// TestOverlappingFindsEveryPair compares the pairs, and their order, with those of two loops.
func TestOverlappingFindsEveryPair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var ranges []addressRange
		for i := range rapid.IntRange(0, 20).Draw(t, "ranges") {
			ranges = append(ranges, addressRange{prefix: drawRange(t, fmt.Sprint(i)), index: i})
		}
		var got, want [][2]int
		overlapping(ranges, func(a, b addressRange) { got = append(got, [2]int{a.index, b.index}) })
		for j := range ranges {
			for i := range j {
				if ranges[i].prefix.Overlaps(ranges[j].prefix) {
					want = append(want, [2]int{i, j})
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("pairs of %v:\n got %v\nwant %v", ranges, got, want)
		}
	})
}

// TestPlanProposesFreeRanges: what is proposed is as long as what was, inside the pool, and overlaps neither what is taken nor
// an earlier proposal; nothing is proposed only when nothing is free.
func TestPlanProposesFreeRanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var body mesh.Body
		var taken []netip.Prefix
		for i := range rapid.IntRange(0, 12).Draw(t, "taken") {
			r := drawRange(t, fmt.Sprint(i))
			taken = append(taken, r)
			body.Clusters = append(body.Clusters, mesh.ClusterSpec{PodCIDR: r.String()})
		}
		plan := (&checker{Body: &body}).newPlan()
		pool := netip.MustParsePrefix("10.0.0.0/24")
		for i := range rapid.IntRange(1, 4).Draw(t, "asked") {
			old := drawRange(t, fmt.Sprintf("asked %d", i))
			said := plan.inside(specPath.Index(i), old.String(), pool.String())
			if said == "" {
				if free, ok := firstFree(pool, old.Bits(), taken); ok {
					t.Fatalf("nothing proposed for /%d, but %s is free", old.Bits(), free)
				}
				continue
			}
			var text string
			if _, err := fmt.Sscanf(said, " such as %s", &text); err != nil {
				t.Fatal(err)
			}
			if want, _ := firstFree(pool, old.Bits(), taken); text != want.String() {
				t.Fatalf("proposed %s, want %s", text, want)
			}
			taken = append(taken, netip.MustParsePrefix(text))
		}
	})
}

// firstFree tries every range of a length in the pool.
func firstFree(pool netip.Prefix, bits int, taken []netip.Prefix) (netip.Prefix, bool) {
	r := netip.PrefixFrom(pool.Addr(), bits)
	for ; r.IsValid() && pool.Contains(r.Addr()); r = after(r, bits) {
		if !slices.ContainsFunc(taken, r.Overlaps) {
			return r, true
		}
	}
	return netip.Prefix{}, false
}

func TestPlanAtTheEndOfTheAddresses(t *testing.T) {
	plan := (&checker{Body: &mesh.Body{Clusters: []mesh.ClusterSpec{{PodCIDR: "255.255.255.0/24"}, {PodCIDR: "0.0.0.0/0"}}}}).newPlan()
	if got := plan.inside("", "10.0.0.0/24", "255.255.255.0/24"); got != "" {
		t.Errorf("proposed%s of a full range", got)
	}
}

// TestEveryRowOfThePlan: which row of the address plan each pair of kinds breaks, and that one cluster's own ranges break none.
func TestEveryRowOfThePlan(t *testing.T) {
	c := &checker{
		Body:     &mesh.Body{Network: &mesh.NetworkSpec{}},
		switches: map[string]mesh.VSwitchSpec{"a": {VPC: "v"}, "b": {VPC: "w"}, "c": {VPC: "v"}},
	}
	for _, test := range []struct {
		x, y clusterRange
		want string
	}{
		{clusterRange{kind: "service"}, clusterRange{kind: "service"}, "R1"},
		{clusterRange{kind: "service"}, clusterRange{kind: "pod"}, "R2"},
		{clusterRange{kind: "service"}, clusterRange{kind: "vSwitch"}, "R2"},
		{clusterRange{kind: "pod"}, clusterRange{kind: "pod"}, "R3"},
		{clusterRange{kind: "pod"}, clusterRange{kind: "vSwitch"}, "R4"},
		{clusterRange{kind: "vSwitch", vSwitch: "a"}, clusterRange{kind: "vSwitch", vSwitch: "b"}, "R5"},
		{clusterRange{kind: "vSwitch", vSwitch: "a"}, clusterRange{kind: "vSwitch", vSwitch: "c"}, ""},
	} {
		test.x.cluster, test.y.cluster = "one", "two"
		if got := c.rowOf(test.x, test.y); got != test.want {
			t.Errorf("%s and %s: %q, want %q", test.x.kind, test.y.kind, got, test.want)
		}
		if got := c.rowOf(test.y, test.x); got != test.want {
			t.Errorf("%s and %s: %q, want %q", test.y.kind, test.x.kind, got, test.want)
		}
		test.y.cluster = "one"
		if got := c.rowOf(test.x, test.y); got != "" {
			t.Errorf("%s and %s of one cluster: %q", test.x.kind, test.y.kind, got)
		}
	}
}

// TestManyOverlaps: a thousand clusters that copied one range are told up to the limit, with fixes that do not clash, and at once.
func TestManyOverlaps(t *testing.T) {
	var s mesh.Spec
	for i := range 1000 {
		s.Spec.Clusters = append(s.Spec.Clusters, mesh.ClusterSpec{Name: fmt.Sprint("c", i), PodCIDR: "10.0.0.0/16"})
	}
	found := Topology(&s)
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
