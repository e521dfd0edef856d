package check

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// kind is what a range is for. A conflict is told at the range of the greater kind: to move a Service range is easiest.
type kind int

const (
	ofVPC kind = iota
	ofVSwitch
	ofPods
	ofServices
)

// ownedRange is a range and who has it.
type ownedRange struct {
	kind    kind
	name    string   // of the vSwitch
	owners  []string // the clusters, two at most; of a VPC the VPCs, all that have this very range
	cni     string   // of the cluster
	vpc     string   // that the cluster or vSwitch is in
	cidr    string
	cluster int // of pods and Services: its place in spec.clusters
}

func (r ownedRange) String() string {
	switch r.kind {
	case ofVPC:
		return fmt.Sprintf("VPC %s (%s)", r.owners[0], r.cidr)
	case ofVSwitch:
		return fmt.Sprintf("vSwitch %s (%s) of cluster %s", r.name, r.cidr, r.owners[0])
	case ofPods:
		return fmt.Sprintf("podCIDR %s of cluster %s", r.cidr, r.owners[0])
	default:
		return fmt.Sprintf("serviceCIDR %s of cluster %s", r.cidr, r.owners[0])
	}
}

// ranger collects the ranges of all clusters and VPCs.
type ranger struct {
	c      *checker
	owned  []ownedRange
	ranges []addressRange
}

func (r *ranger) add(o ownedRange, path diag.Path) {
	if p, ok := prefix(o.cidr); ok {
		r.ranges = append(r.ranges, addressRange{prefix: p, path: path, index: len(r.owned)})
		r.owned = append(r.owned, o)
	}
}

// addVPCs adds each range of VPCs once, so that no range is inside thousands of them.
func (r *ranger) addVPCs() {
	if r.c.Network == nil {
		return
	}
	first := map[string]int{}
	for i, v := range r.c.Network.VPCs {
		if at, ok := first[v.CIDR]; ok {
			r.owned[at].owners = append(r.owned[at].owners, v.Name)
			continue
		}
		if _, ok := prefix(v.CIDR); ok {
			first[v.CIDR] = len(r.owned)
		}
		r.add(ownedRange{kind: ofVPC, owners: []string{v.Name}, cidr: v.CIDR}, specPath.Key("network").Key("vpcs").Index(i).Key("cidr"))
	}
}

// addClusters adds pods, Services and vSwitches of clusters; a vSwitch that several share stands once, with the first two.
func (r *ranger) addClusters() {
	shared := map[string]int{}
	for i, cl := range r.c.Clusters {
		at := specPath.Key("clusters").Index(i)
		own := ownedRange{owners: []string{cl.Name}, cni: cl.CNI, vpc: cl.VPC, cluster: i}
		own.kind, own.cidr = ofPods, cl.PodCIDR
		r.add(own, at.Key("podCIDR"))
		own.kind, own.cidr = ofServices, cl.ServiceCIDR
		r.add(own, at.Key("serviceCIDR"))
		for _, name := range slices.Concat(cl.VSwitches, cl.PodVSwitches) {
			v := r.c.switches[name]
			if first, ok := shared[name]; ok {
				if o := &r.owned[first]; len(o.owners) == 1 && o.owners[0] != cl.Name {
					o.owners = append(o.owners, cl.Name)
				}
				continue
			}
			if _, ok := prefix(v.CIDR); ok {
				shared[name] = len(r.owned)
			}
			r.add(ownedRange{kind: ofVSwitch, name: name, owners: []string{cl.Name}, vpc: v.VPC, cidr: v.CIDR}, r.c.switchPaths[name].Key("cidr"))
		}
	}
}

// checkOverlaps is R1 to R6 and R11 to R13: what may not overlap a range of a cluster. The address plan of ASM lists R2 and R5 for
// flannel only; with terway pods have vSwitch addresses, so an overlap breaks the same traffic and is refused as well.
func (c *checker) checkOverlaps() {
	r := &ranger{c: c}
	r.addVPCs()
	r.addClusters()
	pairs := overlapping(r.ranges, func(a, b addressRange) bool { return c.conflict(r.owned[a.index], r.owned[b.index]).rule != "" })
	hit := map[int]bool{} // ranges that overlap those of a cluster; that they overlap the VPC around it as well is the same cause
	for _, p := range pairs {
		if r.owned[p[0].index].kind != ofVPC {
			hit[p[0].index], hit[p[1].index] = true, true
		}
	}
	for _, p := range pairs {
		if r.owned[p[0].index].kind != ofVPC || !hit[p[1].index] {
			r.report(p[0], p[1])
		}
	}
}

