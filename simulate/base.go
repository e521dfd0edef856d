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
