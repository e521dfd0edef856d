package review

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
)

// list compares two lists in the way that the table says: by what names their entries, as a set, or by position.
func (w *differ) list(old, new []any) {
	rule := listRuleFor(w.kind, w.keyPath())
	if rule.set {
		w.sets(old, new)
		return
	}
	for _, key := range rule.keys {
		o, ok := keyed(old, key)
		if !ok {
			continue
		}
		if n, ok := keyed(new, key); ok {
			w.byKey(old, new, o, n, key, rule.ordered || rule.orderedIf != nil && (rule.orderedIf(old) || rule.orderedIf(new)))
			return
		}
	}
	w.byPosition(old, new)
}

// listKey is the fields that name an entry of a list, such as host, subset and port.number. The first must be there; others have a
// default, written after =, or are empty.
type listKey []string

func (k listKey) of(entry any) (string, bool) {
	var b strings.Builder
	b.WriteByte('[')
	for i, field := range k {
		path, fallback, _ := strings.Cut(field, "=")
		text, found := fieldText(entry, path)
		if !found && i == 0 {
			return "", false
		}
		if !found {
			text = fallback
		}
		if text == "" && i > 0 {
			continue
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(path[strings.LastIndexByte(path, '.')+1:] + "=" + plainOrQuoted(text))
	}
	b.WriteByte(']')
	return b.String(), true
}

// plainOrQuoted quotes what could not be told from the path around it.
func plainOrQuoted(s string) string {
	odd := func(r rune) bool {
		plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-/:*", r)
		return !plain
	}
	if s == "" || strings.ContainsFunc(s, odd) {
		return strconv.Quote(s)
	}
	return s
}

// fieldText gives the string or number at a path of keys.
func fieldText(v any, path string) (string, bool) {
	for path != "" {
		fields, ok := v.(map[string]any)
		if !ok {
			return "", false
		}
		var key string
		key, path, _ = strings.Cut(path, ".")
		v = fields[key]
	}
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	}
	return "", false
}

// keyed gives the keys of all entries of a list; not ok unless each has one of its own.
func keyed(list []any, key listKey) ([]string, bool) {
	keys := make([]string, len(list))
	seen := make(map[string]bool, len(list))
	for i, entry := range list {
		k, ok := key.of(entry)
		if !ok || seen[k] {
			return nil, false
		}
		keys[i], seen[k] = k, true
	}
	return keys, true
}

func (w *differ) byKey(old, new []any, oldKeys, newKeys []string, key listKey, ordered bool) {
	inOld, inNew := positions(oldKeys), positions(newKeys)
	all := slices.Clone(oldKeys)
	for _, k := range newKeys {
		if _, both := inOld[k]; !both {
			all = append(all, k)
		}
	}
	if !ordered { // how a list is written must not show in the order of what is told of it
		slices.Sort(all)
	}
	for _, k := range all {
		o, isOld := inOld[k]
		n, isNew := inNew[k]
		w.in(w.path+diag.Path(k), "", func() {
			switch {
			case isOld && isNew:
				w.value(old[o], new[n])
			case isOld:
				w.add(old[o], nil, [2]bool{true, false})
			default:
				w.add(nil, new[n], [2]bool{false, true})
			}
		})
	}
	if ordered {
		w.order(oldKeys, newKeys, inOld, inNew)
	}
}

func positions(keys []string) map[string]int {
	at := make(map[string]int, len(keys))
	for i, k := range keys {
		at[k] = i
	}
	return at
}

// order notes when entries that both sides have stand in another order.
func (w *differ) order(oldKeys, newKeys []string, inOld, inNew map[string]int) {
	common := func(keys []string, other map[string]int) []any {
		var both []any
		for _, k := range keys {
			if _, found := other[k]; found {
				both = append(both, k[1:len(k)-1])
			}
		}
		return both
	}
	if o, n := common(oldKeys, inNew), common(newKeys, inOld); !identical(o, n) {
		w.add(o, n, [2]bool{true, true})
		w.found[len(w.found)-1].note = "the order changed, and it has meaning here"
	}
}

