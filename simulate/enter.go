package simulate

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

// dead says whether nothing is left of a class of a gateway's pods, or nothing was there.
func (r *run) dead(gateway, class int) bool {
	if r.st.model.gateways[gateway].pods == 0 {
		return true
	}
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
