package random

import (
	"encoding/json"
	"maps"
	"slices"
)

// Shrink makes a case smaller as long as it stays interesting: it takes parts away, the big ones first, until none can go or more is
// false. The answer is the smallest that was found, and the case itself when nothing could go.
func Shrink(c *Case, interesting func(*Case) bool, more func() bool) *Case {
	for smaller := true; smaller; {
		smaller = false
		for i := 0; i < c.parts(); {
			if !more() {
				return c
			}
			if candidate, ok := c.without(i); ok && interesting(candidate) {
				c, smaller = candidate, true // and another part is number i
			} else {
				i++
			}
		}
	}
	return c
}

// parts is how many parts could be taken away.
func (c *Case) parts() int { return len(removable(c.tree())) }

// without gives the case without one part; not ok when what is left is no case.
func (c *Case) without(part int) (*Case, bool) {
	tree := c.tree()
	remove(tree, removable(tree)[part])
	data, err := json.Marshal(tree)
	if err != nil {
		return nil, false
	}
	var out Case
	return &out, json.Unmarshal(data, &out) == nil
}

// tree gives the case as JSON values, which share nothing with it.
func (c *Case) tree() m {
	var tree m
	data, err := json.Marshal(c)
	if err != nil || json.Unmarshal(data, &tree) != nil {
		return nil // JSON values are always written and read
	}
	return tree
}

// removable gives the paths of all parts of a case, those that are less deep first. Keys are strings, places in lists numbers.
func removable(tree m) [][]any {
	var paths [][]any
	level := [][]any{{"topology", "spec"}, {"overlays"}}
	for len(level) > 0 {
		var next [][]any
		for _, path := range level {
			for _, step := range steps(at(tree, path)) {
				child := append(slices.Clone(path), step)
				next = append(next, child)
			}
		}
		paths = append(paths, next...)
		level = next
	}
	return paths
}

// kept are fields that stay, since without them there would be another case: pods that nobody runs, and namespaces of others.
var kept = []string{"image", "namespace"}

// steps gives the keys of a mapping, or the places of a list, the last first.
func steps(value any) []any {
	var list []any
	switch v := value.(type) {
	case m:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if !slices.Contains(kept, key) {
				list = append(list, key)
			}
		}
	case []any:
		for i := len(v) - 1; i >= 0; i-- {
			list = append(list, i)
		}
	}
	return list
}

func at(value any, path []any) any {
	for _, step := range path {
		switch v := value.(type) {
		case m:
			value = v[step.(string)]
		case []any:
			value = v[step.(int)]
		}
	}
	return value
}

// remove takes away what is at a path.
func remove(tree m, path []any) {
	last := len(path) - 1
	switch parent := at(tree, path[:last]).(type) {
	case m:
		delete(parent, path[last].(string))
	case []any:
		place := path[last].(int)
		put(tree, path[:last], slices.Delete(parent, place, place+1))
	}
}

func put(tree m, path []any, value any) {
	last := len(path) - 1
	switch parent := at(tree, path[:last]).(type) {
	case m:
		parent[path[last].(string)] = value
	case []any:
		parent[path[last].(int)] = value
	}
}
