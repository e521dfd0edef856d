package mesh

import (
	"cmp"
	"maps"
	"slices"
)

// Gap is why no packet gets from one VPC to another; its zero value is that nothing is in the way.
type Gap struct {
	Kind GapKind
	A, B string // the regions, in order; B is "" when the transit router of A is what is missing, or an attachment to it
	VPC  string // what is not attached
}

// GapKind is what is missing between two VPCs.
type GapKind string

// What can be missing, in the order in which one would build it.
const (
	NoCEN       GapKind = "no CEN"
	NoRouter    GapKind = "no transit router"
	NoLink      GapKind = "no link"
	NoBandwidth GapKind = "no bandwidth"

	NoAttachment GapKind = "no attachment"
)

// Gap says what is missing between two VPCs. Packets stay inside a VPC, or go through CEN: from the VPC to the transit router of
// its region, over a link with bandwidth to the router of the other region, and from there to the other VPC. A way through a
// third region does not count: that routers hand on routes which they learned over a link is documented nowhere.
func (n *Network) Gap(x, y *VPC) Gap {
	if x == y {
		return Gap{}
	}
	return n.between(x.Region, y.Region)
}

// between is the gap between two VPCs of these regions.
func (n *Network) between(x, y string) Gap {
	g := Gap{A: min(x, y), B: max(x, y)}
	switch {
	case n.CEN == nil:
		g.Kind = NoCEN
		return g
	case n.CEN.Router(g.A) == nil:
		return Gap{Kind: NoRouter, A: g.A}
	case n.CEN.Router(g.B) == nil:
		return Gap{Kind: NoRouter, A: g.B}
	case g.A == g.B:
		return Gap{}
	}
	switch l := n.CEN.Link(g.A, g.B); {
	case l == nil:
		g.Kind = NoLink
	case l.BandwidthMbps == 0:
		g.Kind = NoBandwidth
	default:
		return Gap{}
	}
	return g
}

// Detached says whether a VPC is not attached to the transit router of its region: an attachment lies in vSwitches of the VPC, and
// it has none. Where there is no router, that is what is missing.
func (v *VPC) Detached() Gap {
	if v.Router == nil || len(v.VSwitches) > 0 {
		return Gap{}
	}
	return Gap{Kind: NoAttachment, A: v.Region, VPC: v.Name}
}

// Reach is what is in the way of the control plane to its clusters, and of clusters that talk to each other. Clusters whose VPC
// is not said are left out: nothing is known of them.
type Reach struct {
	Gaps []Barrier // by region, then kind

	// Unpublished are flannel clusters that talk with another VPC: CEN does not learn the routes to their pods by itself.
	Unpublished []*Cluster
	// Unadmitted are clusters that talk with another one and whose pods have no known addresses, so that no rule of the other's
	// security group can let them in.
	Unadmitted []*Cluster
}

// Barrier is a gap and who is behind it.
type Barrier struct {
	Gap
	Unmanaged []*Cluster    // those that the control plane does not reach, by name
	Apart     [][2]*Cluster // of clusters that talk, the first pair of each two regions
}

// Reach says, for the control plane and every cluster and for every two clusters that talk, whether there is a path, whether
// CEN knows the routes, and whether the security groups, which admit the addresses of pods that talk, let requests in. Without
// a network nothing is known and nothing is in the way. It looks at regions and lists of clusters, never at all pairs: its time
// grows with the clusters and with the square of the regions.
func (m *Mesh) Reach() Reach {
	if m.Network == nil {
		return Reach{}
	}
	r := reacher{mesh: m, barriers: map[Gap]*Barrier{}, unpublished: map[*Cluster]bool{}, unadmitted: map[*Cluster]bool{}}
	for _, c := range m.Clusters {
		if m.VPC != nil && c.VPC != nil {
			r.unmanaged(c)
		}
	}
	for _, c := range m.conversations() {
		from, to := placed(c.from), placed(c.to)
		r.apart(from, to)
		r.detached(from, to)
		r.detached(to, from)
		r.routes(from, to)
		r.routes(to, from)
		r.admit(from, to)
		r.admit(to, from)
	}
	reach := Reach{Unpublished: r.chosen(r.unpublished), Unadmitted: r.chosen(r.unadmitted)}
	for _, g := range slices.SortedFunc(maps.Keys(r.barriers), compareGaps) {
		reach.Gaps = append(reach.Gaps, *r.barriers[g])
	}
	return reach
}

func compareGaps(x, y Gap) int {
	return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.VPC, y.VPC))
}

func placed(list []*Cluster) []*Cluster {
	return slices.DeleteFunc(slices.Clone(list), func(c *Cluster) bool { return c.VPC == nil })
}

