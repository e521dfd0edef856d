package review

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
)

// listKey says by what the entries of lists are known and whether their order means anything.
type listKey struct {
	field   string     // the list's name
	by      [][]string // the first of these sets of fields that all entries have, each with another value
	ordered bool       // the order means something
}

// listKeys is in the order in which it is looked at. Sources: the list map keys of the Kubernetes API (x-kubernetes-list-map-keys) and
// Istio's API reference. A VirtualService takes the first route that matches, so the order of http, tls and tcp means something; weights of
// destinations, subsets and hosts have no order.
var listKeys = []listKey{
	{"containers", [][]string{{"name"}}, false},
	{"initContainers", [][]string{{"name"}}, true},
	{"volumes", [][]string{{"name"}}, false},
	{"env", [][]string{{"name"}}, true}, // a later variable may use an earlier one
	{"volumeMounts", [][]string{{"mountPath"}}, false},
	{"imagePullSecrets", [][]string{{"name"}}, false},
	{"ports", [][]string{{"name"}, {"containerPort", "protocol"}, {"port", "protocol"}, {"containerPort"}, {"port"}, {"number"}}, false},
	{"subsets", [][]string{{"name"}}, false},
	{"portLevelSettings", [][]string{{"port.number"}}, false},
	{"servers", [][]string{{"port.name"}, {"port.number"}, {"name"}}, false},
	{"listeners", [][]string{{"name"}}, false},
	{"http", [][]string{{"name"}}, true},
	{"tls", [][]string{{"name"}}, true},
	{"tcp", [][]string{{"name"}}, true},
	{"route", [][]string{{"destination.host", "destination.subset", "destination.port.number"}, {"destination.host", "destination.subset"}, {"destination.host", "destination.port.number"}, {"destination.host"}}, false},
	{"distribute", [][]string{{"from"}}, false}, // rows that overlap are refused by istiod
	{"failover", [][]string{{"from"}}, false},
	{"rules", [][]string{{"host"}}, false}, // of an Ingress; rules of RBAC and policies have no order either
	{"endpoints", [][]string{{"address"}}, false},
	{"conditions", [][]string{{"type"}}, false},
	{"tolerations", nil, false},
	{"subjects", [][]string{{"kind", "namespace", "name"}, {"kind", "name"}}, false},
	{"hosts", nil, false},
	{"gateways", nil, false},
	{"exportTo", nil, false},
	{"clusterIds", nil, false},
	{"addresses", nil, false},
	{"accessModes", nil, false},
	{"verbs", nil, false},
	{"apiGroups", nil, false},
	{"resources", nil, false},
	{"items", [][]string{{"kind", "metadata.namespace", "metadata.name"}, {"kind", "metadata.name"}}, false},
}

// keyOf gives the row for a list, by its name. Of other lists the entries are known by name where all have one, and the order means something.
func keyOf(at diag.Path) listKey {
	name := at.Last()
	for _, k := range listKeys {
		if k.field == name {
			return k
		}
	}
	return listKey{name, [][]string{{"name"}}, true}
}

func (w *walk) list(at diag.Path, old, now []any) {
	k := keyOf(at)
	for _, by := range k.by {
		was, okOld := keyed(old, by)
		is, okNew := keyed(now, by)
		if okOld && okNew && len(old)+len(now) > 0 {
			w.byKey(at, k, by, was, is)
			return
		}
	}
	if !k.ordered {
		old, now = unmatched(old, now, w), unmatched(now, old, w)
	}
	w.byPosition(at, old, now, k.ordered)
}

// entry is an entry of a list under its key.
type entry struct {
	key   string
	value any
}

// keyed gives the entries of a list by their key; false when an entry has none, or the same as another.
func keyed(list []any, by []string) ([]entry, bool) {
	seen := map[string]bool{}
	var entries []entry
	for _, element := range list {
		fields, ok := element.(map[string]any)
		if !ok {
			return nil, false
		}
		var parts []string
		for _, path := range by {
			value, ok := lookup(fields, path)
			if !ok {
				return nil, false
			}
			parts = append(parts, fmt.Sprint(value))
		}
		key := strings.Join(parts, ",")
		if seen[key] {
			return nil, false
		}
		seen[key] = true
		entries = append(entries, entry{key, element})
	}
	return entries, true
}

