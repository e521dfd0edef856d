package review

import (
	"fmt"
	"slices"
	"strings"
)

// tally is how much there is of something.
type tally struct {
	What, Many string
	Risk       string // the highest; "" where there is none to tell
}

// counts says how much there is of everything that differs.
func (r *Report) counts() []tally {
	var list []tally
	add := func(what string, n int, many string, risk func(i int) Risk) {
		if n == 0 {
			return
		}
		highest := None
		for i := range n {
			highest = max(highest, risk(i))
		}
		list = append(list, tally{what, many, highest.String()})
	}
	up := count(r.Traffic, func(f FlowChange) bool { return len(f.Lost) == 0 })
	add("flows", len(r.Traffic), fmt.Sprintf("%s while all is up, %s when something is lost", grouped(up), grouped(len(r.Traffic)-up)), func(i int) Risk { return r.Traffic[i].Risk })
	add("expectations", len(r.Expectations), grouped(len(r.Expectations)), func(i int) Risk { return r.Expectations[i].Risk })
	add("loads that cross 100 %", len(r.Utilization), grouped(len(r.Utilization)), func(i int) Risk { return r.Utilization[i].Risk })
	add("targets", len(r.Targets), grouped(len(r.Targets)), func(i int) Risk { return r.Targets[i].Risk })
	add("objects", len(r.Objects), strings.Join(byChange(r.Objects), ", "), func(i int) Risk { return r.Objects[i].Risk })
	add("objects, whatever the topology says", len(r.Version), strings.Join(byChange(r.Version), ", "), func(i int) Risk { return r.Version[i].Risk })
	if n := silenced(r.Ignored); n > 0 {
		list = append(list, tally{"silenced", counted(n, "difference"), ""})
	}
	return list
}

// parts gives the parts of a report that have something in them.
func (r *Report) parts() []*part {
	all := []*part{
		r.trafficPart(),
		{title: "\n### Expectations\n\n", what: "expectation", weight: 2, n: len(r.Expectations), entry: func(i int) string { return r.Expectations[i].markdown() }},
		{title: "\n### Loads that cross 100 %\n\n", what: "load", weight: 1, n: len(r.Utilization), entry: func(i int) string { return r.Utilization[i].markdown() }},
		{title: "\n### Targets\n\n", what: "target", weight: 1, n: len(r.Targets), entry: func(i int) string { return r.Targets[i].markdown() }},
		{title: "\n### Objects\n", lead: objectHead, what: "object", weight: 3, n: len(r.Objects), entry: func(i int) string { return r.Objects[i].row() }},
		fieldsPart(r.Objects),
		{title: versionTitle, lead: objectHead, what: "object", weight: 1, n: len(r.Version), entry: func(i int) string { return r.Version[i].row() }},
		{title: "\n### Silenced\n\n", what: "entry", weight: 1, n: len(r.Ignored), entry: func(i int) string { return "- " + inline(r.Ignored[i].says()) + "\n" }},
		{title: "\n### Notes\n\n", what: "note", weight: 1, n: len(r.Notes), entry: func(i int) string { return "- " + inline(r.Notes[i]) + "\n" }},
	}
	return slices.DeleteFunc(all, func(p *part) bool { return p.n == 0 })
}

const (
	objectHead   = "\n| risk | object | change | where | why |\n|---|---|---|---|---|\n"
	versionTitle = "\n### Objects that differ whatever the topology says\n\nThey were rendered by another version, were edited, or were not rendered again.\n"
)

