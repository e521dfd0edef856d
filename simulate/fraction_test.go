package simulate

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// drawAssignment draws an Envoy cluster of up to six localities in up to three priorities, and what of it is ejected.
func drawAssignment(t *rapid.T) (a assignment, ejected []int) {
	p := policy{weighted: rapid.Bool().Draw(t, "weighted"), panicPercent: rapid.SampledFrom([]float64{0, 50, 100}).Draw(t, "panic")}
	var groups []hostGroup
	priorities := rapid.IntRange(1, 3).Draw(t, "priorities")
	for i := range rapid.IntRange(priorities, 6).Draw(t, "localities") {
		g := hostGroup{priority: i % priorities, weight: rapid.IntRange(1, 100).Draw(t, "weight"), hosts: rapid.IntRange(1, 12).Draw(t, "hosts")}
		groups, ejected = append(groups, g), append(ejected, rapid.IntRange(0, g.hosts).Draw(t, "ejected"))
	}
	return assigned(p, groups...), ejected
}

// Envoy's rules as fractions, told another way: a host draws lots, one hundred for its priority, and in it by weight.
func TestSpreadAsFractions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, ejected := drawAssignment(t)
		want := fractions(&a, ejected)
		got := a.spread(ejected)
		sum := got.lost
		for c, share := range got.cells {
			sum += share
			if f, _ := want[c].Float64(); math.Abs(f-share) > 1e-12 {
				t.Errorf("cell %d gets %v, want %s = %v", c, share, want[c].RatString(), f)
			}
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Errorf("all shares and what is lost are %v", sum)
		}
	})
}

// fractions gives the part of each cell.
func fractions(a *assignment, ejected []int) []*big.Rat {
	parts := make([]*big.Rat, len(a.hosts))
	for i := range parts {
		parts[i] = new(big.Rat)
	}
	for priority, tickets := range lots(a, ejected) {
		total, pulls := new(big.Rat), make([]*big.Rat, len(a.entries))
		for i, e := range a.entries {
			if e.priority == priority {
				pulls[i] = pull(a, i, ejected[i], tickets.panic)
				total.Add(total, pulls[i])
			}
		}
		for i := range a.entries {
			if pulls[i] != nil && total.Sign() > 0 {
				parts[i].Mul(new(big.Rat).Quo(pulls[i], total), big.NewRat(int64(tickets.count), 100))
			}
		}
	}
	return parts
}

// pull is the weight of a locality: that of istiod by 1.4 times its health, or, without weights or in panic, its hosts.
func pull(a *assignment, i, ejected int, panic bool) *big.Rat {
	hosts, healthy := int64(a.hosts[i]), int64(a.hosts[i]-ejected)
	switch {
	case panic:
		return big.NewRat(hosts, 1)
	case !a.policy.weighted:
		return big.NewRat(healthy, 1)
	case 14*healthy >= 10*hosts:
		return big.NewRat(int64(a.entries[i].weight), 1)
	}
	return big.NewRat(int64(a.entries[i].weight)*14*healthy, 10*hosts)
}

type ticket struct {
	count int
	panic bool
}

// lots deals a hundred tickets to the priorities: to each as many as its health is worth, scaled up where all of them are worth less
// than a hundred; those left over go to the first that is worth any. Where every priority is in panic, hosts are what counts.
func lots(a *assignment, ejected []int) map[int]ticket {
	hosts, healthy := map[int]int{}, map[int]int{}
	for i, e := range a.entries {
		hosts[e.priority] += e.hosts
		healthy[e.priority] += e.hosts - ejected[i]
	}
	worth, all, panics := map[int]int{}, 0, 0
	dealt := map[int]ticket{}
	for p := range len(hosts) {
		worth[p] = min(100, healthy[p]*140/hosts[p])
		all += worth[p]
	}
	for p := range len(hosts) {
		low := all < 100 && float64(healthy[p])*100 < a.policy.panicPercent*float64(hosts[p])
		dealt[p] = ticket{panic: low}
		if low {
			panics++
		}
	}
	whole := min(all, 100)
	if panics == len(hosts) {
		worth, whole = hosts, 0
		for _, n := range hosts {
			whole += n
		}
	}
	deal(dealt, worth, whole)
	return dealt
}

func deal(dealt map[int]ticket, worth map[int]int, whole int) {
	left, first := 100, -1
	for p := range len(dealt) {
		if whole == 0 {
			break
		}
		n := min(left, worth[p]*100/whole)
		if worth[p] > 0 && first < 0 {
			first = p
		}
		left -= n
		dealt[p] = ticket{n, dealt[p].panic}
	}
	first = max(first, 0)
	dealt[first] = ticket{dealt[first].count + left, dealt[first].panic}
}
