package mesh

import (
	"cmp"
	"net/netip"
	"slices"
)

// Network is the address plan as meant. Lists are in the order of the names.
type Network struct {
	VPCs      []*VPC
	VSwitches []*VSwitch // of all VPCs
	CEN       *CEN       // nil when nothing joins the VPCs

	Probe      bool   // render a Job that tries every peer
	ProbeImage string // has sh, wget and httpd as busybox has them
}

// VPC is a virtual private cloud.
type VPC struct {
	Name      string
	Region    string
	CIDR      netip.Prefix
	Existing  bool // named by id, not made
	VSwitches []*VSwitch
	Router    *TransitRouter // the router of its region that it is attached to; nil without one
}

// VSwitch is a subnet of a VPC.
type VSwitch struct {
	Name     string
	VPC      *VPC
	CIDR     netip.Prefix
	Zone     string // "" when the cloud's list of zones decides
	Existing bool
}

// CEN joins the VPCs of all regions that have a transit router.
type CEN struct {
	Name     string
	Existing bool
	Routers  []*TransitRouter // by region
	Links    []*Link          // by the names of their regions
}

// TransitRouter is the router of one region.
type TransitRouter struct {
	Name     string
	Region   string
	Existing bool
	VPCs     []*VPC
}

// Link joins two routers; A comes before B by region.
type Link struct {
	A, B          *TransitRouter
	BandwidthMbps int
}

// Link gives the link between the routers of two regions, or nil.
func (c *CEN) Link(a, b string) *Link {
	for _, l := range c.Links {
		if l.A.Region == min(a, b) && l.B.Region == max(a, b) {
			return l
		}
	}
	return nil
}

func (b *builder) network() {
	n := b.spec.Network
	if n == nil {
		return
	}
	b.mesh.Network = &Network{}
	for _, v := range sorted(n.VPCs, func(v VPCSpec) string { return v.Name }) {
		b.mesh.Network.VPCs = append(b.mesh.Network.VPCs, &VPC{Name: v.Name, Region: v.Region, CIDR: prefix(v.CIDR), Existing: v.Existing})
	}
	for _, v := range sorted(n.VSwitches, func(v VSwitchSpec) string { return v.Name }) {
		if vpc := b.mesh.Network.VPC(v.VPC); vpc != nil {
			vSwitch := &VSwitch{Name: v.Name, VPC: vpc, CIDR: prefix(v.CIDR), Zone: v.Zone, Existing: v.Existing}
			vpc.VSwitches = append(vpc.VSwitches, vSwitch)
			b.mesh.Network.VSwitches = append(b.mesh.Network.VSwitches, vSwitch)
		}
	}
	if n.CEN != nil {
		b.cen(n.CEN)
	}
	b.mesh.VPC = b.mesh.Network.VPC(b.spec.Mesh.VPC)
	b.mesh.VSwitches = b.mesh.Network.named(b.spec.Mesh.VSwitches)
	b.mesh.Network.Probe, b.mesh.Network.ProbeImage = n.Probe, n.ProbeImage
}

// prefix is a range that check has accepted; any other is the zero Prefix.
func prefix(s string) netip.Prefix {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

func (b *builder) cen(spec *CENSpec) {
	cen := &CEN{Name: spec.Name, Existing: spec.Existing}
	b.mesh.Network.CEN = cen
	for _, r := range sorted(spec.TransitRouters, func(r TransitRouterSpec) string { return r.Region }) {
		router := &TransitRouter{Name: r.Name, Region: r.Region, Existing: r.Existing}
		for _, v := range b.mesh.Network.VPCs {
			if v.Region == r.Region {
				v.Router = router
				router.VPCs = append(router.VPCs, v)
			}
		}
		cen.Routers = append(cen.Routers, router)
	}
	for _, l := range spec.Links {
		if link := cen.link(l); link != nil {
			cen.Links = append(cen.Links, link)
		}
	}
	slices.SortFunc(cen.Links, func(x, y *Link) int {
		return cmp.Or(cmp.Compare(x.A.Region, y.A.Region), cmp.Compare(x.B.Region, y.B.Region))
	})
}

func (c *CEN) link(l LinkSpec) *Link {
	if len(l.Between) != 2 {
		return nil
	}
	a, b := c.Router(min(l.Between[0], l.Between[1])), c.Router(max(l.Between[0], l.Between[1]))
	if a == nil || b == nil {
		return nil
	}
	return &Link{A: a, B: b, BandwidthMbps: l.BandwidthMbps}
}

// Router gives the transit router of a region, or nil.
func (c *CEN) Router(region string) *TransitRouter {
	for _, r := range c.Routers {
		if r.Region == region {
			return r
		}
	}
	return nil
}

// VPC gives the VPC of a name, or nil.
func (n *Network) VPC(name string) *VPC {
	i, ok := slices.BinarySearchFunc(n.VPCs, name, func(v *VPC, name string) int { return cmp.Compare(v.Name, name) })
	if !ok {
		return nil
	}
	return n.VPCs[i]
}

// VSwitch gives the vSwitch of a name, or nil.
func (n *Network) VSwitch(name string) *VSwitch {
	i, ok := slices.BinarySearchFunc(n.VSwitches, name, func(v *VSwitch, name string) int { return cmp.Compare(v.Name, name) })
	if !ok {
		return nil
	}
	return n.VSwitches[i]
}

// named gives the vSwitches of these names, in the order of the names.
func (n *Network) named(names []string) []*VSwitch {
	var list []*VSwitch
	for _, name := range sorted(names, self) {
		if v := n.VSwitch(name); v != nil {
			list = append(list, v)
		}
	}
	return list
}

// PodRanges gives the addresses that the pods of a cluster have: podCIDR with flannel, those of the pods' vSwitches with terway.
// It is empty when the topology does not say.
func (c *Cluster) PodRanges() []netip.Prefix {
	if c.CNI == "flannel" && c.PodCIDR.IsValid() {
		return []netip.Prefix{c.PodCIDR}
	}
	var list []netip.Prefix
	for _, v := range c.PodVSwitches {
		list = append(list, v.CIDR)
	}
	return list
}
