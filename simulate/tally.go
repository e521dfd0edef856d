package simulate

import (
	"github.com/meshtopo/meshtopo/flow"
)

// tally adds up what a run did, by who and whom.
type tally struct {
	st     *state
	run    *run
	talks  map[pair]*talk
	order  []pair // those of talks, as they were met
	drops  map[dropKey]float64
	drains map[drainKey]*flow.Drain
	asked  map[string]float64 // requests to a service, or that would have gone there
}

// talk is what one client sends to one service.
type talk struct {
	to   *service // nil when only drops were met
	sent float64  // with what would have been sent
	hops []hopSum // by server of the service
}

type hopSum struct{ rps, errors float64 }

type dropKey struct {
	from               flow.Client
	service, kind, why string
}

type drainKey struct {
	from    flow.Client
	service string
	port    int
	subset  string
}

type pair struct {
	from    flow.Client
	service string
}

func (r *run) tally() *tally {
	t := &tally{
		st: r.st, run: r, talks: map[pair]*talk{}, drops: map[dropKey]float64{}, drains: map[drainKey]*flow.Drain{}, asked: map[string]float64{},
	}
	for i := range r.doors {
		t.door(&r.doors[i])
	}
	for i := range r.straight {
		t.straight(&r.straight[i])
	}
	for _, s := range r.st.model.services {
		for i := range s.calls {
			for k := range s.classes {
				if rps := r.leg(s, i, k); rps > 0 {
					from := flow.Client{Service: s.ref(), Region: s.classes[k].locality.region}
					t.ways(from, &s.calls[i].ways[k], s.calls[i].to.ref(), rps, r.callers(s, k))
				}
			}
		}
	}
	return t
}

// leg is how many requests a class of a service's pods made for one of its calls.
func (r *run) leg(s *service, call, class int) float64 {
	return r.legs[r.st.model.base.legs[s.index]+call*len(s.classes)+class]
}

// callers is how many healthy pods of a class there are.
func (r *run) callers(s *service, class int) int {
	n := 0
	for g := range s.groups {
		if s.groups[g].class == class {
			n += r.st.healthy(s, g)
		}
	}
	return n
}

// healthy is how many pods of a group answer.
func (st *state) healthy(s *service, group int) int {
	if st.present[s.index] == nil {
		return s.groups[group].pods
	}
	return st.present[s.index][group] - st.failing[s.index][group]
}

func (t *tally) door(d *doorway) {
	g := t.st.model.gateways[d.gateway]
	from := flow.Client{Gateway: g.of.Name, Region: g.classes[d.class].locality.region}
	if d.lost {
		t.drop(from, d.ways.target(), flow.LostClient, g.whyLost(t.st.model), d.rps)
		return
	}
	t.ways(from, d.ways, d.ways.target(), d.rps, max(1, int(g.parts[d.class]*float64(g.pods)+0.5)))
}

// whyLost says why nothing enters at a gateway.
func (g *gateway) whyLost(m *Model) string {
	if g.pods == 0 {
		return "gateway " + g.of.Name + " has no pods in cluster " + m.clusterName(g.cluster)
	}
	return "gateway " + g.of.Name + " is lost in cluster " + m.clusterName(g.cluster)
}

// straight adds requests that came straight to the pods of a service. Those for lost pods are dropped in the regions of these.
func (t *tally) straight(w *straightway) {
	s, ref := w.service, w.service.ref()
	t.asked[ref] += w.rps - w.lost
	pods := t.st.model.base.pods[s.index]
	total := sum(pods)
	if total == 0 {
		t.drop(flow.Client{Service: ref}, ref, flow.LostClient, "no pod of "+ref+" is there for requests to enter at", w.lost)
	}
	for g, n := range pods {
		if lost := n - t.st.healthy(s, g); lost > 0 {
			from := flow.Client{Service: ref, Region: s.groups[g].locality.region}
			t.drop(from, ref, flow.LostClient, "pods of "+ref+" that requests would have entered at are lost", w.rps*float64(lost)/float64(total))
		}
	}
}

func (t *tally) drop(from flow.Client, service, kind, why string, rps float64) {
	if rps <= 0 {
		return
	}
	t.drops[dropKey{from, service, kind, why}] += rps
	if kind != flow.Errors {
		t.talk(from, service, nil).sent += rps
		t.asked[service] += rps
	}
}

