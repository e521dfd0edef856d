package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// names notes the names of one kind of thing and reports the second use of one.
type names struct {
	c    *checker
	kind string
	fix  string
	seen map[string]diag.Path
}

func (c *checker) namesOf(kind string) *names {
	return &names{c: c, kind: kind, fix: "rename one of the two", seen: map[string]diag.Path{}}
}

// referencesOf is namesOf for a list whose names belong to things elsewhere, so that renaming is no cure.
func (c *checker) referencesOf(kind string) *names {
	return &names{c: c, kind: kind, fix: "remove one of the two", seen: map[string]diag.Path{}}
}

func (n *names) add(name string, path diag.Path) {
	if first, ok := n.seen[name]; ok {
		n.c.add(diag.New(diag.DuplicateName, path, "%s %s stands twice", n.kind, name).
			WithFix("%s", n.fix).WithRelated(first, "it stands here first"))
		return
	}
	n.seen[name] = path
}

func (c *checker) checkNames() {
	clusters, ids := c.namesOf("cluster"), c.namesOf("cluster id")
	ids.fix = "correct one of the two"
	for i, cl := range c.Clusters {
		at := specPath.Key("clusters").Index(i)
		clusters.add(cl.Name, at.Key("name"))
		if cl.ID != "" {
			ids.add(cl.ID, at.Key("id"))
		}
		c.checkSwitchNames(cl.VSwitches, at.Key("vSwitches"))
		c.checkSwitchNames(cl.PodVSwitches, at.Key("podVSwitches"))
		zones := c.referencesOf("zone")
		for j, zone := range cl.Zones {
			zones.add(zone, at.Key("zones").Index(j))
		}
	}
	c.checkSwitchNames(c.Mesh.VSwitches, specPath.Key("mesh").Key("vSwitches"))
	services, objects := c.namesOf("service"), c.namesOf("VirtualService")
	for i, s := range c.Services {
		at := specPath.Key("services").Index(i)
		services.add(s.Namespace+"/"+s.Name, at.Key("name"))
		if len(s.HTTP) > 0 {
			objects.add(s.Namespace+"/"+s.Name, at.Key("http"))
		}
		c.checkPortNames(s.Ports, at.Key("ports"))
	}
	for i, r := range c.Routes {
		objects.add(r.Namespace+"/"+r.Name, specPath.Key("routes").Index(i).Key("name"))
	}
	c.checkGatewayNames()
	c.checkNetworkNames()
	c.checkComponentNames()
}

// checkComponentNames wants components that tell themselves apart: by path, or where one path stands twice, by name.
func (c *checker) checkComponentNames() {
	names := c.namesOf("component")
	for i, o := range c.Components {
		at := specPath.Key("components").Index(i)
		if o.Name != "" {
			names.add(o.Name, at.Key("name"))
		}
		first := slices.IndexFunc(c.Components, func(other mesh.ComponentSpec) bool { return other.Path == o.Path })
		if first < i && (o.Name == "" || c.Components[first].Name == "") {
			c.add(diag.New(diag.DuplicateName, at.Key("path"), "component %s stands twice", o.Path).
				WithFix("remove one of the two, or give each a name of its own").WithRelated(specPath.Key("components").Index(first).Key("path"), "it stands here first"))
		}
	}
}

func (c *checker) checkSwitchNames(list []string, at diag.Path) {
	switches := c.referencesOf("vSwitch")
	for i, name := range list {
		switches.add(name, at.Index(i))
	}
}

func (c *checker) checkPortNames(ports []mesh.Port, at diag.Path) {
	byName, byNumber := c.namesOf("port"), c.referencesOf("port number")
	for i, p := range ports {
		byName.add(p.Name, at.Index(i).Key("name"))
		byNumber.add(fmt.Sprintf("%d/%s", p.Port, p.Protocol), at.Index(i).Key("port"))
	}
}

