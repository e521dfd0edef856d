package review

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/meshtopo/meshtopo/flow"
)

// visible is the least difference of a share that is reported: half a tenth of a percent, which no format shows.
const visible = 0.0005

// maxFlows bounds how many changes of flows are kept; what is found beyond is counted.
const maxFlows = 20_000

// TrafficComparison gathers how flows differ, scenario by scenario. The zero value is ready.
type TrafficComparison struct {
	allUp   map[flowKey]pairOfShares // while all is up, whether they differ or not
	flows   []FlowChange
	loads   map[loadKey]int // index in changed
	changed []LoadChange
	losses  []string
	held    int
}

// flowKey is whose requests to what.
type flowKey struct{ service, region, client string }

// pairOfShares is what one client gets before and after; nil where it sends nothing.
type pairOfShares struct{ before, after *Shares }

type loadKey struct {
	flow.Server
	over bool
}

// Add compares one scenario on both sides. The scenario in which all is up comes first: what differs there is not told again of losses that
// have no part in it.
func (t *TrafficComparison) Add(before, after *flow.Report) {
	lost := after.Lost
	if after.Mode == modeFailing {
		lost = failing(lost)
	}
	if len(lost) > 0 {
		t.losses = append(t.losses, lost...)
	}
	pairs := pairUp(sharesOf(before), sharesOf(after))
	if len(lost) == 0 {
		t.allUp = pairs
	}
	t.addFlows(lost, pairs, after.Totals.DroppedShare > before.Totals.DroppedShare+visible)
	t.addLoads(lost, before, after)
}

// pairUp puts the two sides of each flow together.
func pairUp(before, after map[flowKey]*Shares) map[flowKey]pairOfShares {
	pairs := make(map[flowKey]pairOfShares, len(after))
	for key, s := range before {
		pairs[key] = pairOfShares{before: s}
	}
	for key, s := range after {
		pairs[key] = pairOfShares{pairs[key].before, s}
	}
	return pairs
}

// sharesOf adds up where the requests of each client to each service go.
func sharesOf(r *flow.Report) map[flowKey]*Shares {
	all := map[flowKey]*Shares{}
	of := func(c flow.Client, service string) *Shares {
		key := flowKey{service, c.Region, clientName(c)}
		if all[key] == nil {
			all[key] = &Shares{Regions: map[string]float64{}, Clusters: map[string]float64{}, Versions: map[string]float64{}}
		}
		return all[key]
	}
	for _, h := range r.Hops {
		if good := h.Share - h.Errors; good > 0 {
			s := of(h.From, h.To.Service)
			s.Regions[h.To.Region] += good
			s.Clusters[h.To.Cluster] += good
			s.Versions[h.To.Version] += good
		}
	}
	for _, d := range r.Dropped {
		s := of(d.From, d.Service)
		if d.Kind == flow.Answered {
			s.Answered += d.Share
			continue
		}
		s.Dropped += d.Share
		s.Why = cmp.Or(s.Why, d.Why)
	}
	return all
}

func clientName(c flow.Client) string {
	if c.Gateway != "" {
		return "gateway " + c.Gateway
	}
	return c.Service
}

// addFlows notes the flows that differ. Clients of one region with the same change are one. Worse says that more is dropped in all.
func (t *TrafficComparison) addFlows(lost []string, pairs map[flowKey]pairOfShares, worse bool) {
	inThis, asked := map[string]int{}, askedFor(pairs)
	for _, key := range slices.SortedFunc(maps.Keys(pairs), compareFlowKeys) {
		p := pairs[key]
		if p.same() || len(lost) > 0 && (p.follows() || t.known(key, p)) {
			continue
		}
		f := FlowChange{Lost: lost, Service: key.service, From: key.region, Clients: []string{key.client}, Before: p.before, After: p.after, Risk: p.risk(asked[key.service], worse), Change: p.change(worse)}
		f.Says = f.Service + " in " + f.From + ": " + f.Change
		if i, ok := inThis[f.Says]; ok {
			t.flows[i].Clients = append(t.flows[i].Clients, key.client)
			continue
		}
		if len(t.flows) >= maxFlows {
			t.held++
			continue
		}
		inThis[f.Says] = len(t.flows)
		t.flows = append(t.flows, f)
	}
}

func compareFlowKeys(x, y flowKey) int {
	return cmp.Or(cmp.Compare(x.service, y.service), cmp.Compare(x.region, y.region), cmp.Compare(x.client, y.client))
}

// known says whether a loss adds nothing to what differs while all is up: the same parts of it, or a flow that only one side has anyway.
func (t *TrafficComparison) known(key flowKey, p pairOfShares) bool {
	up, ok := t.allUp[key]
	if !ok {
		return false
	}
	if (up.before == nil) != (up.after == nil) {
		return (p.before == nil) == (up.before == nil) && (p.after == nil) == (up.after == nil)
	}
	return !up.same() && delta(up) == delta(p)
}

// change says what differs, in words. What is dropped though nobody sent it before was answered elsewhere when more is dropped in all.
func (p pairOfShares) change(worse bool) string {
	if p.before == nil && p.after.gone() && worse {
		return "was answered elsewhere, now dropped"
	}
	return change(p.before, p.after)
}

