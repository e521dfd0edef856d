package review

import "strings"

// objectsView is the objects of a list, in groups.
type objectsView struct {
	Counts string // such as "3 changed, 1 added"
	Groups []objectGroup
	More   int // objects that are not shown
}

// objectGroup is objects of one kind to which the same happens at the same risk.
type objectGroup struct {
	Risk    Risk
	Title   string
	Objects []objectView
	Open    bool
}

type objectView struct {
	*Change
	Title  string
	Where  string // in short
	All    string // all targets, when there are many
	Place  string
	Fields []pageField
	More   int // fields that are not shown
}

// pageField is a field: its path, and both values or lines of a difference.
type pageField struct {
	Path     string
	Old, New string
	Lines    []pageLine
	Note     string
}

type pageLine struct{ Class, Mark, Text string }

// maxOpen is up to how many objects groups are unfolded at first.
const maxOpen = 12

func objectsOf(list []Change) objectsView {
	v := objectsView{Counts: strings.Join(byChange(list), ", "), More: len(list) - pageObjects}
	index := map[string]int{}
	for i := range list[:min(len(list), pageObjects)] {
		c := &list[i]
		title := c.Kind + " " + c.Change
		key := c.Risk.String() + " " + title
		at, ok := index[key]
		if !ok {
			at = len(v.Groups)
			index[key] = at
			v.Groups = append(v.Groups, objectGroup{Risk: c.Risk, Title: title, Open: len(list) <= maxOpen})
		}
		v.Groups[at].Objects = append(v.Groups[at].Objects, c.onPage())
	}
	return v
}

func (c *Change) onPage() objectView {
	v := objectView{Change: c, Title: slashed(c.Namespace, c.Name), Where: joined(" ", c.was(), inTargets(c.Targets)), Place: c.place(), More: len(c.Fields) - pageFields}
	if len(c.Targets) > maxNames+1 {
		v.All = strings.Join(c.Targets[:min(len(c.Targets), pageEntries)], ", ")
		if more := len(c.Targets) - pageEntries; more > 0 {
			v.All += " and " + grouped(more) + " more"
		}
	}
	for i := range c.Fields[:min(len(c.Fields), pageFields)] {
		v.Fields = append(v.Fields, c.Fields[i].onPage())
	}
	return v
}

func (f *Field) onPage() pageField {
	v := f.view()
	p := pageField{Path: v.path, Old: v.old, New: v.new, Note: v.note}
	for _, l := range v.lines {
		switch l.op {
		case '-':
			p.Lines = append(p.Lines, pageLine{"old", "-", l.text})
		case '+':
			p.Lines = append(p.Lines, pageLine{"new", "+", l.text})
		case '~':
			p.Lines = append(p.Lines, pageLine{"left", " ", "... " + l.text})
		default:
			p.Lines = append(p.Lines, pageLine{"", " ", l.text})
		}
	}
	return p
}