func (c *checker) checkGatewayNames() {
	gateways, listeners := c.namesOf("gateway"), c.namesOf("listener")
	for i, g := range c.Gateways {
		at := specPath.Key("gateways").Index(i)
		gateways.add(g.Name, at.Key("name"))
		c.checkGatewayPorts(g.Settings, at)
		clusters, overrides := c.referencesOf("cluster"), c.referencesOf("override for cluster")
		for j, name := range g.Clusters {
			clusters.add(name, at.Key("clusters").Index(j))
		}
		for j, o := range g.Overrides {
			overrides.add(o.Cluster, at.Key("overrides").Index(j).Key("cluster"))
			c.checkGatewayPorts(o.Settings, at.Key("overrides").Index(j))
		}
		for j, l := range g.Listeners {
			listeners.add(l.Namespace+"/"+l.Name, at.Key("listeners").Index(j).Key("name"))
		}
	}
}

// checkGatewayPorts holds the ports of a gateway's Service, which may not double by name, nor by number and protocol.
func (c *checker) checkGatewayPorts(settings map[string]any, at diag.Path) {
	for _, field := range []string{"ports", "meshExpansionPorts"} {
		byName, byNumber := c.namesOf("port"), c.referencesOf("port number")
		list, _ := settings[field].([]any)
		for i, p := range list {
			if name, ok := dig(p, "name").(string); ok {
				byName.add(name, at.Key(field).Index(i).Key("name"))
			}
			protocol, _ := dig(p, "protocol").(string)
			if n, ok := dig(p, "port").(int64); ok {
				byNumber.add(fmt.Sprintf("%d/%s", n, cmp.Or(protocol, "TCP")), at.Key(field).Index(i).Key("port"))
			}
		}
	}
}

func (c *checker) checkNetworkNames() {
	if c.Network == nil {
		return
	}
	at := specPath.Key("network")
	vpcs, switches := c.namesOf("VPC"), c.namesOf("vSwitch")
	for i, v := range c.Network.VPCs {
		vpcs.add(v.Name, at.Key("vpcs").Index(i).Key("name"))
	}
	for i, v := range c.Network.VSwitches {
		switches.add(v.Name, at.Key("vSwitches").Index(i).Key("name"))
	}
	if c.Network.CEN == nil {
		return
	}
	routers, regions := c.namesOf("transit router"), c.referencesOf("a transit router in region")
	for i, r := range c.Network.CEN.TransitRouters {
		routers.add(r.Name, at.Key("cen").Key("transitRouters").Index(i).Key("name"))
		regions.add(r.Region, at.Key("cen").Key("transitRouters").Index(i).Key("region"))
	}
	links := c.referencesOf("a link between")
	for i, l := range c.Network.CEN.Links {
		pair := slices.Sorted(slices.Values(l.Between))
		links.add(strings.Join(pair, " and "), at.Key("cen").Key("links").Index(i).Key("between"))
	}
}

// refer reports a name that is not among the known ones.
func refer[V any](c *checker, kind, name string, known map[string]V, path diag.Path) bool {
	_, ok := known[name]
	if !ok && !c.full() {
		c.add(suggest(diag.New(diag.UnknownReference, path, "there is no %s %s", kind, name), kind, name, sortedKeys(known)))
	}
	return ok
}

// referQualified is refer for names of the form namespace/name, of which those in the given namespace may be short.
func referQualified[V any](c *checker, kind, ref, namespace string, known map[string]V, path diag.Path) bool {
	if _, ok := known[mesh.Qualified(ref, namespace)]; ok {
		return true
	}
	if c.full() {
		return false
	}
	short := map[string]V{}
	for k, v := range known {
		short[strings.TrimPrefix(k, namespace+"/")] = v
	}
	return refer(c, kind, strings.TrimPrefix(ref, namespace+"/"), short, path)
}

// suggest completes a finding about a name with the candidate that was probably meant, or with what there is.
func suggest(f diag.Finding, kind, name string, candidates []string) diag.Finding {
	for _, full := range candidates {
		if strings.HasSuffix(full, "/"+name) {
			return f.WithFix("did you mean %s?", full).WithProposed(proposed(f, full))
		}
	}
	near, ok := diag.Nearest(name, candidates)
	switch {
	case ok && len(name) > 2: // v2 is not a slip for v1
		return f.WithFix("did you mean %s?", near).WithProposed(proposed(f, near))
	case len(candidates) == 0:
		return f.WithFix("add the %s %s to the topology; it has none yet", kind, name)
	default:
		return f.WithFix("use %s, or add the %s %s", some(candidates, "or"), kind, name)
	}
}

