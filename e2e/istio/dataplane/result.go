package dataplane

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Row is a group with its predicted share and the number of calls that it got.
type Row struct {
	Group
	Share           float64
	Got             int
	Least, Greatest int
}

// A Result is a row for each group that was predicted or seen.
type Result []Row

// Compare holds the tally of a flow against a prediction of it.
func (f Flow) Compare(shares Shares, tally Tally) Result {
	got, n := map[Group]int{}, 0
	for a, count := range tally {
		g := Group{Region: a.Region, Version: a.Version, Failed: a.Problem != ""}
		if f.Zones {
			g.Zone, g.Version = a.Zone, ""
		}
		got[g] += count
		n += count
	}
	groups := maps.Clone(got)
	for g := range shares {
		groups[g] += 0
	}
	var r Result
	for g := range groups {
		row := Row{Group: g, Share: shares[g], Got: got[g]}
		row.Least, row.Greatest = Interval(n, row.Share, Chance)
		r = append(r, row)
	}
	slices.SortFunc(r, func(x, y Row) int { return strings.Compare(x.String(), y.String()) })
	return r
}

// Wrong gives the rows that chance does not explain.
func (r Result) Wrong() Result {
	return slices.DeleteFunc(slices.Clone(r), func(row Row) bool { return row.Least <= row.Got && row.Got <= row.Greatest })
}

// String gives a line: each group, its calls, its share and its interval.
func (r Result) String() string {
	parts := make([]string, len(r))
	for i, row := range r {
		parts[i] = fmt.Sprintf("%s %d (predicted %.4g %%, %d to %d)", row.Group, row.Got, 100*row.Share, row.Least, row.Greatest)
	}
	return strings.Join(parts, ", ")
}
