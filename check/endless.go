package check

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// maxCircle bounds the services that call each other in circles of which no single one is endless: to tell whether all together
// are takes the third power of their number.
const maxCircle = 256

// shownCalls is how many services of a circle a finding names.
const shownCalls = 8

// endless is so many requests for each one that they never die out, or so slowly that the simulator does not follow them.
const endless = 0.9999

// checkEndless reports circles of calls in which each request makes at least one more of its kind.
func (c *checker) checkEndless() {
	g := c.callGraph()
	reported := map[int]bool{}
	alone := callGraph{edges: make([][]callEdge, len(g.edges))} // a circle in it is endless by itself
	for i, list := range g.edges {
		alone.edges[i] = slices.DeleteFunc(slices.Clone(list), func(e callEdge) bool { return e.times < endless })
	}
	for _, part := range alone.circles() {
		c.addEndless(alone.circle(part))
		for _, i := range part {
			reported[i] = true
		}
	}
	for _, part := range g.circles() {
		switch {
		case slices.ContainsFunc(part, func(i int) bool { return reported[i] }), g.shrinks(part):
		case len(part) > maxCircle:
			c.add(diag.New(diag.Limit, g.edges[part[0]][0].path, "%d services call each other in circles; the limit is %d", len(part), maxCircle).
				WithFix("leave out calls"))
		case !diesOut(g.matrix(part)):
			c.addEndless(g.circle(part))
		}
	}
}

func (c *checker) addEndless(circle []callEdge) {
	names, times := []string{c.order[circle[len(circle)-1].to].Name}, 1.0
	for _, e := range circle {
		names = append(names, c.order[e.to].Name)
		times *= e.times
	}
	what := "each request makes " + strconv.FormatFloat(times, 'g', 6, 64) + " more of its kind"
	switch alone := math.Pow(times, 1/float64(len(circle))) >= endless; {
	case alone && times < 1:
		what += ", which dies out too slowly to be followed"
	case !alone:
		what = "with other circles through the same services, each request makes one or nearly one of its kind"
	}
	if n := len(names); n > shownCalls {
		names = append(slices.Clone(names[:shownCalls-2]), "...", names[n-1])
	}
	found := diag.New(diag.EndlessCalls, circle[0].path, "the calls %s never end: %s", strings.Join(names, " -> "), what)
	for _, e := range circle[1:min(len(circle), shownCalls)] {
		found = found.WithRelated(e.path, "service %s is called here", c.order[e.to].Name)
	}
	c.add(found)
}

// callGraph is who calls whom, and how often: edges by the caller's place in checker.order.
type callGraph struct{ edges [][]callEdge }

// callEdge is all calls of one service to another.
type callEdge struct {
	to    int
	times float64   // calls for each request served
	path  diag.Path // of the first of the calls
}

func (c *checker) callGraph() callGraph {
	places := map[string]int{}
	for i, s := range c.order {
		first(places, s.ref(), i)
	}
	g := callGraph{edges: make([][]callEdge, len(c.order))}
	for i, s := range c.order {
		at := map[int]int{}
		for j, call := range s.Calls {
			to, ok := places[mesh.Qualified(call.Service, s.Namespace)]
			if !ok {
				continue // reported as an unknown reference
			}
			if _, again := at[to]; !again {
				at[to] = len(g.edges[i])
				g.edges[i] = append(g.edges[i], callEdge{to: to, path: s.path.Key("calls").Index(j)})
			}
			g.edges[i][at[to]].times += cmp.Or(call.Times, 1)
		}
	}
	return g
}

// circles gives the strongly connected parts of the graph that have an edge, each sorted, by their first service (Tarjan).
func (g callGraph) circles() [][]int {
	var parts [][]int
	var stack []int
	index, low, on := make([]int, len(g.edges)), make([]int, len(g.edges)), make([]bool, len(g.edges))
	n := 0
	var visit func(v int)
	visit = func(v int) {
		n++
		index[v], low[v], on[v] = n, n, true
		stack = append(stack, v)
		for _, e := range g.edges[v] {
			if index[e.to] == 0 {
				visit(e.to)
				low[v] = min(low[v], low[e.to])
			} else if on[e.to] {
				low[v] = min(low[v], index[e.to])
			}
		}
		if low[v] != index[v] {
			return
		}
		at := slices.Index(stack, v)
		part := slices.Clone(stack[at:])
		stack = stack[:at]
		for _, w := range part {
			on[w] = false
		}
		if slices.Sort(part); len(part) > 1 || g.calls(v, v) {
			parts = append(parts, part)
		}
	}
	for v := range g.edges {
		if index[v] == 0 {
			visit(v)
		}
	}
	slices.SortFunc(parts, func(x, y []int) int { return cmp.Compare(x[0], y[0]) })
	return parts
}

func (g callGraph) calls(from, to int) bool {
	return slices.ContainsFunc(g.edges[from], func(e callEdge) bool { return e.to == to })
}

// circle gives a shortest circle through the first service of a strongly connected part; its first edge is that service's.
func (g callGraph) circle(part []int) []callEdge {
	type step struct {
		from int
		edge callEdge
	}
	start, came := part[0], map[int]step{}
	for queue := []int{start}; len(queue) > 0; queue = queue[1:] {
		for _, e := range g.edges[queue[0]] {
			if _, seen := came[e.to]; !seen && slices.Contains(part, e.to) {
				came[e.to] = step{queue[0], e}
				queue = append(queue, e.to)
			}
		}
	}
	circle := []callEdge{came[start].edge}
	for v := came[start].from; v != start; v = came[v].from {
		circle = append(circle, came[v].edge)
	}
	slices.Reverse(circle)
	return circle
}

// shrinks says whether every service of a part makes less than one call inside it, so that no circle in it can be endless.
func (g callGraph) shrinks(part []int) bool {
	for _, row := range g.rows(part) {
		sum := 0.0
		for _, times := range row {
			sum += times
		}
		if sum >= endless {
			return false
		}
	}
	return true
}

// rows gives the calls inside a part: how often, by callee, for each caller; places are those in the part.
func (g callGraph) rows(part []int) []map[int]float64 {
	at := map[int]int{}
	for i, v := range part {
		at[v] = i
	}
	rows := make([]map[int]float64, len(part))
	for i, v := range part {
		rows[i] = map[int]float64{}
		for _, e := range g.edges[v] {
			if j, ok := at[e.to]; ok {
				rows[i][j] = e.times
			}
		}
	}
	return rows
}

func (g callGraph) matrix(part []int) [][]float64 {
	m := make([][]float64, len(part))
	for i, row := range g.rows(part) {
		m[i] = make([]float64, len(part))
		for j, times := range row {
			m[i][j] = times
		}
	}
	return m
}

// diesOut says whether requests that make m[i][j] requests to j for each one to i end, which is whether the spectral radius of m is
// less than endless. One service after the other is taken out, and its callers get its calls, as often as it is called: what then
// calls itself once or more is endless. (It is Gauss's elimination of 1-m, whose pivots are all positive for just these m.)
func diesOut(m [][]float64) bool {
	for _, row := range m {
		for i := range row {
			row[i] /= endless
		}
	}
	for v := range m {
		if m[v][v] >= 1 {
			return false
		}
		for u := v + 1; u < len(m); u++ {
			if m[u][v] == 0 {
				continue
			}
			often := m[u][v] / (1 - m[v][v])
			for w := v + 1; w < len(m); w++ {
				if m[v][w] != 0 {
					m[u][w] += often * m[v][w]
				}
			}
		}
	}
	return true
}
