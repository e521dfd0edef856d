package simulate

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// locality is where pods are. An empty zone or subzone is not known.
type locality struct{ region, zone, subzone string }

func (l locality) String() string { return l.region + "/" + l.zone + "/" + l.subzone }

// Labels that istiod gives every proxy and every endpoint.
const (
	labelRegion  = "topology.kubernetes.io/region"
	labelZone    = "topology.kubernetes.io/zone"
	labelSubzone = "topology.istio.io/subzone"
	labelCluster = "topology.istio.io/cluster"
	labelNetwork = "topology.istio.io/network"
)

// setting is the locality setting in force, of one of Istio's shapes: distribute, or failover and failoverPriority.
type setting struct {
	distribute []row
	failover   []failover
	priority   []string          // failoverPriority
	values     map[string]string // by label: a key=value of failoverPriority counts wherever its label stands there
	strict     bool              // before Istio 1.31: a network in the first place of failoverPriority is a label like others
	force      bool              // priorities without outlierDetection, as trafficDistribution asks for
}

type row struct {
	from string
	to   []share // by name
}

type share struct {
	to     string
	weight int
}

type failover struct{ from, to string }

// newSetting reads a LocalityLoadBalancerSetting; nil when it is switched off.
func newSetting(v map[string]any) *setting {
	if enabled, ok := v["enabled"].(bool); ok && !enabled {
		return nil
	}
	s := &setting{values: map[string]string{}}
	for _, d := range list(v, "distribute") {
		r := row{from: text(d, "from")}
		to, _ := at(d, "to").(map[string]any)
		for name := range to {
			r.to = append(r.to, share{name, whole(to, 0, name)})
		}
		slices.SortFunc(r.to, func(x, y share) int { return cmp.Compare(x.to, y.to) })
		s.distribute = append(s.distribute, r)
	}
	for _, f := range list(v, "failover") {
		s.failover = append(s.failover, failover{text(f, "from"), text(f, "to")})
	}
	for _, p := range list(v, "failoverPriority") {
		if key, ok := p.(string); ok {
			s.priority = append(s.priority, key)
			if label, value, given := strings.Cut(key, "="); given && !strings.Contains(value, "=") {
				s.values[label] = value
			}
		}
	}
	return s
}

// row gives the row of distribute for a client, as istiod does: the first whose from matches.
func (s *setting) row(client locality) *row {
	for i := range s.distribute {
		if matches(client, s.distribute[i].from) {
			return &s.distribute[i]
		}
	}
	return nil
}

// target gives where a region's requests go when it fails; "" when the setting does not say.
func (s *setting) target(region string) string {
	for _, f := range s.failover {
		if f.from == region {
			return f.to
		}
	}
	return ""
}

// matches is istiod's LocalityMatch: a part that is * or not there matches everything, and an empty rule nothing that has a region.
func matches(l locality, rule string) bool {
	parts := append(strings.SplitN(rule, "/", 3), "", "")
	any := func(part, value string) bool { return part == "*" || part == "" || part == value }
	return (parts[0] == "*" || parts[0] == l.region) && any(parts[1], l.zone) && any(parts[2], l.subzone)
}

// near is istiod's priority by place alone: 0 for the same subzone, 1 for the same zone, 2 for the same region, 3 for others.
func near(client, endpoint locality) int {
	switch {
	case client.region != endpoint.region:
		return 3
	case client.zone != endpoint.zone:
		return 2
	case client.subzone != endpoint.subzone:
		return 1
	}
	return 0
}

// entry is what istiod sends as one LocalityLbEndpoints: cells of one locality with one priority and one weight.
type entry struct {
	locality *locality
	cells    []int
	hosts    int
	priority int
	weight   int
}

// assignment is an Envoy cluster as one client gets it from istiod: hosts by cell of the policy, and their entries.
type assignment struct {
	policy *policy
	*counts
	entries []entry
}

// assign says what istiod makes of the hosts of each cell for a client. Entries without hosts are left out.
func (p *policy) assign(c class, hosts *counts) assignment {
	return assignment{policy: p, counts: hosts, entries: p.entries(c, hosts)}
}

