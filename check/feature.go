package check

import (
	"github.com/meshtopo/meshtopo/diag"
)

// features are fields of loadBalancer that a version of Istio begins to know.
var features = []struct{ field, since string }{{"warmup", "1.24"}, {"zoneAwareLbSetting", "1.31"}}

// checkFeatures holds what a topology uses against the version of Istio. What a version of ASM knows of it is not known here.
func (c *checker) checkFeatures() {
	if !c.isIstio() {
		return
	}
	for _, s := range c.order {
		at := s.path.Key("trafficPolicy")
		c.checkFeature(s, s.TrafficPolicy, at)
		entries, _ := s.TrafficPolicy["portLevelSettings"].([]any)
		for i, e := range entries {
			block, _ := e.(map[string]any)
			c.checkFeature(s, block, at.Key("portLevelSettings").Index(i))
		}
		c.checkDistribution(s)
	}
}

func (c *checker) checkFeature(s *service, policy map[string]any, at diag.Path) {
	for _, f := range features {
		if dig(policy, "loadBalancer", f.field) != nil && c.Mesh.Before(f.since) {
			c.add(atKey(diag.New(diag.FeatureVersion, at.Key("loadBalancer").Key(f.field), "service %s: Istio has %s since %s, and mesh.version is %s", s.Name, f.field, f.since, c.Mesh.Version).
				WithFix("raise mesh.version, or remove %s", f.field)))
		}
	}
}

// checkDistribution is about trafficDistribution: since when sidecars know it, and what it stands beside.
func (c *checker) checkDistribution(s *service) {
	if s.TrafficDistribution == "" {
		return
	}
	at, since := s.path.Key("trafficDistribution"), "1.27"
	if s.TrafficDistribution == "PreferClose" {
		since = "1.25"
	}
	if c.Mesh.Before(since) {
		c.add(diag.New(diag.FeatureVersion, at, "service %s: Istio has trafficDistribution %s for all data planes since %s, and mesh.version is %s", s.Name, s.TrafficDistribution, since, c.Mesh.Version).
			WithFix("raise mesh.version, or remove trafficDistribution"))
	}
	rule := c.rulePath(s)
	switch {
	case c.inRule(s):
	case dig(s.TrafficPolicy, "loadBalancer", "zoneAwareLbSetting") != nil:
		rule = s.path.Key("trafficPolicy").Key("loadBalancer").Key("zoneAwareLbSetting")
	default:
		return
	}
	c.add(diag.New(diag.DistributionTwice, at, "service %s has trafficDistribution and a locality rule in its DestinationRule, which counts instead", s.Name).
		WithFix("keep one of the two").WithRelated(rule, "the locality rule is here"))
}
