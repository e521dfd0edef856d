package check

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
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
		c.checkSaid(r)
		c.checkPriorityLabels(r)
		c.checkFailoverRows(r)
		c.checkDistributeRows(r)
		c.checkSources(r)
	}
}

func (c *checker) checkModes(r rules) {
	switch {
	case !r.Compiles():
	case c.isIstio() && (r.service != nil || c.Traffic.Scope == mesh.ScopeService):
		if _, err := c.compile(r); err != nil {
			c.add(atKey(diag.New(diag.WeightsAndFailover, r.path.Key("failover"), "distribute and failover cannot be made one rule: %s", err).
				WithFix("correct failover, or write the rows yourself").WithRelated(r.path.Key("distribute"), "distribute is here")))
		}
	default:
		c.add(atKey(diag.New(diag.LocalityModes, r.path.Key("distribute"), "distribute and failover stand at one scope; istiod refuses both").
			WithFix("keep one of the two; a single service can have the other under services[].locality").WithRelated(r.path.Key("failover"), "failover is here")))
	}
	if len(r.Distribute) > 0 && len(r.FailoverPriority) > 0 {
		c.add(atKey(diag.New(diag.LocalityModes, r.path.Key("failoverPriority"), "failoverPriority stands beside distribute; istiod ignores it there").
			WithFix("keep one of the two").WithRelated(r.path.Key("distribute"), "distribute is here")))
	}
	onMesh := r.service == nil && c.Traffic.Scope == mesh.ScopeMesh && !c.isIstio()
	if onMesh && len(r.FailoverPriority) > 0 {
		c.add(atKey(diag.New(diag.PriorityInMesh, r.path.Key("failoverPriority"), "failoverPriority stands at mesh scope, where ASM is not known to take it").
			WithFix("write scope: service, or move it to services[].locality")))
	}
	if onMesh && len(r.Distribute) > 0 && c.Mesh.Before(mesh.DistributeSince) {
		c.add(atKey(diag.New(diag.DistributeVersion, r.path.Key("distribute"), "mesh-wide distribution needs ASM %s or later; mesh %s is %s", mesh.DistributeSince, c.Mesh.Name, c.Mesh.Version).
			WithFix("update the instance and mesh.version, or write scope: service").WithRelated(specPath.Key("mesh").Key("version"), "the version is here")))
	}
	if len(r.Failover) == 0 {
		return
	}
	for i, label := range r.FailoverPriority {
		switch key, _, _ := strings.Cut(label, "="); key {
		case "topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone":
			c.add(diag.New(diag.PriorityRegionKey, r.path.Key("failoverPriority").Index(i), "%s stands in failoverPriority beside failover; both say which region is next, and istiod refuses it", key).
				WithFix("remove the label, or remove failover").WithRelated(r.path.Key("failover"), "failover is here"))
		}
	}
}

// compile makes one rule of weights and failover. A rule for all services is made for each; whether it can be made does not depend on where they run.
func (c *checker) compile(r rules) ([]mesh.Distribute, error) {
	return r.Compile(sortedKeys(c.regions), func(region string) bool { return r.service == nil || r.service.endpoints[region] > 0 })
}

// rows are the rows of distribute that will be in force, those written first and in their order; none where weights and failover
// stand together and cannot be made one rule, which is reported as such.
func (c *checker) rows(r rules) []mesh.Distribute {
	if !r.Compiles() {
		return r.Distribute
	}
	if !c.isIstio() || r.service == nil && c.Traffic.Scope == mesh.ScopeMesh {
		return r.Distribute
	}
	rows, _ := c.compile(r)
	return rows
}

// checkSaid reports a service's own rule that says nothing, or two things: it replaces the mesh's rule all the same.
func (c *checker) checkSaid(r rules) {
	if r.service == nil {
		return
	}
	switch enabled := r.service.Locality.Enabled; {
	case enabled == nil && r.Empty():
		c.add(atKey(diag.New(diag.LocalitySaysNothing, r.path, "the locality of service %s says nothing, and would replace the mesh's rule for it", r.service.Name).
			WithFix("remove locality, or write failover, distribute or failoverPriority into it; enabled: false switches locality load balancing off")))
	case enabled != nil && !*enabled && !r.Empty():
		c.add(diag.New(diag.LocalitySaysNothing, r.path.Key("enabled"), "locality load balancing is off for service %s, and has rules beside that", r.service.Name).
			WithFix("remove enabled: false, or remove the rules"))
	}
}

// priorityLabel is a label's key, or key=value, as Kubernetes takes them.
var priorityLabel = regexp.MustCompile(`^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?(=([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?)?$`)

