package simulate

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Envoy's integer arithmetic: min(100, 140 * healthy / hosts) per cent of each priority, the rest spills down.
func TestPriorityLoads(t *testing.T) {
	for _, c := range []struct {
		name      string
		sets      []hostSet // hosts, ejected
		panic     float64
		loads     []int
		panicking []bool
	}{
		{"all healthy", []hostSet{{2, 0}, {2, 0}}, 0, []int{100, 0}, []bool{false, false}},
		{"1 of 2", []hostSet{{2, 1}, {1, 0}}, 0, []int{70, 30}, []bool{false, false}},
		{"5 of 7 is whole", []hostSet{{7, 2}, {1, 0}}, 0, []int{100, 0}, []bool{false, false}},
		{"2 of 3 is 93", []hostSet{{3, 1}, {1, 0}}, 0, []int{93, 7}, []bool{false, false}},
		{"first is down", []hostSet{{2, 2}, {2, 0}}, 0, []int{0, 100}, []bool{false, false}},
		{"spills over two", []hostSet{{4, 3}, {4, 3}, {4, 0}}, 0, []int{35, 35, 30}, []bool{false, false, false}},
		{"too little health is scaled", []hostSet{{10, 9}, {5, 4}, {10, 9}}, 0, []int{25, 50, 25}, []bool{false, false, false}},
		{"only the second is left, and not whole", []hostSet{{4, 4}, {4, 3}}, 0, []int{0, 100}, []bool{false, false}},
		{"all down", []hostSet{{2, 2}, {2, 2}}, 0, []int{100, 0}, []bool{false, false}},
		{"all down, panic", []hostSet{{2, 2}, {6, 6}}, 50, []int{25, 75}, []bool{true, true}},
		{"panic in thirds", []hostSet{{1, 1}, {1, 1}, {1, 1}}, 1, []int{34, 33, 33}, []bool{true, true, true}},
		{"below the threshold, but the second has enough", []hostSet{{4, 3}, {4, 0}}, 50, []int{35, 65}, []bool{false, false}},
		{"one in panic, and the first takes what rounding leaves", []hostSet{{10, 9}, {10, 5}}, 50, []int{17, 83}, []bool{true, false}},
		{"at the threshold", []hostSet{{2, 1}}, 50, []int{100}, []bool{false}},
		{"under the threshold", []hostSet{{2, 1}}, 51, []int{100}, []bool{true}},
		{"no priority", nil, 0, []int{}, []bool{}},
	} {
		loads, panicking := priorityLoads(c.sets, c.panic)
		if d := cmp.Diff(c.loads, loads); d != "" {
			t.Errorf("%s: loads (-want +got):\n%s", c.name, d)
		}
		if d := cmp.Diff(c.panicking, panicking); d != "" {
			t.Errorf("%s: panic (-want +got):\n%s", c.name, d)
		}
	}
}

// hostGroup is hosts in a locality of their own, as istiod sends them.
type hostGroup struct{ priority, weight, hosts int }

// assigned is an Envoy cluster of groups, one cell each.
func assigned(p policy, groups ...hostGroup) assignment {
	a := assignment{policy: &p, counts: &counts{}}
	for i, g := range groups {
		a.hosts = append(a.hosts, g.hosts)
		a.entries = append(a.entries, entry{cells: []int{i}, hosts: g.hosts, priority: g.priority, weight: g.weight})
	}
	a.weight, a.pods = a.hosts, a.hosts
	a.failing = make([]int, len(groups))
	return a
}

var approx = cmpopts.EquateApprox(0, 1e-12)

// The weights of localities count as far as their health goes, times 1.4; without weights every host counts alike; in panic every
// host counts, and neither weights nor ejections do.
func TestSpread(t *testing.T) {
	weighted, plain := policy{weighted: true}, policy{}
	for _, c := range []struct {
		name    string
		policy  policy
		groups  []hostGroup
		ejected []int
		cells   []float64
		lost    float64
	}{
		{"hosts alike", plain, []hostGroup{{0, 90, 1}, {0, 10, 3}}, []int{0, 0}, []float64{0.25, 0.75}, 0},
		{"weights", weighted, []hostGroup{{0, 90, 1}, {0, 10, 3}}, []int{0, 0}, []float64{0.9, 0.1}, 0},
		{"half of a locality", weighted, []hostGroup{{0, 50, 2}, {0, 50, 2}}, []int{1, 0}, []float64{0.7 / 1.7, 1 / 1.7}, 0},
		{"5 of 7 are enough", weighted, []hostGroup{{0, 90, 7}, {0, 10, 1}}, []int{2, 0}, []float64{0.9, 0.1}, 0},
		{"a locality is down", weighted, []hostGroup{{0, 90, 2}, {0, 10, 1}}, []int{2, 0}, []float64{0, 1}, 0},
		{"hosts alike, ejected", plain, []hostGroup{{0, 90, 3}, {0, 10, 3}}, []int{2, 0}, []float64{0.25, 0.75}, 0},
		{"priorities", plain, []hostGroup{{0, 2, 2}, {1, 3, 3}}, []int{1, 0}, []float64{0.7, 0.3}, 0},
		{"the second priority, by weights", weighted, []hostGroup{{0, 1, 1}, {1, 3, 1}, {1, 1, 1}}, []int{1, 0, 0}, []float64{0, 0.75, 0.25}, 0},
		{"nobody is left", plain, []hostGroup{{0, 1, 1}, {1, 1, 1}}, []int{1, 1}, []float64{0, 0}, 1},
		{"panic", policy{panicPercent: 50}, []hostGroup{{0, 1, 1}, {0, 1, 3}}, []int{1, 2}, []float64{0.25, 0.75}, 0},
		{"panic and weights", policy{panicPercent: 50, weighted: true}, []hostGroup{{0, 90, 1}, {0, 10, 3}}, []int{1, 2}, []float64{0.25, 0.75}, 0},
		{"panic at one priority", policy{panicPercent: 50}, []hostGroup{{0, 10, 10}, {1, 10, 10}}, []int{9, 5}, []float64{0.17, 0.83}, 0},
		{"no endpoint", plain, nil, nil, []float64{}, 1},
	} {
		a := assigned(c.policy, c.groups...)
		got := a.spread(c.ejected)
		if d := cmp.Diff(c.cells, got.cells, approx); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
		if got.lost != c.lost {
			t.Errorf("%s: %v is lost, want %v", c.name, got.lost, c.lost)
		}
	}
}

