package simulate

// base is what all scenarios share.
type base struct {
	policies  []*policy
	byService [][]*policy // the policies whose endpoints a service's are
	pods      [][]int     // by service, then group
	groups    []int       // where a service's groups begin in a list of all
	legs      []int       // where a service's legs begin: one for each call and class
	total     struct{ groups, legs int }
	outcomes  [][]*outcome // by policy, then client, while nothing is lost
	none      []int        // zeros: what is ejected where nothing fails
}

func newBase(m *Model, p *policies) *base {
	b := &base{policies: p.list, byService: make([][]*policy, len(m.services))}
	for _, s := range m.services {
		b.groups, b.legs = append(b.groups, b.total.groups), append(b.legs, b.total.legs)
		b.total.groups += len(s.groups)
		b.total.legs += len(s.calls) * len(s.classes)
		pods := make([]int, len(s.groups))
		for i, g := range s.groups {
			pods[i] = g.pods
		}
		b.pods = append(b.pods, pods)
	}
	for _, p := range b.policies {
		b.byService[p.service.index] = append(b.byService[p.service.index], p)
	}
	return b
}

// reckon fills in the outcomes while nothing is lost.
func (b *base) reckon(m *Model) {
	cells := 0
	for _, p := range b.policies {
		cells = max(cells, len(p.cells))
	}
	b.none = make([]int, cells)
	st := &state{model: m}
	for _, p := range b.policies {
		out, counts := make([]*outcome, len(p.clients)), p.count(b.pods[p.service.index], nil)
		for i := range p.clients {
			out[i] = st.reckon(p, i, m.networks.seen(counts, p, p.clients[i]))
		}
		b.outcomes = append(b.outcomes, out)
	}
}

// outcome is where the requests of one client to one Envoy cluster go in a scenario.
type outcome struct {
	assignment
	spread
	ejected  []int     // by cell
	errs     []float64 // by cell, the part that is answered with errors; nil for none
	good     float64   // the part that is answered well
	failed   float64   // the part that is answered with errors
	crossing float64   // the part that leaves the client's region
	takes    float64   // see ejection
}

// outcome gives what becomes of a client's requests; what the scenario does not touch is the base's.
func (st *state) outcome(p *policy, client int) *outcome {
	service := p.service.index
	present, failing := st.present[service], st.failing[service]
	if present == nil && len(st.cut) == 0 {
		return st.model.base.outcomes[p.index][client]
	}
	if st.outcomes[p.index] == nil {
		if present == nil {
			present = st.model.base.pods[service]
		}
		st.outcomes[p.index], st.counts[p.index] = make([]*outcome, len(p.clients)), p.count(present, failing)
	}
	if known := st.outcomes[p.index][client]; known != nil {
		return known
	}
	out := st.reckon(p, client, st.model.networks.seen(st.counts[p.index], p, p.clients[client]))
	st.outcomes[p.index][client] = out
	return out
}

// reckon goes from pods to shares: istiod's assignment, the client's ejections, Envoy's spread.
func (st *state) reckon(p *policy, number int, c *counts) *outcome {
	client := p.clients[number]
	if len(st.cut) > 0 {
		c = c.beyond(st, p, client.locality)
	}
	if same := st.model.base.outcome(p, number); same != nil && !c.fewer && same.avoids(c) {
		return same
	}
	out := &outcome{assignment: p.assign(client, c)}
	if c.bad {
		e := out.eject(c.failing)
		out.ejected, out.spread, out.takes = e.ejected, e.out, e.takes
		out.errs = out.errors(&out.spread, out.ejected)
	} else {
		out.ejected = st.model.base.none[:len(p.cells)]
		out.spread = out.assignment.spread(out.ejected)
	}
	out.sum(client)
	return out
}

// outcome gives what becomes of a client's requests while nothing is lost; nil while that is being reckoned.
func (b *base) outcome(p *policy, client int) *outcome {
	if p.index >= len(b.outcomes) {
		return nil
	}
	return b.outcomes[p.index][client]
}

// avoids says whether no request goes where something fails: then nothing is ejected, and all stays as it is.
func (o *outcome) avoids(c *counts) bool {
	for i, failing := range c.failing {
		if o.perHost[i] > 0 && (failing > 0 || c.behind != nil && c.behind[i] > 0) {
			return false
		}
	}
	return true
}

func (o *outcome) sum(client class) {
	for i, part := range o.cells {
		if o.errs != nil {
			o.failed += o.errs[i]
		}
		if o.policy.cells[i].locality.region != client.locality.region {
			o.crossing += part
		}
	}
	o.good = max(0, 1-o.lost-o.failed)
}

// run is demand on its way through the call graph.
type run struct {
	st       *state
	arrived  []float64   // by group of all services: requests per second that were served
	waiting  []float64   // of these, those whose calls have not been made yet
	inbound  [][]float64 // by policy, then cell: requests for each host, not yet arrived
	legs     []float64   // by leg: requests made
	doors    []doorway
	straight []straightway
}

// doorway is the requests that entered at one class of a gateway.
type doorway struct {
	gateway, class int
	rps            float64
	ways           *ways
	lost           bool
}

// straightway is requests that came straight to a service's pods.
type straightway struct {
	service   *service
	rps, lost float64
}

// push sends the demand through the mesh.
func (st *state) push() *run {
	b := st.model.base
	floats := make([]float64, 2*b.total.groups+b.total.legs)
	r := &run{st: st, arrived: floats[:b.total.groups], waiting: floats[b.total.groups : 2*b.total.groups], legs: floats[2*b.total.groups:], inbound: make([][]float64, len(b.policies))}
	for i := range st.model.entries {
		r.enter(&st.model.entries[i])
	}
	for _, circle := range st.model.order {
		r.settle(circle)
	}
	return r
}

