package review

import (
	"cmp"
	"slices"
	"strings"
)

// separator stands between places that are lost at once.
const separator = "\x00"

// choiceGroup is places of one kind that a reader can choose.
type choiceGroup struct {
	Kind    string
	Choices []choice
	More    int // that are not shown
}

// choice is a place, and what changes when it is lost.
type choice struct {
	ID    int    // that its flows have on the page
	Place string // as drawings name it; "" while all is up
	Name  string
	Flows int
	Risk  Risk   // the highest of these flows
	Says  string // how many flows change, in a sentence
}

// nothingLost is the choice of all being up.
const nothingLost = "Nothing is lost"

// chooser makes the choices: nothing, every region, and other places when something changes with them.
func (v *page) chooser() {
	by := v.byLoss()
	losses := v.losses(by)
	v.ids = map[string]int{"": 0}
	for i, key := range losses {
		v.ids[key] = i + 1
	}
	up := v.choice(nil, by[""])
	up.Name = nothingLost
	v.Choices = append(v.Choices, choiceGroup{Choices: []choice{up}})
	v.AllSays = flowsSay(v.Traffic, "")
	groups := map[string]int{}
	unchanged := 0
	for _, key := range losses {
		flows := by[key]
		places := strings.Split(key, separator)
		kind, _, _ := strings.Cut(places[0], "/")
		if len(flows) == 0 && kind != "region" {
			unchanged++
			continue
		}
		at, ok := groups[kind]
		if !ok {
			at = len(v.Choices)
			groups[kind] = at
			v.Choices = append(v.Choices, choiceGroup{Kind: kindTitle(kind)})
		}
		g := &v.Choices[at]
		if len(g.Choices) == pageChoices {
			g.More++
			continue
		}
		g.Choices = append(g.Choices, v.choice(places, flows))
	}
	if unchanged > 0 {
		v.Unchanged = grouped(unchanged) + one(unchanged, " other loss was", " other losses were") + " tried; no flow changes with " + one(unchanged, "it.", "them.")
	}
}

// byLoss gives the flows that change with each loss, by its places.
func (v *page) byLoss() map[string][]FlowChange {
	by := map[string][]FlowChange{}
	for _, f := range v.Traffic {
		for _, lost := range append([][]string{f.Lost}, f.Alike...) {
			key := strings.Join(lost, separator)
			by[key] = append(by[key], f)
		}
	}
	return by
}

// losses gives all losses in the order they were tried in, then others that flows name, without that of nothing.
func (v *page) losses(by map[string][]FlowChange) []string {
	var others []string
	for key := range by {
		if key != "" && !slices.Contains(v.Losses, key) {
			others = append(others, key)
		}
	}
	slices.Sort(others)
	var keys []string
	for _, key := range slices.Concat(v.Losses, others) {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

func (v *page) choice(places []string, flows []FlowChange) choice {
	c := choice{ID: v.ids[strings.Join(places, separator)], Name: placeNames(places), Flows: len(flows)}
	if len(places) == 1 {
		c.Place, c.Name = places[0], shortName(places[0])
	}
	for _, f := range flows {
		c.Risk = max(c.Risk, f.Risk)
	}
	c.Says = flowsSay(flows, cmp.Or(whenLost(places), "while all is up"))
	if len(places) > 0 && slices.ContainsFunc(v.Traffic, func(f FlowChange) bool { return len(f.Lost) == 0 }) {
		c.Says += " What changes while all is up is not counted again."
	}
	return c
}

// shortName is a place below the title of its kind.
func shortName(place string) string {
	name := placeName(place)
	kind, _, _ := strings.Cut(place, "/")
	return strings.TrimPrefix(strings.TrimPrefix(name, "the "), kind+" ")
}

// flowsSay counts flows: "If cn-hangzhou is lost, 3 flows change: 2 outage, 1 traffic."
func flowsSay(flows []FlowChange, when string) string {
	n := len(flows)
	s := counted(n, "flow") + one(n, " changes", " change")
	if n == 0 {
		s = "no flow changes"
	}
	var risks []string
	for risk := Outage; risk >= None; risk-- {
		if of := count(flows, func(f FlowChange) bool { return f.Risk == risk }); of > 0 {
			risks = append(risks, grouped(of)+" "+risk.String())
		}
	}
	if len(risks) > 0 {
		s += ": " + strings.Join(risks, ", ")
	}
	s = after(when) + s + "."
	return strings.ToUpper(s[:1]) + s[1:]
}

func kindTitle(kind string) string {
	switch kind {
	case "mesh":
		return "Mesh"
	case "":
		return "Other"
	}
	return strings.ToUpper(kind[:1]) + plural(kind[1:])
}
