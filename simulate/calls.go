package simulate

import (
	"cmp"
	"slices"

	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/mesh"
)

// policies are the policies in use, each once, with the clients that use it.
type policies struct {
	model *Model
	known map[policyKey]*policy
	list  []*policy
}

type policyKey struct {
	host, subset string
	port         int
	client       string // namespace
}

func newPolicies(m *Model) *policies { return &policies{model: m, known: map[policyKey]*policy{}} }

// policy gives the policy for a leg; nil when its subset is in no DestinationRule.
func (p *policies) policy(s *service, subset string, port int, namespace string) *policy {
	key := policyKey{s.host, subset, port, namespace}
	if known, ok := p.known[key]; ok {
		return known
	}
	made, ok := p.model.newPolicy(s, subset, port, namespace)
	if !ok {
		made = nil
	} else {
		made.index = len(p.list)
		p.list = append(p.list, made)
	}
	p.known[key] = made
	return made
}

// client gives the number of a class among the clients of a policy.
func (p *policy) client(m *Model, c class) int {
	key := m.classKey(c.locality, c.labels)
	if n, known := p.clientIndex[key]; known {
		return n
	}
	if p.clientIndex == nil {
		p.clientIndex = map[string]int{}
	}
	p.clientIndex[key] = len(p.clients)
	p.clients = append(p.clients, c)
	return len(p.clients) - 1
}

// calls works out where the calls of a service go, for each class of its pods.
func (m *Model) calls(s *service, ms *mesh.Service, p *policies) {
	for _, c := range ms.Calls {
		made := call{to: m.serviceOf(c.Service), times: c.Times, request: request{host: c.Service.Host(), path: c.Path, method: c.Method, headers: c.Headers, port: c.Port}}
		if made.to == nil {
			m.note("service %s calls %s, of which no Service is rendered", s.ref(), shortRef(c.Service.Namespace, c.Service.Name))
			made.to = m.absent(c.Service)
		}
		for _, from := range s.classes {
			w := m.sidecarWays(s.namespace, from, made, p)
			if w.routed.guessed {
				m.note("the path of calls to %s is not declared (calls[].path); the first route of %s was taken", made.to.ref(), w.routed.object)
			}
			made.ways = append(made.ways, w)
		}
		s.calls = append(s.calls, made)
	}
}

// absent stands for a service of the topology that no Service was rendered for.
func (m *Model) absent(s *mesh.Service) *service {
	host := s.Host()
	if m.byHost[host] == nil {
		gone := &service{name: s.Name, namespace: s.Namespace, host: host, in: make([]bool, len(m.mesh.Clusters)), index: len(m.services)}
		m.services = append(m.services, gone)
		m.byHost[host] = gone
	}
	return m.byHost[host]
}

// sidecarWays gives where a sidecar sends requests to a service.
func (m *Model) sidecarWays(namespace string, from class, c call, p *policies) ways {
	if !slices.ContainsFunc(from.clusters, func(i int) bool { return c.to.in[i] }) {
		return ways{kind: flow.NoRoute, why: "no Service " + c.to.ref() + " is rendered for cluster " + m.clusterName(from.clusters[0]) + ", so its name does not resolve there"}
	}
	r := c.request
	r.namespace, r.labels, r.gateways = namespace, from.labels, []string{sidecars}
	out, found := m.routes.sidecarRoute(m.routes.forHost(c.to.host, r.gateways, namespace), r)
	if !found {
		return m.resolve(routed{legs: []leg{{weight: 1, host: c.to.host, port: r.port}}}, r, namespace, from, p)
	}
	return m.resolve(out, r, namespace, from, p)
}

// resolve turns the legs of a route into Envoy clusters.
func (m *Model) resolve(out routed, r request, namespace string, from class, p *policies) ways {
	w := ways{aborted: out.aborted, why: out.why, routed: out}
	if len(out.legs) == 0 {
		w.kind = flow.NoRoute
		if out.answered {
			w.kind = flow.Answered
		}
		return w
	}
	for _, l := range out.legs {
		s := m.byHost[l.host]
		if s == nil {
			w.way = append(w.way, way{weight: l.weight, why: out.object.String() + " sends to " + l.host + ", of which no Service is rendered"})
			continue
		}
		port := cmp.Or(l.port, s.onlyPort(), r.port, s.port)
		if !s.listens(port) {
			w.way = append(w.way, way{weight: l.weight, why: "service " + s.ref() + " has no port " + itoa(port)})
			continue
		}
		policy := p.policy(s, l.subset, port, namespace)
		if policy == nil {
			w.way = append(w.way, way{weight: l.weight, why: out.object.String() + " sends to subset " + l.subset + " of " + s.ref() + ", which no DestinationRule has"})
			continue
		}
		w.way = append(w.way, way{weight: l.weight, policy: policy, client: policy.client(m, from)})
	}
	return w
}

// onlyPort is the port of a Service that has one; else 0. istiod takes it where a destination names none.
func (s *service) onlyPort() int {
	if s.object == nil {
		return 0
	}
	ports := list(s.object.fields, "spec", "ports")
	if len(ports) != 1 {
		return 0
	}
	return whole(ports[0], 0, "port")
}

// listens says whether a Service has a port.
func (s *service) listens(port int) bool {
	return s.object != nil && slices.ContainsFunc(list(s.object.fields, "spec", "ports"), func(p any) bool { return whole(p, 0, "port") == port })
}
