package check

import (
	"fmt"
	"slices"

	"github.com/meshtopo/meshtopo/diag"
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
	if x.owners[0] == y.owners[0] && found.rule == diag.CIDROverlap { // a shared vSwitch: name the other cluster
		x.owners, y.owners = x.owners[len(x.owners)-1:], y.owners[len(y.owners)-1:]
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
	case c.isIstio() && (x.kind == ofServices || c.otherNetworks(x, y)):
		return breach{} // Service addresses are each cluster's own, and pods of other networks are reached through gateways
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

// otherNetworks says whether two ranges belong to clusters of different networks of an Istio mesh.
func (c *checker) otherNetworks(x, y ownedRange) bool {
	return c.clusters[x.owners[0]].IstioClusterSpec.Network != c.clusters[y.owners[0]].IstioClusterSpec.Network
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