func (c *checker) checkPriorityLabels(r rules) {
	for i, label := range r.FailoverPriority {
		if !priorityLabel.MatchString(label) {
			c.add(diag.New(diag.PriorityLabel, r.path.Key("failoverPriority").Index(i), "%q is not a label", label).
				WithFix("write the key of a label, as in topology.kubernetes.io/region, or key=value"))
		}
	}
}

// spot is where a locality is written: a value, or a key of a row's to.
type spot struct {
	path diag.Path
	key  bool
}

func (s spot) finding(rule, format string, args ...any) diag.Finding {
	f := diag.New(rule, s.path, format, args...)
	f.AtKey = s.key
	return f
}

func (c *checker) checkFailoverRows(r rules) {
	first := map[string]diag.Path{}
	for i, f := range r.Failover {
		at := r.path.Key("failover").Index(i)
		from, to := spot{path: at.Key("from")}, spot{path: at.Key("to")}
		if c.checkRegionOnly(f.From, from) {
			c.checkTwice(first, f.From, from.path)
			c.checkKnownRegion(f.From, from)
		}
		switch {
		case !c.checkRegionOnly(f.To, to):
		case f.From == f.To:
			c.add(c.instead(to.finding(diag.FailoverSameRegion, "region %s fails over to itself", f.From), r, f.From, f.From, "name another region, such as %s", "name another region"))
		case c.checkKnownRegion(f.To, to):
			c.checkSomebodyThere(r, f.From, f.To, to)
		}
	}
}

func (c *checker) checkRegionOnly(s string, at spot) bool {
	field := at.path.Last()
	switch {
	case s == "":
		c.add(at.finding(diag.LocalitySyntax, "%s of a failover is empty", field).WithFix("name a region: %s", some(sortedKeys(c.regions), "or")))
	case strings.Contains(s, "*"):
		c.add(at.finding(diag.FailoverRegionOnly, "%s of a failover is a wildcard, %q; it must be one region", field, s).WithFix("name a region: %s", some(sortedKeys(c.regions), "or")))
	case strings.Contains(s, "/"):
		c.add(at.finding(diag.FailoverRegionOnly, "%s of a failover is a zone, %q; it must be a region", field, s).WithFix("write %s", strings.Split(s, "/")[0]).WithProposed(strings.Split(s, "/")[0]))
	default:
		return true
	}
	return false
}

func (c *checker) checkTwice(first map[string]diag.Path, from string, at diag.Path) {
	if other, ok := first[from]; ok {
		c.add(diag.New(diag.FailoverTwice, at, "%s has a second row, which is never in force", from).
			WithFix("remove one of the two").WithRelated(other, "the first is here"))
		return
	}
	first[from] = at
}

// checkKnownRegion reports a region without a cluster; regions of the network alone have no endpoints and no clients.
func (c *checker) checkKnownRegion(locality string, at spot) bool {
	region, _, _ := strings.Cut(locality, "/")
	if region == "*" {
		return true
	}
	if c.regions[region] {
		c.checkKnownZone(locality, at)
		return true
	}
	c.add(suggest(at.finding(diag.UnknownLocality, "there is no cluster in region %s", region), "cluster in region", region, sortedKeys(c.regions)))
	return false
}

// checkSomebodyThere reports a region without endpoints that traffic is sent to; a failover does not go back to where it comes from.
func (c *checker) checkSomebodyThere(r rules, from, locality string, at spot) {
	region, _, _ := strings.Cut(locality, "/")
	if region == "*" || c.runs(r, region) {
		return
	}
	who, what := "no service has an endpoint", "a service"
	if r.service != nil {
		who, what = "service "+r.service.Name+" has no endpoint", "the service"
	}
	place := fmt.Sprintf("place %s in %s, or send the traffic to ", what, region)
	c.add(c.instead(at.finding(diag.FailoverToNowhere, "traffic is sent to %s, but %s there", region, who), r, from, region, place+"%s", place+"another region"))
}

// instead gives a finding at a region with the order to name another one, and which; or another order when there is none.
func (c *checker) instead(f diag.Finding, r rules, from, region, order, otherwise string) diag.Finding {
	other, ok := c.another(r, from, region)
	switch {
	case !ok:
		return f.WithFix("%s", otherwise)
	case f.AtKey: // the field is the weight
		return f.WithFix(order, other)
	default:
		return f.WithFix(order, other).WithProposed(other)
	}
}

// runs says whether the service that the rules concern, or any service at mesh scope, has endpoints in a region.
func (c *checker) runs(r rules, region string) bool {
	return slices.ContainsFunc(c.order, func(s *service) bool {
		return (r.service == nil || r.service == s) && s.endpoints[region] > 0
	})
}