// lookup finds a scalar by a path of names.
func lookup(fields map[string]any, path string) (any, bool) {
	name, rest, deeper := strings.Cut(path, ".")
	value, ok := fields[name]
	if deeper {
		inner, isMapping := value.(map[string]any)
		if !isMapping {
			return nil, false
		}
		return lookup(inner, rest)
	}
	switch value.(type) {
	case map[string]any, []any, nil:
		return nil, false
	}
	return value, ok
}

func (w *walk) byKey(at diag.Path, k listKey, by []string, old, now []entry) {
	name := by[0][strings.LastIndex(by[0], ".")+1:]
	was := map[string]any{}
	for _, e := range old {
		was[e.key] = e.value
	}
	for _, e := range now {
		here := at.By(name, e.key)
		if value, both := was[e.key]; both {
			w.value(here, value, e.value)
		} else {
			w.only(here, absent{}, e.value)
		}
	}
	is := map[string]bool{}
	for _, e := range now {
		is[e.key] = true
	}
	for _, e := range old {
		if !is[e.key] {
			w.only(at.By(name, e.key), e.value, absent{})
		}
	}
	if k.ordered {
		w.order(at, common(old, is), common(now, setOf(old)))
	}
}

func setOf(entries []entry) map[string]bool {
	set := map[string]bool{}
	for _, e := range entries {
		set[e.key] = true
	}
	return set
}

// common gives the keys of the entries that the other side has, too, in order.
func common(entries []entry, other map[string]bool) []any {
	var keys []any
	for _, e := range entries {
		if other[e.key] {
			keys = append(keys, e.key)
		}
	}
	return keys
}

// order notes that entries stand in another order, where that means something.
func (w *walk) order(at diag.Path, old, now []any) {
	if !reflect.DeepEqual(old, now) {
		w.note(at, old, now, "the order changed")
	}
}

// unmatched gives the entries of a list that have no equal one in another.
func unmatched(list, other []any, w *walk) []any {
	rest := slices.Clone(other)
	var only []any
	for _, v := range list {
		i := slices.IndexFunc(rest, func(o any) bool { return w.alike(v, o) })
		if i < 0 {
			only = append(only, v)
			continue
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return only
}

// alike says whether two values differ in nothing that is reported.
func (w *walk) alike(old, now any) bool {
	probe := walk{group: w.group, kind: w.kind}
	probe.value("", old, now)
	return len(probe.found) == 0
}

// byPosition compares lists whose entries have no key. What both begin and end with is left out, so that an entry that is put in between is one
// change.
func (w *walk) byPosition(at diag.Path, old, now []any, ordered bool) {
	start := 0
	for ordered && start < min(len(old), len(now)) && w.alike(old[start], now[start]) {
		start++
	}
	end := 0
	for ordered && end < min(len(old), len(now))-start && w.alike(old[len(old)-1-end], now[len(now)-1-end]) {
		end++
	}
	old, now = old[start:len(old)-end], now[start:len(now)-end]
	for i := range max(len(old), len(now)) {
		switch {
		case i >= len(old):
			w.only(w.at(at, start+i, now[i], ordered), absent{}, now[i])
		case i >= len(now):
			w.only(w.at(at, start+i, old[i], ordered), old[i], absent{})
		default:
			w.value(at.Index(start+i), old[i], now[i])
		}
	}
}

// at names an entry: by its position, or by its value in a list of words without order.
func (w *walk) at(list diag.Path, i int, value any, ordered bool) diag.Path {
	if word, ok := value.(string); ok && !ordered && len(word) < 100 && !w.secret {
		return list.By("", word)
	}
	return list.Index(i)
}
