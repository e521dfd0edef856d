package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkFailover holds each service that a locality rule concerns against its outlierDetection.
func (c *checker) checkFailover() {
	for _, s := range c.order {
		r := c.effective(s)
		if r.Empty() || len(s.endpoints) < 2 {
			continue
		}
		detection, _ := s.TrafficPolicy["outlierDetection"].(map[string]any)
		if detection == nil && (len(r.Failover) > 0 || len(r.FailoverPriority) > 0) {
			found := diag.New(diag.FailoverNeedsDetection, c.policyPath(s), "service %s has endpoints in %s but no outlierDetection, so it does not fail over", s.Name, list(sortedKeys(s.endpoints)))
			found.AtKey = s.TrafficPolicy != nil
			c.add(found.WithFix("add trafficPolicy.outlierDetection: {consecutive5xxErrors: 5, interval: 10s, baseEjectionTime: 30s, maxEjectionPercent: %d}", s.drains()))
			continue
		}
		if detection != nil {
			c.checkEjection(s, s.path.Key("trafficPolicy").Key("outlierDetection"), detection)
		}
		c.checkPortPolicies(s, detection != nil)
	}
}

func (c *checker) policyPath(s *service) diag.Path {
	if s.TrafficPolicy == nil {
		return s.path.Key("name")
	}
	return s.path.Key("trafficPolicy")
}

// drains is the least maxEjectionPercent that lets every region be ejected whole: Envoy counts all hosts of the service.
func (s *service) drains() int {
	largest := s.endpoints[s.largest()]
	return (100*largest + s.total - 1) / s.total
}

// largest is the region with the most endpoints, the first by name of several.
func (s *service) largest() string {
	region := ""
	for _, r := range sortedKeys(s.endpoints) {
		if s.endpoints[r] > s.endpoints[region] {
			region = r
		}
	}
	return region
}

// defaultMaxEjection is Envoy's default of maxEjectionPercent.
const defaultMaxEjection = 10

func (c *checker) checkEjection(s *service, at diag.Path, detection map[string]any) {
	percent, whole := detection["maxEjectionPercent"].(int64)
	_, written := detection["maxEjectionPercent"]
	what := fmt.Sprintf("maxEjectionPercent %d", percent)
	switch {
	case written && !whole:
		return // its shape is wrong, and reported as such
	case !written:
		percent, what = defaultMaxEjection, "maxEjectionPercent is not set; the default of 10"
	case percent == 0: // istiod hands on what is above 0
		percent, what = defaultMaxEjection, "maxEjectionPercent 0 counts as not set; the default of 10"
	}
	if written {
		at = at.Key("maxEjectionPercent")
	}
	if need := s.drains(); percent < int64(need) {
		region := s.largest()
		found := diag.New(diag.MaxEjectionPercent, at, "%s is too small for %s to drain, where service %s has %d of its %s", what, region, s.Name, s.endpoints[region], quantity(s.total, "endpoint"))
		found.AtKey = !written
		c.add(found.WithFix("set maxEjectionPercent to %d or more", need))
	}
}

// checkPortPolicies reports entries of portLevelSettings, which inherit nothing.
func (c *checker) checkPortPolicies(s *service, detects bool) {
	entries, _ := s.TrafficPolicy["portLevelSettings"].([]any)
	for i, e := range entries {
		at := s.path.Key("trafficPolicy").Key("portLevelSettings").Index(i)
		if detects && dig(e, "outlierDetection") == nil {
			c.add(diag.New(diag.PortLevelPolicy, at, "the policy of port %v of service %s has no outlierDetection and inherits none, so the port does not fail over", dig(e, "port", "number"), s.Name).
				WithFix("repeat outlierDetection in the entry"))
		}
	}
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
				WithFix("set %s to 3 or more", field))
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
	if len(r.Distribute) > 0 {
		var from []string
		for _, d := range r.Distribute {
			from = append(from, d.From)
		}
		for _, region := range c.without(r, from) {
			home := region
			if !c.runs(r, home) {
				home = c.another(r, region)
			}
			c.add(atKey(diag.New(diag.SourceWithoutRow, r.path.Key("distribute"), "clients in %s have no row, so their requests spread over all regions and never fail over", region).
				WithFix("add {from: %s, to: {%s: 100}}, or shares of your own", region, home)))
		}
	}
	if len(r.Failover) > 0 {
		var from []string
		for _, f := range r.Failover {
			from = append(from, f.From)
		}
		for _, region := range c.without(r, from) {
			c.add(atKey(diag.New(diag.SourceWithoutRow, r.path.Key("failover"), "clients in %s have no row; when the region fails, their requests go to any other", region).
				WithFix("add {from: %s, to: %s}", region, c.another(r, region))))
		}
	}
}

// without gives the regions that send traffic under the rules and match no row.
func (c *checker) without(r rules, from []string) []string {
	var regions []string
	for _, region := range c.sources(r.service) {
		matched := slices.ContainsFunc(from, func(f string) bool {
			first, _, _ := strings.Cut(f, "/")
			return first == region || first == "*"
		})
		if !matched {
			regions = append(regions, region)
		}
	}
	return regions
}

// sources gives the regions where clients of a service are: its callers, and the gateways that route to it. For the whole
// mesh, and for a service that nobody is known to call, all regions with clusters.
func (c *checker) sources(s *service) []string {
	if s == nil {
		return sortedKeys(c.regions)
	}
	from := c.gatewayRegions(s)
	for _, caller := range c.order {
		if slices.ContainsFunc(caller.Calls, func(call string) bool { return mesh.Qualified(call, caller.Namespace) == s.ref() }) {
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
	for _, r := range c.Routes {
		to := destinations(slices.Concat(r.HTTP, r.TCP, r.TLS))
		if !slices.ContainsFunc(to, func(host string) bool { return serviceRef(host, r.Namespace) == s.ref() }) {
			continue
		}
		for _, ref := range r.Gateways {
			for _, cluster := range c.listeners[mesh.Qualified(ref, r.Namespace)].Clusters {
				if cl, ok := c.clusters[cluster]; ok {
					regions[cl.Region] = true
				}
			}
		}
	}
	return regions
}

// destinations gives the hosts in a list of Istio's routes.
func destinations(routes []any) []string {
	var hosts []string
	for _, route := range routes {
		list, _ := dig(route, "route").([]any)
		for _, e := range list {
			if host, ok := dig(e, "destination", "host").(string); ok {
				hosts = append(hosts, host)
			}
		}
	}
	return hosts
}
