package review

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
)

// differ walks two values at once and notes where they differ.
type differ struct {
	kind        string // group/Kind of the object, as the tables name it
	shape       durations
	insideJSON  bool // strings that hold JSON are compared by what they hold
	path        diag.Path
	keys        []string
	secret      bool // the walk is in a Secret
	found       []fieldDifference
	onlyWhether bool // stop at the first difference
}

// in walks into a part: its path, and the key that leads to it, "" for an entry of a list.
func (w *differ) in(path diag.Path, key string, do func()) {
	outer, depth, secret := w.path, len(w.keys), w.secret
	w.path = path
	if key != "" {
		w.keys = append(w.keys, key)
	}
	do()
	w.path, w.keys, w.secret = outer, w.keys[:depth], secret
}

func (w *differ) add(old, new any, has [2]bool) {
	f := fieldDifference{path: string(w.path), keys: w.keyPath(), old: old, new: new, has: has}
	f.hidden = w.secret && !openInSecret(f.keys) || holdsSecret(old, 0) || holdsSecret(new, 0)
	w.found = append(w.found, f)
}

func (w *differ) keyPath() string { return strings.Join(w.keys, ".") }

func (w *differ) done() bool { return w.onlyWhether && len(w.found) > 0 }

// same says whether two values mean the same where the walk is.
func (w *differ) same(old, new any) bool {
	if identical(old, new) {
		return true
	}
	inner := differ{kind: w.kind, shape: w.shape, insideJSON: w.insideJSON, keys: append([]string(nil), w.keys...), onlyWhether: true}
	inner.value(old, new)
	return len(inner.found) == 0
}

func (w *differ) value(old, new any) {
	if w.done() || identical(old, new) {
		return
	}
	switch o := old.(type) {
	case map[string]any:
		if n, ok := new.(map[string]any); ok {
			w.mapping(o, n)
			return
		}
	case []any:
		if n, ok := new.([]any); ok {
			w.list(o, n)
			return
		}
	case string:
		if n, ok := new.(string); ok && w.insideJSON && !w.secret && w.embedded(o, n) {
			return
		}
	}
	if !w.sameScalar(old, new) {
		w.add(old, new, [2]bool{true, true})
	}
}

func (w *differ) mapping(old, new map[string]any) {
	w.secret = w.secret || isSecret(old) || isSecret(new)
	for _, key := range unionKeys(old, new) {
		o, inOld := old[key]
		n, inNew := new[key]
		w.in(w.path.Key(key), key, func() {
			if inOld && inNew {
				w.value(o, n)
			} else {
				w.add(o, n, [2]bool{inOld, inNew})
			}
		})
		if w.done() {
			return
		}
	}
}

// embedded compares two strings that both hold an object or a list of JSON.
func (w *differ) embedded(old, new string) bool {
	o, ok := heldJSON(old)
	if !ok {
		return false
	}
	n, ok := heldJSON(new)
	if ok {
		w.value(o, n)
	}
	return ok
}

func heldJSON(s string) (any, bool) {
	if s == "" || s[0] != '{' && s[0] != '[' {
		return nil, false
	}
	values, err := parseJSON([]byte(s))
	if err != nil || len(values) != 1 {
		return nil, false
	}
	return values[0].any, true
}

// identical says whether two values are spelled the same, but for the order of keys.
func identical(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for key, v := range x {
			if other, found := y[key]; !found || !identical(v, other) {
				return false
			}
		}
		return true
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !identical(x[i], y[i]) {
				return false
			}
		}
		return true
	}
	switch b.(type) {
	case map[string]any, []any:
		return false
	}
	return a == b
}

// isSecret knows the objects whose values nobody may see.
func isSecret(fields map[string]any) bool { return fields["kind"] == "Secret" }

// openInSecret says whether a field of a Secret is no secret.
func openInSecret(keys string) bool {
	switch keys {
	case "apiVersion", "kind", "type", "immutable", "metadata.name", "metadata.namespace":
		return true
	}
	return strings.HasPrefix(keys, "metadata.labels.")
}

func holdsSecret(v any, depth int) bool {
	switch v := v.(type) {
	case map[string]any:
		if isSecret(v) {
			return true
		}
		for _, inner := range v {
			if holdsSecret(inner, depth+1) {
				return true
			}
		}
	case []any:
		for _, inner := range v {
			if holdsSecret(inner, depth+1) {
				return true
			}
		}
	}
	return false
}

// maxShown bounds the JSON of a value in a report, in bytes.
const maxShown = 2 << 10

// field gives the form that a Report has.
func (f *fieldDifference) field() Field {
	out := Field{Path: f.path, Note: f.note, Hidden: f.hidden}
	if f.hidden {
		out.note(map[[2]bool]string{{true, false}: "removed", {false, true}: "added", {true, true}: "changed"}[f.has])
		return out
	}
	var sizes [2]int
	long := false
	for i, v := range [2]any{f.old, f.new} {
		sizes[i] = jsonSize(v)
		long = long || f.has[i] && sizes[i] > maxShown
	}
	if long {
		out.note(longNote(f, sizes))
	}
	if f.has[0] && sizes[0] <= maxShown {
		out.Old = encodeJSON(f.old)
	}
	if f.has[1] && sizes[1] <= maxShown {
		out.New = encodeJSON(f.new)
	}
	return out
}

func (f *Field) note(text string) {
	if f.Note != "" {
		text = f.Note + "; " + text
	}
	f.Note = text
}

// longNote says how long values are that are not shown, and where two texts begin to differ.
func longNote(f *fieldDifference, sizes [2]int) string {
	switch f.has {
	case [2]bool{false, true}:
		return "added, " + bytesOf(sizes[1])
	case [2]bool{true, false}:
		return "removed, " + bytesOf(sizes[0])
	}
	note := "was " + bytesOf(sizes[0]) + ", is " + bytesOf(sizes[1])
	old, isText := f.old.(string)
	new, alsoText := f.new.(string)
	if isText && alsoText {
		same := commonPrefix(old, new)
		note += ", differs from line " + strconv.Itoa(1+strings.Count(old[:same], "\n"))
	}
	return note
}

func commonPrefix(a, b string) int {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return i
}

func bytesOf(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits + " bytes"
}

// jsonSize is about how many bytes of JSON a value takes. It is counted, not written: aliases can make it huge.
func jsonSize(v any) int {
	switch v := v.(type) {
	case map[string]any:
		n := 2
		for key, inner := range v {
			n += len(key) + 4 + jsonSize(inner)
		}
		return n
	case []any:
		n := 2
		for _, inner := range v {
			n += 1 + jsonSize(inner)
		}
		return n
	case string:
		return len(v) + 2
	case json.Number:
		return len(v)
	}
	return 5
}

// encodeJSON gives the same bytes for the same value.
func encodeJSON(v any) json.RawMessage {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(err) // parse gives nothing that JSON cannot hold
	}
	return json.RawMessage(strings.TrimSuffix(b.String(), "\n"))
}