// follows says whether a flow that only one side has in a scenario merely follows from where its clients are sent requests there.
func (p pairOfShares) follows() bool {
	return p.after == nil || p.before == nil && p.after.Dropped < visible
}

// delta is what a difference says, whoever it is of.
func delta(p pairOfShares) string { return change(p.before, p.after) }

func (p pairOfShares) same() bool {
	if p.before == nil || p.after == nil {
		return p.before == p.after
	}
	return sameShares(p.before.Regions, p.after.Regions) && sameShares(p.before.Versions, p.after.Versions) && sameShares(p.before.Clusters, p.after.Clusters) &&
		math.Abs(p.before.Dropped-p.after.Dropped) < visible && math.Abs(p.before.Answered-p.after.Answered) < visible
}

func sameShares(x, y map[string]float64) bool {
	for name := range x {
		if math.Abs(x[name]-y[name]) >= visible {
			return false
		}
	}
	for name := range y {
		if math.Abs(x[name]-y[name]) >= visible {
			return false
		}
	}
	return true
}

// onSides says on which sides anybody asks for a service.
type onSides struct{ before, after bool }

func askedFor(pairs map[flowKey]pairOfShares) map[string]onSides {
	asked := map[string]onSides{}
	for key, p := range pairs {
		was := asked[key.service]
		asked[key.service] = onSides{was.before || p.before != nil, was.after || p.after != nil}
	}
	return asked
}

// risk is by what is dropped. A flow of one side only is one that began, ended, or moved to clients elsewhere.
func (p pairOfShares) risk(asked onSides, worse bool) Risk {
	switch {
	case p.before == nil && p.after.Dropped > visible && worse:
		return Outage
	case p.before == nil && !asked.before && p.after.Dropped < visible:
		return Additive
	case p.after == nil && !asked.after:
		return Removal
	case p.before != nil && p.after != nil && p.after.Dropped > p.before.Dropped+visible:
		return Outage
	}
	return Traffic
}

// addLoads notes the versions of services whose load crosses their capacity. Of several losses that do it the worst is told.
func (t *TrafficComparison) addLoads(lost []string, before, after *flow.Report) {
	was := map[flow.Server]float64{}
	for _, u := range before.Utilization {
		was[u.Server] = u.Utilization
	}
	for _, u := range after.Utilization {
		old, now := was[u.Server], u.Utilization
		if _, ok := was[u.Server]; !ok || (old > 1+visible) == (now > 1+visible) {
			continue
		}
		c := LoadChange{Lost: lost, Service: u.Service, Version: u.Version, Cluster: u.Cluster, Before: old, After: now, Risk: None}
		if now > old {
			c.Risk = Outage
		}
		t.addLoad(loadKey{u.Server, now > old}, c)
	}
}

func (t *TrafficComparison) addLoad(key loadKey, c LoadChange) {
	if t.loads == nil {
		t.loads = map[loadKey]int{}
	}
	i, ok := t.loads[key]
	if !ok {
		t.loads[key] = len(t.changed)
		t.changed = append(t.changed, c)
		return
	}
	kept := &t.changed[i]
	if len(kept.Lost) > 0 && max(c.Before, c.After) > max(kept.Before, kept.After) {
		c.Alike = append(kept.Alike, kept.Lost)
		*kept = c
		return
	}
	kept.Alike = append(kept.Alike, c.Lost)
}

// Flows gives what differs, worst first, each change once with all the losses that have it.
func (t *TrafficComparison) Flows() []FlowChange {
	var list []FlowChange
	first := map[string]int{}
	for _, f := range t.flows {
		key := fmt.Sprintf("%q %q", f.Says, f.Clients)
		if i, ok := first[key]; ok && len(f.Lost) > 0 && len(list[i].Lost) > 0 {
			list[i].Alike = append(list[i].Alike, f.Lost)
			continue
		}
		first[key] = len(list)
		list = append(list, f)
	}
	slices.SortStableFunc(list, func(x, y FlowChange) int {
		return cmp.Or(cmp.Compare(y.Risk, x.Risk), cmp.Compare(len(x.Lost), len(y.Lost)), cmp.Compare(y.worse(), x.worse()))
	})
	return list
}

// worse is how much more is dropped.
func (f *FlowChange) worse() float64 {
	if f.Before == nil || f.After == nil {
		return 0
	}
	return f.After.Dropped - f.Before.Dropped
}

// Loads gives the loads that cross 100 %, overload first.
func (t *TrafficComparison) Loads() []LoadChange {
	slices.SortStableFunc(t.changed, func(x, y LoadChange) int {
		return cmp.Or(cmp.Compare(y.Risk, x.Risk), cmp.Compare(len(x.Lost), len(y.Lost)), cmp.Compare(y.After, x.After))
	})
	return t.changed
}

// Losses gives the places that were lost, one at a time, in the order of Add.
func (t *TrafficComparison) Losses() []string { return t.losses }

// Held is how many changes of flows were found and not kept.
func (t *TrafficComparison) Held() int { return t.held }