type reacher struct {
	mesh        *Mesh
	barriers    map[Gap]*Barrier
	unpublished map[*Cluster]bool
	unadmitted  map[*Cluster]bool
}

func (r *reacher) chosen(set map[*Cluster]bool) []*Cluster {
	return slices.DeleteFunc(slices.Clone(r.mesh.Clusters), func(c *Cluster) bool { return !set[c] })
}

func (r *reacher) barrier(g Gap) *Barrier {
	if r.barriers[g] == nil {
		r.barriers[g] = &Barrier{Gap: g}
	}
	return r.barriers[g]
}

func (r *reacher) unmanaged(c *Cluster) {
	if g := r.mesh.Network.Gap(r.mesh.VPC, c.VPC); g.Kind != "" {
		b := r.barrier(g)
		b.Unmanaged = append(b.Unmanaged, c)
	}
	if r.mesh.VPC == c.VPC {
		return
	}
	for _, v := range []*VPC{r.mesh.VPC, c.VPC} {
		if g := v.Detached(); g.Kind != "" {
			b := r.barrier(g)
			b.Unmanaged = append(b.Unmanaged, c)
		}
	}
}

// detached notes the VPCs of a list that are not attached, with a cluster of the other list in each region that is in another VPC.
func (r *reacher) detached(list, peers []*Cluster) {
	first, other := map[string]*Cluster{}, map[string]*Cluster{} // by region, in two VPCs
	for _, p := range peers {
		region := p.VPC.Region
		switch f := first[region]; {
		case f == nil:
			first[region] = p
		case f.VPC != p.VPC && other[region] == nil:
			other[region] = p
		}
	}
	seen := map[*VPC]bool{}
	for _, c := range list {
		g := c.VPC.Detached()
		if g.Kind == "" || seen[c.VPC] {
			continue
		}
		seen[c.VPC] = true
		for _, region := range slices.Sorted(maps.Keys(first)) {
			p := first[region]
			if p.VPC == c.VPC {
				p = other[region]
			}
			if p != nil {
				r.barrier(g).add(c, p)
			}
		}
	}
}

// apart notes the gaps between two lists of clusters. One pair stands for all of two regions, since a gap is between regions; in
// one region it must be a pair of two VPCs.
func (r *reacher) apart(from, to []*Cluster) {
	senders, receivers := byRegion(from), byRegion(to)
	for _, x := range slices.Sorted(maps.Keys(senders)) {
		for _, y := range slices.Sorted(maps.Keys(receivers)) {
			a, b := senders[x][0], receivers[y][0]
			if a.VPC == b.VPC {
				a, b = otherVPC(senders[x], receivers[y])
			}
			if a == nil {
				continue
			}
			if g := r.mesh.Network.Gap(a.VPC, b.VPC); g.Kind != "" {
				r.barrier(g).add(a, b)
			}
		}
	}
}

// add notes a pair, unless one of the same regions is there.
func (b *Barrier) add(x, y *Cluster) {
	if x.Region.Name > y.Region.Name || x.Region == y.Region && x.Name > y.Name {
		x, y = y, x
	}
	for _, p := range b.Apart {
		if p[0].Region == x.Region && p[1].Region == y.Region {
			return
		}
	}
	b.Apart = append(b.Apart, [2]*Cluster{x, y})
}

func byRegion(list []*Cluster) map[string][]*Cluster {
	regions := map[string][]*Cluster{}
	for _, c := range list {
		regions[c.VPC.Region] = append(regions[c.VPC.Region], c)
	}
	return regions
}

// otherVPC gives a pair of different VPCs, one cluster of each list, when the first ones of the lists are in the same; else nil.
func otherVPC(senders, receivers []*Cluster) (a, b *Cluster) {
	vpc := senders[0].VPC
	for _, c := range receivers {
		if c.VPC != vpc {
			return senders[0], c
		}
	}
	for _, c := range senders {
		if c.VPC != vpc {
			return c, receivers[0]
		}
	}
	return nil, nil
}

// routes notes the flannel clusters of a list for which a cluster of the other list is in another VPC.
func (r *reacher) routes(list, peers []*Cluster) {
	var first, second *VPC
	for _, p := range peers {
		switch {
		case first == nil:
			first = p.VPC
		case p.VPC != first:
			second = p.VPC
		}
	}
	for _, c := range list {
		if c.CNI == "flannel" && (first != nil && first != c.VPC || second != nil && second != c.VPC) {
			r.unpublished[c] = true
		}
	}
}

// admit notes the clusters of a list that talk with another of the other list and whose pods have no known addresses.
func (r *reacher) admit(list, peers []*Cluster) {
	for _, c := range list {
		alone := len(peers) == 0 || len(peers) == 1 && peers[0] == c
		if !alone && len(c.PodRanges()) == 0 {
			r.unadmitted[c] = true
		}
	}
}
