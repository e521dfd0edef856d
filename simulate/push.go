package simulate

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

// rounds bounds how often requests go round a circle of calls. A rule (MT505) refuses circles that lose less than a ten thousandth
// at each call, so that after a third of the rounds nothing is left.
const rounds = 1_000_000

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
