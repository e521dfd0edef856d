package check

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkRoutes holds routes against the listeners and services that they name.
func (c *checker) checkRoutes() {
	for i, r := range c.Routes {
		at := specPath.Key("routes").Index(i)
		c.checkRouteHosts(r, at.Key("hosts"))
		for j, g := range r.Gateways {
			if g != "mesh" {
				referQualified(c, "listener", g, r.Namespace, c.listeners, at.Key("gateways").Index(j))
			}
		}
		if len(r.HTTP)+len(r.TCP)+len(r.TLS) == 0 {
			c.add(diag.New(diag.MissingField, at, "route %s routes nothing: it has none of http, tcp and tls", r.Name).WithFix("add http, a list of Istio's HTTPRoutes"))
		}
		c.checkDestinations(r.HTTP, r.Namespace, at.Key("http"))
		c.checkDestinations(r.TCP, r.Namespace, at.Key("tcp"))
		c.checkDestinations(r.TLS, r.Namespace, at.Key("tls"))
	}
	for _, s := range c.order {
		c.checkDestinations(s.HTTP, s.Namespace, s.path.Key("http"))
	}
}

// routeHost is a host as clients say it: a DNS name, whose first label may be *, or * alone. A namespace before it is for
// the hosts of listeners only.
var routeHost = regexp.MustCompile(`^(\*|(\*\.)?[A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?)*\.?)$`)

func (c *checker) checkRouteHosts(r mesh.RouteSpec, at diag.Path) {
	for i, host := range r.Hosts {
		if _, err := netip.ParseAddr(host); err == nil || len(host) <= 255 && routeHost.MatchString(host) {
			continue
		}
		found := diag.New(diag.RouteHost, at.Index(i), "%q is not the name of a host", host).WithFix("write a DNS name, as in shop.example.com or *.example.com, or * for all")
		if u, err := url.Parse(host); err == nil && routeHost.MatchString(u.Hostname()) {
			found = found.WithFix("write the host alone: %s", u.Hostname()).WithProposed(u.Hostname())
		}
		c.add(found)
	}
}

// checkDestinations checks every destination in a list of Istio's HTTPRoutes, TCPRoutes or TLSRoutes.
func (c *checker) checkDestinations(routes []any, namespace string, at diag.Path) {
	for i, route := range routes {
		list, _ := dig(route, "route").([]any)
		for j, e := range list {
			c.checkPinned(c.checkDestination(dig(e, "destination"), namespace, at.Index(i).Key("route").Index(j).Key("destination")))
		}
		list, _ = dig(route, "mirrors").([]any)
		for j, e := range list {
			c.checkDestination(dig(e, "destination"), namespace, at.Index(i).Key("mirrors").Index(j).Key("destination"))
		}
		c.checkDestination(dig(route, "mirror"), namespace, at.Index(i).Key("mirror"))
	}
}

// destination is a destination of a route that names a version of a service of the topology.
type destination struct {
	service *service
	subset  string
	path    diag.Path // of the subset
}

// checkDestination checks host, port and subset. service is nil in what it gives when the destination names no known version.
func (c *checker) checkDestination(v any, namespace string, at diag.Path) destination {
	host, ok := dig(v, "host").(string)
	if !ok {
		return destination{} // its shape is wrong, and reported as such
	}
	s := c.services[mesh.ServiceRef(host, namespace)]
	if s == nil {
		c.add(c.unknownHost(host, namespace, at.Key("host")))
		return destination{}
	}
	c.checkDestinationPort(s, v, at)
	subset, ok := dig(v, "subset").(string)
	if !ok || subset == "" {
		return destination{}
	}
	at = at.Key("subset")
	if _, ok := s.versions[subset]; !ok {
		c.add(suggest(diag.New(diag.UnknownReference, at, "service %s has no version %s", s.Name, subset), "version", subset, sortedKeys(s.versions)))
		return destination{}
	}
	return destination{service: s, subset: subset, path: at}
}

func (c *checker) unknownHost(host, namespace string, at diag.Path) diag.Finding {
	dotted := strings.Contains(host, ".")
	var hosts []string
	for _, s := range c.order {
		full := s.Name + "." + s.Namespace + ".svc.cluster.local"
		switch {
		case host == s.Name+"."+s.Namespace || host == s.Name+"."+s.Namespace+".svc":
			return diag.New(diag.UnknownHost, at, "host %s is neither a short name nor a full one; Istio does not complete it", host).WithFix("write %s", full)
		case host == s.Name:
			return diag.New(diag.UnknownHost, at, "host %s is not a service in namespace %s", host, namespace).WithFix("did you mean %s?", full)
		case dotted || s.Namespace != namespace:
			hosts = append(hosts, full)
		default:
			hosts = append(hosts, s.Name)
		}
	}
	return suggest(diag.New(diag.UnknownHost, at, "host %s is not a service of the topology", host), "service", host, hosts)
}

func (c *checker) checkDestinationPort(s *service, v any, at diag.Path) {
	n, ok := dig(v, "port", "number").(int64)
	if ok && !slices.ContainsFunc(s.Ports, func(p mesh.Port) bool { return int64(p.Port) == n }) {
		var ports []string
		for _, p := range s.Ports {
			ports = append(ports, strconv.Itoa(p.Port))
		}
		c.add(diag.New(diag.UnknownReference, at.Key("port").Key("number"), "service %s has no port %d", s.Name, n).
			WithFix("use port %s, or add port %d to the service", some(ports, "or"), n))
	}
}

// checkPinned reports a version that does not run in every region of a service under locality rules.
func (c *checker) checkPinned(d destination) {
	s := d.service
	if s == nil || len(s.endpoints) < 2 {
		return
	}
	r := c.effective(s)
	for _, region := range sortedKeys(s.endpoints) {
		if r.Empty() || s.versions[d.subset][region] > 0 {
			continue
		}
		what := "fail over to there"
		if len(r.Distribute) > 0 {
			what = "take its share there"
		}
		c.add(diag.New(diag.PinnedSubset, d.path, "the route pins version %s of service %s, which does not run in %s and so cannot %s", d.subset, s.Name, region, what).
			WithFix("remove subset, or place version %s in %s", d.subset, region))
		return
	}
}
