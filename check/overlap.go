package check

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/meshtopo/meshtopo/diag"
)

// addressRange is a range and whose it is.
type addressRange struct {
	prefix netip.Prefix
	path   diag.Path
	index  int // in the caller's list
}

// overlapping calls report for every pair of ranges that overlap, the one that comes first in the caller's list first. Two
// CIDR ranges overlap only when one contains the other, so after sorting a stack of the open ranges is enough: O(n log n + pairs).
func overlapping(ranges []addressRange, report func(a, b addressRange)) {
	sorted := slices.Clone(ranges)
	slices.SortStableFunc(sorted, func(x, y addressRange) int {
		return cmp.Or(x.prefix.Addr().Compare(y.prefix.Addr()), cmp.Compare(x.prefix.Bits(), y.prefix.Bits()))
	})
	var pairs [][2]addressRange
	var open []addressRange
	for _, r := range sorted {
		for len(open) > 0 && !open[len(open)-1].prefix.Contains(r.prefix.Addr()) {
			open = open[:len(open)-1]
		}
		for _, o := range open {
			pair := [2]addressRange{o, r}
			if r.index < o.index {
				pair = [2]addressRange{r, o}
			}
			pairs = append(pairs, pair)
		}
		open = append(open, r)
	}
	slices.SortStableFunc(pairs, func(x, y [2]addressRange) int {
		return cmp.Or(cmp.Compare(x[1].index, y[1].index), cmp.Compare(x[0].index, y[0].index))
	})
	for _, p := range pairs {
		report(p[0], p[1])
	}
}

// clusterRange is a range of one cluster.
type clusterRange struct {
	kind    string // "pod", "service" or "vSwitch"
	cluster string
	vSwitch string // of kind vSwitch
	vpc     string // the range of the vSwitch's VPC
	cidr    string
}

func (r clusterRange) String() string {
	switch r.kind {
	case "vSwitch":
		return fmt.Sprintf("vSwitch %s (%s) of cluster %s", r.vSwitch, r.cidr, r.cluster)
	case "pod":
		return fmt.Sprintf("podCIDR %s of cluster %s", r.cidr, r.cluster)
	default:
		return fmt.Sprintf("serviceCIDR %s of cluster %s", r.cidr, r.cluster)
	}
}

// checkOverlaps is R1 to R5: no range of a cluster overlaps one of another cluster. The address plan of ASM lists R2 and R5 for
// flannel only; with terway pods have vSwitch addresses, so an overlap breaks the same traffic and is refused as well.
func (c *checker) checkOverlaps() {
	var owners []clusterRange
	var ranges []addressRange
	add := func(owner clusterRange, path diag.Path) {
		if p, ok := prefix(owner.cidr); ok {
			ranges = append(ranges, addressRange{prefix: p, path: path, index: len(owners)})
			owners = append(owners, owner)
		}
	}
	for i, cl := range c.Clusters {
		at := specPath.Key("clusters").Index(i)
		add(clusterRange{kind: "pod", cluster: cl.Name, cidr: cl.PodCIDR}, at.Key("podCIDR"))
		add(clusterRange{kind: "service", cluster: cl.Name, cidr: cl.ServiceCIDR}, at.Key("serviceCIDR"))
		for j, v := range slices.Concat(cl.VSwitches, cl.PodVSwitches) {
			if j < len(cl.VSwitches) || !slices.Contains(cl.VSwitches, v) {
				s := c.switches[v]
				add(clusterRange{kind: "vSwitch", cluster: cl.Name, vSwitch: v, vpc: c.vpcs[s.VPC].CIDR, cidr: s.CIDR}, c.switchPaths[v].Key("cidr"))
			}
		}
	}
	overlapping(ranges, func(a, b addressRange) {
		x, y := owners[a.index], owners[b.index]
		if rule := c.rowOf(x, y); rule != "" {
			c.add(diag.New(diag.CIDROverlap, b.path, "%s overlaps %s (%s)", y, x, rule).
				WithFix("%s", c.freeRange(y, b.path)).WithRelated(a.path, "it overlaps this range"))
		}
	})
}

// freeRange orders another range for one of a cluster, and computes one.
func (c *checker) freeRange(r clusterRange, path diag.Path) string {
	switch r.kind {
	case "vSwitch":
		return fmt.Sprintf("give vSwitch %s a free range inside its VPC%s", r.vSwitch, c.plan.inside(path, r.cidr, r.vpc))
	case "pod":
		return fmt.Sprintf("give %s a free range for pods%s", r.cluster, c.plan.outside(path, r.cidr, pool10, pool172, pool192))
	default:
		return fmt.Sprintf("give %s a free range for Services%s", r.cluster, c.plan.outside(path, r.cidr, pool172, pool192, pool10))
	}
}

// rowOf names the row of ASM's address plan that two overlapping ranges break, or "" when they may overlap.
func (c *checker) rowOf(x, y clusterRange) string {
	if x.cluster == y.cluster {
		return ""
	}
	if x.kind > y.kind {
		x, y = y, x
	}
	switch x.kind + " " + y.kind {
	case "service service":
		return "R1"
	case "pod service", "service vSwitch":
		return "R2"
	case "pod pod":
		return "R3"
	case "pod vSwitch":
		return "R4"
	}
	v, w := c.switches[x.vSwitch], c.switches[y.vSwitch]
	if v.VPC == w.VPC || v.CIDR == w.CIDR && c.joined(v, w) {
		return "" // one vSwitch for both, or R10 or R9 reports it
	}
	return "R5"
}
