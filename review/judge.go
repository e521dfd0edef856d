package review

import (
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/flow"
)

// Judge sets Risk to the highest of all parts, Changed, and Verdict to one line that says first what is worst and then, in short, what else there is.
// It has the level of risk in front, unless there is none: "outage: if cn-hangzhou is lost, reviews in cn-hangzhou: was 100 % cn-shanghai,
// now dropped (and 3 more); 1 object changes in 2 clusters".
func (r *Report) Judge() {
	r.Risk, r.Changed = r.highest(), !r.Same()
	v := verdict{Report: r}
	if r.Changed {
		v.lead()
	} else {
		v.add("no difference")
	}
	v.rest()
	line := strings.Join(v.clauses, "; ")
	if r.Risk > None {
		line = r.Risk.String() + ": " + line
	}
	r.Verdict = cut(flow.Visible(line), maxVerdict)
}

// maxVerdict is how long a verdict may be, in characters: names in it can be of any length.
const maxVerdict = 600

// cut shortens a text to so many characters.
func cut(s string, most int) string {
	n := 0
	for i := range s {
		if n++; n == most && len(s) > i+1 {
			return strings.TrimRight(s[:i], " ") + "…"
		}
	}
	return s
}

// highest gives the highest risk of all parts.
func (r *Report) highest() Risk {
	risk := None
	for _, x := range r.Targets {
		risk = max(risk, x.Risk)
	}
	for _, list := range [][]Change{r.Objects, r.Version} {
		for i := range list {
			risk = max(risk, list[i].Risk)
		}
	}
	for i := range r.Traffic {
		risk = max(risk, r.Traffic[i].Risk)
	}
	for i := range r.Utilization {
		risk = max(risk, r.Utilization[i].Risk)
	}
	for i := range r.Expectations {
		risk = max(risk, r.Expectations[i].Risk)
	}
	return risk
}

// verdict is the clauses of a verdict, and what they have told already.
type verdict struct {
	*Report
	clauses                                          []string
	flows, expectations, loads, targets, objects, up bool
}

func (v *verdict) add(clause string) {
	if clause != "" {
		v.clauses = append(v.clauses, clause)
	}
}

// lead tells what has the highest risk. Of what routes requests the requests come first, of what is added or taken away the things. That a
// whole target comes or goes is told before what changes with it.
func (v *verdict) lead() {
	parts := []func() bool{v.leadTarget, v.leadObject, v.leadFlow, v.leadLoad, v.leadExpectation}
	if v.Risk == Traffic || v.Risk == Outage {
		parts = []func() bool{v.leadFlow, v.leadLoad, v.leadExpectation, v.leadTarget, v.leadObject}
	}
	for _, part := range parts {
		if part() {
			return
		}
	}
}

// andMore says how many others of the list are of the same risk.
func andMore(n int, what string) string {
	if n < 2 {
		return ""
	}
	return " (and " + grouped(n-1) + " more" + what + ")"
}

// worst gives the first part that has the highest risk, and how many have.
func worst[T any](v *verdict, list []T, risk func(*T) Risk) (first *T, n int) {
	for i := range list {
		if risk(&list[i]) == v.Risk {
			if n++; n == 1 {
				first = &list[i]
			}
		}
	}
	return first, n
}

func (v *verdict) leadFlow() bool {
	f, n := worst(v, v.Traffic, func(f *FlowChange) Risk { return f.Risk })
	if f == nil {
		return false
	}
	v.flows, v.up = true, len(f.Lost) == 0
	v.add(of(f.Topology) + after(whenLost(f.Lost)) + f.Says + andMore(n, ""))
	return true
}

// of names the topology, where several are compared.
func of(topology string) string {
	if topology == "" {
		return ""
	}
	return topology + ": "
}

// after puts a clause before what it is the condition of.
func after(when string) string {
	if when == "" {
		return ""
	}
	return when + ", "
}

func (v *verdict) leadExpectation() bool {
	e, n := worst(v, v.Expectations, func(e *Expectation) Risk { return e.Risk })
	if e == nil {
		return false
	}
	v.expectations = true
	v.add(of(e.Topology) + "the expectation " + quoted(e.short()) + " " + fate(e.Change, 1) + because(e.Why) + andMore(n, ""))
	return true
}

// short is the first parts of an expectation: its name where that says something, else whose requests it is about. Why says the rest.
func (e *Expectation) short() string {
	const enough = 20
	for i := range e.Expect {
		if i >= enough && strings.HasPrefix(e.Expect[i:], ": ") {
			return e.Expect[:i]
		}
	}
	return e.Expect
}

// fate says what becomes of n expectations.
func fate(change string, n int) string {
	switch change {
	case Broken:
		return one(n, "no longer holds", "no longer hold")
	case Mended:
		return one(n, "holds again", "hold again")
	case Unmet:
		return one(n, "is new and does not hold", "are new and do not hold")
	case Withdrawn:
		return one(n, "is taken out", "are taken out")
	case Edited:
		return one(n, "says something else now", "say something else now")
	}
	return one(n, "is "+change, "are "+change)
}

func quoted(s string) string { return `"` + s + `"` }

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

func (v *verdict) leadLoad() bool {
	l, n := worst(v, v.Utilization, func(l *LoadChange) Risk { return l.Risk })
	if l == nil || v.Risk == None {
		return false
	}
	v.loads = true
	v.add(of(l.Topology) + after(whenLost(l.Lost)) + l.says() + andMore(n, ""))
	return true
}

// says tells a load in a sentence.
func (l *LoadChange) says() string {
	return strings.TrimSpace(l.Service+" "+l.Version) + " in " + l.Cluster + " goes from " + flow.Percent(l.Before) + " to " + flow.Percent(l.After) + " of its capacity"
}

func (v *verdict) leadTarget() bool {
	t, _ := worst(v, v.Targets, func(t *TargetDelta) Risk { return t.Risk })
	if len(v.Targets) == 0 || t == nil && v.Risk == Outage {
		return false
	}
	v.restTargets()
	v.targets = true
	return t != nil
}

// restTargets tells all targets that come or go.
func (v *verdict) restTargets() {
	for _, change := range []string{Removed, Added} {
		if slices.ContainsFunc(v.Targets, func(t TargetDelta) bool { return t.Change == change }) {
			v.add(targetsClause(v.Targets, change))
		}
	}
}

// targetsClause says which targets have come or gone, and how many objects are in them.
func targetsClause(list []TargetDelta, change string) string {
	var names []string
	objects := 0
	for _, t := range list {
		if t.Change == change {
			names, objects = append(names, targetName(t.Target)), objects+t.Objects
		}
	}
	return listed(names, maxNames) + " " + verb(change, len(names)) + " (" + counted(objects, "object") + ")"
}

func (v *verdict) leadObject() bool {
	c, n := worst(v, v.Objects, func(c *Change) Risk { return c.Risk })
	if c == nil || v.Risk == None {
		return false
	}
	clause := joined(" ", c.objectName(), verb(c.Change, 1), manyTargets(c.Targets))
	if c.Change != Removed {
		clause += because(c.Why)
	}
	v.objects = n == len(v.Objects) // all are told
	v.add(clause + andMore(n, one(n-1, " object", " objects")))
	return true
}