// talk gives the sums of a client and a service.
func (t *tally) talk(from flow.Client, ref string, to *service) *talk {
	key := pair{from, ref}
	sums := t.talks[key]
	if sums == nil {
		sums = &talk{}
		t.talks[key] = sums
		t.order = append(t.order, key)
	}
	if to != nil && sums.to == nil {
		sums.to, sums.hops = to, make([]hopSum, len(to.servers))
	}
	return sums
}

// ways adds the requests of one client on all their ways.
func (t *tally) ways(from flow.Client, w *ways, to string, rps float64, clients int) {
	if len(w.way) == 0 {
		t.drop(from, to, w.kind, w.why, rps)
		return
	}
	if w.aborted > 0 {
		t.drop(from, to, flow.Fault, w.routed.field+" of "+w.routed.object.String()+" aborts "+percent(w.aborted), rps*w.aborted)
	}
	for i := range w.way {
		part := rps * (1 - w.aborted) * w.way[i].weight
		if p := w.way[i].policy; p != nil {
			t.flow(from, p, t.st.outcome(p, w.way[i].client), part, clients)
		} else {
			t.drop(from, to, flow.NoRoute, w.way[i].why, part)
		}
	}
}

// flow adds the requests of one client to one Envoy cluster.
func (t *tally) flow(from flow.Client, p *policy, out *outcome, rps float64, clients int) {
	s := p.service
	sums := t.talk(from, s.ref(), s)
	if out.lost > 0 {
		t.drop(from, s.ref(), flow.NoEndpoint, p.whyLost(out), rps*out.lost)
	}
	if out.failed > 0 {
		t.drop(from, s.ref(), flow.Errors, p.whyErrors(out), rps*out.failed)
	}
	t.st.eachGroup(out, func(g int, sent, errors float64) {
		h := &sums.hops[s.serverOf[g]]
		h.rps += rps * sent
		h.errors += rps * errors
		sums.sent += rps * sent
	})
	t.asked[s.ref()] += rps * (1 - out.lost)
	t.drain(from, p, out, rps, clients)
}

// eachGroup visits the groups that get requests: the part of the client's requests, and how much of it is answered with errors. The
// ejected hosts of a cell are taken to be evenly among its failing ones.
func (st *state) eachGroup(out *outcome, visit func(group int, sent, errors float64)) {
	s := out.policy.service
	for c, perHost := range out.perHost {
		if perHost == 0 {
			continue
		}
		for _, g := range out.policy.cells[c].groups {
			hosts, failing := st.pods(s, g)
			if out.failing[c] == out.hosts[c] {
				failing = hosts // a cut link makes all of them fail
			}
			bad, perPod := float64(failing), out.perPod(c)
			if direct := out.behind == nil || out.pods[c] == out.hosts[c]; direct && !out.panics(c) && out.failing[c] > 0 {
				bad *= 1 - float64(out.ejected[c])/float64(out.failing[c])
			}
			if sent := perPod * (float64(hosts-failing) + bad); sent > 0 {
				visit(g, sent, perPod*bad)
			}
		}
	}
}

// pods gives how many pods of a group EDS holds, and how many of these fail.
func (st *state) pods(s *service, group int) (present, failing int) {
	if st.present[s.index] == nil {
		return s.groups[group].pods, 0
	}
	return st.present[s.index][group], st.failing[s.index][group]
}

// drain notes how long the slowest client of a region takes to eject what fails.
func (t *tally) drain(from flow.Client, p *policy, out *outcome, rps float64, clients int) {
	failing, ejected := sum(out.failing), sum(out.ejected)
	if p.outlier == nil || ejected == 0 && out.failed == 0 {
		return // nothing fails that this client uses
	}
	key := drainKey{from, p.service.ref(), p.port, p.subset}
	d := t.drains[key]
	if d == nil {
		d = &flow.Drain{From: from, Service: p.service.ref(), Errors: p.outlier.errors(), Why: p.outlier.drainText()}
		t.drains[key] = d
	}
	d.Failing, d.Ejected = max(d.Failing, failing), max(d.Ejected, ejected)
	d.Failed += d.Errors * ejected * max(1, clients)
	if each := rps / float64(max(1, clients)); ejected > 0 && each > 0 && len(t.st.model.mesh.Demand) > 0 {
		d.Seconds = max(d.Seconds, out.takes*float64(d.Errors)/each)
	}
}

func sum(list []int) int {
	n := 0
	for _, v := range list {
		n += v
	}
	return n
}
