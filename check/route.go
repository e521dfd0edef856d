package check

import (
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkRoutes holds routes against the listeners and services that they name.
func (c *checker) checkRoutes() {
	for i, r := range c.Routes {
		at := specPath.Key("routes").Index(i)
		for j, g := range r.Gateways {
			if g != "mesh" {
				refer(c, "listener", mesh.Qualified(g, r.Namespace), c.listeners, at.Key("gateways").Index(j))
			}
		}
		if len(r.HTTP)+len(r.TCP)+len(r.TLS) == 0 {
			c.add(diag.New(diag.MissingField, at, "route %s routes nothing: it has neither http nor tcp nor tls", r.Name).WithFix("add http"))
		}
		c.checkDestinations(r.HTTP, r.Namespace, at.Key("http"))
		c.checkDestinations(r.TCP, r.Namespace, at.Key("tcp"))
		c.checkDestinations(r.TLS, r.Namespace, at.Key("tls"))
	}
	for _, s := range c.order {
		c.checkDestinations(s.HTTP, s.Namespace, s.path.Key("http"))
	}
}

// checkDestinations checks every destination in a list of Istio's HTTPRoutes, TCPRoutes or TLSRoutes.
func (c *checker) checkDestinations(routes []any, namespace string, at diag.Path) {
	for i, route := range routes {
		for _, field := range []string{"route", "mirrors"} {
			list, _ := dig(route, field).([]any)
			for j, e := range list {
				c.checkDestination(dig(e, "destination"), namespace, at.Index(i).Key(field).Index(j).Key("destination"))
			}
		}
		c.checkDestination(dig(route, "mirror"), namespace, at.Index(i).Key("mirror"))
	}
}

func (c *checker) checkDestination(v any, namespace string, at diag.Path) {
	host, ok := dig(v, "host").(string)
	if !ok {
		return // its shape is wrong, and reported as such
	}
	s := c.services[serviceRef(host, namespace)]
	if s == nil {
		found := diag.New(diag.UnknownHost, at.Key("host"), "host %s is not a service of the topology", host)
		if near, ok := diag.Nearest(serviceRef(host, namespace), sortedKeys(c.services)); ok {
			found = found.WithFix("did you mean %s?", strings.TrimPrefix(near, namespace+"/"))
		} else {
			found = found.WithFix("use %s", some(sortedKeys(c.services)))
		}
		c.add(found)
		return
	}
	c.checkDestinationPort(s, v, at)
	if subset, ok := dig(v, "subset").(string); ok {
		c.checkSubset(s, subset, at.Key("subset"))
	}
}

func (c *checker) checkDestinationPort(s *service, v any, at diag.Path) {
	n, ok := dig(v, "port", "number").(int64)
	if ok && !slices.ContainsFunc(s.Ports, func(p mesh.Port) bool { return int64(p.Port) == n }) {
		c.add(diag.New(diag.UnknownReference, at.Key("port").Key("number"), "service %s has no port %d", s.Name, n).
			WithFix("use port %d", s.Ports[0].Port))
	}
}

func (c *checker) checkSubset(s *service, subset string, at diag.Path) {
	if !refer(c, "version of service "+s.Name+",", subset, s.versions, at) {
		return
	}
	r := c.effective(s)
	if r.Empty() {
		return
	}
	for _, region := range sortedKeys(s.endpoints) {
		if s.versions[subset][region] == 0 {
			c.add(diag.New(diag.PinnedSubset, at, "the route pins version %s of service %s, which does not run in %s: there is nothing to fail over to", subset, s.Name, region).
				WithFix("remove subset, or place version %s in %s", subset, region))
			return
		}
	}
}

// serviceRef gives namespace/name of a host as Istio reads it: a short name is in the rule's own namespace.
func serviceRef(host, namespace string) string {
	parts := strings.Split(strings.TrimSuffix(strings.TrimSuffix(host, ".cluster.local"), ".svc"), ".")
	switch len(parts) {
	case 1:
		return namespace + "/" + parts[0]
	case 2:
		return parts[1] + "/" + parts[0]
	default:
		return host
	}
}
