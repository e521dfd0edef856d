package check

import (
	"fmt"
	"slices"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkReach turns what is in the way of control plane and clusters into findings.
func (c *checker) checkReach(r mesh.Reach) {
	for _, b := range r.Gaps {
		c.add(c.missing(b))
	}
	if names := namesOf(r.Unpublished); len(names) > 0 {
		at, key := specPath.Key("network"), true
		if len(names) == 1 {
			at, key = c.clusterPath(names[0]).Key("podCIDR"), false
		} else if c.Network.CEN != nil {
			at = at.Key("cen")
		}
		found := diag.New(diag.UnpublishedRoutes, at, "CEN does not learn the routes to the pods of %s: with flannel they lead to nodes, and requests from another VPC do not arrive", some(names, "and")).
			WithFix("publish the route of each node's pods to CEN (alicloud_cen_route_entry, or the API's PublishRouteEntries), and again for each new node; or write cni: terway, whose pods have vSwitch addresses")
		found.AtKey = key
		c.add(found)
	}
	for _, cl := range r.Unadmitted {
		field := "podCIDR"
		if cl.CNI == "terway" {
			field = "vSwitches"
		}
		c.add(diag.New(diag.UnknownPodRange, c.clusterPath(cl.Name), "cluster %s talks with others, but the addresses of its pods are not known, so no security group can let them in", cl.Name).
			WithFix("add %s to the cluster", field))
	}
}

func namesOf(list []*mesh.Cluster) []string {
	var names []string
	for _, c := range list {
		names = append(names, c.Name)
	}
	return names
}

func (c *checker) clusterPath(name string) diag.Path {
	return specPath.Key("clusters").Index(slices.IndexFunc(c.Clusters, func(cl mesh.ClusterSpec) bool { return cl.Name == name }))
}

// defaultBandwidth is the tutorial's, in Mbit/s.
const defaultBandwidth = 100

// missing says what is missing, what fails for want of it, and what to add.
func (c *checker) missing(b mesh.Barrier) diag.Finding {
	at := specPath.Key("network")
	told := func(at diag.Path, format string, args ...any) diag.Finding {
		return atKey(diag.New(diag.NoPath, at, "%s: %s", fmt.Sprintf(format, args...), c.consequence(b)))
	}
	switch b.Kind {
	case mesh.NoCEN:
		what := fmt.Sprintf("between %s and %s", b.A, b.B)
		if b.A == b.B {
			what = "between the VPCs of " + b.A
		}
		return told(at, "there is no CEN %s", what).WithFix("add network.cen with a transit router in each region and links between them, or put both into one VPC")
	case mesh.NoRouter:
		row := map[string]any{"name": "router-" + b.A, "region": b.A}
		rows := []any{}
		for _, r := range c.Network.CEN.TransitRouters {
			rows = append(rows, map[string]any{"name": r.Name, "region": r.Region})
		}
		return told(at.Key("cen").Key("transitRouters"), "there is no transit router in %s", b.A).
			WithFix("add {name: router-%s, region: %s}", b.A, b.A).WithProposed(append(rows, row))
	case mesh.NoAttachment:
		i := slices.IndexFunc(c.Network.VPCs, func(v mesh.VPCSpec) bool { return v.Name == b.VPC })
		found := told(at.Key("vpcs").Index(i), "VPC %s has no vSwitch, and so is not attached to the transit router in %s", b.VPC, b.A).
			WithFix("add a vSwitch of VPC %s to network.vSwitches", b.VPC)
		found.AtKey = false
		return found
	case mesh.NoLink:
		rows := []any{}
		for _, l := range append(slices.Clone(c.Network.CEN.Links), mesh.LinkSpec{Between: []string{b.A, b.B}, BandwidthMbps: defaultBandwidth}) {
			rows = append(rows, map[string]any{"between": []any{l.Between[0], l.Between[1]}, "bandwidthMbps": int64(l.BandwidthMbps)})
		}
		return told(at.Key("cen").Key("links"), "there is no link between %s and %s", b.A, b.B).
			WithFix("add {between: [%s, %s], bandwidthMbps: %d} to network.cen.links, or another bandwidth", b.A, b.B, defaultBandwidth).WithProposed(rows)
	default:
		i := slices.IndexFunc(c.Network.CEN.Links, func(l mesh.LinkSpec) bool { return slices.Contains(l.Between, b.A) && slices.Contains(l.Between, b.B) })
		found := told(at.Key("cen").Key("links").Index(i).Key("bandwidthMbps"), "the link between %s and %s has no bandwidth", b.A, b.B).
			WithFix("write bandwidthMbps: %d, or another bandwidth above 0", defaultBandwidth).WithProposed(int64(defaultBandwidth))
		found.AtKey = false
		return found
	}
}

// consequence says what fails: what the tutorial's FAQ says of the control plane, and who cannot call whom.
func (c *checker) consequence(b mesh.Barrier) string {
	text := ""
	if names := namesOf(b.Unmanaged); len(names) > 0 {
		what, whom := "cluster", "it"
		if len(names) > 1 {
			what, whom = "clusters", "them"
		}
		text = fmt.Sprintf("adding %s %s to ASM fails, since the control plane in VPC %s cannot reach %s", what, some(names, "and"), c.Mesh.VPC, whom)
	}
	if len(b.Apart) == 0 {
		return text
	}
	if text != "" {
		text += "; "
	}
	return text + fmt.Sprintf("requests between clusters %s and %s do not arrive", b.Apart[0][0].Name, b.Apart[0][1].Name)
}

// checkVPCs reports who is in no VPC, where there are VPCs: nothing can be said of how they are reached.
func (c *checker) checkVPCs() {
	if c.Network == nil {
		return
	}
	for i, cl := range c.Clusters {
		if cl.VPC == "" {
			c.add(c.noVPC(diag.New(diag.NoVPC, specPath.Key("clusters").Index(i), "cluster %s is in no VPC, though the topology has a network", cl.Name), cl.Region))
		}
	}
	c.checkNodes()
	if c.Mesh.VPC == "" && !c.isIstio() {
		found := diag.New(diag.NoVPC, specPath.Key("mesh"), "the control plane is in no VPC, so that its way to the clusters is not checked and its instance not rendered")
		found.Severity = diag.Warning
		c.add(atKey(c.noVPC(found, c.Mesh.Region)))
	}
}

// checkNodes reports clusters that say their VPC but not where in it their nodes are: Terraform cannot make them.
func (c *checker) checkNodes() {
	for i, cl := range c.Clusters {
		if cl.VPC == "" || len(cl.VSwitches) > 0 || cl.Existing {
			continue
		}
		found := diag.New(diag.NoVPC, specPath.Key("clusters").Index(i), "cluster %s has no vSwitches, so that the rendered Terraform asks for its id and does not make it", cl.Name).
			WithFix("add vSwitches: with one of VPC %s, or existing: true", cl.VPC)
		found.Severity = diag.Warning
		c.add(found)
	}
}

func (c *checker) noVPC(f diag.Finding, region string) diag.Finding {
	for _, v := range c.Network.VPCs {
		if v.Region == region {
			return f.WithFix("add vpc: %s, or another VPC in %s", v.Name, region)
		}
	}
	return f.WithFix("add a VPC in %s to network.vpcs, and name it in the field vpc", region)
}

// checkZones is R14: with terway a node takes its pods' addresses from a vSwitch in its own zone. Where a zone is left to the
// cloud nothing is known.
func (c *checker) checkZones() {
	for i, cl := range c.Clusters {
		if cl.CNI != "terway" || len(cl.PodVSwitches) == 0 {
			continue
		}
		at := specPath.Key("clusters").Index(i)
		nodes, nodesKnown := c.zones(cl.VSwitches)
		pods, podsKnown := c.zones(cl.PodVSwitches)
		for j, name := range cl.VSwitches {
			if zone := c.switches[name].Zone; podsKnown && zone != "" && !pods[zone] {
				c.add(diag.New(diag.PodVSwitchZone, at.Key("vSwitches").Index(j), "nodes of cluster %s in vSwitch %s are in zone %s, where it has no vSwitch for pods", cl.Name, name, zone).
					WithFix("add a vSwitch in zone %s to podVSwitches", zone))
			}
		}
		for j, name := range cl.PodVSwitches {
			if zone := c.switches[name].Zone; nodesKnown && zone != "" && !nodes[zone] {
				c.add(diag.New(diag.PodVSwitchZone, at.Key("podVSwitches").Index(j), "vSwitch %s for pods of cluster %s is in zone %s, where the cluster has no nodes", name, cl.Name, zone).
					WithFix("name a vSwitch in zone %s, or add nodes in zone %s", some(sortedKeys(nodes), "or"), zone))
			}
		}
	}
}

// zones gives the zones of vSwitches, and whether those of all are said.
func (c *checker) zones(names []string) (map[string]bool, bool) {
	zones, known := map[string]bool{}, len(names) > 0
	for _, name := range names {
		if v := c.switches[name]; v.Zone != "" {
			zones[v.Zone] = true
		} else {
			known = false
		}
	}
	return zones, known
}
