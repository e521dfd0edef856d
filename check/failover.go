package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkFailover holds each service that a locality rule concerns against its outlierDetection.
func (c *checker) checkFailover() {
	if c.isIstio() && c.Mesh.DataPlane == mesh.DataPlaneAmbient {
		return // every rule and policy is refused there
	}
	for _, s := range c.order {
		r := c.effective(s)
		c.look(s)
		if r.Empty() || len(s.endpoints) < 2 {
			continue
		}
		if (len(r.Failover) > 0 || len(r.FailoverPriority) > 0) && c.checkUndetected(s) {
			continue
		}
		c.checkEjections(s)
		c.checkPortPolicies(s)
	}
}

// checkUndetected reports ports that do not fail over since neither the policy nor their own entry has outlierDetection. It says
// whether there is any. Entries that miss what the policy has are checkPortPolicies'.
func (c *checker) checkUndetected(s *service) bool {
	if detects(s.TrafficPolicy) {
		return false
	}
	at, found, entries := s.path.Key("trafficPolicy"), false, s.portEntries()
	proposed := map[string]any{"consecutive5xxErrors": int64(5), "interval": "10s", "baseEjectionTime": "30s", "maxEjectionPercent": int64(s.drains())}
	add := fmt.Sprintf("outlierDetection: {consecutive5xxErrors: 5, interval: 10s, baseEjectionTime: 30s, maxEjectionPercent: %d}", s.drains())
	if s.bare(entries) {
		what := "service " + s.Name
		if len(entries) > 0 {
			what = "apart from portLevelSettings, " + what
		}
		c.add(atKey(diag.New(diag.FailoverNeedsDetection, at, "%s has endpoints in %s but no outlierDetection, so it does not fail over", what, sentence(sortedKeys(s.endpoints))).
			WithFix("add trafficPolicy.%s", add).WithProposed(with(s.TrafficPolicy, "outlierDetection", proposed))))
		found = true
	}
	for _, e := range entries {
		if !detects(e.policy) {
			c.add(diag.New(diag.FailoverNeedsDetection, e.path, "port %d of service %s has endpoints in %s but no outlierDetection, so it does not fail over", e.port, s.Name, sentence(sortedKeys(s.endpoints))).
				WithFix("add %s to the entry", add).WithProposed(with(e.policy, "outlierDetection", proposed)))
			found = true
		}
	}
	return found
}

// detection is the outlierDetection of a policy, or nil.
func detection(policy map[string]any) map[string]any {
	d, _ := policy["outlierDetection"].(map[string]any)
	return d
}

// detects says whether a policy has outlierDetection, or something that was meant to be: its shape is wrong, and reported as such.
func detects(policy map[string]any) bool {
	return policy["outlierDetection"] != nil || misspelt(policy, "outlierDetection")
}

// checkEjections holds each outlierDetection that is in force against the endpoints.
func (c *checker) checkEjections(s *service) {
	entries := s.portEntries()
	if d := detection(s.TrafficPolicy); d != nil && s.bare(entries) {
		c.checkEjection(s, s.path.Key("trafficPolicy").Key("outlierDetection"), d)
	}
	for _, e := range entries {
		if d := detection(e.policy); d != nil {
			c.checkEjection(s, e.path.Key("outlierDetection"), d)
		}
	}
}

// with is a copy of a mapping with one more field: what a field becomes when something is added below it.
func with(m map[string]any, key string, value any) map[string]any {
	all := map[string]any{}
	maps.Copy(all, m)
	all[key] = value
	return all
}

// drains is the least maxEjectionPercent that lets every region be ejected whole, whoever sees it.
func (s *service) drains() int {
	percent, _ := s.worst().drains()
	return percent
}

// defaultMaxEjection is Envoy's default of maxEjectionPercent.
const defaultMaxEjection = 10

