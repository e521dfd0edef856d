package check

import (
	"fmt"
	"maps"

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
	if by := coldBalancing(policy); by != "" && dig(policy, "loadBalancer", "warmup") != nil {
		c.add(atKey(diag.New(diag.WarmupUnused, at.Key("loadBalancer").Key("warmup"), "warmup of service %s has no effect beside %s", s.Name, by).
			WithFix("remove warmup, or balance by ROUND_ROBIN or LEAST_REQUEST")))
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

// coldBalancing is the way of balancing of a policy, if it knows no warmup.
func coldBalancing(policy map[string]any) string {
	simple, _ := dig(policy, "loadBalancer", "simple").(string)
	switch {
	case dig(policy, "loadBalancer", "consistentHash") != nil:
		return "consistentHash"
	case simple == "RANDOM" || simple == "PASSTHROUGH":
		return simple
	}
	return ""
}
