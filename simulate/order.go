package simulate

import "slices"

// callOrder gives the services such that callers come before callees; services that call each other in a circle are together. It is
// Tarjan's algorithm, without recursion, since a chain of calls may be long.
func (m *Model) callOrder() [][]int {
	t := tarjan{model: m, index: make([]int, len(m.services)), low: make([]int, len(m.services)), on: make([]bool, len(m.services))}
	for i := range m.services {
		if t.index[i] == 0 {
			t.visit(i)
		}
	}
	slices.Reverse(t.found) // Tarjan finds callees first
	return t.found
}

type tarjan struct {
	model      *Model
	index, low []int // from 1; 0 is not seen yet
	on         []bool
	stack      []int
	next       int
	found      [][]int
}

// step is a service on the way, and which of its calls comes next.
type step struct{ service, call int }

func (t *tarjan) visit(root int) {
	way := []step{{service: root}}
	t.enter(root)
	for len(way) > 0 {
		top := &way[len(way)-1]
		calls := t.model.services[top.service].calls
		if top.call < len(calls) {
			to := calls[top.call].to.index
			top.call++
			switch {
			case t.index[to] == 0:
				t.enter(to)
				way = append(way, step{service: to})
			case t.on[to]:
				t.low[top.service] = min(t.low[top.service], t.index[to])
			}
			continue
		}
		way = way[:len(way)-1]
		if len(way) > 0 {
			caller := way[len(way)-1].service
			t.low[caller] = min(t.low[caller], t.low[top.service])
		}
		t.leave(top.service)
	}
}

func (t *tarjan) enter(i int) {
	t.next++
	t.index[i], t.low[i], t.on[i] = t.next, t.next, true
	t.stack = append(t.stack, i)
}

// leave takes a finished circle from the stack.
func (t *tarjan) leave(i int) {
	if t.low[i] != t.index[i] {
		return
	}
	at := slices.Index(t.stack, i)
	circle := slices.Clone(t.stack[at:])
	for _, s := range circle {
		t.on[s] = false
	}
	t.stack = t.stack[:at]
	slices.Sort(circle)
	t.found = append(t.found, circle)
}
