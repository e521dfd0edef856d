package load

import (
	"fmt"

	"github.com/meshtopo/meshtopo/diag"
)

// identities are the fields that tell the elements of a list apart, in the order in which they are tried: the first set that an
// element has, and shares with no other element, is what it is known by.
var identities = [...][]string{
	{"name"}, {"namespace", "name"}, {"cluster"}, {"region"}, {"cluster", "version"}, {"region", "version"}, {"from"}, {"path"},
	{"rule", "path"}, {"gateway"}, {"gateway", "region"}, {"service"}, {"service", "version"}, {"service", "region"}, {"service", "path"}, {"key"}, {"topologyKey"},
}

// namer gives the namer of a document: list elements are known by name, else by what tells them apart from the others, texts by
// what they say. An element that nothing tells apart keeps its place.
func namer(document any) diag.Namer {
	return func(path diag.Path) diag.Path {
		var p diag.Path
		value := document
		for _, step := range path.Steps() {
			if !step.IsIndex {
				p = p.Key(step.Key)
				m, _ := value.(map[string]any)
				value = m[step.Key]
				continue
			}
			list, _ := value.([]any)
			if step.Index < 0 || step.Index >= len(list) {
				p, value = p.Index(step.Index), nil
				continue
			}
			p, value = p+element(list, step.Index), list[step.Index]
		}
		return p
	}
}

// element is the step of a path that leads to an element of a list.
func element(list []any, i int) diag.Path {
	if text, ok := list[i].(string); ok && alone(list, text, func(e any) (string, bool) { s, ok := e.(string); return s, ok }) {
		return diag.Path("").By("", text)
	}
	for _, fields := range identities {
		of := func(e any) (string, bool) { return identity(e, fields) }
		if id, ok := of(list[i]); ok && alone(list, id, of) {
			return diag.Path(id)
		}
	}
	return diag.Path("").Index(i)
}

// identity is an element's steps by the fields: [cluster=a][version=v1].
func identity(e any, fields []string) (string, bool) {
	m, _ := e.(map[string]any)
	var p diag.Path
	for _, f := range fields {
		switch v := m[f].(type) {
		case string, int64, float64:
			p = p.By(f, fmt.Sprint(v))
		default:
			return "", false
		}
	}
	return string(p), true
}

func alone(list []any, id string, of func(any) (string, bool)) bool {
	n := 0
	for _, e := range list {
		if other, ok := of(e); ok && other == id {
			n++
		}
	}
	return n == 1
}
