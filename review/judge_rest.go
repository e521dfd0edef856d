package review

import (
	"slices"
	"strings"
)

// rest tells in short what the first clause has not.
func (v *verdict) rest() {
	v.restFlows()
	if !v.expectations {
		v.restExpectations()
	}
	if n := count(v.Utilization, func(l LoadChange) bool { return l.After > l.Before }); n > 0 && !v.loads {
		v.add(counted(n, "load") + one(n, " goes", " go") + " over 100 %")
	}
	if !v.targets {
		v.restTargets()
	}
	if !v.objects {
		v.add(objectsClause(v.Objects))
	}
	if n := len(v.Version); n > 0 {
		v.add(joined(" ", counted(n, "object"), one(n, "differs", "differ"), manyTargets(allTargets(v.Version)), "whatever the topology says (rendered by another version, or edited)"))
	}
	v.restTraffic()
	if n := silenced(v.Ignored); n > 0 {
		v.add(counted(n, "difference") + one(n, " is", " are") + " silenced")
	}
}

func count[T any](list []T, is func(T) bool) int {
	n := 0
	for _, x := range list {
		if is(x) {
			n++
		}
	}
	return n
}

// one chooses the word for one thing or for several.
func one(n int, single, several string) string {
	if n == 1 {
		return single
	}
	return several
}

// restFlows says what of the flows the first clause does not: that nothing changes while all is up, that no loss gets worse, or how many
// flows change.
func (v *verdict) restFlows() {
	up := count(v.Traffic, func(f FlowChange) bool { return len(f.Lost) == 0 })
	switch n := len(v.Traffic); {
	case n == 0:
		return
	case !v.flows:
		v.add(counted(n, "flow") + one(n, " changes", " change"))
	case !v.up && up == 0:
		v.add("while all is up traffic stays as it is")
	case !v.up:
		v.add(counted(up, "flow") + one(up, " changes", " change") + " while all is up")
	}
	if v.Risk < Outage && len(v.Losses) > 0 {
		v.add("no loss becomes an outage")
	}
}

func (v *verdict) restExpectations() {
	for _, change := range []string{Broken, Unmet, Withdrawn, Mended, Edited} {
		if n := count(v.Expectations, func(e Expectation) bool { return e.Change == change }); n > 0 {
			v.add(counted(n, "expectation") + " " + fate(change, n))
		}
	}
}

// objectsClause counts objects: "12 objects are added in 3 clusters", "5 objects differ in 3 clusters (3 changed, 1 added, 1 removed)".
func objectsClause(list []Change) string {
	n := len(list)
	if n == 0 {
		return ""
	}
	if n == 1 {
		return joined(" ", list[0].objectName(), verb(list[0].Change, 1), manyTargets(list[0].Targets))
	}
	where := manyTargets(allTargets(list))
	kinds := byChange(list)
	if len(kinds) == 1 {
		return joined(" ", counted(n, "object"), verb(list[0].Change, n), where)
	}
	return joined(" ", counted(n, "object"), "differ", where, "("+strings.Join(kinds, ", ")+")")
}

// byChange counts changes by what happens: "3 changed", "1 added".
func byChange(list []Change) []string {
	var kinds []string
	for _, change := range []string{Changed, Renamed, Added, Removed} {
		if n := count(list, func(c Change) bool { return c.Change == change }); n > 0 {
			kinds = append(kinds, grouped(n)+" "+change)
		}
	}
	return kinds
}

// allTargets gives the targets of all changes, sorted.
func allTargets(list []Change) []string {
	var all []string
	for i := range list {
		all = append(all, list[i].Targets...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// restTraffic says that requests go where they went, or that nobody knows.
func (v *verdict) restTraffic() {
	switch {
	case v.NoTraffic != "":
		v.add("traffic was not compared: " + v.NoTraffic)
	case v.Changed && len(v.Traffic) == 0 && len(v.Utilization) == 0 && len(v.Expectations) == 0:
		if kinds := v.notSimulated(); len(kinds) > 0 {
			v.add("what " + listed(kinds, maxNames) + " does to traffic is not known; all else stays as it is")
		} else {
			v.add("traffic stays as it is")
		}
	}
}

// notSimulated gives the kinds of changed objects that the simulator does not know, sorted.
func (v *verdict) notSimulated() []string {
	var kinds []string
	for i := range v.Objects {
		c := &v.Objects[i]
		group, _, _ := strings.Cut(c.APIVersion, "/")
		if c.Risk > None && (group == "security.istio.io" || group == "extensions.istio.io" || slices.Contains(unsimulated, c.Kind)) {
			kinds = append(kinds, c.Kind)
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// unsimulated are kinds that can change where requests go, or whether they are answered, and that no model reads (docs/simulate.md).
var unsimulated = []string{"EnvoyFilter", "Sidecar", "ServiceEntry", "WorkloadEntry", "ProxyConfig", "NetworkPolicy", "StatefulSet", "HorizontalPodAutoscaler", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute"}

// silenced is how many differences of fields entries of the ignore file silence.
func silenced(list []Ignored) int {
	n := 0
	for _, i := range list {
		n += i.Fields
	}
	return n
}
