package render

import "github.com/meshtopo/meshtopo/mesh"

// maxZoneMappings is how many vSwitches a VPC attachment takes.
const maxZoneMappings = 10

// cen adds the CEN instance, its routers with a route table each, and the attachments of VPCs and of peer routers. Every
// attachment is associated with the table of its router and propagates its routes into it, which is what the console's defaults
// do with the system table.
func (p *networkPlan) cen(c *mesh.CEN) {
	s := p.source("cen.tf.json", "spec.network.cen")
	if !c.Existing {
		// REDUCED: ranges of joined VPCs may overlap, but not be the same.
		p.resource(s, p.cenRegion(c), "alicloud_cen_instance", terraformName(c.Name), block{"cen_instance_name": c.Name, "protection_level": "REDUCED"})
	}
	for _, r := range c.Routers {
		if !r.Existing {
			p.resource(s, r.Region, "alicloud_cen_transit_router", terraformName(r.Region), block{"cen_id": p.cenID(c), "transit_router_name": r.Name})
		}
		p.resource(s, r.Region, "alicloud_cen_transit_router_route_table", terraformName(r.Region),
			block{"transit_router_id": p.routerID(r), "transit_router_route_table_name": "mesh"})
		for _, v := range r.VPCs {
			p.attachVPC(s, c, r, v)
		}
	}
	for _, l := range c.Links {
		p.link(s, c, l)
	}
}

// cenRegion is the region whose provider makes the CEN instance, which is in none.
func (p *networkPlan) cenRegion(c *mesh.CEN) string {
	if len(c.Routers) > 0 {
		return c.Routers[0].Region
	}
	return p.mesh.Control.Region
}

func (p *networkPlan) cenID(c *mesh.CEN) expression {
	if c.Existing {
		return p.id("cen", c.Name, "CEN instance")
	}
	return expression("alicloud_cen_instance." + terraformName(c.Name) + ".id")
}

// routerID is the router's own id; the resource's id has that of the CEN instance before it.
func (p *networkPlan) routerID(r *mesh.TransitRouter) expression {
	if r.Existing {
		return p.id("router", r.Name, "transit router")
	}
	return expression("alicloud_cen_transit_router." + terraformName(r.Region) + ".transit_router_id")
}

// attachVPC attaches a VPC to the router of its region; one without a vSwitch cannot be.
func (p *networkPlan) attachVPC(s *source, c *mesh.CEN, r *mesh.TransitRouter, v *mesh.VPC) {
	var mappings []block
	for _, vs := range landing(v) {
		mappings = append(mappings, block{"zone_id": p.zoneOf(vs), "vswitch_id": p.vswitchID(vs)})
	}
	if len(mappings) == 0 {
		return
	}
	const kind = "alicloud_cen_transit_router_vpc_attachment"
	p.resource(s, v.Region, kind, terraformName(v.Name), block{
		"cen_id": p.cenID(c), "transit_router_id": p.routerID(r), "vpc_id": p.vpcID(v), "zone_mappings": mappings,
		"transit_router_vpc_attachment_name": attachmentName(v.Name),
		// On in the console, off in the provider: without it the VPC has no way back.
		"auto_publish_route_enabled": true,
	})
	p.route(s, r, terraformName(v.Name), expression(kind+"."+terraformName(v.Name)))
}

// attachmentName gives a name of 2 to 128 characters that begins with a letter, as an attachment must have it.
func attachmentName(vpc string) string {
	if len(vpc) < 2 || vpc[0] < 'a' {
		return "vpc-" + vpc
	}
	return vpc
}

// landing chooses the vSwitches that a router is reached through: one a zone. A vSwitch that names no zone counts only when none
// does, since its zone may be that of another.
func landing(v *mesh.VPC) []*mesh.VSwitch {
	var list, without []*mesh.VSwitch
	zones := map[string]bool{}
	for _, vs := range v.VSwitches {
		switch {
		case vs.Zone == "":
			without = append(without, vs)
		case !zones[vs.Zone] && len(list) < maxZoneMappings:
			zones[vs.Zone] = true
			list = append(list, vs)
		}
	}
	if len(list) == 0 && len(without) > 0 {
		list = without[:1]
	}
	return list
}

// link joins the routers of two regions. Bandwidth is paid by traffic, so that no bandwidth plan is needed. Both routers see the
// attachment under one id.
func (p *networkPlan) link(s *source, c *mesh.CEN, l *mesh.Link) {
	const kind = "alicloud_cen_transit_router_peer_attachment"
	name := terraformName(l.A.Region, l.B.Region)
	p.resource(s, l.A.Region, kind, name, block{
		"cen_id": p.cenID(c), "transit_router_id": p.routerID(l.A),
		"peer_transit_router_id": p.routerID(l.B), "peer_transit_router_region_id": l.B.Region,
		"bandwidth": l.BandwidthMbps, "bandwidth_type": "DataTransfer", "auto_publish_route_enabled": true,
		"transit_router_peer_attachment_name": l.A.Region + "-" + l.B.Region,
	})
	for _, r := range []*mesh.TransitRouter{l.A, l.B} {
		p.route(s, r, terraformName(l.A.Region, l.B.Region, r.Region), expression(kind+"."+name))
	}
}

// route associates an attachment with a router's table and propagates its routes into it.
func (p *networkPlan) route(s *source, r *mesh.TransitRouter, name string, attachment expression) {
	for _, kind := range []string{"alicloud_cen_transit_router_route_table_association", "alicloud_cen_transit_router_route_table_propagation"} {
		p.routes = append(p.routes, p.resource(s, r.Region, kind, name, block{
			"transit_router_attachment_id":  attachment + ".transit_router_attachment_id",
			"transit_router_route_table_id": expression("alicloud_cen_transit_router_route_table." + terraformName(r.Region) + ".transit_router_route_table_id"),
		}))
	}
}