func (c *checker) checkEjection(s *service, at diag.Path, detection map[string]any) {
	percent, whole := detection["maxEjectionPercent"].(int64)
	_, written := detection["maxEjectionPercent"]
	what := fmt.Sprintf("maxEjectionPercent %d", percent)
	switch {
	case written && !whole, !written && misspelt(detection, "maxEjectionPercent"):
		return // its shape is wrong, and reported as such
	case !written:
		percent, what = defaultMaxEjection, "maxEjectionPercent is not set; the default of 10"
	case percent == 0: // istiod hands on what is above 0
		percent, what = defaultMaxEjection, "maxEjectionPercent 0 counts as not set; the default of 10"
	}
	if written {
		at = at.Key("maxEjectionPercent")
	}
	seen := s.worst()
	if need, region := seen.drains(); percent < int64(need) {
		found := diag.New(diag.MaxEjectionPercent, at, "%s is too small for %s to drain, where service %s has %d of its %s", what, region, s.Name, seen.hosts[region], quantity(seen.total, "endpoint"))
		if seen.network != "" {
			found.Message += ", as network " + seen.network + " sees it"
		}
		found.AtKey = !written
		found = found.WithFix("set maxEjectionPercent to %d or more", need).WithProposed(int64(need))
		if !written {
			found.Proposed = with(detection, "maxEjectionPercent", int64(need))
		}
		c.add(found)
	}
}

// misspelt says whether a mapping has a field that was probably meant to be this one.
func misspelt(m map[string]any, field string) bool {
	for key := range m {
		if _, near := diag.Nearest(key, []string{field}); near {
			return true
		}
	}
	return false
}

// inRule says whether the service's locality rules stand in its DestinationRule.
func (c *checker) inRule(s *service) bool {
	return s.Locality != nil || c.Traffic.Scope == mesh.ScopeService && !c.Traffic.Empty()
}

func (c *checker) rulePath(s *service) diag.Path {
	if s.Locality != nil {
		return s.path.Key("locality")
	}
	return specPath.Key("traffic")
}

// checkPolicies holds outlierDetection and loadBalancer of each trafficPolicy against what is known to go wrong.
func (c *checker) checkPolicies() {
	for _, s := range c.order {
		at := s.path.Key("trafficPolicy")
		c.checkBlocks(s, s.TrafficPolicy, at)
		c.checkPortNumbers(s)
		entries, _ := s.TrafficPolicy["portLevelSettings"].([]any)
		for i, e := range entries {
			block, _ := e.(map[string]any)
			c.checkBlocks(s, block, at.Key("portLevelSettings").Index(i))
		}
	}
}

func (c *checker) checkBlocks(s *service, policy map[string]any, at diag.Path) {
	for _, field := range []string{"consecutive5xxErrors", "consecutiveGatewayErrors"} {
		if dig(policy, "outlierDetection", field) == int64(1) {
			c.add(diag.New(diag.ConsecutiveErrors, at.Key("outlierDetection").Key(field), "%s 1 ejects an endpoint of service %s on a single error", field, s.Name).
				WithFix("set %s to 3 or more", field).WithProposed(int64(3)))
		}
	}
	if dig(policy, "loadBalancer", "localityLbSetting") != nil {
		found := diag.New(diag.LocalityInPolicy, at.Key("loadBalancer").Key("localityLbSetting"), "localityLbSetting stands in the trafficPolicy of service %s, where it would replace the rules of the topology", s.Name).
			WithFix("write it under services[].locality, with the same fields")
		found.AtKey = true
		c.add(found)
	}
	if dig(policy, "loadBalancer", "zoneAwareLbSetting") != nil && c.inRule(s) {
		c.add(atKey(diag.New(diag.ZoneAwareTwice, at.Key("loadBalancer").Key("zoneAwareLbSetting"), "service %s has zoneAwareLbSetting and locality rules in one DestinationRule; istiod refuses both", s.Name).
			WithFix("keep one of the two").WithRelated(c.rulePath(s), "the locality rules are here")))
	}
}

