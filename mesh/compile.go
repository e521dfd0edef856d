package mesh

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// residual is the weight that a region gets which must be able to take over, but has no share while all is well: the least there is.
const residual = 1

// Compiles says whether weights and failover stand together in rules that go into DestinationRules, where Istio takes one of them.
func (l LocalityRules) Compiles() bool { return len(l.Distribute) > 0 && len(l.Failover) > 0 }

// Compile makes of weights and failover weights alone that leave somebody when a region fails: rows of distribute never fail over,
// but Envoy gives the share of a locality whose endpoints are ejected to the others of its row. So each row gets, with the least
// weight, the region that takes over for each of its regions; and each source region that has no row of its own, but fails over,
// gets one: to itself where the service runs there, else to the region that takes over. The rows as written come first, in their order.
// The error says which wish cannot be kept, and stands for a sentence.
func (l LocalityRules) Compile(sources []string, runs func(region string) bool) ([]Distribute, error) {
	targets, used := map[string]string{}, map[string]bool{}
	for _, f := range l.Failover {
		if targets[f.From] == "" {
			targets[f.From] = f.To
		}
	}
	rows := make([]Distribute, 0, len(l.Distribute)+len(sources))
	for _, d := range l.Distribute {
		rows = append(rows, Distribute{From: d.From, To: maps.Clone(d.To)})
	}
	for _, region := range slices.Sorted(slices.Values(sources)) {
		matched := slices.ContainsFunc(l.Distribute, func(d Distribute) bool { return d.For(region) })
		if !matched && targets[region] != "" {
			rows = append(rows, Distribute{From: region, To: map[string]int{first(region, targets, runs): 100}})
			used[region] = true
		}
	}
	for _, row := range rows {
		if err := row.survive(targets, used); err != nil {
			return nil, err
		}
	}
	for _, f := range l.Failover {
		if !used[f.From] && !slices.ContainsFunc(rows, func(d Distribute) bool { return d.Reaches(f.From) && d.Reaches(f.To) }) {
			return nil, fmt.Errorf("no row sends anything to %s, so its failover to %s never counts", f.From, f.To)
		}
	}
	return rows, nil
}

// first is the region that clients in a region are served in while all is well: the first one in the order of failover where the service runs, or their own if
// there is none.
func first(region string, targets map[string]string, runs func(region string) bool) string {
	seen := map[string]bool{}
	for next := region; next != "" && !seen[next]; next = targets[next] {
		if runs(next) {
			return next
		}
		seen[next] = true
	}
	return region
}

// survive adds to a row the regions that take over for those in it, and for those that it adds.
func (d Distribute) survive(targets map[string]string, used map[string]bool) error {
	for again := true; again; {
		again = false
		for _, to := range slices.Sorted(maps.Keys(d.To)) {
			region := regionOf(to)
			target := targets[region]
			used[region] = used[region] || target != ""
			if target == "" || d.Reaches(target) {
				continue
			}
			largest := d.largest()
			if d.To[largest] <= residual {
				return fmt.Errorf("the row from %s has no weight left for %s, which is to take over for %s", d.From, target, region)
			}
			d.To[largest] -= residual
			d.To[target] = residual
			again = true
		}
	}
	return nil
}

// Reaches says whether a row sends anything to a region.
func (d Distribute) Reaches(region string) bool {
	for to := range d.To {
		if r := regionOf(to); r == region || r == "*" {
			return true
		}
	}
	return false
}

// For says whether a row is for clients in a region.
func (d Distribute) For(region string) bool {
	from := regionOf(d.From)
	return from == region || from == "*"
}

// largest is the locality with the most weight, the first by name of several.
func (d Distribute) largest() string {
	name := ""
	for _, to := range slices.Sorted(maps.Keys(d.To)) {
		if d.To[to] > d.To[name] {
			name = to
		}
	}
	return name
}

func regionOf(locality string) string {
	region, _, _ := strings.Cut(locality, "/")
	return region
}