// proposed is a name as the value that is proposed for a finding's field; where the field is called so, it is no value.
func proposed(f diag.Finding, name string) any {
	if f.AtKey {
		return nil
	}
	return name
}

// sentence joins names as a sentence does: a, b and c.
func sentence(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// some lists at most five names, joined by "or" or "and".
func some(list []string, word string) string {
	if len(list) > 5 {
		return strings.Join(list[:5], ", ") + fmt.Sprintf(" %s %d more", map[string]string{"or": "or one of", "and": "and"}[word], len(list)-5)
	}
	if word == "and" {
		return sentence(list)
	}
	return strings.Join(list, " or ")
}

func (c *checker) checkReferences() {
	for i, cl := range c.Clusters {
		c.referNetwork(cl.VPC, cl.VSwitches, specPath.Key("clusters").Index(i))
		for j, v := range cl.PodVSwitches {
			refer(c, "vSwitch", v, c.switches, specPath.Key("clusters").Index(i).Key("podVSwitches").Index(j))
		}
	}
	c.referNetwork(c.Mesh.VPC, c.Mesh.VSwitches, specPath.Key("mesh"))
	if c.Network != nil {
		for i, v := range c.Network.VSwitches {
			refer(c, "VPC", v.VPC, c.vpcs, specPath.Key("network").Key("vSwitches").Index(i).Key("vpc"))
		}
	}
	for _, s := range c.order {
		for j, call := range s.Calls {
			at := s.path.Key("calls").Index(j)
			if call.Mapping {
				at = at.Key("service")
			}
			referQualified(c, "service", call.Service, s.Namespace, c.services, at)
		}
	}
	for i, o := range c.Overlays {
		for j, r := range o.Regions {
			refer(c, "cluster in region", r, c.chosenRegions(), specPath.Key("overlays").Index(i).Key("regions").Index(j))
		}
	}
	for i, o := range c.Components {
		for j, r := range o.Regions {
			refer(c, "cluster in region", r, c.chosenRegions(), specPath.Key("components").Index(i).Key("regions").Index(j))
		}
	}
}

func (c *checker) chosenRegions() map[string]bool {
	all := maps.Clone(c.regions)
	if !c.isIstio() {
		all[c.Mesh.Region] = true
	}
	return all
}

func (c *checker) referNetwork(vpc string, switches []string, at diag.Path) {
	if vpc != "" {
		refer(c, "VPC", vpc, c.vpcs, at.Key("vpc"))
	}
	for j, v := range switches {
		refer(c, "vSwitch", v, c.switches, at.Key("vSwitches").Index(j))
	}
}

func (c *checker) checkLinks() {
	if c.Network == nil || c.Network.CEN == nil {
		return
	}
	for i, l := range c.Network.CEN.Links {
		at := specPath.Key("network").Key("cen").Key("links").Index(i).Key("between")
		if len(l.Between) == 2 && l.Between[0] == l.Between[1] {
			c.add(diag.New(diag.DuplicateName, at.Index(1), "the link joins region %s with itself", l.Between[0]).WithFix("name two regions"))
		}
		for j, region := range l.Between {
			c.checkLinkEnd(region, at.Index(j))
		}
	}
}

// checkLinkEnd reports a region without a transit router. Where the topology has something in the region it is no slip of the
// pen: the router is what is missing.
func (c *checker) checkLinkEnd(region string, at diag.Path) {
	if !c.regions[region] && region != c.Mesh.Region {
		refer(c, "transit router in region", region, c.routers, at)
		return
	}
	if !c.routers[region] {
		c.add(diag.New(diag.UnknownReference, at, "there is no transit router in region %s: the link joins nothing, and adding the clusters there to ASM fails", region).
			WithFix("add {name: router-%s, region: %s} to network.cen.transitRouters", region, region))
	}
}
