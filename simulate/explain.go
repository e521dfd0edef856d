package simulate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/mesh"
)

// Explain says for every client of a service (name, namespace/name, or * for all services), in one region or in all, which
// localities, priorities and weights it gets from istiod, where its requests go, and what decided that. An unknown service or region
// is an error.
func (m *Model) Explain(s Scenario, service, region string) ([]flow.Explanation, error) {
	if region != "" && !slices.ContainsFunc(m.mesh.Regions, func(r *mesh.Region) bool { return r.Name == region }) {
		return nil, fmt.Errorf("there is no region %q in the topology", region)
	}
	chosen, err := m.chosen(service)
	if err != nil {
		return nil, err
	}
	st := m.newState(s)
	list := []flow.Explanation{}
	for _, to := range chosen {
		for _, a := range m.askers(to, region) {
			list = append(list, st.explain(a, to)...)
		}
	}
	return list, nil
}

func (m *Model) chosen(name string) ([]*service, error) {
	if name == "*" {
		return m.services, nil
	}
	for _, s := range m.services {
		if s.namespace+"/"+s.name == mesh.Qualified(name, mesh.DefaultNamespace) {
			return []*service{s}, nil
		}
	}
	return nil, fmt.Errorf("there is no service %q in the topology", name)
}

// explain describes each way of an asker to a service.
func (st *state) explain(a asker, to *service) []flow.Explanation {
	var list []flow.Explanation
	if len(a.ways.way) == 0 {
		return []flow.Explanation{{
			Client: a.caller, Service: to.ref(), Namespace: to.namespace, Host: to.host, Weight: 1, Localities: []flow.Locality{},
			DecidedBy: []flow.Decision{a.ways.routed.decision(a.ways.why)},
		}}
	}
	for _, w := range a.ways.way {
		if w.policy == nil || w.policy.service != to {
			continue
		}
		out := st.outcome(w.policy, w.client)
		list = append(list, flow.Explanation{
			Client: a.caller, Service: to.ref(), Namespace: to.namespace, Host: to.host, Port: w.policy.port, Subset: w.policy.subset,
			Weight: w.weight * (1 - a.ways.aborted), Localities: st.localities(out), Outlier: w.policy.outlier.flow(), Panic: w.policy.panicFlow(), Weighted: w.policy.weighted,
			DecidedBy: st.decisions(a, w, out),
		})
	}
	return list
}

// localities gives the entries of an outcome, as istiod sends them.
func (st *state) localities(out *outcome) []flow.Locality {
	list := []flow.Locality{}
	for _, e := range out.entries {
		l := flow.Locality{Region: e.locality.region, Zone: e.locality.zone, Subzone: e.locality.subzone, Priority: e.priority, Weight: e.weight, Endpoints: []flow.Endpoint{}}
		for _, c := range e.cells {
			l.Share += out.cells[c]
			l.Endpoints = append(l.Endpoints, st.endpoints(out, c)...)
		}
		list = append(list, l)
	}
	return list
}

// endpoints gives the pods of a cell. Its ejected ones are counted at the first groups with failing pods.
func (st *state) endpoints(out *outcome, cell int) []flow.Endpoint {
	var list []flow.Endpoint
	s, left := out.policy.service, out.ejected[cell]
	for _, g := range out.policy.cells[cell].groups {
		hosts, failing := st.pods(s, g)
		if out.failing[cell] == out.hosts[cell] {
			failing = hosts
		}
		if hosts == 0 {
			continue
		}
		n := min(left, failing)
		left -= n
		list = append(list, flow.Endpoint{Cluster: st.model.clusterName(s.groups[g].cluster), Version: s.groups[g].version, Replicas: hosts, Failing: failing, Ejected: n})
	}
	return list
}

func (o *outlier) flow() *flow.Outlier {
	if o == nil {
		return nil
	}
	out := &flow.Outlier{Consecutive5xxErrors: &o.fiveXX, Interval: o.interval.String(), BaseEjectionTime: o.base.String(), MaxEjectionPercent: o.maxPercent}
	if o.gatewaySet {
		out.ConsecutiveGatewayErrors = &o.gateway
	}
	return out
}

func (p *policy) panicFlow() *int {
	if !p.panicSet {
		return nil
	}
	percent := int(p.panicPercent)
	return &percent
}

