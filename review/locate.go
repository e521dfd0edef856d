package review

import (
	"strings"

	"github.com/meshtopo/meshtopo/diag"
)

// Locate gives the path by positions of a field of a report, in an object of that kind that has it: spec.subsets[1] for
// spec.subsets[name=v2]. It ends where the object has no such field.
func Locate(kind string, fields map[string]any, path string) diag.Path {
	l := located{kind: kind, rest: path}
	var value any = fields
	for l.rest != "" {
		next, ok := any(nil), false
		switch v := value.(type) {
		case map[string]any:
			next, ok = l.field(v)
		case []any:
			next, ok = l.entry(v)
		}
		if !ok {
			break
		}
		value = next
	}
	return l.at
}

// located is how far a path has been followed.
type located struct {
	kind string
	at   diag.Path
	keys []string // the names of fields so far, by which the table of lists is asked
	rest string
}

// field follows the path to a field of a mapping.
func (l *located) field(fields map[string]any) (any, bool) {
	rest := strings.TrimPrefix(l.rest, ".")
	for name, value := range fields {
		after, ok := strings.CutPrefix(rest, string(diag.Path("").Key(name)))
		if ok && (after == "" || after[0] == '.' || after[0] == '[') {
			l.at, l.keys, l.rest = l.at.Key(name), append(l.keys, name), after
			return value, true
		}
	}
	return nil, false
}

// entry follows the path to an entry of a list, which is known by what names it, by being a word, or by its position.
func (l *located) entry(list []any) (any, bool) {
	rule := listRuleFor(l.kind, strings.Join(l.keys, "."))
	for i, value := range list {
		labels := []string{string(diag.Path("").Index(i))}
		if word, ok := value.(string); ok {
			labels = append(labels, string(diag.Path("").By("", word)))
		}
		for _, key := range rule.keys {
			if label, ok := key.of(value); ok {
				labels = append(labels, label)
			}
		}
		for _, label := range labels {
			if after, ok := strings.CutPrefix(l.rest, label); ok {
				l.at, l.rest = l.at.Index(i), after
				return value, true
			}
		}
	}
	return nil, false
}
