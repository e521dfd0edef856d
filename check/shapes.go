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
	for _, p := range shape.Judge(m, v) {
		found := diag.New(diag.IstioShape, at.Join(p.Path), "%s", p.Message)
		found.AtKey, found.Fix = p.AtKey, p.Fix
		c.add(found)
	}
}
