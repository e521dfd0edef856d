package simulate

import (
	"slices"

	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/mesh"
)

// asker is pods that send requests to a service, or would.
type asker struct {
	caller flow.Caller
	pods   func(*state) int // those that are left to ask
	ways   *ways
	part   float64 // of the caller's requests that go to the service
}

// askers gives everyone who sends requests to a service: services, then gateways; in a region, or in all.
func (m *Model) askers(s *service, region string) []asker {
	var list []asker
	for _, from := range m.services {
		for i := range from.calls {
			list = append(list, m.asks(from, &from.calls[i], s, region)...)
		}
	}
	for i := range m.entries {
		e := &m.entries[i]
		for _, doors := range append([][]door{e.doors}, e.failover...) {
			for j := range doors {
				list = append(list, m.doorAsks(&doors[j], s, region)...)
			}
		}
	}
	list = unique(list)
	if len(list) == 0 {
		list = m.strangers(s, region)
	}
	return list
}

func (m *Model) asks(from *service, c *call, to *service, region string) []asker {
	var list []asker
	for g := range from.groups {
		group := &from.groups[g]
		w := &c.ways[group.class]
		part := w.partTo(to, c.to)
		if group.pods == 0 || part == 0 || region != "" && group.locality.region != region {
			continue
		}
		list = append(list, asker{ways: w, part: part, pods: func(st *state) int { return st.healthy(from, g) }, caller: flow.Caller{
			Service: from.namespace + "/" + from.name, Version: group.version, Cluster: m.clusterName(group.cluster), Region: group.locality.region, Zone: group.locality.zone,
		}})
	}
	return list
}

func (m *Model) doorAsks(d *door, to *service, region string) []asker {
	var list []asker
	gw := m.gateways[d.gateway]
	for k, c := range gw.classes {
		w := &d.ways[k]
		part := w.partTo(to, nil)
		if part == 0 || region != "" && c.locality.region != region {
			continue
		}
		alive := func(st *state) int {
			if st.dead != nil && st.dead[d.gateway] != nil && st.dead[d.gateway][k] {
				return 0
			}
			return max(1, int(gw.parts[k]*float64(gw.pods)+0.5))
		}
		list = append(list, asker{ways: w, part: part, pods: alive, caller: flow.Caller{
			Gateway: gw.of.Namespace + "/" + gw.of.Name, Cluster: m.clusterName(gw.cluster), Region: c.locality.region, Zone: c.locality.zone,
		}})
	}
	return list
}

// partTo is the part of the requests that goes to a service; those without a way count for the service that was meant.
func (w *ways) partTo(to, meant *service) float64 {
	part := 0.0
	for _, way := range w.way {
		if way.policy != nil && way.policy.service == to || way.policy == nil && meant == to {
			part += way.weight
		}
	}
	if len(w.way) == 0 && meant == to {
		return 1
	}
	return part
}

// unique drops askers that stand twice, as callers with several kinds of calls do when the calls go the same way.
func unique(list []asker) []asker {
	var kept []asker
	for _, a := range list {
		if !slices.ContainsFunc(kept, func(k asker) bool { return k.caller == a.caller && k.ways.same(a.ways) }) {
			kept = append(kept, a)
		}
	}
	return kept
}

func (w *ways) same(other *ways) bool {
	return w.aborted == other.aborted && w.why == other.why && slices.Equal(w.way, other.way)
}

// strangers are sidecars without a service, one in each zone of each cluster: who would ask a service that nobody is known to
// call.
func (m *Model) strangers(s *service, region string) []asker {
	var list []asker
	for _, w := range m.unknown[s] {
		if region == "" || w.caller.Region == region {
			list = append(list, w)
		}
	}
	return list
}

// addStrangers makes strangers for services that nobody calls, and for the regions that expectations ask about. In a fleet there is
// one a region.
func (m *Model) addStrangers(p *policies) {
	m.unknown = map[*service][]asker{}
	asked := map[*service]bool{}
	for _, policy := range p.list {
		asked[policy.service] = true
	}
	for _, ms := range m.mesh.Services {
		s := m.serviceOf(ms)
		if s == nil || asked[s] && !m.expectsStrangers(ms) {
			continue
		}
		for _, r := range m.mesh.Regions {
			m.unknown[s] = append(m.unknown[s], m.regionStrangers(s, ms, r, p)...)
		}
	}
}

func (m *Model) expectsStrangers(s *mesh.Service) bool {
	return slices.ContainsFunc(m.mesh.Expect, func(e mesh.Expectation) bool { return e.Service == s && e.From != "" })
}

func (m *Model) regionStrangers(s *service, ms *mesh.Service, r *mesh.Region, p *policies) []asker {
	c := r.Clusters[0]
	i := m.clusterIndex(c.Name)
	zones := c.Zones
	if len(zones) == 0 {
		zones = []string{""}
	}
	var list []asker
	for _, zone := range zones {
		l := locality{region: r.Name, zone: zone}
		from := class{locality: l, labels: augmented(nil, l, c.Name, m.networks.of(i)), clusters: []int{i}}
		w := m.sidecarWays(s.namespace, from, call{to: s, request: request{host: s.host, port: mesh.FirstPort(ms.Ports)}}, p)
		list = append(list, asker{ways: &w, part: 1, caller: flow.Caller{Cluster: c.Name, Region: r.Name, Zone: zone}, pods: func(st *state) int {
			if st.lostRegion(r.Name) {
				return 0
			}
			return 1
		}})
	}
	return list
}