// checkSources reports regions that send traffic and have no row, where others have one.
func (c *checker) checkSources(r rules) {
	if rows := c.rows(r); len(rows) > 0 {
		var from []string
		for _, d := range rows {
			from = append(from, d.From)
		}
		for _, place := range c.without(r, from) {
			region, _, _ := strings.Cut(place, "/")
			row := mesh.Distribute{From: place, To: c.shares(r, region)}
			c.add(atKey(diag.New(diag.SourceWithoutRow, r.path.Key("distribute"), "clients in %s have no row, so their requests spread over all regions and never fail over", place).
				WithFix("add %s, or shares of your own", rowText(row)).WithProposed(rowValues(append(slices.Clone(r.Distribute), row)))))
		}
	}
	if len(r.Failover) > 0 && len(r.Distribute) == 0 {
		var from []string
		for _, f := range r.Failover {
			from = append(from, f.From)
		}
		for _, region := range c.without(r, from) {
			found := atKey(diag.New(diag.SourceWithoutRow, r.path.Key("failover"), "clients in %s have no row; when the region fails, their requests go to any other", region))
			to, ok := c.another(r, region)
			if !ok {
				c.add(found.WithFix("add a row from %s to a region where the service runs", region))
				continue
			}
			var rows []any
			for _, f := range append(slices.Clone(r.Failover), mesh.Failover{From: region, To: to}) {
				rows = append(rows, map[string]any{"from": f.From, "to": f.To})
			}
			c.add(found.WithFix("add {from: %s, to: %s}", region, to).WithProposed(rows))
		}
	}
}

// shares proposes a row: 90 for the clients' own region, or the first where the service runs, and the rest for the others, so
// that somebody is left when a region fails. At most ten others get a share.
func (c *checker) shares(r rules, from string) map[string]int {
	home, others := from, []string{}
	for _, region := range sortedKeys(c.regions) {
		if region != from && c.runs(r, region) && len(others) < 11 {
			others = append(others, region)
		}
	}
	if !c.runs(r, from) && len(others) > 0 {
		home, others = others[0], others[1:]
	}
	others = others[:min(len(others), 10)]
	row := map[string]int{home: 100}
	for _, region := range others {
		row[region] = 10 / len(others)
		row[home] -= row[region]
	}
	return row
}

// rowText writes a row as it stands in a topology.
func rowText(d mesh.Distribute) string {
	return fmt.Sprintf("{from: %s, to: %s}", d.From, sharesText(d.To))
}

func sharesText(to map[string]int) string {
	var list []string
	for _, region := range sortedKeys(to) {
		list = append(list, fmt.Sprintf("%s: %d", region, to[region]))
	}
	return "{" + strings.Join(list, ", ") + "}"
}

func rowValues(rows []mesh.Distribute) []any {
	var list []any
	for _, d := range rows {
		list = append(list, map[string]any{"from": d.From, "to": weights(d.To)})
	}
	return list
}

func weights(to map[string]int) map[string]any {
	m := map[string]any{}
	for region, weight := range to {
		m[region] = int64(weight)
	}
	return m
}

// without gives the regions that send traffic under the rules and match no row.
func (c *checker) without(r rules, from []string) []string {
	var places []string
	for _, region := range c.sources(r.service) {
		places = append(places, c.unmatched(region, from)...)
	}
	return places
}

// sources gives the regions where clients of a service are: its callers, and the gateways that route to it. For the whole
// mesh, and for a service that nobody is known to call, all regions with clusters.
func (c *checker) sources(s *service) []string {
	if s == nil {
		return sortedKeys(c.regions)
	}
	from := c.gatewayRegions(s)
	for _, caller := range c.order {
		if slices.ContainsFunc(caller.Calls, func(call mesh.CallSpec) bool { return mesh.Qualified(call.Service, caller.Namespace) == s.ref() }) {
			for region := range caller.endpoints {
				from[region] = true
			}
		}
	}
	if len(from) == 0 {
		return sortedKeys(c.regions)
	}
	return sortedKeys(from)
}

// gatewayRegions gives the regions of the gateways that route to a service.
func (c *checker) gatewayRegions(s *service) map[string]bool {
	regions := map[string]bool{}
	for _, name := range c.gatewayClusters(s) {
		if cl, ok := c.clusters[name]; ok {
			regions[cl.Region] = true
		}
	}
	return regions
}

// gatewayClusters gives the clusters of the gateways that route to a service, with repetitions.
func (c *checker) gatewayClusters(s *service) []string {
	var clusters []string
	for _, r := range c.Routes {
		to := mesh.Destinations(slices.Concat(r.HTTP, r.TCP, r.TLS))
		if !slices.ContainsFunc(to, func(host string) bool { return mesh.ServiceRef(host, r.Namespace) == s.ref() }) {
			continue
		}
		for _, ref := range r.Gateways {
			if ref == "mesh" {
				continue
			}
			clusters = append(clusters, c.listeners[mesh.Qualified(ref, r.Namespace)].Clusters...)
		}
	}
	return clusters
}
