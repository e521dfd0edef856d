package check

import (
	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/shape"
)

// checkShapes holds what is handed to Istio as written against Istio's own API.
func (c *checker) checkShapes() {
	for _, s := range c.order {
		if s.TrafficPolicy != nil {
			c.checkShape(shape.TrafficPolicy, s.TrafficPolicy, s.path.Key("trafficPolicy"))
			c.checkPolicyLimits(s.TrafficPolicy, s.path.Key("trafficPolicy"))
		}
		c.checkList(shape.HTTPRoute, s.HTTP, s.path.Key("http"))
	}
	for i, r := range c.Routes {
		at := specPath.Key("routes").Index(i)
		c.checkList(shape.HTTPRoute, r.HTTP, at.Key("http"))
		c.checkList(shape.TCPRoute, r.TCP, at.Key("tcp"))
		c.checkList(shape.TLSRoute, r.TLS, at.Key("tls"))
	}
	for i, g := range c.Gateways {
		for j, l := range g.Listeners {
			c.checkList(shape.Server, l.Servers, specPath.Key("gateways").Index(i).Key("listeners").Index(j).Key("servers"))
		}
	}
}

func (c *checker) checkList(m shape.Message, list []any, at diag.Path) {
	for i, v := range list {
		c.checkShape(m, v, at.Index(i))
	}
}

func (c *checker) checkShape(m shape.Message, v any, at diag.Path) {
	for _, p := range shape.Check(m, v) {
		found := diag.New(diag.IstioShape, at.Join(p.Path), "%s", p.Message)
		found.AtKey, found.Fix = p.AtKey, p.Fix
		c.add(found)
	}
}

// checkPolicyLimits is what istiod's ValidateDestinationRule asks of a TrafficPolicy beyond its shape.
func (c *checker) checkPolicyLimits(policy map[string]any, at diag.Path) {
	if len(policy) == 0 {
		c.add(atKey(diag.New(diag.IstioShape, at, "trafficPolicy is empty; istiod refuses it").WithFix("remove trafficPolicy")))
	}
	c.checkDetection(policy, at.Key("outlierDetection"))
	entries, _ := policy["portLevelSettings"].([]any)
	for i, e := range entries {
		entry, _ := e.(map[string]any)
		at := at.Key("portLevelSettings").Index(i)
		if dig(e, "port", "number") == nil {
			c.add(diag.New(diag.IstioShape, at, "the entry of portLevelSettings does not say for which port it is").WithFix("add port: {number: N}"))
		} else if len(entry) == 1 {
			c.add(diag.New(diag.IstioShape, at, "the entry of portLevelSettings sets nothing; istiod refuses it").WithFix("remove the entry, or add what it is to set"))
		}
		c.checkDetection(entry, at.Key("outlierDetection"))
	}
}

func (c *checker) checkDetection(policy map[string]any, at diag.Path) {
	for _, field := range []string{"maxEjectionPercent", "minHealthPercent"} {
		if n, ok := dig(policy, "outlierDetection", field).(int64); ok && (n < 0 || n > 100) {
			c.add(diag.New(diag.IstioShape, at.Key(field), "%s must be from 0 to 100, not %d", field, n))
		}
	}
	if dig(policy, "outlierDetection", "consecutiveLocalOriginFailures") != nil && dig(policy, "outlierDetection", "splitExternalLocalOriginErrors") != true {
		field := "consecutiveLocalOriginFailures"
		c.add(atKey(diag.New(diag.IstioShape, at.Key(field), "%s needs splitExternalLocalOriginErrors: true; istiod refuses one without the other", field).
			WithFix("add splitExternalLocalOriginErrors: true, or remove %s", field)))
	}
}