// breach is the rule that two overlapping ranges break, and its number in ASM's or ACK's list.
type breach struct {
	rule, row string
	vpc       string // the VPC that is in the way
}

func (r *ranger) report(a, b addressRange) {
	x, y := r.owned[a.index], r.owned[b.index]
	found := r.c.conflict(x, y)
	if x.owners[0] == y.owners[0] && len(x.owners) > 1 && found.rule == diag.CIDROverlap {
		x.owners = x.owners[1:]
	}
	if x.kind != ofVPC && found.rule == diag.ClusterOverlap && x.kind > y.kind {
		a, b, x, y = b, a, y, x
	}
	what := x.String()
	if found.vpc != "" {
		what = fmt.Sprintf("VPC %s (%s)", found.vpc, x.cidr)
	}
	if found.rule == diag.ServiceMeshVPC {
		what += " of the control plane"
	}
	r.c.add(r.free(diag.New(found.rule, b.path, "%s overlaps %s (%s)", y, what, found.row), y).WithRelated(a.path, "it overlaps this range"))
}

// free orders another range for one of a cluster, and computes one.
func (r *ranger) free(f diag.Finding, o ownedRange) diag.Finding {
	plan := r.c.plan
	switch o.kind {
	case ofVSwitch:
		return withRange(f, plan.inside(f.Path, o.cidr, r.c.vpcs[o.vpc].CIDR), "give vSwitch %s a free range inside its VPC", o.name)
	case ofPods:
		return withRange(f, plan.outside(f.Path, o.cidr, pool10, pool172, pool192), "give %s a free range for pods", o.owners[0])
	default:
		return withRange(f, plan.outside(f.Path, o.cidr, pool172, pool192, pool10), "give %s a free range for Services", o.owners[0])
	}
}

// conflict gives the rule that two overlapping ranges break, or none when they may overlap.
func (c *checker) conflict(x, y ownedRange) breach {
	if x.kind > y.kind {
		x, y = y, x
	}
	switch {
	case x.kind == ofVPC:
		return c.conflictVPC(x, y)
	case x.kind == ofVSwitch && y.kind == ofVSwitch:
		v, w := c.switches[x.name], c.switches[y.name]
		if v.VPC == w.VPC || v.CIDR == w.CIDR && c.joined(v.VPC, w.VPC) || !apart(x, y) {
			return breach{} // R10 or R9 reports it
		}
		return breach{rule: diag.CIDROverlap, row: "R5"}
	case !apart(x, y):
		return breach{rule: diag.ClusterOverlap, row: "R11"}
	case x.kind == ofServices:
		return breach{rule: diag.CIDROverlap, row: "R1"}
	case y.kind == ofServices:
		return breach{rule: diag.CIDROverlap, row: "R2"}
	case x.kind == ofPods:
		return breach{rule: diag.CIDROverlap, row: "R3"}
	default:
		return breach{rule: diag.CIDROverlap, row: "R4"}
	}
}

// apart says whether two ranges belong to different clusters; a shared vSwitch does for everybody else's range.
func apart(x, y ownedRange) bool {
	return len(x.owners) > 1 || len(y.owners) > 1 || x.owners[0] != y.owners[0]
}

// conflictVPC is R6, R12 and R13: pods and Services against the VPCs that share a range; vSwitches lie in VPCs by right.
func (c *checker) conflictVPC(x, y ownedRange) breach {
	if y.kind < ofPods {
		return breach{}
	}
	var joined string
	for _, vpc := range x.owners {
		switch {
		case vpc == y.vpc:
			return breach{rule: diag.RangeInVPC, row: "R12", vpc: vpc}
		case vpc == c.Mesh.VPC && y.kind == ofServices && y.cni == "terway":
			return breach{rule: diag.ServiceMeshVPC, row: "R6", vpc: vpc}
		case joined == "" && c.joined(vpc, y.vpc):
			joined = vpc
		}
	}
	if joined == "" {
		return breach{}
	}
	return breach{rule: diag.JoinedVPCOverlap, row: "R13", vpc: joined}
}

// joined says whether CEN joins two VPCs: each is in a region with a transit router.
func (c *checker) joined(x, y string) bool {
	return c.routers[c.vpcs[x].Region] && c.routers[c.vpcs[y].Region]
}