// trafficPart has an entry for each flow; the first of a group has its title.
func (r *Report) trafficPart() *part {
	groups := r.lossGroups()
	var first []int // of each group
	var stand []int // flows of each entry
	for _, g := range groups {
		first = append(first, len(stand))
		for _, f := range g.flows {
			stand = append(stand, f.n)
		}
	}
	n := len(stand)
	return &part{title: "\n### Traffic\n", what: "flow", weight: 4, n: n, stand: stand, entry: func(i int) string {
		at, found := slices.BinarySearch(first, i)
		if !found {
			at-- // in the group that begins before it
		}
		g := &groups[at]
		entry := g.flows[i-first[at]].markdown(g)
		if found {
			entry = "\n**" + inline(g.title()) + "**" + inlineAfter(orAlike(g.alike)) + "\n\n" + entry
		}
		if i == n-1 && len(r.Losses) > 0 {
			entry += "\n" + r.tried() + ".\n"
		}
		return entry
	}}
}

// inlineAfter is a text that follows another one, without a space if it begins with a comma.
func inlineAfter(s string) string {
	rest, comma := strings.CutPrefix(s, ", ")
	if !comma {
		return inline(s)
	}
	return ", " + inline(rest)
}

// item is an entry of a list: a risk, a sentence, and lines below it.
func item(risk Risk, sentence string, below ...string) string {
	out := "- **" + risk.String() + "**: " + sentence + "\n"
	for _, line := range below {
		if line != "" {
			out += "  <br>" + line + "\n"
		}
	}
	return out
}

func (f *FlowChange) markdown(g *lossGroup) string {
	also, why := "", ""
	if more := except(f.Alike, g.alike); len(more) > 0 {
		also = inline("the same if " + alikeNames(more) + " is lost")
	}
	if f.After != nil {
		why = inline(f.After.Why)
	}
	return item(f.Risk, inline(f.Says), inline(f.clients()), also, why, f.Cause.markdown())
}

func (c *Cause) markdown() string {
	if c == nil {
		return ""
	}
	sentence, where := c.says()
	return joined(" ", inline("because: "+sentence), codeSpan(where))
}

func (e *Expectation) markdown() string {
	return item(e.Risk, inline(e.says()), inline(e.Why), codeSpan(e.Source))
}

func (l *LoadChange) markdown() string { return item(l.Risk, inline(l.whole())) }

func (t *TargetDelta) markdown() string {
	return item(t.Risk, codeSpan(t.Target)+" "+inline(verb(t.Change, 1))+" ("+counted(t.Objects, "object")+")")
}

// row is a change as a row of a table.
func (c *Change) row() string {
	change := c.Change
	if c.Was != "" {
		change += ", " + c.was()
	}
	return "| " + c.Risk.String() + " | " + codeSpan(c.objectName()) + " | " + inline(change) + " | " + inline(inTargets(c.Targets)) + " | " + inline(c.Why) + " |\n"
}

// How much of the fields of one object is printed: fields, and bytes.
const (
	markdownFields = 40
	markdownBytes  = 6000
)

// fieldsPart has an entry for each object with fields, folded.
func fieldsPart(list []Change) *part {
	var with []*Change
	for i := range list {
		if len(list[i].Fields) > 0 {
			with = append(with, &list[i])
		}
	}
	return &part{title: "\n### Fields\n", what: "field list", weight: 5, n: len(with), entry: func(i int) string {
		c := with[i]
		summary := joined(", ", c.objectName(), inTargets(c.Targets), counted(len(c.Fields), "field"))
		return "\n<details><summary>" + summaryText(summary) + "</summary>\n\n" + c.placeMarkdown() + c.fieldsMarkdown() + "\n</details>\n"
	}}
}

func (c *Change) placeMarkdown() string {
	if c.place() == "" {
		return ""
	}
	return codeSpan(c.place()) + "\n\n"
}

func (c *Change) fieldsMarkdown() string {
	var lines []string
	size, n := 0, 0
	for i := range c.Fields {
		field := c.Fields[i].diffLines()
		for _, l := range field {
			size += len(l) + 1
		}
		if n == markdownFields || n > 0 && size > markdownBytes {
			break
		}
		lines = append(lines, field...)
		n++
	}
	out := diffBlock(lines)
	if more := len(c.Fields) - n; more > 0 {
		out += "\n… and " + counted(more, "more field") + " left out; `--format json` has all.\n"
	}
	return out
}
