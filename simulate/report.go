package simulate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshtopo/meshtopo/flow"
)

// Run says where traffic goes in a scenario.
func (m *Model) Run(s Scenario) *flow.Report { return m.newState(s).push().report(s) }

func (r *run) report(s Scenario) *flow.Report {
	t, m := r.tally(), r.st.model
	report := &flow.Report{
		Topology: m.mesh.Name, Lost: lostNames(s), Mode: s.Mode, Declared: len(m.mesh.Demand) > 0,
		Hops: t.hopList(), EndToEnd: t.served(), Dropped: t.dropList(), Utilization: t.utilization(), Drains: t.drainList(), Notes: slices.Clone(m.notes),
	}
	if r.st.frozen {
		report.Notes = append(report.Notes, "the control plane is lost: nothing is taken from EDS, so what is removed fails instead")
	}
	report.Totals = t.totals(report)
	if !report.Declared {
		report.WithoutRates()
	}
	return report
}

func lostNames(s Scenario) []string {
	names := make([]string, 0, len(s.Lost))
	for _, p := range s.Lost {
		names = append(names, p.String())
	}
	return names
}

// compareClients puts gateways before services.
func compareClients(x, y flow.Client) int {
	if (x.Gateway == "") != (y.Gateway == "") {
		return cmp.Compare(x.Service, y.Service) // one of them is empty
	}
	return cmp.Or(cmp.Compare(x.Gateway, y.Gateway), cmp.Compare(x.Service, y.Service), cmp.Compare(x.Region, y.Region))
}

func (t *tally) hopList() []flow.Hop {
	hops := make([]flow.Hop, 0, t.used())
	for _, key := range t.pairs() {
		k := t.talks[key]
		for i, h := range k.hops {
			if h.rps > 0 {
				hops = append(hops, flow.Hop{From: key.from, To: k.to.servers[i], Share: h.rps / k.sent, Errors: h.errors / k.sent, RPS: h.rps})
			}
		}
	}
	return hops
}

// used counts the hops that requests take.
func (t *tally) used() int {
	n := 0
	for _, k := range t.talks {
		for _, h := range k.hops {
			if h.rps > 0 {
				n++
			}
		}
	}
	return n
}

// pairs gives who talks to whom: gateways first, then services, each by name and region.
func (t *tally) pairs() []pair {
	slices.SortFunc(t.order, func(x, y pair) int { return cmp.Or(compareClients(x.from, y.from), cmp.Compare(x.service, y.service)) })
	return t.order
}

func (t *tally) dropList() []flow.Drop {
	drops := []flow.Drop{}
	for key, rps := range t.drops {
		drops = append(drops, flow.Drop{From: key.from, Service: key.service, Kind: key.kind, Why: key.why, RPS: rps, Share: rps / t.talks[pair{key.from, key.service}].sent})
	}
	slices.SortFunc(drops, func(x, y flow.Drop) int {
		return cmp.Or(compareClients(x.From, y.From), cmp.Compare(x.Service, y.Service), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Why, y.Why))
	})
	return drops
}

func (t *tally) drainList() []flow.Drain {
	keys := slices.SortedFunc(maps.Keys(t.drains), func(x, y drainKey) int {
		return cmp.Or(compareClients(x.from, y.from), cmp.Compare(x.service, y.service), cmp.Compare(x.port, y.port), cmp.Compare(x.subset, y.subset))
	})
	drains := []flow.Drain{}
	for _, key := range keys {
		drains = append(drains, *t.drains[key])
	}
	return drains
}

// served adds up what the pods of each service answered, by region and version.
func (t *tally) served() []flow.Served {
	list := []flow.Served{}
	for _, s := range t.st.model.services {
		from, first := t.st.model.base.groups[s.index], len(list)
		for g := range s.groups {
			rps := t.run.arrived[from+g]
			if rps == 0 {
				continue
			}
			key := flow.Served{Service: s.ref(), Region: s.groups[g].locality.region, Version: s.groups[g].version}
			i := slices.IndexFunc(list[first:], func(have flow.Served) bool { return have.Region == key.Region && have.Version == key.Version })
			if i < 0 {
				i, list = len(list)-first, append(list, key)
			}
			list[first+i].RPS += rps
		}
		for i := range list[first:] {
			list[first+i].Share = list[first+i].RPS / t.asked[s.ref()]
		}
		slices.SortFunc(list[first:], func(x, y flow.Served) int {
			return cmp.Or(cmp.Compare(x.Region, y.Region), cmp.Compare(x.Version, y.Version))
		})
	}
	return list
}

