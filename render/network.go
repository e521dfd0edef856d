package render

import (
	"fmt"
	"maps"
	"slices"

	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// The network target is Terraform for the provider aliyun/alicloud. What the arguments mean, which must be there and what is
// left to defaults was read in the provider's own pages and schemas (aliyun/terraform-provider-alicloud at 81c43b6, 1.289.0
// released): vpc, vswitch, cen_instance, cen_transit_router with its attachments, route tables, associations and propagations,
// security_group_rule, cs_managed_kubernetes, cs_kubernetes_node_pool, service_mesh_service_mesh, and the data sources zones,
// vswitches and instance_types. None of it was applied to an account; docs/network.md says what follows from that.
const (
	providerSource = "aliyun/alicloud"
	// transit_router_peer_attachment_name is the youngest argument in use.
	providerVersion = ">= 1.247.0, < 2.0.0"
	// The oldest that the files were thought through for; nothing in them is younger.
	terraformVersion = ">= 1.3.0"
)

// networkPlan is the Terraform of one network while it is made.
type networkPlan struct {
	mesh      *mesh.Mesh
	sources   map[string]*source
	variables block
	regions   map[string]bool // provider aliases in use
	zones     map[string]bool // regions whose list of zones is asked for
	routes    []string        // addresses of what makes the routes between VPCs
}

// network renders the network target.
func (r *Rendering) network() (manifest.Target, error) {
	p := &networkPlan{mesh: r.mesh, sources: map[string]*source{}, variables: block{}, regions: map[string]bool{}, zones: map[string]bool{}}
	for _, v := range r.mesh.Network.VPCs {
		p.vpc(v)
	}
	if r.mesh.Network.CEN != nil {
		p.cen(r.mesh.Network.CEN)
	}
	for _, c := range r.mesh.Clusters {
		p.cluster(c)
	}
	if r.mesh.Istio == nil {
		p.serviceMesh()
	}
	p.security()
	p.common()
	files, err := orderedFiles(p.sources)
	if err != nil {
		return manifest.Target{}, fmt.Errorf("target %s: %w", mesh.NetworkTarget, err)
	}
	return manifest.Target{Name: mesh.NetworkTarget, Files: files}, nil
}

// source gives the file of a path, a new one when there is none.
func (p *networkPlan) source(path, from string) *source {
	s := p.sources[path]
	if s == nil {
		s = &source{path: path, from: from, root: block{}}
		p.sources[path] = s
	}
	return s
}

// resource adds a resource in a region and gives its address.
func (p *networkPlan) resource(s *source, region, kind, name string, body block) string {
	body["provider"] = p.provider(region)
	s.add(body, "resource", kind, name)
	return kind + "." + name
}

func (p *networkPlan) data(s *source, region, kind, name string, body block) {
	body["provider"] = p.provider(region)
	s.add(body, "data", kind, name)
}

func (p *networkPlan) provider(region string) string {
	p.regions[region] = true
	return "alicloud." + terraformName(region)
}

// variable declares a variable and gives the expression of its value.
func (p *networkPlan) variable(body block, labels ...string) expression {
	name := terraformName(labels...)
	p.variables[name] = body
	return expression("var." + name)
}

// id declares the variable that names something that is there already.
func (p *networkPlan) id(kind, name, what string) expression {
	return p.variable(block{"type": "string", "description": "id of " + what + " " + name}, kind, name, "id")
}

// common adds what the other files refer to: provider aliases, variables and lists of zones.
func (p *networkPlan) common() {
	versions := p.source("versions.tf.json", "spec.network")
	versions.root["terraform"] = block{
		"required_version":   terraformVersion,
		"required_providers": block{"alicloud": block{"source": providerSource, "version": providerVersion}},
	}
	zones := p.source("zones.tf.json", "spec.network.vSwitches")
	for region := range p.zones {
		p.data(zones, region, "alicloud_zones", terraformName(region), block{"available_resource_creation": "VSwitch"})
	}
	var aliases []block
	for _, region := range slices.Sorted(maps.Keys(p.regions)) {
		aliases = append(aliases, block{"alias": terraformName(region), "region": region})
	}
	if len(aliases) > 0 {
		p.source("providers.tf.json", "spec.network").root["provider"] = block{"alicloud": aliases}
	}
	if len(p.variables) > 0 {
		p.source("variables.tf.json", "spec").root["variable"] = p.variables
	}
}

// vpc adds a VPC and its vSwitches.
func (p *networkPlan) vpc(v *mesh.VPC) {
	s := p.source("vpc-"+v.Name+".tf.json", fromEntry("network.vpcs", "", v.Name))
	if !v.Existing {
		p.resource(s, v.Region, "alicloud_vpc", terraformName(v.Name), block{"vpc_name": v.Name, "cidr_block": v.CIDR.String()})
	}
	for _, vs := range v.VSwitches {
		p.vswitch(s, vs)
	}
}

func (p *networkPlan) vswitch(s *source, v *mesh.VSwitch) {
	if v.Existing {
		if v.Zone == "" {
			p.data(s, v.VPC.Region, "alicloud_vswitches", terraformName(v.Name), block{"ids": []expression{p.vswitchID(v)}})
		}
		return
	}
	body := block{"vswitch_name": v.Name, "vpc_id": p.vpcID(v.VPC), "cidr_block": v.CIDR.String(), "zone_id": p.zone(v)}
	if v.Zone == "" {
		body["//"] = "the list of zones changes when one is sold out; a vSwitch stays where it was made"
		body["lifecycle"] = block{"ignore_changes": []string{"zone_id"}}
	}
	p.resource(s, v.VPC.Region, "alicloud_vswitch", terraformName(v.Name), body)
}

func (p *networkPlan) vpcID(v *mesh.VPC) expression {
	if v.Existing {
		return p.id("vpc", v.Name, "VPC")
	}
	return expression("alicloud_vpc." + terraformName(v.Name) + ".id")
}

func (p *networkPlan) vswitchID(v *mesh.VSwitch) expression {
	if v.Existing {
		return p.id("vswitch", v.Name, "vSwitch")
	}
	return expression("alicloud_vswitch." + terraformName(v.Name) + ".id")
}

func (p *networkPlan) vswitchIDs(list []*mesh.VSwitch) []expression {
	var ids []expression
	for _, v := range list {
		ids = append(ids, p.vswitchID(v))
	}
	return ids
}

// zoneOf is the zone that a vSwitch is in.
func (p *networkPlan) zoneOf(v *mesh.VSwitch) any {
	switch {
	case v.Zone != "":
		return v.Zone
	case v.Existing:
		return expression("data.alicloud_vswitches." + terraformName(v.Name) + ".vswitches[0].zone_id")
	}
	return expression("alicloud_vswitch." + terraformName(v.Name) + ".zone_id")
}

// zone is the zone as written, or the first of the region: all vSwitches that name none are in one zone, since the vSwitches of
// pods must be in those of the nodes.
func (p *networkPlan) zone(v *mesh.VSwitch) any {
	if v.Zone != "" {
		return v.Zone
	}
	p.zones[v.VPC.Region] = true
	return expression("data.alicloud_zones." + terraformName(v.VPC.Region) + ".zones[0].id")
}
