package review

import (
	"strings"

	"github.com/meshtopo/meshtopo/diag"
)

// Locate gives the path by positions of a field of a report, in the object that has it: spec.subsets[1] for spec.subsets[name=v2]. It ends
// where the object has no such field.
func Locate(fields map[string]any, path string) diag.Path {
	var at diag.Path
	var value any = fields
	for _, step := range diag.Path(path).Steps() {
		switch v := value.(type) {
		case map[string]any:
			next, ok := v[step.Key]
			if !ok || step.IsIndex {
				return at
			}
			at, value = at.Key(step.Key), next
		case []any:
			i := step.Index
			if !step.IsIndex {
				i = position(at, v, step.Key)
			}
			if i < 0 || i >= len(v) {
				return at
			}
			at, value = at.Index(i), v[i]
		default:
			return at
		}
	}
	return at
}

// position finds the entry of a list that a step such as name=v2 names; -1 for none.
func position(list diag.Path, entries []any, step string) int {
	field, want, _ := strings.Cut(step, "=")
	for i, e := range entries {
		if field == "" && e == any(want) {
			return i
		}
	}
	for _, by := range keyOf(list).by {
		keys, ok := keyed(entries, by)
		if !ok || !strings.HasSuffix("."+by[0], "."+field) {
			continue
		}
		for i := range keys {
			if keys[i].key == want {
				return i
			}
		}
	}
	return -1
}
