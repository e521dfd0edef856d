package random

import (
	"maps"
	"slices"
)

// regions gives the zones by region.
type regions map[string][]string

func (r regions) names() []string { return slices.Sorted(maps.Keys(r)) }

// locality gives a locality rule of a service.
func (d dice) locality(r regions) m {
	switch n := d.IntN(100); {
	case n < 25 && len(r) > 1:
		return m{"failover": d.failover(r.names())}
	case n < 60:
		return m{"distribute": d.distribute(r)}
	case n < 85:
		return m{"failoverPriority": d.priority(priorityLabels)}
	case n < 95 && len(r) > 1:
		return m{"failover": d.failover(r.names()), "failoverPriority": d.priority(placelessLabels)}
	}
	return m{"enabled": false}
}

// failover gives rows that lead from a region to another one.
func (d dice) failover(names []string) []any {
	var rows []any
	for _, from := range some(d, d.between(1, len(names)), names) {
		others := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == from })
		rows = append(rows, m{"from": from, "to": pick(d, others...)})
	}
	return rows
}

// distribute gives rows for some regions and zones; the weights of each lead to some regions and zones.
func (d dice) distribute(r regions) []any {
	if d.chance(8) {
		return []any{m{"from": "*", "to": d.weights(r)}}
	}
	var rows []any
	for _, region := range r.names() {
		if d.chance(80) {
			for _, from := range d.localities(region, r[region]) {
				rows = append(rows, m{"from": from, "to": d.weights(r)})
			}
		}
	}
	if len(rows) == 0 {
		rows = append(rows, m{"from": r.names()[0], "to": d.weights(r)})
	}
	return rows
}

func (d dice) weights(r regions) m {
	if d.chance(3) {
		return m{"*": 100}
	}
	var to []string
	for _, region := range some(d, d.between(1, 3), r.names()) {
		to = append(to, d.localities(region, r[region])...)
	}
	weights := m{}
	for i, n := range d.parts(len(to)) {
		weights[to[i]] = n
	}
	return weights
}

// localities gives names of a region, or of zones in it, that do not overlap.
func (d dice) localities(region string, zones []string) []string {
	switch {
	case len(zones) > 0 && d.chance(45):
		var list []string
		for _, zone := range some(d, d.between(1, len(zones)), zones) {
			list = append(list, region+"/"+zone+pick(d, "", "", "", "/*"))
		}
		return list
	case d.chance(25):
		return []string{region + "/*"}
	}
	return []string{region}
}

const networkLabel = "topology.istio.io/network"

// Labels that failoverPriority may name; the places among them only without failover.
var (
	placelessLabels = []string{networkLabel, "topology.istio.io/cluster", "version", "tier", "tier=gold", "version=v2", "app"}
	priorityLabels  = append([]string{"topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone", "topology.kubernetes.io/region=r1", "topology.kubernetes.io/zone=r1-b"}, placelessLabels...)
)

// priority gives a failoverPriority, in which the network often comes first as Istio treats it apart there.
func (d dice) priority(labels []string) []any {
	var list []any
	if d.chance(30) {
		list = append(list, networkLabel)
	}
	for _, label := range some(d, d.between(1, 4), labels) {
		if !slices.Contains(list, any(label)) {
			list = append(list, label)
		}
	}
	return list
}