// decisions say what made the requests of a client go where they go.
func (st *state) decisions(a asker, w way, out *outcome) []flow.Decision {
	p := w.policy
	list := []flow.Decision{a.ways.routed.decision("")}
	switch {
	case p.outlier != nil:
		list = append(list, p.because.rule.decision(p.outlier.rule(), p.because.outlier))
	case p.because.rule != nil:
		list = append(list, p.because.rule.decision("no outlierDetection: no endpoint is ever ejected, and failover sets no priorities", "spec.trafficPolicy"))
	default:
		list = append(list, flow.Decision{Rule: "no DestinationRule is for this host: no endpoint is ever ejected, and failover sets no priorities"})
	}
	list = append(list, p.localityDecision(p.clients[w.client].locality))
	if sum(out.failing) > 0 && out.failed > 0 {
		list = append(list, flow.Decision{Rule: p.whyErrors(out)})
	}
	if out.lost > 0 {
		list = append(list, flow.Decision{Rule: p.whyLost(out)})
	}
	return list
}

// localityDecision says which locality setting is in force and what it does for a client.
func (p *policy) localityDecision(client locality) flow.Decision {
	o := p.because.locality
	d := flow.Decision{}
	if o.object != nil {
		d = o.object.decision("", o.field)
		d.From = o.from
	}
	switch s := p.setting; {
	case s == nil:
		d.Rule = "locality load balancing is switched off: requests go to all endpoints alike"
	case len(s.distribute) > 0:
		var row string
		d.Rule, row = s.distributeText(client)
		d.Field += row
		if d.From != "" {
			d.From += row
		}
	case p.outlier == nil && !s.force:
		d.Rule = "without outlierDetection locality sets no priorities: requests go to all endpoints alike"
	case len(s.priority) > 0:
		d.Rule = "failoverPriority prefers endpoints that share the client's " + strings.Join(s.priority, ", then ")
	case s.target(client.region) != "":
		d.Rule = fmt.Sprintf("failover: the same zone first, then the same region, then %s, then other regions", s.target(client.region))
	default:
		d.Rule = "Istio's default: the same zone first, then the same region, then other regions"
	}
	return d
}

// distributeText says what distribute does for a client, and which row of it.
func (s *setting) distributeText(client locality) (rule, row string) {
	r := s.row(client)
	if r == nil {
		return fmt.Sprintf("distribute has no row for clients in %s: requests go to all endpoints alike, and nothing fails over", client.region), ".distribute"
	}
	var parts []string
	for _, to := range r.to {
		parts = append(parts, fmt.Sprintf("%s %d %%", to.to, to.weight))
	}
	return "distribute: " + strings.Join(parts, ", "), ".distribute[from=" + r.from + "]"
}

// decision names an object and a field in it.
func (o *object) decision(rule, field string) flow.Decision {
	if o == nil {
		return flow.Decision{Rule: rule}
	}
	return flow.Decision{Rule: rule, Object: o.String(), Target: o.target, File: o.file, Field: field, From: o.fromField(field)}
}

// fromField is the field of the topology that a field of the object comes from.
func (o *object) fromField(field string) string {
	inside, found := strings.CutPrefix(field, "spec.")
	switch {
	case strings.HasPrefix(o.from, "spec.overlays"):
		return o.from
	case found && (o.kind == "DestinationRule" || o.kind == "VirtualService"):
		return o.from + "." + inside
	}
	return o.from
}

// decision says which route was taken; why is said where none was.
func (r *routed) decision(why string) flow.Decision {
	if r.object == nil {
		if why == "" {
			why = "no VirtualService is for this host: requests go to the Service itself"
		}
		return flow.Decision{Rule: why}
	}
	if why == "" {
		why = "the route that takes the requests"
	}
	return r.object.decision(why, r.field)
}

// rule says what outlierDetection does, in a sentence.
func (o *outlier) rule() string {
	if o.errors() == 0 {
		return "outlierDetection counts no errors, so it ejects nothing; failover sets priorities all the same"
	}
	return fmt.Sprintf("outlierDetection ejects endpoints after %s in a row, at most %d %% of all", count(o.errors(), "error"), o.maxPercent)
}
