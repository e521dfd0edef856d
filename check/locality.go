package check

import (
	"fmt"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// rules are the locality rules at one scope, and whom they concern.
type rules struct {
	mesh.LocalityRules
	path    diag.Path
	service *service // nil at mesh scope
}

func (r rules) who() string {
	if r.service == nil {
		return "any service"
	}
	return "service " + r.service.Name
}

// scopes gives the topology's rules and those of services, as written.
func (c *checker) scopes() []rules {
	var all []rules
	if !c.Traffic.Empty() {
		all = append(all, rules{LocalityRules: c.Traffic.LocalityRules, path: specPath.Key("traffic")})
	}
	for _, s := range c.order {
		if s.Locality != nil {
			all = append(all, rules{LocalityRules: s.Locality.LocalityRules, path: s.path.Key("locality"), service: s})
		}
	}
	return all
}

// effective gives the rules that a service is under.
func (c *checker) effective(s *service) mesh.LocalityRules {
	if s.Locality == nil {
		return c.Traffic.LocalityRules
	}
	if s.Locality.Enabled != nil && !*s.Locality.Enabled {
		return mesh.LocalityRules{}
	}
	return s.Locality.LocalityRules
}

// checkLocalities is what istiod checks of each rule (E1 to E8), and the holes it leaves.
func (c *checker) checkLocalities() {
	for _, r := range c.scopes() {
		c.checkModes(r)
		c.checkFailoverRows(r)
		c.checkDistributeRows(r)
		c.checkSources(r)
	}
}

func (c *checker) checkModes(r rules) {
	if len(r.Distribute) > 0 && len(r.Failover) > 0 {
		c.add(diag.New(diag.LocalityModes, r.path.Key("distribute"), "distribute and failover stand at one scope").
			WithFix("keep one of the two; a service can have its own under services[].locality").WithRelated(r.path.Key("failover"), "failover is here"))
	}
	if len(r.Distribute) > 0 && len(r.FailoverPriority) > 0 {
		c.add(diag.New(diag.LocalityModes, r.path.Key("failoverPriority"), "failoverPriority is ignored beside distribute").WithFix("keep one of the two"))
	}
	onMesh := r.service == nil && c.Traffic.Scope == mesh.ScopeMesh
	if onMesh && len(r.FailoverPriority) > 0 {
		c.add(diag.New(diag.PriorityInMesh, r.path.Key("failoverPriority"), "ASM's mesh-wide setting takes no failoverPriority").WithFix("write scope: service, or use services[].locality"))
	}
	if onMesh && len(r.Distribute) > 0 && c.Mesh.Before(mesh.DistributeSince) {
		c.add(diag.New(diag.DistributeVersion, r.path.Key("distribute"), "mesh-wide distribution needs ASM %s or later; mesh %s is %s", mesh.DistributeSince, c.Mesh.Name, c.Mesh.Version).
			WithFix("update the instance and mesh.version, or write scope: service").WithRelated(specPath.Key("mesh").Key("version"), "the version is here"))
	}
	if len(r.Failover) == 0 {
		return
	}
	for i, label := range r.FailoverPriority {
		switch key, _, _ := strings.Cut(label, "="); key {
		case "topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone":
			c.add(diag.New(diag.PriorityRegionKey, r.path.Key("failoverPriority").Index(i), "failoverPriority with %s stands beside failover", key).
				WithFix("remove the label, or remove failover"))
		}
	}
}

func (c *checker) checkFailoverRows(r rules) {
	first := map[string]diag.Path{}
	for i, f := range r.Failover {
		at := r.path.Key("failover").Index(i)
		regions := c.checkRegionOnly(f.From, at.Key("from")) && c.checkRegionOnly(f.To, at.Key("to"))
		if f.From == f.To {
			c.add(diag.New(diag.FailoverSameRegion, at.Key("to"), "failover from %s to itself", f.From).WithFix("name another region"))
		}
		c.checkTwice(first, f.From, at)
		if regions {
			c.checkKnownRegion(f.From, at.Key("from"))
			if c.checkKnownRegion(f.To, at.Key("to")) {
				c.checkSomebodyThere(r, f.To, at.Key("to"))
			}
		}
	}
}

func (c *checker) checkRegionOnly(s string, at diag.Path) bool {
	switch {
	case strings.Contains(s, "*"):
		c.add(diag.New(diag.FailoverRegionOnly, at, "failover %s %q holds a wildcard", at.Last(), s).WithFix("name one region"))
	case strings.Contains(s, "/"):
		c.add(diag.New(diag.FailoverRegionOnly, at, "failover %s %q is not a region", at.Last(), s).WithFix("write %s", strings.Split(s, "/")[0]))
	case s == "":
		c.add(diag.New(diag.LocalitySyntax, at, "failover %s is empty", at.Last()).WithFix("name a region"))
	default:
		return true
	}
	return false
}

func (c *checker) checkTwice(first map[string]diag.Path, from string, at diag.Path) {
	if other, ok := first[from]; ok {
		c.add(diag.New(diag.FailoverTwice, at.Key("from"), "%s has a second row, which is never in force", from).
			WithFix("remove one of the two").WithRelated(other.Key("from"), "the first is here"))
		return
	}
	first[from] = at
}

// checkKnownRegion reports a region without a cluster; regions of the network alone have no endpoints and no clients.
func (c *checker) checkKnownRegion(locality string, at diag.Path) bool {
	region, _, _ := strings.Cut(locality, "/")
	if region == "*" || c.regions[region] {
		return true
	}
	found := diag.New(diag.UnknownLocality, at, "there is no cluster in region %s", region)
	if near, ok := diag.Nearest(region, sortedKeys(c.regions)); ok {
		found = found.WithFix("did you mean %s?", near)
	} else {
		found = found.WithFix("use %s", some(sortedKeys(c.regions)))
	}
	c.add(found)
	return false
}

func (c *checker) checkSomebodyThere(r rules, locality string, at diag.Path) {
	region, _, _ := strings.Cut(locality, "/")
	if region == "*" {
		return
	}
	for _, s := range c.order {
		if (r.service == nil || r.service == s) && s.endpoints[region] > 0 {
			return
		}
	}
	c.add(diag.New(diag.FailoverToNowhere, at, "traffic is sent to %s, but %s has no endpoint there", region, r.who()).
		WithFix("place the service in %s, or name a region where it runs", region))
}

func (c *checker) checkDistributeRows(r rules) {
	first := map[string]diag.Path{}
	var from []string
	for i, d := range r.Distribute {
		at := r.path.Key("distribute").Index(i)
		if c.checkLocality(d.From, at.Key("from")) {
			c.checkKnownRegion(d.From, at.Key("from"))
		}
		c.checkTwice(first, d.From, at)
		c.checkOverlap(d.From, from, at.Key("from"))
		from = append(from, d.From)
		c.checkWeights(r, d, at.Key("to"))
	}
}

func (c *checker) checkWeights(r rules, d mesh.Distribute, at diag.Path) {
	sum, valid := 0, true
	var before []string
	for _, to := range sortedKeys(d.To) {
		weight := d.To[to]
		sum += weight
		if c.checkLocality(to, at.Key(to)) && c.checkKnownRegion(to, at.Key(to)) {
			c.checkSomebodyThere(r, to, at.Key(to))
		}
		c.checkOverlap(to, before, at.Key(to))
		before = append(before, to)
		if weight < 1 || weight > 100 {
			valid = false
			found := diag.New(diag.WeightRange, at.Key(to), "weight %d of %s is not 1 to 100", weight, to).WithFix("write a weight of 1 to 100")
			if weight == 0 {
				found = found.WithFix("remove %s from the row", to)
			}
			c.add(found)
		}
	}
	switch {
	case len(d.To) == 0:
		c.add(diag.New(diag.WeightSum, at, "the row from %s sends traffic nowhere", d.From).WithFix("write at least one locality, weights adding up to 100"))
	case valid && sum != 100:
		c.add(diag.New(diag.WeightSum, at, "the weights of the row from %s add up to %d, not 100", d.From, sum).WithFix("%s", balance(d, sum)))
	}
}

// balance computes the row that was probably meant: the source's own share takes the rest.
func balance(d mesh.Distribute, sum int) string {
	own, ok := d.To[d.From]
	rest := own + 100 - sum
	switch {
	case rest < 1 || rest > 100:
		return "change the weights so that they add up to 100"
	case ok:
		return fmt.Sprintf("write %s: %d", d.From, rest)
	default:
		return fmt.Sprintf("add %s: %d", d.From, rest)
	}
}

// checkLocality is istiod's validateLocalities for one locality.
func (c *checker) checkLocality(s string, at diag.Path) bool {
	parts := strings.Split(s, "/")
	problem := ""
	if len(parts) > 3 {
		problem = "has more than three parts"
	}
	for i, p := range parts {
		switch {
		case p == "":
			problem = "has an empty part"
		case strings.Contains(p, "*") && (p != "*" || i < len(parts)-1):
			problem = "has a * that is not its whole last part"
		}
	}
	if problem != "" {
		c.add(diag.New(diag.LocalitySyntax, at, "locality %q %s", s, problem).WithFix("write region, region/zone or region/zone/subzone, with at most one * as the last part"))
		return false
	}
	return true
}

// checkOverlap reports a locality that overlaps one before it, in any order. Equal ones are reported as a second row.
func (c *checker) checkOverlap(s string, before []string, at diag.Path) {
	for _, b := range before {
		if b != s && (covers(b, s) || covers(s, b)) {
			c.add(diag.New(diag.LocalityOverlap, at, "locality %s overlaps %s; whether istiod takes both depends on their order", s, b).WithFix("remove one of the two"))
			return
		}
	}
}

// covers says whether locality a contains locality b: a part that is missing or * matches all.
func covers(a, b string) bool {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	for i, p := range x {
		if p == "*" {
			return true
		}
		if i >= len(y) || p != y[i] {
			return false
		}
	}
	return true
}
