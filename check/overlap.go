package check

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/meshtopo/meshtopo/diag"
)

// addressRange is a range and whose it is.
type addressRange struct {
	prefix netip.Prefix
	path   diag.Path
	index  int // in the caller's list
}

// mostPairs is how many of the ranges that contain it are told of a range: where a thousand clusters copied one range, half a
// million pairs tell no more.
const mostPairs = 3

// overlapping gives pairs of ranges that overlap and are in conflict, the one that comes first in the caller's list first, in the
// order of the list. Every range that conflicts with another is in a pair, with mostPairs of those that contain it at most. Two
// CIDR ranges overlap only when one contains the other, so after sorting a stack of the open ranges is enough: O(n log n) when
// ranges are not nested deeply. Ranges of IPv4 and of IPv6 never overlap.
func overlapping(ranges []addressRange, conflict func(a, b addressRange) bool) [][2]addressRange {
	sorted := slices.Clone(ranges)
	slices.SortStableFunc(sorted, func(x, y addressRange) int {
		return cmp.Or(x.prefix.Addr().Compare(y.prefix.Addr()), cmp.Compare(x.prefix.Bits(), y.prefix.Bits()))
	})
	var pairs [][2]addressRange
	var open []addressRange
	for _, r := range sorted {
		for len(open) > 0 && !open[len(open)-1].prefix.Contains(r.prefix.Addr()) {
			open = open[:len(open)-1]
		}
		found := 0
		for _, o := range open {
			pair := [2]addressRange{o, r}
			if r.index < o.index {
				pair = [2]addressRange{r, o}
			}
			if conflict(pair[0], pair[1]) {
				pairs = append(pairs, pair)
				found++
			}
			if found == mostPairs {
				break
			}
		}
		open = append(open, r)
	}
	slices.SortStableFunc(pairs, func(x, y [2]addressRange) int {
		return cmp.Or(cmp.Compare(x[1].index, y[1].index), cmp.Compare(x[0].index, y[0].index))
	})
	return pairs
}
