package load

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue"
)

// field is a field of the schema, read from CUE once: what may be in it, and its documentation.
type field struct {
	name     string
	value    cue.Value
	doc      string // the comment on the field
	typeDoc  string // the comment on the definition that it refers to
	optional bool
	required bool // it cannot be left out: it is not optional, and the schema has no default for it

	fields  map[string]*field // of a struct; nil when it is none
	order   []string          // their names, as the schema has them
	open    bool              // unknown names are allowed: Istio's own shapes
	keys    *field            // what names that are not listed must be, as in labels
	pattern *field            // what they hold
	element *field            // of a list
}

func newField(name string, v cue.Value, optional bool) *field {
	f := &field{name: name, value: v, doc: docOf(v), typeDoc: definitionDoc(v), optional: optional}
	switch f.kind() {
	case cue.StructKind:
		f.readStruct()
	case cue.ListKind:
		element := v.LookupPath(cue.MakePath(cue.AnyIndex))
		if !element.Exists() { // a list of fixed length
			element = v.LookupPath(cue.MakePath(cue.Index(0)))
		}
		f.element = newField("", element, true)
	}
	f.required = !optional && !f.hasDefault()
	return f
}

func (f *field) kind() cue.Kind { return f.value.IncompleteKind() }

func (f *field) isStruct() bool { return f.fields != nil }

// child is the field of that name, or nil when it is unknown.
func (f *field) child(name string) *field {
	if sub := f.fields[name]; sub != nil {
		return sub
	}
	if f.pattern != nil && f.value.Allows(cue.Str(name)) {
		return f.pattern
	}
	return nil
}

func (f *field) readStruct() {
	f.fields = map[string]*field{}
	it, err := f.value.Fields(cue.Optional(true), cue.Patterns(true))
	for err == nil && it.Next() {
		if it.Selector().ConstraintType() == cue.PatternConstraint {
			f.pattern = newField("", it.Value(), true)
			f.keys = newField("", it.Selector().Pattern(), true)
			continue
		}
		name := it.Selector().Unquoted()
		f.fields[name] = newField(name, it.Value(), it.IsOptional())
		f.order = append(f.order, name)
	}
	f.open = f.pattern == nil && f.value.Allows(cue.Str("x-anything-at-all"))
}

// hasDefault says whether the schema fills the field in when it is left out.
func (f *field) hasDefault() bool {
	switch f.kind() {
	case cue.StructKind:
		for _, sub := range f.fields {
			if sub.required {
				return false
			}
		}
		return len(f.fields) > 0
	case cue.ListKind:
		return false
	default:
		_, ok := f.value.Default()
		return ok && !f.value.IsConcrete()
	}
}

// describeKeys documents the names of mappings whose names follow a pattern.
func (f *field) describeKeys(docs map[string]string) {
	if f.keys != nil {
		f.keys.typeDoc = docs[fmt.Sprint(f.keys.value)]
		f.pattern.describeKeys(docs)
	}
	if f.element != nil {
		f.element.describeKeys(docs)
	}
	for _, sub := range f.fields {
		sub.describeKeys(docs)
	}
}

func docOf(v cue.Value) string {
	var parts []string
	for _, group := range v.Doc() {
		parts = append(parts, strings.Join(strings.Fields(group.Text()), " "))
	}
	return strings.Join(parts, " ")
}

// definitionDoc is the documentation of the definition that a value refers to.
func definitionDoc(v cue.Value) string {
	root, path := v.ReferencePath()
	if !root.Exists() || len(path.Selectors()) == 0 {
		return ""
	}
	return docOf(root.LookupPath(path))
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
