package mesh

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCompile(t *testing.T) {
	row := func(from string, to map[string]int) Distribute { return Distribute{From: from, To: to} }
	for name, c := range map[string]struct {
		rules LocalityRules
		want  []Distribute
		err   string
	}{
		"the region that takes over is in the row": {
			rules: LocalityRules{Distribute: []Distribute{row("hz", map[string]int{"hz": 90, "sh": 10})}, Failover: []Failover{{"hz", "sh"}}},
			want:  []Distribute{row("hz", map[string]int{"hz": 90, "sh": 10})},
		},
		"it gets the least weight, of the largest": {
			rules: LocalityRules{Distribute: []Distribute{row("hz", map[string]int{"hz": 80, "sh": 20})}, Failover: []Failover{{"sh", "bj"}}},
			want:  []Distribute{row("hz", map[string]int{"hz": 79, "sh": 20, "bj": 1}), row("sh", map[string]int{"sh": 99, "bj": 1})},
		},
		"what takes over has somebody to take over for it": {
			rules: LocalityRules{Distribute: []Distribute{row("hz", map[string]int{"hz": 100})}, Failover: []Failover{{"hz", "sh"}, {"sh", "bj"}}},
			want:  []Distribute{row("hz", map[string]int{"hz": 98, "sh": 1, "bj": 1}), row("sh", map[string]int{"sh": 99, "bj": 1})},
		},
		"a region without a row gets one": {
			rules: LocalityRules{Distribute: []Distribute{row("hz", map[string]int{"hz": 50, "sh": 50})}, Failover: []Failover{{"bj", "hz"}}},
			want:  []Distribute{row("hz", map[string]int{"hz": 50, "sh": 50}), row("bj", map[string]int{"bj": 99, "hz": 1})},
		},
		"a region where nothing runs sends to the one that takes over": {
			rules: LocalityRules{Distribute: []Distribute{row("hz", map[string]int{"hz": 50, "sh": 50})}, Failover: []Failover{{"gz", "sh"}, {"sh", "hz"}}},
			want:  []Distribute{row("hz", map[string]int{"hz": 50, "sh": 50}), row("gz", map[string]int{"sh": 99, "hz": 1}), row("sh", map[string]int{"sh": 99, "hz": 1})},
		},
		"everywhere is everywhere": {
			rules: LocalityRules{Distribute: []Distribute{row("*", map[string]int{"*": 100})}, Failover: []Failover{{"hz", "sh"}}},
			want:  []Distribute{row("*", map[string]int{"*": 100})},
		},
		"zones are of their region": {
			rules: LocalityRules{Distribute: []Distribute{row("hz/*", map[string]int{"hz/a": 60, "hz/b": 40})}, Failover: []Failover{{"hz", "sh"}}},
			want:  []Distribute{row("hz/*", map[string]int{"hz/a": 59, "hz/b": 40, "sh": 1})},
		},
		"a failover that no row can need": {
			rules: LocalityRules{Distribute: []Distribute{row("*", map[string]int{"hz": 100})}, Failover: []Failover{{"hz", "sh"}, {"bj", "hz"}}},
			err:   "no row sends anything to bj, so its failover to hz never counts",
		},
	} {
		got, err := c.rules.Compile([]string{"hz", "sh", "bj", "gz"}, func(region string) bool { return region != "gz" })
		if text := errorText(err); text != c.err {
			t.Errorf("%s: error %q, want %q", name, text, c.err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Whatever is compiled, the weights of a row still add up to 100, none is 0, and every region of a row that fails over has the region
// that takes over in the same row.
func TestCompileKeepsTheLaw(t *testing.T) {
	regions := []string{"a", "b", "c", "d"}
	rapid.Check(t, func(r *rapid.T) {
		region := rapid.SampledFrom(regions)
		var rules LocalityRules
		for _, from := range rapid.SliceOfNDistinct(region, 1, 4, rapid.ID).Draw(r, "rows") {
			first, second := region.Draw(r, "first"), region.Draw(r, "second")
			share := rapid.IntRange(1, 99).Draw(r, "share")
			row := Distribute{From: from, To: map[string]int{first: 100}}
			if second != first {
				row.To = map[string]int{first: share, second: 100 - share}
			}
			rules.Distribute = append(rules.Distribute, row)
		}
		for _, from := range rapid.SliceOfNDistinct(region, 1, 4, rapid.ID).Draw(r, "failover") {
			rules.Failover = append(rules.Failover, Failover{from, region.Filter(func(to string) bool { return to != from }).Draw(r, "to")})
		}
		empty := region.Draw(r, "a region without pods")
		rows, err := rules.Compile(regions, func(region string) bool { return region != empty })
		if err != nil {
			return
		}
		for _, row := range rows {
			sum := 0
			for _, weight := range row.To {
				if sum += weight; weight < 1 {
					r.Fatalf("a weight of %d in %v", weight, row)
				}
			}
			if sum != 100 {
				r.Fatalf("%v adds up to %d", row, sum)
			}
			for _, f := range rules.Failover {
				if row.To[f.From] > 0 && row.To[f.To] == 0 {
					r.Fatalf("%v has nobody to take over for %s", row, f.From)
				}
			}
		}
	})
}