// checkRange holds a range against the syntax, its length and what no network may have; it gives false for one that is refused.
func (c *checker) checkRange(s string, least, most int, at diag.Path) {
	if s == "" {
		return
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		c.add(notRange(s, at))
	case !p.Addr().Is4():
		c.add(diag.New(diag.CIDRSyntax, at, "%s %s is not an IPv4 range; ASM's address plan takes IPv4 only", at.Last(), s).WithFix("write an IPv4 range such as 10.0.0.0/16"))
	case p.Masked() != p:
		c.add(diag.New(diag.CIDRHostBits, at, "%s %s has bits set beyond its length of %d", at.Last(), s, p.Bits()).WithFix("write %s", p.Masked()).WithProposed(p.Masked().String()))
	case p.Bits() < least || p.Bits() > most:
		near := netip.PrefixFrom(p.Addr(), min(max(p.Bits(), least), most)).Masked()
		c.add(diag.New(diag.CIDRSize, at, "%s %s is /%d; it must be /%d to /%d", at.Last(), s, p.Bits(), least, most).
			WithFix("write %s, or another range of /%d to /%d", near, least, most).WithProposed(near.String()))
	default:
		c.checkForbidden(p, at)
	}
}

// forbidden are ranges that no VPC may have (R18), and nothing that is to be reached from one.
func forbidden(p netip.Prefix) (string, bool) {
	for _, f := range []struct{ cidr, what string }{
		{"0.0.0.0/8", `"this network"`}, {"127.0.0.0/8", "loopback"}, {"169.254.0.0/16", "link-local"}, {"224.0.0.0/4", "multicast"},
		{"100.64.0.0/10", "kept by the cloud for itself"},
	} {
		if p.Overlaps(netip.MustParsePrefix(f.cidr)) {
			return f.cidr + ", which is " + f.what, true
		}
	}
	return "", false
}

func (c *checker) checkForbidden(p netip.Prefix, at diag.Path) {
	if what, ok := forbidden(p); ok {
		c.add(withRange(diag.New(diag.ForbiddenRange, at, "%s %s overlaps %s", at.Last(), p, what), c.plan.forVPC(at, p.String()), "write a private range"))
	}
}

// checkReserved is R8: nothing of a flannel cluster begins with 7, which managed clusters keep for themselves.
func (c *checker) checkReserved() {
	seen := map[diag.Path]bool{}
	check := func(cl mesh.ClusterSpec, cidr string, at diag.Path, free func() netip.Prefix) {
		if p, ok := prefix(cidr); ok && p.Overlaps(reserved) && !seen[at] {
			seen[at] = true
			c.add(withRange(diag.New(diag.ReservedRange, at, "%s %s begins with 7, and cluster %s uses flannel", at.Last(), cidr, cl.Name), free(), "choose another range"))
		}
	}
	for i, cl := range c.Clusters {
		if cl.CNI != "flannel" {
			continue
		}
		at := specPath.Key("clusters").Index(i)
		check(cl, cl.PodCIDR, at.Key("podCIDR"), func() netip.Prefix { return c.plan.outside(at.Key("podCIDR"), cl.PodCIDR, pool10, pool172, pool192) })
		check(cl, cl.ServiceCIDR, at.Key("serviceCIDR"), func() netip.Prefix {
			return c.plan.outside(at.Key("serviceCIDR"), cl.ServiceCIDR, pool172, pool192, pool10)
		})
		if path, ok := c.vpcPaths[cl.VPC]; ok {
			cidr := c.vpcs[cl.VPC].CIDR
			check(cl, cidr, path.Key("cidr"), func() netip.Prefix { return c.plan.forVPC(path.Key("cidr"), cidr) })
		}
	}
}

var reserved = netip.PrefixFrom(netip.AddrFrom4([4]byte{7}), 8)

// checkPublic is R16: the ranges of VPCs are private.
func (c *checker) checkPublic() {
	if c.Network == nil {
		return
	}
	for i, v := range c.Network.VPCs {
		p, ok := prefix(v.CIDR)
		if _, refused := forbidden(p); !ok || refused || p.Overlaps(reserved) || private(p) {
			continue
		}
		at := specPath.Key("network").Key("vpcs").Index(i).Key("cidr")
		c.add(withRange(diag.New(diag.PublicRange, at, "VPC %s has the range %s, which is public: its addresses belong to others on the internet", v.Name, v.CIDR), c.plan.forVPC(at, v.CIDR),
			"ask Alibaba Cloud for the quota ack.white_list/supportVPCWithPublicIPRanges, or give the VPC a private range, and its vSwitches ranges in it,"))
	}
}

func private(p netip.Prefix) bool {
	for _, pool := range []netip.Prefix{pool10, pool172, pool192} {
		if p.Bits() >= pool.Bits() && pool.Contains(p.Addr()) {
			return true
		}
	}
	return false
}
