package review

import (
	"strings"

	"github.com/meshtopo/meshtopo/flow"
)

func (t *text) traffic(r *Report) {
	if len(r.Traffic) == 0 {
		return
	}
	t.title("Traffic")
	printed, stands := 0, 0 // entries, and the flows that they stand for
	for _, g := range r.lossGroups() {
		if printed == textFlows {
			break
		}
		t.put("  ", "    ", g.title()+orAlike(g.alike), bold)
		for _, f := range g.flows {
			if printed == textFlows {
				break
			}
			printed, stands = printed+1, stands+f.n
			t.flow(&g, f.FlowChange)
		}
	}
	t.more(len(r.Traffic)-stands, "flow")
	t.put("  ", "  ", r.tried(), plain)
}

// flow prints a flow and, below it, what is not told of all flows of its group.
func (t *text) flow(g *lossGroup, f *FlowChange) {
	const lead, rest = "      ", "        "
	t.risky(f.Risk, f.Says)
	t.put(lead, rest, f.clients(), plain)
	if more := except(f.Alike, g.alike); len(more) > 0 {
		t.put(lead, rest, "the same if "+alikeNames(more)+" is lost", plain)
	}
	if f.After != nil {
		t.put(lead, rest, f.After.Why, plain)
	}
	if f.Cause != nil {
		sentence, where := f.Cause.says()
		t.put(lead, rest, "because: "+sentence, plain)
		t.put(lead, rest, where, plain)
	}
}

// more says how much is not printed.
func (t *text) more(n int, what string) {
	if n > 0 {
		t.put("  ", "    ", "... and "+grouped(n)+" more "+one(n, what, plural(what))+"; --format json has all", plain)
	}
}

func (t *text) expectations(list []Expectation) {
	if len(list) == 0 {
		return
	}
	t.title("Expectations")
	for i := range list[:min(len(list), textFlows)] {
		e := &list[i]
		t.risky(e.Risk, e.says())
		t.put("      ", "        ", e.Why, plain)
		t.put("      ", "        ", e.Source, plain)
	}
	t.more(len(list)-textFlows, "expectation")
}

func (t *text) loads(list []LoadChange) {
	if len(list) == 0 {
		return
	}
	t.title("Loads that cross 100 %")
	for i := range list[:min(len(list), textFlows)] {
		l := &list[i]
		t.risky(l.Risk, l.whole())
	}
	t.more(len(list)-textFlows, "load")
}

func (t *text) targets(list []TargetDelta) {
	if len(list) == 0 {
		return
	}
	t.title("Targets")
	for _, x := range list[:min(len(list), textObjects)] {
		t.risky(x.Risk, x.Target+" "+verb(x.Change, 1)+" ("+counted(x.Objects, "object")+")")
	}
	t.more(len(list)-textObjects, "target")
}

func (t *text) objects(title string, list []Change) {
	if len(list) == 0 {
		return
	}
	t.title(title + ": " + strings.Join(byChange(list), ", "))
	for i := range list[:min(len(list), textObjects)] {
		t.object(&list[i])
	}
	t.more(len(list)-textObjects, "object")
}

func (t *text) object(c *Change) {
	const lead, rest = "      ", "        "
	t.risky(c.Risk, joined(", ", c.objectName()+" "+verb(c.Change, 1), c.was(), c.Why))
	t.put(lead, rest, inTargets(c.Targets), plain)
	t.put(lead, rest, c.place(), plain)
	for i := range c.Fields[:min(len(c.Fields), textFields)] {
		t.field(&c.Fields[i])
	}
	if n := len(c.Fields) - textFields; n > 0 {
		t.put(lead, rest, "... and "+counted(n, "more field"), plain)
	}
}

// field prints a field on one line where that is enough and there is room, else each value, or what differs in their lines, below its path.
func (t *text) field(f *Field) {
	const lead, rest = "      ", "        "
	v := f.view()
	lines := v.lines
	if whole := v.says(); lines == nil {
		if t.Width == 0 || len(lead)+len(whole) <= t.Width || v.old == "" {
			t.put(lead, rest, whole, plain)
			return
		}
		lines = v.sides()
	}
	t.put(lead, rest, v.path+":"+v.remark(), plain)
	for _, l := range lines {
		t.changed(rest, l)
	}
}

// changed prints a line of a value as it is, not broken.
func (t *text) changed(lead string, l line) {
	color := plain
	switch l.op {
	case '-':
		color = red
	case '+':
		color = green
	case '~':
		l.op, l.text = ' ', "... "+l.text
	}
	t.line(lead, string(l.op)+" "+flow.Visible(l.text), color)
}

func list[T any](t *text, title string, items []T, says func(*T) string) {
	if len(items) == 0 {
		return
	}
	t.title(title)
	for i := range items[:min(len(items), textFlows)] {
		t.put("  - ", "    ", says(&items[i]), plain)
	}
	t.more(len(items)-textFlows, "entry")
}
