package simulate

import (
	"slices"

	"github.com/meshtopo/meshtopo/flow"
)

// Harm says what hurts in a scenario.
func (m *Model) Harm(s Scenario) flow.Harm { return m.newState(s).push().harm(s) }

// harm sums up what hurts in a scenario, without the lists of a report.
func (r *run) harm(s Scenario) flow.Harm {
	h := harmSum{run: r, declared: len(r.st.model.mesh.Demand) > 0}
	for i := range r.doors {
		h.door(&r.doors[i])
	}
	for i := range r.straight {
		h.dropped += r.straight[i].lost
		h.lost += r.straight[i].lost
	}
	for _, s := range r.st.model.services {
		for i := range s.calls {
			for k := range s.classes {
				if rps := r.leg(s, i, k); rps > 0 {
					h.ways(&s.calls[i].ways[k], s.calls[i].to.ref(), rps)
				}
			}
		}
	}
	return h.harm(s)
}

type harmSum struct {
	run                *run
	declared           bool
	dropped, crossing  float64
	lost               float64 // of dropped, what did not enter
	black, stuck, over []string
}

func (h *harmSum) door(d *doorway) {
	if d.lost {
		h.dropped += d.rps
		h.lost += d.rps
		return
	}
	h.ways(d.ways, d.ways.target(), d.rps)
}

func (h *harmSum) ways(w *ways, to string, rps float64) {
	if w.kind == flow.Answered {
		return
	}
	if len(w.way) == 0 {
		h.dropped += rps
		h.black = add(h.black, to)
		return
	}
	h.dropped += rps * w.aborted
	good := 0.0
	for i := range w.way {
		way := &w.way[i]
		part := rps * (1 - w.aborted) * way.weight
		if way.policy == nil {
			h.dropped += part
			continue
		}
		out := h.run.st.outcome(way.policy, way.client)
		h.dropped += part * (1 - out.good)
		h.crossing += part * out.crossing
		good += way.weight * out.good
		if out.stuck() {
			h.stuck = add(h.stuck, way.policy.service.ref())
		}
	}
	if good < 1e-9 {
		h.black = add(h.black, to)
	}
}

// stuck says whether requests end at failing endpoints though healthy ones elsewhere get none of what should go to them.
func (o *outcome) stuck() bool {
	if o.failed == 0 {
		return false
	}
	idle := false
	for c, hosts := range o.hosts {
		if hosts > o.failing[c] {
			if o.cells[c] > 0 {
				return false
			}
			idle = true
		}
	}
	return idle
}

func add(names []string, name string) []string {
	if name == "" || slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

func (h *harmSum) harm(s Scenario) flow.Harm {
	out := flow.Harm{Lost: lostNames(s), BlackHoles: sortedNames(h.black), StuckFailovers: sortedNames(h.stuck)}
	entered := 0.0
	for i := range h.run.st.model.entries {
		entered += h.run.st.model.entries[i].rps
	}
	if entered > 0 {
		out.DroppedShare = min(1, h.dropped/entered)
		out.LostDemand = h.lost / entered
	}
	if h.declared {
		out.CrossRegionRPS = h.crossing
		out.MaxUtilization = h.utilization()
	}
	out.Overloaded = sortedNames(h.over)
	return out
}

func sortedNames(names []string) []string {
	slices.Sort(names)
	return append([]string{}, names...)
}

// utilization is the largest part of its capacity that a version of a service has to bear in a cluster; it notes those over it.
func (h *harmSum) utilization() float64 {
	most := 0.0
	for _, s := range h.run.st.model.services {
		if !s.sized {
			continue
		}
		for _, u := range h.run.utilization(s) {
			most = max(most, u.Utilization)
			if u.Utilization > 1+1e-9 {
				h.over = add(h.over, s.ref())
			}
		}
	}
	return most
}
