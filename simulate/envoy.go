package simulate

// overprovisioning is Envoy's default factor in per cent: a priority or locality counts as whole while 1 / 1.4 of its hosts are healthy.
const overprovisioning = 140

// hostSet is the hosts of a priority or an entry as one Envoy counts them: all, and those it has ejected.
type hostSet struct{ hosts, ejected int }

func (h hostSet) healthy() int { return h.hosts - h.ejected }

// priorityLoads is the part of the requests that each priority gets, in per cent, and whether it is in panic, where ejected hosts
// get requests too. It is Envoy's integer arithmetic: each priority takes what its health lets it, and the next takes the rest.
func priorityLoads(sets []hostSet, panicPercent float64) (loads []int, panicking []bool) {
	loads, panicking = make([]int, len(sets)), make([]bool, len(sets))
	health, total := make([]int, len(sets)), 0
	for i, s := range sets {
		if s.hosts > 0 {
			health[i] = min(100, overprovisioning*s.healthy()/s.hosts)
		}
		total += health[i]
	}
	total = min(total, 100)
	if total == 0 && panicPercent == 0 {
		if len(loads) > 0 {
			loads[0] = 100 // nobody is left to answer
		}
		return loads, panicking
	}
	all := true
	for i, s := range sets {
		panicking[i] = total < 100 && inPanic(s, panicPercent)
		all = all && panicking[i]
	}
	if all {
		return panicLoads(sets), panicking
	}
	return healthLoads(health, total), panicking
}

func inPanic(s hostSet, percent float64) bool {
	return s.hosts == 0 || 100*float64(s.healthy())/float64(s.hosts) < percent
}

func healthLoads(health []int, total int) []int {
	loads, left, first := make([]int, len(health)), 100, -1
	if total == 0 {
		loads[0] = 100
		return loads
	}
	for i, h := range health {
		if first < 0 && h > 0 {
			first = i
		}
		loads[i] = min(left, h*100/total)
		left -= loads[i]
	}
	if first >= 0 {
		loads[first] += left // what rounding left over
	}
	return loads
}

// panicLoads is for panic at every priority: each gets its part of all hosts.
func panicLoads(sets []hostSet) []int {
	total := 0
	for _, s := range sets {
		total += s.hosts
	}
	loads, left, first := make([]int, len(sets)), 100, -1
	for i, s := range sets {
		if total == 0 || s.hosts == 0 {
			continue
		}
		if first < 0 {
			first = i
		}
		loads[i] = min(left, 100*s.hosts/total)
		left -= loads[i]
	}
	if first >= 0 {
		loads[first] += left
	}
	return loads
}

// spread is where the requests of one client go, by cell: what its hosts get together, and what one of them gets. What nobody
// takes is lost.
type spread struct {
	cells   []float64
	perHost []float64
	panic   []bool // ejected hosts of the cell get requests too; nil when there is no panic
	lost    float64
}

func (s *spread) inPanic(cell int) {
	if s.panic == nil {
		s.panic = make([]bool, len(s.cells))
	}
	s.panic[cell] = true
}

func (s *spread) panics(cell int) bool { return s.panic != nil && s.panic[cell] }

// spread divides requests among the hosts, some of which this Envoy has ejected.
func (a *assignment) spread(ejected []int) spread {
	n := len(a.hosts)
	floats := make([]float64, 2*n)
	out := spread{cells: floats[:n], perHost: floats[n:]}
	var few [8]hostSet // most services have few priorities
	sets := a.priorities(few[:0], ejected)
	if len(sets) == 0 {
		out.lost = 1
		return out
	}
	if sets[0].hosts > 0 && sets[0].ejected == 0 {
		a.spreadPriority(&out, ejected, 0, 1, false) // the first priority is whole and takes all
		return out
	}
	loads, panicking := priorityLoads(sets, a.policy.panicPercent)
	for priority, load := range loads {
		if load > 0 {
			a.spreadPriority(&out, ejected, priority, float64(load)/100, panicking[priority])
		}
	}
	return out
}

// priorities counts hosts by priority and appends the counts to a list.
func (a *assignment) priorities(sets []hostSet, ejected []int) []hostSet {
	for i := range a.entries {
		e := &a.entries[i]
		for len(sets) <= e.priority {
			sets = append(sets, hostSet{})
		}
		s := e.count(ejected)
		sets[e.priority].hosts += s.hosts
		sets[e.priority].ejected += s.ejected
	}
	return sets
}

func (e *entry) count(ejected []int) hostSet {
	s := hostSet{hosts: e.hosts}
	for _, c := range e.cells {
		s.ejected += ejected[c]
	}
	return s
}