// byPosition compares lists whose order has meaning. What is the same at the beginning and at the end is left out first, so that one
// entry put in changes one.
func (w *differ) byPosition(old, new []any) {
	begin := 0
	for begin < min(len(old), len(new)) && w.same(old[begin], new[begin]) {
		begin++
	}
	end := 0
	for end < min(len(old), len(new))-begin && w.same(old[len(old)-1-end], new[len(new)-1-end]) {
		end++
	}
	w.oneByOne(old[begin:len(old)-end], new[begin:len(new)-end], begin)
}

// oneByOne compares entries that stand at the same place in two lists, or in parts of them that begin at one place.
func (w *differ) oneByOne(old, new []any, begin int) {
	for i := range max(len(old), len(new)) {
		w.in(w.path.Index(begin+i), "", func() {
			switch {
			case i >= len(old):
				w.add(nil, new[i], [2]bool{false, true})
			case i >= len(new):
				w.add(old[i], nil, [2]bool{true, false})
			default:
				w.value(old[i], new[i])
			}
		})
	}
}

// sets compares lists whose order means nothing and whose entries have no name. Entries that both have are left out; of what stays,
// strings are named by themselves, and other entries are compared in the order of their JSON.
func (w *differ) sets(old, new []any) {
	o, n := w.leftOut(old, new)
	if len(o) == 0 && len(n) == 0 {
		return
	}
	if !w.strings(o, n) {
		byJSON(o)
		byJSON(n)
		w.oneByOne(o, n, 0)
	}
}

// strings reports entries that are all strings by their value.
func (w *differ) strings(old, new []any) bool {
	isText := func(v any) bool { _, ok := v.(string); return ok }
	notText := func(v any) bool { return !isText(v) }
	if slices.ContainsFunc(old, notText) || slices.ContainsFunc(new, notText) {
		return false
	}
	for i, list := range [2][]any{old, new} {
		byJSON(list)
		for _, v := range list {
			w.in(w.path+diag.Path("[="+plainOrQuoted(v.(string))+"]"), "", func() {
				if i == 0 {
					w.add(v, nil, [2]bool{true, false})
				} else {
					w.add(nil, v, [2]bool{false, true})
				}
			})
		}
	}
	return true
}

// maxSet bounds lists whose entries are compared with each other by meaning; longer ones are compared by spelling alone.
const maxSet = 200

// leftOut gives what each list has and the other has not.
func (w *differ) leftOut(old, new []any) (o, n []any) {
	waiting := make(map[string][]int, len(old))
	taken := make([]bool, len(old))
	for i, v := range old {
		k := spelled(v)
		waiting[k] = append(waiting[k], i)
	}
	for _, v := range new {
		k := spelled(v)
		at := slices.IndexFunc(waiting[k], func(i int) bool { return identical(old[i], v) })
		if at < 0 {
			n = append(n, v)
			continue
		}
		taken[waiting[k][at]] = true
		waiting[k] = slices.Delete(waiting[k], at, at+1)
	}
	for i, v := range old {
		if !taken[i] {
			o = append(o, v)
		}
	}
	if len(o) > maxSet || len(n) > maxSet {
		return o, n
	}
	n = slices.DeleteFunc(n, func(v any) bool {
		at := slices.IndexFunc(o, func(other any) bool { return w.same(other, v) })
		if at >= 0 {
			o = slices.Delete(o, at, at+1)
		}
		return at >= 0
	})
	return o, n
}

// spelled is a key under which identical values fall together, and others rarely.
func spelled(v any) string {
	if s, ok := v.(string); ok {
		return `"` + s
	}
	if jsonSize(v) > 1<<20 {
		return "" // too large to write out
	}
	return string(encodeJSON(v))
}

func byJSON(list []any) {
	slices.SortStableFunc(list, func(a, b any) int { return cmp.Compare(spelled(a), spelled(b)) })
}