// entries groups cells, which are sorted by locality, and gives them priorities and weights. Pods that cannot be reached in their
// network leave an entry without hosts, which istiod counts before it is of no use.
func (p *policy) entries(c class, n *counts) []entry {
	entries := make([]entry, 0, len(p.cells))
	for i := range p.cells {
		if n.pods[i] == 0 {
			continue
		}
		last := len(entries) - 1
		if last < 0 || *entries[last].locality != p.cells[i].locality {
			entries, last = append(entries, entry{locality: &p.cells[i].locality}), last+1
		}
		switch e := &entries[last]; {
		case n.hosts[i] == 0:
		case e.cells == nil:
			e.cells, e.hosts, e.weight = p.alone[i:i+1:i+1], n.hosts[i], n.weight[i]
		default:
			e.cells, e.hosts, e.weight = append(e.cells, i), e.hosts+n.hosts[i], e.weight+n.weight[i]
		}
	}
	switch s := p.setting; {
	case s == nil:
	case len(s.distribute) > 0:
		entries = distribute(entries, s.row(c.locality))
	case p.outlier != nil || s.force:
		if len(s.priority) > 0 {
			entries = p.byLabels(entries, c, n)
		}
		if len(s.priority) == 0 || len(s.failover) > 0 {
			byPlace(entries, c.locality, s)
		}
	}
	if n.behind == nil {
		return entries
	}
	return slices.DeleteFunc(entries, func(e entry) bool { return e.hosts == 0 })
}

// distribute gives the entries the weights of a row: a share goes to the localities it names, pro rata of their hosts and rounded
// up. Localities that no share names lose their hosts. Without a row nothing changes.
func distribute(entries []entry, r *row) []entry {
	if r == nil {
		return entries
	}
	var kept []entry
	named := make([]bool, len(entries))
	weights := make([]int, len(entries))
	for _, to := range r.to {
		total := 0
		var matched []int
		for i, e := range entries {
			if !named[i] && matches(*e.locality, to.to) {
				named[i], matched, total = true, append(matched, i), total+max(1, e.weight)
			}
		}
		for _, i := range matched {
			weights[i] = int(math.Ceil(float64(entries[i].weight*to.weight) / float64(total)))
		}
	}
	for i, e := range entries {
		if named[i] {
			e.weight = weights[i]
			kept = append(kept, e)
		}
	}
	return kept
}

// byPlace sets priorities by where client and endpoints are, and by the failover rows; on top of those that are set.
func byPlace(entries []entry, client locality, s *setting) {
	to := s.target(client.region)
	for i := range entries {
		p := near(client, *entries[i].locality)
		if p == 3 && to != "" && entries[i].locality.region != to {
			p = 4
		}
		entries[i].priority = entries[i].priority*5 + p
	}
	pack(entries)
}

// byLabels splits each entry by how many of the failoverPriority labels its endpoints share with the client.
func (p *policy) byLabels(entries []entry, c class, n *counts) []entry {
	if len(c.labels) == 0 {
		return entries
	}
	var split []entry
	for _, e := range entries {
		from := len(split)
		for _, i := range e.cells {
			rank := p.setting.rank(c.labels, p.cells[i].seenFrom(c))
			at := slices.IndexFunc(split[from:], func(s entry) bool { return s.priority == rank })
			if at < 0 {
				split = append(split, entry{locality: e.locality, priority: rank})
				at = len(split) - 1 - from
			}
			s := &split[from+at]
			s.cells, s.hosts, s.weight = append(s.cells, i), s.hosts+n.hosts[i], s.weight+n.weight[i]
		}
		slices.SortStableFunc(split[from:], func(x, y entry) int { return cmp.Compare(x.priority, y.priority) })
	}
	pack(split)
	return split
}

// rank is 0 where all labels of failoverPriority agree, else the number of labels from the first that does not. A network that
// differs in the first place counts on top.
func (s *setting) rank(client, endpoint map[string]string) int {
	added := 0
	for j, key := range s.priority {
		label, _, _ := strings.Cut(key, "=")
		value, given := s.values[label]
		if !given {
			value = client[label]
		}
		if value == endpoint[label] {
			continue
		}
		if j == 0 && key == labelNetwork && !s.strict {
			added = len(s.priority)
			continue
		}
		return len(s.priority) - j + added
	}
	return added
}

// pack closes the gaps between priorities, which Envoy wants numbered from 0.
func pack(entries []entry) {
	var few [16]int // most services have few priorities
	used := few[:0]
	for i := range entries {
		if at, known := slices.BinarySearch(used, entries[i].priority); !known {
			used = slices.Insert(used, at, entries[i].priority)
		}
	}
	for i := range entries {
		entries[i].priority, _ = slices.BinarySearch(used, entries[i].priority)
	}
}
