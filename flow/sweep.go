package flow

import (
	"fmt"
	"slices"
	"strings"
)

func (s *Sweep) page() page {
	p := page{result: s.result()}
	t := s.harmTable()
	p.blocks = []block{{title: "What hurts, the worst first", table: t}}
	return p
}

func (s *Sweep) result() cell {
	hurting := 0
	for _, h := range s.Harms {
		if Round(h.DroppedShare) > Round(s.AllUp.DroppedShare) {
			hurting++
		}
	}
	more := "requests"
	if Round(s.AllUp.DroppedShare) > 0 {
		more = "more requests than the " + Percent(s.AllUp.DroppedShare) + " that get no good answer while all is up"
	}
	what := "losses"
	if s.Depth > 1 {
		what = fmt.Sprintf("losses of %d places at once", s.Depth)
	}
	switch {
	case len(s.Harms) == 0:
		return plain("there is nothing to lose")
	case hurting == 0:
		return plain(fmt.Sprintf("none of %d %s loses %s", len(s.Harms), what, more))
	case hurting == 1:
		return cell{fmt.Sprintf("1 of %d %s loses %s", len(s.Harms), what, more), true}
	}
	return cell{fmt.Sprintf("%d of %d %s lose %s", hurting, len(s.Harms), what, more), true}
}

func (s *Sweep) harmTable() table {
	cross := slices.ContainsFunc(s.Harms, func(h Harm) bool { return Round(h.CrossRegionRPS) > 0 })
	used := slices.ContainsFunc(s.Harms, func(h Harm) bool { return Round(h.MaxUtilization) > 0 })
	t := table{columns: []column{words("lost"), numbers("dropped")}}
	if cross {
		t.columns = append(t.columns, numbers("cross-region rps"))
	}
	if used {
		t.columns = append(t.columns, numbers("max utilization"))
	}
	t.columns = append(t.columns, words("what breaks"))
	for _, h := range s.Harms {
		row := []cell{plain(strings.Join(h.Lost, ", ")), {Percent(h.DroppedShare), Round(h.DroppedShare) > 0}}
		if cross {
			row = append(row, plain(rate(h.CrossRegionRPS)))
		}
		if used {
			row = append(row, cell{Percent(h.MaxUtilization), Round(h.MaxUtilization) > 1})
		}
		t.add(append(row, plain(h.breaks()))...)
	}
	t.dropEmptyLast()
	return t
}

// maxBroken is how many services of a kind a row names.
const maxBroken = 3

// breaks says what a loss breaks beyond the share that is dropped.
func (h Harm) breaks() string {
	var parts []string
	if Round(h.LostDemand) > 0 {
		parts = append(parts, Percent(h.LostDemand)+" cannot enter")
	}
	for _, p := range []struct {
		what     string
		services []string
	}{
		{"no good answer from ", h.BlackHoles},
		{"over capacity: ", h.Overloaded},
		{"no failover of ", h.StuckFailovers},
	} {
		if len(p.services) > 0 {
			parts = append(parts, p.what+some(p.services, maxBroken))
		}
	}
	return strings.Join(parts, "; ")
}