// rounds bounds how often requests go round a circle of calls. A circle that does not die out is refused by a rule (MT505).
const rounds = 10000

// settle lets the services of a circle, or one service, make the calls for all requests that reach them.
func (r *run) settle(circle []int) {
	for range rounds {
		moved := false
		for _, i := range circle {
			s := r.st.model.services[i]
			r.land(s)
			moved = r.call(s) || moved
		}
		if !moved {
			return
		}
	}
}

// land turns what was sent to the Envoy clusters of a service into requests served by its pods.
func (r *run) land(s *service) {
	b := r.st.model.base
	present, failing := r.st.present[s.index], r.st.failing[s.index]
	if present == nil {
		present = b.pods[s.index]
	}
	from := b.groups[s.index]
	for _, p := range b.byService[s.index] {
		in := r.inbound[p.index]
		for c := range in {
			if in[c] == 0 {
				continue
			}
			for _, g := range p.cells[c].groups {
				healthy := present[g]
				if failing != nil {
					healthy -= failing[g]
				}
				r.arrived[from+g] += in[c] * float64(healthy)
				r.waiting[from+g] += in[c] * float64(healthy)
			}
			in[c] = 0
		}
	}
}

// negligible is so small a rate that its calls are not followed.
const negligible = 1e-12

// call makes the calls for the requests that a service has served; it says whether there were any.
func (r *run) call(s *service) bool {
	if len(s.calls) == 0 || len(s.groups) == 0 {
		return false
	}
	from := r.st.model.base.groups[s.index]
	byClass, any := make([]float64, len(s.classes)), false
	for g := range s.groups {
		if w := r.waiting[from+g]; w > negligible {
			byClass[s.groups[g].class] += w
			any = true
		}
		r.waiting[from+g] = 0
	}
	if !any {
		return false
	}
	leg := r.st.model.base.legs[s.index]
	for i := range s.calls {
		c := &s.calls[i]
		for k := range s.classes {
			if n := byClass[k] * c.times; n > 0 {
				r.legs[leg+i*len(s.classes)+k] += n
				r.send(&c.ways[k], n)
			}
		}
	}
	return true
}

// send passes requests on to Envoy clusters.
func (r *run) send(w *ways, n float64) {
	n *= 1 - w.aborted
	for i := range w.way {
		way := &w.way[i]
		if way.policy == nil {
			continue
		}
		out := r.st.outcome(way.policy, way.client)
		in := r.inbound[way.policy.index]
		if in == nil {
			in = make([]float64, len(way.policy.cells))
			r.inbound[way.policy.index] = in
		}
		for c := range out.perHost {
			if perPod := out.perPod(c); perPod > 0 && !(len(r.st.cut) > 0 && r.st.isCut(way.policy.clients[way.client].locality.region, way.policy.cells[c].locality.region)) {
				in[c] += n * way.weight * perPod
			}
		}
	}
}

// enter lets demand in at its doors; where all are lost, at those of the first region it can move to.
func (r *run) enter(e *entrance) {
	if e.straight != nil {
		r.enterStraight(e)
		return
	}
	doors := e.doors
	if !r.open(doors) {
		for _, other := range e.failover {
			if r.open(other) {
				doors = other
				break
			}
		}
	}
	for i := range doors {
		d := &doors[i]
		r.through(d, e.rps/float64(len(doors)))
	}
}

func (r *run) open(doors []door) bool {
	for _, d := range doors {
		for k := range d.ways {
			if !r.dead(d.gateway, k) {
				return true
			}
		}
	}
	return false
}

func (r *run) dead(gateway, class int) bool {
	return r.st.dead != nil && r.st.dead[gateway] != nil && r.st.dead[gateway][class]
}

// through lets requests in at one gateway, at the pods that are left of it.
func (r *run) through(d *door, rps float64) {
	g := r.st.model.gateways[d.gateway]
	alive := 0.0
	for k, part := range g.parts {
		if !r.dead(d.gateway, k) {
			alive += part
		}
	}
	for k, part := range g.parts {
		way := doorway{gateway: d.gateway, class: k, ways: &d.ways[k], rps: rps * part}
		switch {
		case alive == 0:
			way.lost = true
		case r.dead(d.gateway, k):
			continue
		default:
			way.rps = rps * part / alive
			r.send(way.ways, way.rps)
		}
		r.doors = append(r.doors, way)
	}
}

// enterStraight lets requests in at the pods of a service, each as many; those for pods that are lost are lost.
func (r *run) enterStraight(e *entrance) {
	s, b := e.straight, r.st.model.base
	total, lost := 0, 0
	for _, n := range b.pods[s.index] {
		total += n
	}
	for g, n := range b.pods[s.index] {
		healthy := n
		if r.st.present[s.index] != nil {
			healthy = r.st.present[s.index][g] - r.st.failing[s.index][g]
		}
		lost += n - healthy
		if total > 0 {
			r.arrived[b.groups[s.index]+g] += e.rps * float64(healthy) / float64(total)
			r.waiting[b.groups[s.index]+g] += e.rps * float64(healthy) / float64(total)
		}
	}
	way := straightway{service: s, rps: e.rps, lost: e.rps}
	if total > 0 {
		way.lost = e.rps * float64(lost) / float64(total)
	}
	r.straight = append(r.straight, way)
}