func (t *tally) utilization() []flow.Utilization {
	servers := 0
	for _, s := range t.st.model.services {
		servers += len(s.servers)
	}
	list := make([]flow.Utilization, 0, servers)
	for _, s := range t.st.model.services {
		for _, u := range t.run.utilization(s) {
			if u.RPS > 0 || u.Endpoints > 0 {
				list = append(list, u)
			}
		}
	}
	return list
}

// utilization is the load of each version of a service in each cluster. Clients prefer their own zone, so that the pods of one zone
// may have more to do than those of another: the busiest zone counts.
func (r *run) utilization(s *service) []flow.Utilization {
	list := make([]flow.Utilization, len(s.servers))
	from := r.st.model.base.groups[s.index]
	for g := range s.groups {
		u, healthy := &list[s.serverOf[g]], r.st.healthy(s, g)
		u.Endpoints += healthy
		u.RPS += r.arrived[from+g]
		capacity := s.groups[g].capacity * float64(healthy)
		u.Capacity += capacity
		if capacity > 0 {
			u.Utilization = max(u.Utilization, r.arrived[from+g]/capacity)
		}
	}
	for i := range list {
		list[i].Server = s.servers[i]
	}
	return list
}

func (t *tally) totals(r *flow.Report) flow.Totals {
	var sums flow.Totals
	for _, e := range t.st.model.entries {
		sums.RPS += e.rps
	}
	dropped := 0.0
	for _, d := range r.Dropped {
		if d.Kind != flow.Answered {
			dropped += d.RPS
		}
	}
	if sums.RPS > 0 {
		sums.DroppedShare = min(1, dropped/sums.RPS)
	}
	for _, h := range r.Hops {
		if h.From.Region != h.To.Region {
			sums.CrossRegionRPS += h.RPS
		}
	}
	for _, u := range r.Utilization {
		sums.MaxUtilization = max(sums.MaxUtilization, u.Utilization)
	}
	return sums
}

func percent(share float64) string {
	return strings.TrimSuffix(tenths(100*share), ".0") + " %"
}

// named is what a policy's Envoy cluster is called in a sentence.
func (p *policy) named() string {
	if p.subset == "" {
		return p.service.ref()
	}
	return "subset " + p.subset + " of " + p.service.ref()
}

// whyLost says why requests have no endpoint to go to.
func (p *policy) whyLost(out *outcome) string {
	total, all := out.total(), sum(out.hosts)
	switch {
	case all == 0:
		return "no endpoint of " + p.named() + " is left"
	case total == 0:
		return "distribute sends all requests of these clients to localities where " + p.named() + " has no endpoint"
	}
	return fmt.Sprintf("all %s of %s are ejected, or the priorities that are left have none", count(total, "endpoint"), p.named())
}

// whyErrors says why failing endpoints get requests.
func (p *policy) whyErrors(out *outcome) string {
	failing, total, ejected := sum(out.failing), out.total(), sum(out.ejected)
	text := fmt.Sprintf("%d of %s of %s fail", failing, count(total, "endpoint"), p.named())
	switch o := p.outlier; {
	case o == nil:
		return text + ", and without outlierDetection none is ejected"
	case o.errors() == 0:
		return text + ", and outlierDetection counts no errors"
	case ejected == 0 && out.ejectable() == 0:
		return text + fmt.Sprintf("; outlierDetection ejects none, since 1 of %d is %s %% and maxEjectionPercent is %d", total, tenths(100/float64(total)), o.maxPercent)
	}
	return text + fmt.Sprintf("; outlierDetection ejects %d, and may eject %d (maxEjectionPercent %d)", ejected, out.ejectable(), p.outlier.maxPercent)
}

func tenths(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return itoa(n) + " " + what + "s"
}

// drainText says when an endpoint is ejected and when it comes back.
func (o *outlier) drainText() string {
	if o.errors() == 0 {
		return "outlierDetection counts no errors"
	}
	return fmt.Sprintf("ejected after %s in a row; back after %s, looked at every %s", count(o.errors(), "error"), o.base, o.interval)
}
