package simulate

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
