package review

import (
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/flow"
)

// CauseOf says what decides that a flow changes: of the decisions that stand in the explanations of one side only, the one whose object is
// changed; else one that is made by the topology; else the change of an object of the service itself. It is nil when none of these is there.
// The explanations are those of clients of the flow, and may be empty.
func CauseOf(f *FlowChange, before, after []flow.Explanation, changes []Change) *Cause {
	if f.Before == nil || f.After == nil {
		return ownChange(f, changes) // it begins or ends: what decides its way did not
	}
	was, now := decisionsFor(f, before), decisionsFor(f, after)
	news, gone := without(now, was), without(was, now)
	for i := range gone {
		gone[i].Rule = "no longer: " + gone[i].Rule
	}
	both := slices.Concat(news, gone)
	for _, decides := range []func(flow.Decision) bool{
		func(d flow.Decision) bool { return d.Object != "" && changed(d, changes) },
		func(d flow.Decision) bool { return d.From != "" },
	} {
		if i := slices.IndexFunc(both, decides); i >= 0 {
			return causeFrom(both[i])
		}
	}
	return ownChange(f, changes)
}

// decisionsFor gives what was decided for the clients of a flow, each once.
func decisionsFor(f *FlowChange, list []flow.Explanation) []flow.Decision {
	var all []flow.Decision
	for _, e := range list {
		if e.Client.Region != f.From || !slices.ContainsFunc(f.Clients, func(c string) bool { return sameClient(c, e.Client) }) {
			continue
		}
		for _, d := range e.DecidedBy {
			if !slices.Contains(all, d) {
				all = append(all, d)
			}
		}
	}
	return all
}

// sameClient compares a client of a flow with that of an explanation, which always has its namespace.
func sameClient(name string, c flow.Caller) bool {
	if gateway, ok := strings.CutPrefix(name, "gateway "); ok {
		return c.Gateway == gateway || strings.HasSuffix(c.Gateway, "/"+gateway)
	}
	return c.Service == name || strings.HasSuffix(c.Service, "/"+name)
}

// without gives the decisions of one side that the other does not have, wherever their lines stand.
func without(list, other []flow.Decision) []flow.Decision {
	var only []flow.Decision
	for _, d := range list {
		if !slices.ContainsFunc(other, func(o flow.Decision) bool { return o.Rule == d.Rule && o.Object == d.Object && o.Field == d.Field }) {
			only = append(only, d)
		}
	}
	return only
}

// changed says whether the object of a decision is among the changes.
func changed(d flow.Decision, changes []Change) bool {
	return slices.ContainsFunc(changes, func(c Change) bool {
		return c.object() == d.Object && slices.ContainsFunc(c.Targets, func(t string) bool { return t == d.Target || strings.HasSuffix(t, "/"+d.Target) })
	})
}

// object names the object as a decision does.
func (c *Change) object() string {
	if c.Namespace == "" {
		return c.Kind + " " + c.Name
	}
	return c.Kind + " " + c.Namespace + "/" + c.Name
}

func causeFrom(d flow.Decision) *Cause {
	return &Cause{Says: d.Rule, Object: d.Object, Target: d.Target, Field: d.Field, Source: d.Place}
}

// ownChange is the change of an object that is named after the service: its Service, DestinationRule or VirtualService, or a Deployment of a
// version of it. Removed and added objects come before changed ones.
func ownChange(f *FlowChange, changes []Change) *Cause {
	namespace, name := "default", f.Service
	if ns, n, ok := strings.Cut(f.Service, "/"); ok {
		namespace, name = ns, n
	}
	var best *Change
	for i := range changes {
		c := &changes[i]
		if c.Namespace != namespace || c.Risk == None || c.Name != name && !(c.Kind == "Deployment" && strings.HasPrefix(c.Name, name+"-")) {
			continue
		}
		if best == nil || best.Change == Changed && c.Change != Changed {
			best = c
		}
	}
	if best == nil {
		return nil
	}
	cause := &Cause{Says: best.Kind + " " + best.Name + " is " + best.Change, Object: best.object(), Target: best.Targets[0], Source: best.Source}
	if len(best.Fields) > 0 {
		cause.Field = best.Fields[0].Path
	}
	return cause
}
