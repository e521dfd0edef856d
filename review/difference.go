package review

import (
	"cmp"
	"maps"
	"slices"

	"github.com/meshtopo/meshtopo/manifest"
)

// difference is what happens to one object or file in one target. It becomes part of a Change.
type difference struct {
	target, change, file string
	id                   manifest.ID // of a file: the kind KindFile and the path for a name
	was                  string
	fields               []fieldDifference
	old, new             *object // of objects that one side has
}

// fieldDifference is one field that differs. Values are as parse gives them.
type fieldDifference struct {
	path      string // as Field.Path
	keys      string // the path without list entries, for tables: spec.subsets.labels.version
	old, new  any
	has       [2]bool // whether old and new have the field
	note      string
	hidden    bool
	block     bool // it is a whole block of a Terraform configuration
	forcesNew bool // Terraform cannot change it in place
}

func compareIDs(a, b manifest.ID) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Group, b.Group), cmp.Compare(a.Version, b.Version))
}

// unionKeys gives the keys of both maps in order.
func unionKeys[V any](a, b map[string]V) []string {
	keys := slices.AppendSeq(make([]string, 0, len(a)+len(b)), maps.Keys(a))
	for key := range b {
		if _, found := a[key]; !found {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
