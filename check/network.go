package check

import (
	"fmt"
	"net/netip"

	"github.com/meshtopo/meshtopo/diag"
)

// prefix parses a range that checkRanges has accepted; ok is false for any other.
func prefix(s string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(s)
	return p, err == nil && p.Addr().Is4() && p.Masked() == p
}

// checkRanges holds every range against the syntax, its length and what no range may hold. A node alone takes a /24 to /28 of
// podCIDR (node_cidr_mask of the Terraform provider).
func (c *checker) checkRanges() {
	for i, cl := range c.Clusters {
		at := specPath.Key("clusters").Index(i)
		c.checkRange(cl.PodCIDR, 8, 28, at.Key("podCIDR"))
		c.checkRange(cl.ServiceCIDR, 8, 28, at.Key("serviceCIDR"))
		c.checkForbidden(cl.PodCIDR, at.Key("podCIDR"))
		c.checkForbidden(cl.ServiceCIDR, at.Key("serviceCIDR"))
	}
	if c.Network == nil {
		return
	}
	for i, v := range c.Network.VPCs {
		at := specPath.Key("network").Key("vpcs").Index(i).Key("cidr")
		c.checkRange(v.CIDR, 8, 28, at)
		c.checkForbidden(v.CIDR, at)
	}
	for i, v := range c.Network.VSwitches {
		c.checkRange(v.CIDR, 16, 29, specPath.Key("network").Key("vSwitches").Index(i).Key("cidr"))
	}
}

// checkMeshVPC is R7: the VPC of a cluster and another VPC of the control plane do not overlap.
func (c *checker) checkMeshVPC() {
	control, known := c.vpcs[c.Mesh.VPC]
	own, ok := prefix(control.CIDR)
	if !known || !ok {
		return
	}
	for i, cl := range c.Clusters {
		v := c.vpcs[cl.VPC]
		if p, ok := prefix(v.CIDR); ok && v.Name != control.Name && p.Overlaps(own) {
			c.add(diag.New(diag.MeshVPCOverlap, specPath.Key("clusters").Index(i).Key("vpc"),
				"VPC %s (%s) of cluster %s overlaps VPC %s (%s) of the control plane", v.Name, v.CIDR, cl.Name, control.Name, control.CIDR).
				WithFix("give VPC %s a free range%s, or put the control plane into VPC %s", control.Name,
					suchAs(c.plan.outside(c.vpcPaths[control.Name].Key("cidr"), control.CIDR, pool192, pool172, pool10)), v.Name).
				WithRelated(specPath.Key("mesh").Key("vpc"), "the control plane is in VPC %s", control.Name))
		}
	}
}

// checkVSwitches is R9 and R10.
func (c *checker) checkVSwitches() {
	if c.Network == nil {
		return
	}
	at := func(i int) diag.Path { return specPath.Key("network").Key("vSwitches").Index(i).Key("cidr") }
	list := c.Network.VSwitches
	var ranges []addressRange
	for i, v := range list {
		p, ok := prefix(v.CIDR)
		if !ok {
			continue
		}
		vpc := c.vpcs[v.VPC]
		if outer, ok := prefix(vpc.CIDR); ok && !(outer.Overlaps(p) && outer.Bits() <= p.Bits()) {
			c.add(withRange(diag.New(diag.VSwitchOutsideVPC, at(i), "vSwitch %s (%s) is not inside VPC %s (%s)", v.Name, v.CIDR, vpc.Name, vpc.CIDR),
				c.plan.inside(at(i), v.CIDR, vpc.CIDR), "choose a range inside the VPC's"))
		}
		ranges = append(ranges, addressRange{prefix: p, path: at(i), index: i})
	}
	same := func(a, b addressRange) bool { return list[a.index].VPC == list[b.index].VPC }
	for _, pair := range overlapping(ranges, func(a, b addressRange) bool {
		return same(a, b) || a.prefix == b.prefix && c.joined(list[a.index].VPC, list[b.index].VPC)
	}) {
		a, b := pair[0], pair[1]
		x, y := list[a.index], list[b.index]
		found := diag.New(diag.VSwitchSameRange, b.path, "vSwitch %s has the same range %s as vSwitch %s, and CEN joins both", y.Name, y.CIDR, x.Name).
			WithRelated(a.path, "vSwitch %s has it first", x.Name)
		if same(a, b) {
			found = diag.New(diag.VSwitchOverlap, b.path, "vSwitch %s (%s) overlaps vSwitch %s (%s) of the same VPC %s", y.Name, y.CIDR, x.Name, x.CIDR, x.VPC).
				WithRelated(a.path, "it overlaps this range")
		}
		c.add(withRange(found, c.plan.inside(b.path, y.CIDR, c.vpcs[y.VPC].CIDR), "give vSwitch %s a free range inside VPC %s", y.Name, y.VPC))
	}
}

// checkRegions holds clusters and control plane against the region of their VPC and the VPC of their vSwitches.
func (c *checker) checkRegions() {
	for i, cl := range c.Clusters {
		at := specPath.Key("clusters").Index(i)
		c.checkPlace("cluster "+cl.Name, cl.Region, cl.VPC, cl.VSwitches, at, "vSwitches")
		c.checkPlace("cluster "+cl.Name, cl.Region, cl.VPC, cl.PodVSwitches, at, "podVSwitches")
	}
	c.checkPlace("the control plane", c.Mesh.Region, c.Mesh.VPC, c.Mesh.VSwitches, specPath.Key("mesh"), "vSwitches")
}

func (c *checker) checkPlace(who, region, vpc string, switches []string, at diag.Path, field string) {
	v, vpcKnown := c.vpcs[vpc]
	if vpcKnown && v.Region != region && field == "vSwitches" {
		c.add(diag.New(diag.RegionMismatch, at.Key("vpc"), "%s is in region %s, but VPC %s is in %s", who, region, vpc, v.Region).
			WithFix("name a VPC in %s, or correct the region", region))
	}
	for j, name := range switches {
		s, ok := c.switches[name]
		if in, known := c.vpcs[s.VPC]; vpc == "" && known && in.Region != region {
			c.add(diag.New(diag.RegionMismatch, at.Key(field).Index(j), "%s is in region %s, but vSwitch %s is in %s", who, region, name, in.Region).
				WithFix("name a vSwitch in %s, or correct the region", region))
		}
		if _, known := c.vpcs[s.VPC]; ok && known && vpcKnown && s.VPC != vpc {
			c.add(diag.New(diag.RegionMismatch, at.Key(field).Index(j), "%s is in VPC %s, but vSwitch %s is in VPC %s", who, vpc, name, s.VPC).
				WithFix("name a vSwitch of VPC %s", vpc))
		}
	}
}

// checkAddressing holds a cluster's address fields against its network plugin.
func (c *checker) checkAddressing() {
	for i, cl := range c.Clusters {
		at := specPath.Key("clusters").Index(i)
		if cl.CNI == "terway" && cl.PodCIDR != "" {
			c.add(diag.New(diag.ClusterAddressing, at.Key("podCIDR"), "cluster %s has podCIDR, but with terway pods have addresses of vSwitches", cl.Name).
				WithFix("remove podCIDR, or write cni: flannel"))
		}
		if cl.CNI == "flannel" && len(cl.PodVSwitches) > 0 {
			c.add(diag.New(diag.ClusterAddressing, at.Key("podVSwitches"), "cluster %s has podVSwitches, but with flannel pods have addresses of podCIDR", cl.Name).
				WithFix("remove podVSwitches, or write cni: terway"))
		}
	}
}

func quantity(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
