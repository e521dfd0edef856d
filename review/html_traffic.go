package review

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshtopo/meshtopo/flow"
)

// flowView is a flow on the page.
type flowView struct {
	*FlowChange
	IDs        string // of the losses with which it changes
	When       string
	Who        string
	Why        string
	CauseSays  string
	CausePlace string
	Was, Now   []segment
}

// segment is a part of a bar, from 0 to 100.
type segment struct {
	X, Width string
	Class    string
}

// swatch is an entry of the legend of the bars.
type swatch struct{ Class, Name string }

// Classes of the bars' parts: so many regions have a color of their own.
const (
	regionColors  = 6
	classOther    = "s-other"
	classAnswered = "s-answered"
	classDropped  = "s-dropped"
)

func (v *page) flow(f *FlowChange) flowView {
	ids := make([]string, 0, len(f.Alike)+1)
	for _, lost := range append([][]string{f.Lost}, f.Alike...) {
		ids = append(ids, strconv.Itoa(v.ids[strings.Join(lost, separator)]))
	}
	x := flowView{FlowChange: f, IDs: strings.Join(ids, " "), When: of(f.Topology) + "while all is up", Who: f.clients()}
	if was, now := v.bar(f.Before), v.bar(f.After); !slices.Equal(was, now) {
		x.Was, x.Now = was, now
	}
	if len(f.Lost) > 0 {
		x.When = of(f.Topology) + whenLost(f.Lost) + orAlike(f.Alike)
	}
	if f.After != nil {
		x.Why = f.After.Why
	}
	if f.Cause != nil {
		x.CauseSays, x.CausePlace = f.Cause.says()
	}
	return x
}

// legend gives each region of the flows its color.
func (v *page) legend() {
	names := map[string]bool{}
	answered, dropped := false, false
	for _, f := range v.Traffic {
		for _, s := range []*Shares{f.Before, f.After} {
			if s == nil {
				continue
			}
			for region := range s.Regions {
				names[region] = true
			}
			answered, dropped = answered || s.Answered > 0, dropped || s.Dropped > 0
		}
	}
	for i, name := range slices.Sorted(maps.Keys(names)) {
		if i == regionColors {
			v.Legend = append(v.Legend, swatch{classOther, "other regions"})
			break
		}
		v.Legend = append(v.Legend, swatch{fmt.Sprint("s", i), name})
	}
	if answered {
		v.Legend = append(v.Legend, swatch{classAnswered, "answered by a route"})
	}
	if dropped {
		v.Legend = append(v.Legend, swatch{classDropped, "dropped"})
	}
}

// bar gives the parts of a bar: by region, in the order of the legend.
func (v *page) bar(s *Shares) []segment {
	if s == nil {
		return nil
	}
	parts := map[string]float64{classAnswered: s.Answered, classDropped: s.Dropped}
	for region, share := range s.Regions {
		i := slices.IndexFunc(v.Legend, func(l swatch) bool { return l.Name == region })
		if i < 0 || i >= regionColors {
			parts[classOther] += share
			continue
		}
		parts[v.Legend[i].Class] += share
	}
	var list []segment
	x := 0.0
	for _, l := range v.Legend {
		class := l.Class
		if width := 100 * flow.Round(min(max(parts[class], 0), 1)); width > 0 {
			list = append(list, segment{strconv.FormatFloat(x, 'f', 2, 64), strconv.FormatFloat(width, 'f', 2, 64), class})
			x += width
		}
	}
	return list
}

type expectView struct{ *Expectation }

// Says is the sentence.
func (e expectView) Says() string { return e.says() }

type loadView struct{ *LoadChange }

// Says is the sentence.
func (l loadView) Says() string { return l.whole() }
