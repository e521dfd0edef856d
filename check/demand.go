package check

import (
	"slices"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkDemand holds demand against the gateways that it enters through.
func (c *checker) checkDemand() {
	for i, d := range c.Demand {
		at := specPath.Key("demand").Index(i)
		entries, ok := c.checkEntry(d, at)
		if !ok {
			continue
		}
		regions := c.referencesOf("failover region")
		for j, region := range d.Failover {
			regions.add(region, at.Key("failover").Index(j))
			c.checkDemandFailover(region, entries, at.Key("failover").Index(j))
		}
	}
}

// entry is an ingress gateway in a cluster.
type entry struct{ gateway, cluster, region string }

// ingress gives where requests can enter.
func (c *checker) ingress() []entry {
	var list []entry
	for _, g := range c.Gateways {
		for _, cluster := range g.Clusters {
			if cl, ok := c.clusters[cluster]; ok && g.GatewayType != mesh.GatewayEgress {
				list = append(list, entry{g.Name, cluster, cl.Region})
			}
		}
	}
	return list
}

// checkEntry gives where demand enters; ok is false when it has reported that it cannot.
func (c *checker) checkEntry(d mesh.DemandSpec, at diag.Path) (entries []entry, ok bool) {
	if d.Gateway == "" && d.Region == "" {
		c.add(diag.New(diag.DemandReference, at, "the demand says neither through which gateway nor in which region it comes in").WithFix("add gateway, region or both"))
		return nil, false
	}
	entries = c.ingress()
	if d.Gateway != "" {
		if !c.checkDemandGateway(d.Gateway, at.Key("gateway")) {
			return nil, false
		}
		entries = slices.DeleteFunc(entries, func(e entry) bool { return e.gateway != d.Gateway })
	}
	if d.Region == "" {
		return entries, true
	}
	in := slices.DeleteFunc(slices.Clone(entries), func(e entry) bool { return e.region != d.Region })
	if len(in) == 0 {
		what := "an ingress gateway"
		if d.Gateway != "" {
			what = "gateway " + d.Gateway
		}
		c.add(c.noEntry(d.Region, what, entries, at.Key("region")))
	}
	return in, len(in) > 0
}

func (c *checker) checkDemandGateway(name string, at diag.Path) bool {
	var names []string
	for _, g := range c.Gateways {
		if g.GatewayType != mesh.GatewayEgress {
			names = append(names, g.Name)
		} else if g.Name == name {
			c.add(diag.New(diag.DemandReference, at, "gateway %s lets requests out, and none in: its type is egress", name).WithFix("name an ingress gateway"))
			return false
		}
	}
	return c.known(diag.New(diag.DemandReference, at, "there is no ingress gateway %s", name), "ingress gateway", name, names)
}

// noEntry is about a region where nothing lets requests in; entries are those elsewhere.
func (c *checker) noEntry(region, what string, entries []entry, at diag.Path) diag.Finding {
	var regions []string
	for _, e := range entries {
		regions = append(regions, e.region)
	}
	slices.Sort(regions)
	regions = slices.Compact(regions)
	if !c.regions[region] {
		return suggest(diag.New(diag.DemandReference, at, "there is no cluster in region %s", region), "cluster in region", region, regions)
	}
	found := diag.New(diag.DemandReference, at, "no cluster in region %s has %s", region, what)
	if len(regions) == 0 {
		return found.WithFix("add a gateway in region %s", region)
	}
	return found.WithFix("use %s, or add a cluster of region %s to a gateway", some(regions, "or"), region)
}

// checkDemandFailover holds a region that demand goes to against where it enters while all is up.
func (c *checker) checkDemandFailover(region string, entries []entry, at diag.Path) {
	in := slices.DeleteFunc(c.ingress(), func(e entry) bool { return e.region != region })
	switch {
	case len(in) == 0:
		c.add(c.noEntry(region, "an ingress gateway", c.ingress(), at))
	case !slices.ContainsFunc(in, func(e entry) bool { return !slices.Contains(entries, e) }):
		c.add(diag.New(diag.DemandReference, at, "the demand enters through every gateway in region %s already, so it cannot fail over to there", region).
			WithFix("name another region, or remove %s", region))
	}
}

// known adds the finding about a name that is not among the names of its kind, with what may be meant.
func (c *checker) known(f diag.Finding, kind, name string, names []string) bool {
	if slices.Contains(names, name) {
		return true
	}
	if !c.full() {
		slices.Sort(names)
		c.add(suggest(f, kind, name, slices.Compact(names)))
	}
	return false
}
