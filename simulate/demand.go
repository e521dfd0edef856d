package simulate

import (
	"cmp"
	"slices"

	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/mesh"
)

// entrance is requests that come into the mesh: through doors, or, in a mesh without gateways, straight to the pods of a service.
type entrance struct {
	rps      float64
	doors    []door
	failover [][]door // where they enter when every door is lost, in this order
	straight *service
}

// door is a gateway in one cluster, and where it sends the requests, by class of its pods.
type door struct {
	gateway int
	ways    []ways
}

// entrances gives what spec.demand says, or one request at every gateway in every cluster, or, without gateways that route
// anywhere, one to each service that nobody calls.
func (m *Model) entrances(p *policies) {
	for _, d := range m.mesh.Demand {
		r := request{host: d.Host, path: d.Path, method: d.Method, headers: d.Headers}
		e := entrance{rps: d.RPS, doors: m.doors(m.mesh.Entries(d), r, nil, p)}
		for _, region := range d.Failover {
			e.failover = append(e.failover, m.doors(m.mesh.EntriesIn(region), r, nil, p))
		}
		m.entries = append(m.entries, e)
	}
	if len(m.mesh.Demand) > 0 {
		return
	}
	m.note("the topology declares no demand (spec.demand): one request enters at each gateway in each cluster, and rates are left out")
	for i, g := range m.gateways {
		m.undeclared(i, m.bound(g), p)
	}
	if len(m.entries) == 0 {
		m.roots()
	}
}

// undeclared lets one request in at a gateway, split evenly over its VirtualServices.
func (m *Model) undeclared(gateway int, routes []*object, p *policies) {
	for _, vs := range routes {
		entry := []mesh.Entry{{Gateway: m.gateways[gateway].of, Cluster: m.mesh.Clusters[m.gateways[gateway].cluster]}}
		m.entries = append(m.entries, entrance{rps: 1 / float64(len(routes)), doors: m.doors(entry, request{}, vs, p)})
	}
}

// bound gives the VirtualServices of a gateway.
func (m *Model) bound(g *gateway) []*object {
	var routes []*object
	for _, vs := range m.routes {
		if slices.ContainsFunc(gatewaysOf(vs), func(name string) bool { return slices.Contains(g.listens, name) }) {
			routes = append(routes, vs)
		}
	}
	return routes
}

// roots lets requests in at services that nobody calls.
func (m *Model) roots() {
	called := map[*service]bool{}
	for _, s := range m.services {
		for _, c := range s.calls {
			called[c.to] = called[c.to] || c.to != s
		}
	}
	for _, s := range m.services {
		if !called[s] && s.meant != nil && len(s.meant.Placements) > 0 {
			m.entries = append(m.entries, entrance{rps: 1, straight: s})
		}
	}
	m.notes[len(m.notes)-1] = "the topology declares no demand and no gateway routes anywhere: one request is taken to reach each service that nobody calls, and rates are left out"
}

// doors gives the gateways that requests enter at; vs is the VirtualService to use, or nil to find it by host.
func (m *Model) doors(entries []mesh.Entry, r request, vs *object, p *policies) []door {
	var doors []door
	for _, e := range entries {
		i := slices.IndexFunc(m.gateways, func(g *gateway) bool { return g.of == e.Gateway && m.mesh.Clusters[g.cluster] == e.Cluster })
		if i < 0 {
			continue
		}
		d := door{gateway: i}
		for _, c := range m.gateways[i].classes {
			d.ways = append(d.ways, m.gatewayWays(m.gateways[i], c, r, vs, p))
		}
		doors = append(doors, d)
	}
	return doors
}

// gatewayWays gives where a gateway sends requests.
func (m *Model) gatewayWays(g *gateway, c class, r request, vs *object, p *policies) ways {
	if r.host != "" && !slices.ContainsFunc(g.hosts, func(h string) bool { return matchesHost(h, r.host) }) {
		return ways{kind: flow.NoRoute, why: "gateway " + g.of.Name + " does not listen for host " + r.host}
	}
	if g.https {
		return ways{kind: flow.Answered, why: "gateway " + g.of.Name + " answers with a redirect to https (httpsRedirect)"}
	}
	r.port = g.port
	routes := []*object{vs}
	if vs == nil {
		routes = m.routes.forHost(r.host, g.listens, cmp.Or(g.of.Namespace, rootNamespace))
	}
	if len(routes) == 0 {
		return ways{kind: flow.NoRoute, why: "no VirtualService of gateway " + g.of.Name + " takes " + r.String()}
	}
	r.namespace, r.labels, r.gateways = cmp.Or(g.of.Namespace, rootNamespace), c.labels, g.listens
	out := m.routes.gatewayRoute(routes, r)
	if out.guessed && len(m.mesh.Demand) > 0 {
		m.note("the path of the demand at gateway %s is not declared (spec.demand[].path); the first route of %s was taken", g.of.Name, out.object)
	}
	return m.resolve(out, r, r.namespace, c, p)
}

// target is the service that requests go to, for a report of what did not; "" when no route leads to one.
func (w *ways) target() string {
	for _, way := range w.way {
		if way.policy != nil {
			return way.policy.service.ref()
		}
	}
	return ""
}
