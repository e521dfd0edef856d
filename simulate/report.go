package simulate

import (
	"fmt"
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

func clientKey(c flow.Client) string { return c.Gateway + "\x00" + c.Service + "\x00" + c.Region }

func serverKey(s flow.Server) string {
	return s.Service + "\x00" + s.Region + "\x00" + s.Cluster + "\x00" + s.Version
}

// gatewaysFirst puts gateways before services.
func gatewaysFirst(c flow.Client) string {
	if c.Gateway != "" {
		return "0" + clientKey(c)
	}
	return "1" + clientKey(c)
}

func (t *tally) hopList() []flow.Hop {
	hops := []flow.Hop{}
	for _, key := range sortedBy(t.hops, func(k hopKey) string { return gatewaysFirst(k.from) + "\x00" + serverKey(k.to) }) {
		h := t.hops[key]
		all := t.sent[pair{key.from, key.to.Service}]
		hops = append(hops, flow.Hop{From: key.from, To: key.to, Share: h.rps / all, Errors: h.errors / all, RPS: h.rps})
	}
	return hops
}

func (t *tally) dropList() []flow.Drop {
	drops := []flow.Drop{}
	for _, key := range sortedBy(t.drops, func(k dropKey) string {
		return gatewaysFirst(k.from) + "\x00" + k.service + "\x00" + k.kind + "\x00" + k.why
	}) {
		rps := t.drops[key]
		drops = append(drops, flow.Drop{From: key.from, Service: key.service, Kind: key.kind, Why: key.why, RPS: rps, Share: rps / t.sent[pair{key.from, key.service}]})
	}
	return drops
}

func (t *tally) drainList() []flow.Drain {
	drains := []flow.Drain{}
	for _, key := range sortedBy(t.drains, func(k drainKey) string {
		return gatewaysFirst(k.from) + "\x00" + k.service + "\x00" + itoa(k.port) + k.subset
	}) {
		drains = append(drains, *t.drains[key])
	}
	return drains
}

// served adds up what the pods of each service answered, by region and version.
func (t *tally) served() []flow.Served {
	sums := map[flow.Served]float64{}
	for _, s := range t.st.model.services {
		from := t.st.model.base.groups[s.index]
		for g := range s.groups {
			if rps := t.run.arrived[from+g]; rps > 0 {
				sums[flow.Served{Service: s.ref(), Region: s.groups[g].locality.region, Version: s.groups[g].version}] += rps
			}
		}
	}
	list := []flow.Served{}
	for _, key := range sortedBy(sums, func(k flow.Served) string { return k.Service + "\x00" + k.Region + "\x00" + k.Version }) {
		key.RPS = sums[key]
		list = append(list, key)
	}
	for i := range list {
		list[i].Share = list[i].RPS / t.asked[list[i].Service]
	}
	return list
}

// utilization adds up the load of each version of a service in each cluster.
func (t *tally) utilization() []flow.Utilization {
	sums := map[flow.Server]*flow.Utilization{}
	for _, s := range t.st.model.services {
		from := t.st.model.base.groups[s.index]
		for g := range s.groups {
			key := t.st.model.server(s, g)
			u := sums[key]
			if u == nil {
				u = &flow.Utilization{Server: key}
				sums[key] = u
			}
			u.Endpoints += t.st.healthy(s, g)
			u.RPS += t.run.arrived[from+g]
			u.Capacity += s.groups[g].capacity * float64(t.st.healthy(s, g))
		}
	}
	list := []flow.Utilization{}
	for _, key := range sortedBy(sums, serverKey) {
		u := *sums[key]
		if u.Capacity > 0 {
			u.Utilization = u.RPS / u.Capacity
		}
		if u.RPS > 0 || u.Endpoints > 0 {
			list = append(list, u)
		}
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
		dropped += d.RPS
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
	return fmt.Sprintf("%s in a row eject an endpoint; it comes back after %s, which is looked at every %s, and then takes as many errors again",
		count(o.errors(), "error"), o.base, o.interval)
}