// detecting is an outlierDetection with a limit.
func detecting(maxPercent int) policy {
	return policy{outlier: &outlier{fiveXX: 1, maxPercent: maxPercent}}
}

// The limit counts all hosts of the Envoy cluster, and no host more than it says is ejected.
func TestEject(t *testing.T) {
	two := []hostGroup{{0, 2, 2}, {1, 1, 1}} // the tutorial's reviews: two here, one there
	for _, c := range []struct {
		name    string
		policy  policy
		groups  []hostGroup
		failing []int
		ejected []int
		cells   []float64
		takes   float64
	}{
		{"10 % of 3 is none", detecting(10), two, []int{2, 0}, []int{0, 0}, []float64{1, 0}, 0},
		{"33 % of 3 is none", detecting(33), two, []int{2, 0}, []int{0, 0}, []float64{1, 0}, 0},
		{"34 % of 3 is one: 30 % move", detecting(34), two, []int{2, 0}, []int{1, 0}, []float64{0.7, 0.3}, 2},
		{"66 % of 3 is one", detecting(66), two, []int{2, 0}, []int{1, 0}, []float64{0.7, 0.3}, 2},
		{"67 % of 3 is two: all moves", detecting(67), two, []int{2, 0}, []int{2, 0}, []float64{0, 1}, 2},
		{"100 % of 3, all fail", detecting(100), two, []int{2, 1}, []int{2, 1}, []float64{0, 0}, 3},
		{"200 % is 100 %", detecting(200), two, []int{2, 0}, []int{2, 0}, []float64{0, 1}, 2},
		{"10 % of 10 is one", detecting(10), []hostGroup{{0, 10, 10}}, []int{3}, []int{1}, []float64{1}, 10},
		{"10 % of 19 is one", detecting(10), []hostGroup{{0, 19, 19}}, []int{3}, []int{1}, []float64{1}, 19},
		{"without outlierDetection", policy{}, two, []int{2, 0}, []int{0, 0}, []float64{1, 0}, 0},
		{"errors are not counted", policy{outlier: &outlier{maxPercent: 100}}, two, []int{2, 0}, []int{0, 0}, []float64{1, 0}, 0},
		{"nothing fails", detecting(100), two, []int{0, 0}, []int{0, 0}, []float64{1, 0}, 0},
		{"the busiest first", policy{weighted: true, outlier: &outlier{fiveXX: 1, maxPercent: 50}}, []hostGroup{{0, 10, 1}, {0, 90, 1}}, []int{1, 1}, []int{0, 1}, []float64{1, 0}, 1 / 0.9},
		{"who gets nothing is not ejected", detecting(100), two, []int{0, 1}, []int{0, 0}, []float64{1, 0}, 0},
		{"the second after the first", detecting(100), []hostGroup{{0, 1, 1}, {1, 1, 1}, {2, 1, 1}}, []int{1, 1, 0}, []int{1, 1, 0}, []float64{0, 0, 1}, 2},
	} {
		a := assigned(c.policy, c.groups...)
		got := a.eject(c.failing)
		if d := cmp.Diff(c.ejected, got.ejected); d != "" {
			t.Errorf("%s: ejected (-want +got):\n%s", c.name, d)
		}
		if d := cmp.Diff(c.cells, got.out.cells, approx); d != "" {
			t.Errorf("%s: spread (-want +got):\n%s", c.name, d)
		}
		if d := cmp.Diff(c.takes, got.takes, approx); d != "" {
			t.Errorf("%s: takes (-want +got):\n%s", c.name, d)
		}
	}
}

// What is ejected counts 5xx or, where those are switched off, gateway errors; 0 of both ejects nothing, and 0 per cent is unset.
func TestOutlier(t *testing.T) {
	for _, c := range []struct {
		fields          map[string]any
		errors, percent int
	}{
		{map[string]any{}, 5, 10},
		{map[string]any{"consecutive5xxErrors": int64(0)}, 0, 10},
		{map[string]any{"consecutive5xxErrors": int64(0), "consecutiveGatewayErrors": int64(3)}, 3, 10},
		{map[string]any{"consecutiveGatewayErrors": int64(3)}, 3, 10},
		{map[string]any{"consecutiveGatewayErrors": int64(7)}, 5, 10},
		{map[string]any{"consecutiveGatewayErrors": int64(0)}, 5, 10},
		{map[string]any{"consecutive5xxErrors": 2.0, "maxEjectionPercent": 34.0}, 2, 34},
		{map[string]any{"maxEjectionPercent": int64(0)}, 5, 10},
		{map[string]any{"maxEjectionPercent": int64(100)}, 5, 100},
	} {
		o := newOutlier(c.fields)
		if o.errors() != c.errors || o.maxPercent != c.percent {
			t.Errorf("%v: %d errors, %d %%, want %d and %d", c.fields, o.errors(), o.maxPercent, c.errors, c.percent)
		}
	}
}