// another proposes a region where traffic can go instead of these.
func (c *checker) another(r rules, not ...string) (string, bool) {
	for _, other := range sortedKeys(c.regions) {
		if !slices.Contains(not, other) && c.runs(r, other) {
			return other, true
		}
	}
	return "", false
}

func (c *checker) checkDistributeRows(r rules) {
	first := map[string]diag.Path{}
	var before []written
	for i, d := range r.Distribute {
		at := r.path.Key("distribute").Index(i)
		from := spot{path: at.Key("from")}
		if c.checkLocality(d.From, from) {
			c.checkTwice(first, d.From, from.path)
			c.checkKnownRegion(d.From, from)
			before = c.checkOverlap(d.From, before, from)
		}
		c.checkShares(r, d, at.Key("to"))
		c.checkSum(d, at.Key("to"))
	}
}

func (c *checker) checkShares(r rules, d mesh.Distribute, at diag.Path) {
	var before []written
	for _, to := range sortedKeys(d.To) {
		key := spot{path: at.Key(to), key: true}
		if c.checkLocality(to, key) {
			before = c.checkOverlap(to, before, key)
			if c.checkKnownRegion(to, key) {
				c.checkSomebodyThere(r, "", to, key)
			}
		}
		if weight := d.To[to]; weight == 0 {
			c.add(diag.New(diag.WeightRange, at.Key(to), "the weight of %s is 0; the least that istiod takes is 1", to).WithFix("remove %s from the row", to))
		} else if weight < 1 || weight > 100 {
			c.add(diag.New(diag.WeightRange, at.Key(to), "the weight of %s is %d; it must be 1 to 100", to, weight).WithFix("write a weight of 1 to 100"))
		}
	}
}

// checkSum holds the weights of a row against 100, unless one of them is no weight at all.
func (c *checker) checkSum(d mesh.Distribute, at diag.Path) {
	sum := 0
	for _, weight := range d.To {
		if weight < 0 || weight > 100 {
			return
		}
		sum += weight
	}
	switch {
	case len(d.To) == 0:
		c.add(atKey(diag.New(diag.WeightSum, at, "the row from %s sends traffic nowhere", d.From).WithFix("name at least one locality, with weights that add up to 100")))
	case sum != 100:
		c.add(atKey(balance(diag.New(diag.WeightSum, at, "the weights of the row from %s add up to %d, not 100", d.From, sum), d, sum)))
	}
}

// balance orders the row that was probably meant: the source's own share takes the rest.
func balance(f diag.Finding, d mesh.Distribute, sum int) diag.Finding {
	own, ok := d.To[d.From]
	rest := own + 100 - sum
	row := maps.Clone(d.To)
	row[d.From] = rest
	switch {
	case ok && rest >= 1 && rest <= 100:
		return f.WithFix("write %s: %d", d.From, rest).WithProposed(weights(row))
	case !ok && rest >= 1 && !overlapsAny(d.From, d.To):
		return f.WithFix("add %s: %d", d.From, rest).WithProposed(weights(row))
	case sum > 100:
		return f.WithFix("take %d off the weights", sum-100)
	}
	return f.WithFix("add %d to one of the weights", 100-sum)
}

func overlapsAny(locality string, to map[string]int) bool {
	for other := range to {
		if covers(locality, other) || covers(other, locality) {
			return true
		}
	}
	return false
}

// checkLocality is istiod's validateLocalities for one locality, which lets a * after other text (cn-*) and a fourth part
// through, though they match nothing.
func (c *checker) checkLocality(s string, at spot) bool {
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
	if problem == "" {
		return true
	}
	c.add(at.finding(diag.LocalitySyntax, "locality %q %s", s, problem).
		WithFix("write region, region/zone or region/zone/subzone; the last part may be *"))
	return false
}

// written is a locality of a list, and where it stands.
type written struct {
	locality string
	path     diag.Path
}

// checkOverlap reports a locality that overlaps one of those before it, and gives these with the locality added. Equal ones
// are reported as a second row.
func (c *checker) checkOverlap(s string, before []written, at spot) []written {
	for _, b := range before {
		if b.locality != s && (covers(b.locality, s) || covers(s, b.locality)) {
			c.add(at.finding(diag.LocalityOverlap, "locality %s overlaps locality %s of the same list; whether istiod takes both depends on their order", s, b.locality).
				WithFix("remove one of the two").WithRelated(b.path, "%s is here", b.locality))
			break
		}
	}
	return append(before, written{s, at.path})
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
