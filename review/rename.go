package review

import "strings"

// maxRenames bounds how many objects of a target are tried against how many others.
const maxRenames = 200

// renames finds objects that were only renamed: where the old name stands in the old object the new one stands in the new, and nothing
// else differs. It gives the renames, and what is left.
func renames(gone, come []*object) (changes []Change, left, added []*object) {
	if len(gone) > maxRenames || len(come) > maxRenames {
		return nil, gone, come
	}
	taken := map[*object]bool{}
	for _, old := range gone {
		now := renamedTo(old, come, taken)
		if now == nil {
			left = append(left, old)
			continue
		}
		taken[now] = true
		c := changeOf(now, Renamed, compareFields(old, now))
		c.Was = old.id.Name
		if old.id.Namespace != now.id.Namespace {
			c.Was = old.id.Namespace + "/" + old.id.Name
		}
		changes = append(changes, c)
	}
	for _, o := range come {
		if !taken[o] {
			added = append(added, o)
		}
	}
	return changes, left, added
}

// renamedTo finds what an object became; nil for nothing.
func renamedTo(old *object, come []*object, taken map[*object]bool) *object {
	for _, now := range come {
		if taken[now] || now.id.Kind != old.id.Kind || now.id.Group != old.id.Group || now.id.Kind == KindFile {
			continue
		}
		if old.id.Name != now.id.Name && old.id.Namespace != now.id.Namespace {
			continue
		}
		was := &object{id: now.id, fields: replaced(old.fields, old, now).(map[string]any)}
		if len(compareFields(was, now)) == 0 {
			return now
		}
	}
	return nil
}

// replaced gives a value with the old name, and the old namespace, written as the new one.
func replaced(value any, old, now *object) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, inner := range v {
			out[name] = replaced(inner, old, now)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = replaced(inner, old, now)
		}
		return out
	case string:
		if old.id.Name != now.id.Name {
			return strings.ReplaceAll(v, old.id.Name, now.id.Name)
		}
		return strings.ReplaceAll(v, old.id.Namespace, now.id.Namespace)
	}
	return value
}
