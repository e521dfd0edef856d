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
			c.add(diag.New(diag.FailoverNeedsDetection, c.policyPath(s), "service %s has endpoints in %s, but no outlierDetection: it will not fail over", s.Name, strings.Join(sortedKeys(s.endpoints), " and ")).
				WithFix("add trafficPolicy.outlierDetection: {consecutive5xxErrors: 5, interval: 10s, baseEjectionTime: 30s, maxEjectionPercent: %d}", s.drains()))
			continue
		}
		if detection != nil {
			c.checkEjection(s, s.path.Key("trafficPolicy").Key("outlierDetection"), detection)
		}
		c.checkPortPolicies(s)
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
	percent, written := detection["maxEjectionPercent"].(int64)
	what := fmt.Sprintf("maxEjectionPercent %d", percent)
	if !written {
		percent, what = defaultMaxEjection, "maxEjectionPercent is not set and defaults to 10, which"
	} else {
		at = at.Key("maxEjectionPercent")
	}
	if need := s.drains(); percent < int64(need) {
		region := s.largest()
		c.add(diag.New(diag.MaxEjectionPercent, at, "%s does not let %s drain: %s has %d of the %s of service %s there", what, region, region, s.endpoints[region], quantity(s.total, "endpoint"), s.Name).
			WithFix("set maxEjectionPercent: %d or more", need))
	}
}

// checkPortPolicies reports entries of portLevelSettings, which inherit nothing.
func (c *checker) checkPortPolicies(s *service) {
	entries, _ := s.TrafficPolicy["portLevelSettings"].([]any)
	for i, e := range entries {
		at := s.path.Key("trafficPolicy").Key("portLevelSettings").Index(i)
		if dig(e, "outlierDetection") == nil {
			c.add(diag.New(diag.PortLevelPolicy, at, "the policy of port %v of service %s has no outlierDetection, and inherits none: the port does not fail over", dig(e, "port", "number"), s.Name).
				WithFix("repeat outlierDetection in the entry"))
		}
		if dig(e, "loadBalancer") != nil && c.inRule(s) {
			c.add(diag.New(diag.PortLevelPolicy, at.Key("loadBalancer"), "the loadBalancer of port %v of service %s replaces the service's locality rules", dig(e, "port", "number"), s.Name).
				WithFix("remove loadBalancer from the entry"))
		}
	}
}

// inRule says whether the service's locality rules stand in its DestinationRule.
func (c *checker) inRule(s *service) bool {
	return s.Locality != nil || c.Traffic.Scope == mesh.ScopeService && !c.Traffic.Empty()
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
			c.add(diag.New(diag.ConsecutiveErrors, at.Key("outlierDetection").Key(field), "%s: 1 ejects an endpoint of service %s on a single error", field, s.Name).
				WithFix("set %s: 3 or more", field))
		}
	}
	if dig(policy, "loadBalancer", "localityLbSetting") != nil {
		found := diag.New(diag.LocalityInPolicy, at.Key("loadBalancer").Key("localityLbSetting"), "localityLbSetting stands in the trafficPolicy of service %s", s.Name).
			WithFix("write it as services[].locality")
		found.AtKey = true
		c.add(found)
	}
	if dig(policy, "loadBalancer", "zoneAwareLbSetting") != nil && c.inRule(s) {
		c.add(diag.New(diag.ZoneAwareTwice, at.Key("loadBalancer").Key("zoneAwareLbSetting"), "service %s has zoneAwareLbSetting and locality rules in one DestinationRule", s.Name).
			WithFix("keep one of the two"))
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
			c.add(diag.New(diag.SourceWithoutRow, r.path.Key("distribute"), "clients in %s have no row: their requests spread over all regions, and never fail over", region).
				WithFix("add {from: %s, to: {%s: 100}}, or shares of your own", region, region))
		}
	}
	if len(r.Failover) > 0 {
		var from []string
		for _, f := range r.Failover {
			from = append(from, f.From)
		}
		for _, region := range c.without(r, from) {
			c.add(diag.New(diag.SourceWithoutRow, r.path.Key("failover"), "%s has no row: when it fails, its traffic goes to any other region", region).
				WithFix("add {from: %s, to: %s}", region, c.another(region)))
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

// sources gives the regions where clients of a service are: its callers, and gateways, which may route to anything. For the
// whole mesh, and for a service that nobody is known to call, all regions with clusters.
func (c *checker) sources(s *service) []string {
	from := map[string]bool{}
	for _, caller := range c.order {
		if s != nil && slices.ContainsFunc(caller.Calls, func(call string) bool { return mesh.Qualified(call, caller.Namespace) == s.ref() }) {
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

func (c *checker) another(region string) string {
	for _, r := range sortedKeys(c.regions) {
		if r != region {
			return r
		}
	}
	return "another region"
}