// spreadPriority divides the load of one priority: by the weights of its entries, each scaled by its health, or evenly over its
// hosts.
func (a *assignment) spreadPriority(out *spread, ejected []int, priority int, load float64, panicking bool) {
	sum := 0.0
	for i := range a.entries {
		if e := &a.entries[i]; e.priority == priority {
			sum += a.pull(e, ejected, panicking)
		}
	}
	if sum == 0 {
		out.lost += load
		return
	}
	for i := range a.entries {
		if e := &a.entries[i]; e.priority == priority {
			if w := a.pull(e, ejected, panicking); w > 0 {
				a.fill(out, e, ejected, load*w/sum, panicking)
			}
		}
	}
}

// fill divides the load of an entry by the weights of the hosts that take requests.
func (a *assignment) fill(out *spread, e *entry, ejected []int, load float64, panicking bool) {
	sum := a.healthyWeight(e, ejected, panicking)
	for _, c := range e.cells {
		hosts := a.hosts[c]
		if panicking {
			out.inPanic(c)
		} else {
			hosts -= ejected[c]
		}
		out.perHost[c] = load * a.hostWeight(c) / sum
		out.cells[c] = out.perHost[c] * float64(hosts)
	}
}

// hostWeight is the weight of one host of a cell: 1 of a pod, more of a gateway that stands for several.
func (a *assignment) hostWeight(cell int) float64 {
	return float64(a.weight[cell]) / float64(a.hosts[cell])
}

// healthyWeight sums up the weights of the hosts of an entry that take requests.
func (a *assignment) healthyWeight(e *entry, ejected []int, panicking bool) float64 {
	sum := 0.0
	for _, c := range e.cells {
		hosts := a.hosts[c]
		if !panicking {
			hosts -= ejected[c]
		}
		sum += a.hostWeight(c) * float64(hosts)
	}
	return sum
}

// pull is the weight of an entry in its priority: that which istiod gave it, scaled by its health, or that of its healthy hosts. In
// panic Envoy chooses among all hosts and does not look at localities.
func (a *assignment) pull(e *entry, ejected []int, panicking bool) float64 {
	if !a.policy.weighted || panicking {
		return a.healthyWeight(e, ejected, panicking)
	}
	s := e.count(ejected)
	return float64(e.weight) * min(1, overprovisioning/100.0*float64(s.healthy())/float64(s.hosts))
}

// ejection is which failing hosts, by cell, a client ejects in the end, where its requests go then, and how long it takes: in
// requests of the client until one host has got one, since an Envoy ejects a host after so many errors of it in a row.
type ejection struct {
	ejected []int
	out     spread
	takes   float64
}

// eject ejects failing hosts one cell after the other. A host is ejected once it got enough requests, so those that get the most
// go first; outlierDetection stops at its limit, which counts all hosts of the Envoy cluster.
func (a *assignment) eject(failing []int) ejection {
	e := ejection{ejected: make([]int, len(a.hosts))}
	since := make([]float64, len(a.hosts)) // when a cell got its first requests
	for c := range since {
		since[c] = -1
	}
	for left := a.ejectable(); ; {
		e.out = a.spread(e.ejected)
		for c, perHost := range e.out.perHost {
			if perHost > 0 && since[c] < 0 {
				since[c] = e.takes
			}
		}
		next := busiest(e.out, failing, e.ejected)
		if len(next) == 0 || left == 0 {
			return e
		}
		for took := true; took; {
			took = false
			for _, c := range next {
				if left > 0 && failing[c] > e.ejected[c] {
					e.ejected[c], left, took = e.ejected[c]+1, left-1, true
					e.takes = max(e.takes, since[c]+1/e.out.perHost[c])
				}
			}
		}
	}
}

// ejectable is how many hosts outlierDetection may eject: the most for which 100 * ejected / hosts does not exceed
// maxEjectionPercent.
func (a *assignment) ejectable() int {
	if o := a.policy.outlier; o == nil || o.errors() == 0 {
		return 0
	}
	return min(a.policy.outlier.maxPercent, 100) * a.total() / 100
}

func (a *assignment) total() int {
	hosts := 0
	for i := range a.entries {
		hosts += a.entries[i].hosts
	}
	return hosts
}

// busiest are the cells whose failing hosts that are still there get most; several that get the same lose hosts in turn.
func busiest(out spread, failing, ejected []int) []int {
	var cells []int
	most := 0.0
	for c, f := range failing {
		switch perHost := out.perHost[c]; {
		case f <= ejected[c] || perHost == 0:
		case perHost > most*(1+1e-9):
			cells, most = []int{c}, perHost
		case perHost >= most*(1-1e-9):
			cells = append(cells, c)
		}
	}
	return cells
}

// errors is the part of the requests, by cell, that is answered with errors: by hosts that fail, and by gateways behind which some
// pods do.
func (a *assignment) errors(s *spread, ejected []int) []float64 {
	errors := make([]float64, len(s.cells))
	for c, f := range a.failing {
		if !s.panics(c) {
			f -= ejected[c]
		}
		errors[c] = min(s.cells[c], s.perHost[c]*float64(f))
		if a.behind != nil && a.failing[c] == 0 {
			errors[c] = s.cells[c] * a.behind[c]
		}
	}
	return errors
}
