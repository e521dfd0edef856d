package review

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshtopo/meshtopo/flow"
)

// Failing ends the name of a place whose endpoints answer with errors until they are ejected, where they would usually be gone.
const Failing = " (failing)"

// modeFailing is the mode of a flow.Report of such a scenario.
const modeFailing = "failing"

func failing(lost []string) []string {
	names := make([]string, len(lost))
	for i, place := range lost {
		names[i] = place + Failing
	}
	return names
}

// change says what was and what is now, cut the way that shows the difference: by region and by version where both differ, by cluster where
// only the clusters do.
func change(before, after *Shares) string {
	switch {
	case before == nil:
		return "new, " + after.describe(byRegion)
	case after == nil:
		return "was " + before.describe(byRegion) + ", now no such request is made"
	}
	var parts []string
	whole := before.gone() || after.gone()
	if !sameShares(before.Regions, after.Regions) || whole {
		parts = append(parts, wasNow(before, after, byRegion))
	}
	if !whole && !sameShares(before.ofAnswered(before.Versions), after.ofAnswered(after.Versions)) {
		parts = append(parts, wasNow(before, after, byVersion))
	}
	if len(parts) == 0 && sameShares(before.Clusters, after.Clusters) {
		parts = append(parts, wasNow(before, after, byVersion))
	}
	if len(parts) == 0 {
		parts = append(parts, wasNow(before, after, byCluster))
	}
	return strings.Join(parts, "; ")
}

func wasNow(before, after *Shares, by func(*Shares) map[string]float64) string {
	return "was " + before.describe(by) + ", now " + after.describe(by)
}

func byRegion(s *Shares) map[string]float64  { return s.Regions }
func byVersion(s *Shares) map[string]float64 { return s.Versions }
func byCluster(s *Shares) map[string]float64 { return s.Clusters }

// gone says whether no request gets a good answer.
func (s *Shares) gone() bool { return s.Dropped > 1-visible }

// ofAnswered gives shares as parts of what got a good answer, so that what is dropped does not count as a change of all parts.
func (s *Shares) ofAnswered(shares map[string]float64) map[string]float64 {
	total := 0.0
	for _, share := range shares {
		total += share
	}
	parts := make(map[string]float64, len(shares))
	for name, share := range shares {
		parts[name] = share / max(total, visible)
	}
	return parts
}

// maxParts is how many parts of a flow a sentence names.
const maxParts = 4

// describe names the parts of a flow, the largest first: "90 % v1, 10 % v2", "60 % cn-shanghai, 40 % dropped", "dropped".
func (s *Shares) describe(by func(*Shares) map[string]float64) string {
	if s.gone() {
		return "dropped"
	}
	shares := by(s)
	names := slices.SortedFunc(maps.Keys(shares), func(x, y string) int { return cmp.Or(cmp.Compare(shares[y], shares[x]), cmp.Compare(x, y)) })
	var parts []string
	for i, name := range names {
		if i == maxParts && len(names) > maxParts+1 {
			parts = append(parts, strconv.Itoa(len(names)-maxParts)+" more")
			break
		}
		if shares[name] > 0 {
			parts = append(parts, flow.Percent(shares[name])+" "+cmp.Or(name, "no version"))
		}
	}
	if s.Answered > 0 {
		parts = append(parts, flow.Percent(s.Answered)+" answered by a route")
	}
	if s.Dropped > 0 {
		parts = append(parts, flow.Percent(s.Dropped)+" dropped")
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}
