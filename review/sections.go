package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// What the printers share: how the parts of a report are put together. Nothing here is escaped.

// lossGroup is the flows that change while the same is lost.
type lossGroup struct {
	topology string
	lost     []string
	alike    [][]string // of all of them, other losses with the same result
	flows    []told
}

// title is what a group is of: "if cn-hangzhou is lost", "while all is up".
func (g *lossGroup) title() string {
	when := cmp.Or(whenLost(g.lost), "while all is up")
	return of(g.topology) + when
}

// lossGroups gives the flows by what is lost, in the order of the worst of each.
func (r *Report) lossGroups() []lossGroup {
	var groups []lossGroup
	var flows [][]*FlowChange // of each
	index := map[string]int{}
	for i := range r.Traffic {
		f := &r.Traffic[i]
		key := f.Topology + "\x00" + strings.Join(f.Lost, "\x00")
		at, ok := index[key]
		if !ok {
			at = len(groups)
			index[key] = at
			groups, flows = append(groups, lossGroup{topology: f.Topology, lost: f.Lost, alike: f.Alike}), append(flows, nil)
		}
		flows[at] = append(flows[at], f)
		groups[at].alike = inBoth(groups[at].alike, f.Alike)
	}
	for i := range groups {
		groups[i].flows = together(flows[i])
	}
	return groups
}

// told is a flow as a reader is told it, for so many flows.
type told struct {
	*FlowChange
	n int
}

// together puts flows into one that differ in nothing but the service, and perhaps who sends: clients of one region are sent elsewhere in the
// same way, for the same reason.
func together(flows []*FlowChange) []told {
	var list []told
	names := map[int][]string{}
	index := map[string]int{}
	for _, f := range flows {
		key := f.butService()
		at, ok := index[key]
		if !ok {
			at = len(list)
			index[key] = at
			copied := *f
			list = append(list, told{&copied, 0})
		}
		m := &list[at]
		m.n++
		names[at] = append(names[at], f.Service)
		if !slices.Equal(m.Clients, f.Clients) {
			m.Clients = nil // of the services together it would be wrong
		}
		if m.After != nil && f.After != nil && m.After.Why != f.After.Why {
			after := *m.After
			after.Why = ""
			m.After = &after
		}
	}
	for at, m := range list {
		if m.n > 1 {
			m.Service = listed(names[at], maxNames)
			m.Says = m.Service + " in " + m.From + ": " + m.Change
		}
	}
	return list
}

// butService is all of a flow but the service, and who sends.
func (f *FlowChange) butService() string {
	cause := ""
	if f.Cause != nil {
		cause = f.Cause.Says + " "
	}
	return fmt.Sprintf("%q %q %d %q %q", f.From, f.Change, f.Risk, cause, f.Alike)
}

// inBoth gives the losses that are in both lists.
func inBoth(a, b [][]string) [][]string {
	return slices.DeleteFunc(slices.Clone(a), func(loss []string) bool { return !hasLoss(b, loss) })
}

// except gives the losses of a list that are not in another.
func except(a, b [][]string) [][]string {
	return slices.DeleteFunc(slices.Clone(a), func(loss []string) bool { return hasLoss(b, loss) })
}

func hasLoss(list [][]string, loss []string) bool {
	return slices.ContainsFunc(list, func(l []string) bool { return slices.Equal(l, loss) })
}

// says tells what decided: the sentence, and where.
func (c *Cause) says() (sentence, where string) {
	object := strings.TrimSpace(c.Object + " " + c.Field)
	if c.Target != "" {
		object = strings.TrimSpace(object + " in " + c.Target)
	}
	return c.Says, joined(", ", object, c.Source)
}

// joined joins what is not empty.
func joined(by string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), by)
}

// clients says who sends, where the sentence of a flow does not.
func (f *FlowChange) clients() string {
	if len(f.Clients) == 0 {
		return ""
	}
	return "requests of " + listed(f.Clients, maxNames)
}

// place says where an object is: its file, and the line of the topology that makes it.
func (c *Change) place() string {
	file, from := c.File, ""
	if c.Kind == KindFile { // its name is the file's
		file = ""
	}
	if c.Source != "" {
		from = "from " + c.Source
	}
	return joined(", ", file, from)
}

// was says what an object that was renamed was called.
func (c *Change) was() string {
	if c.Was == "" {
		return ""
	}
	return "was " + c.Was
}

// says tells an expectation: what becomes of it, and why.
func (e *Expectation) says() string {
	return of(e.Topology) + fate(e.Change, 1) + because(e.Expect)
}

// whole tells a load, with what is lost.
func (l *LoadChange) whole() string {
	when := ""
	if len(l.Lost) > 0 {
		when = whenLost(l.Lost) + orAlike(l.Alike) + ": "
	}
	return of(l.Topology) + when + l.says()
}

// orAlike says which other losses have the same result.
func orAlike(alike [][]string) string {
	if len(alike) == 0 {
		return ""
	}
	return ", or " + alikeNames(alike)
}

// says tells an entry of the ignore file.
func (i *Ignored) says() string {
	until := ""
	if i.Until != "" {
		until = "until " + i.Until
	}
	return counted(i.Fields, "difference") + ": " + joined("; ", i.Entry, i.Reason, until, i.Note)
}

// says tells a side: its name, commit, and where its objects come from.
func (s *Side) says() string {
	objects := ""
	switch s.Objects {
	case "", s.Name:
	case "rendered":
		objects = "rendered now"
	default:
		objects = "objects from " + s.Objects
	}
	revision := s.Revision
	if len(revision) > shortRevision {
		revision = "commit " + revision[:shortRevision]
	}
	return joined(", ", s.Name, revision, objects)
}

// shortRevision is how much of a commit's name is shown.
const shortRevision = 12

// tried says how many losses were tried.
func (r *Report) tried() string {
	if len(r.Losses) == 0 {
		return ""
	}
	return grouped(len(r.Losses)) + one(len(r.Losses), " single loss was tried", " single losses were tried")
}
