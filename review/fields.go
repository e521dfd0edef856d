package review

import (
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
