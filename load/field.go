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

	fields  map[string]*field // of a struct, also where text may stand instead of it; nil when it is none
	order   []string          // their names, as the schema has them
	open    bool              // unknown names are allowed: Istio's own shapes
	keys    *field            // what names that are not listed must be, as in labels
	pattern *field            // what they hold
	element *field            // of a list
}

func newField(name string, v cue.Value, optional bool) *field {
	f := &field{name: name, value: v, doc: docOf(v), typeDoc: definitionDoc(v), optional: optional}
	if mapping, ok := mappingOf(v); ok {
		f.readStruct(mapping)
	}
	if f.kind() == cue.ListKind {
		element := v.LookupPath(cue.MakePath(cue.AnyIndex))
		if !element.Exists() { // a list of fixed length
			element = v.LookupPath(cue.MakePath(cue.Index(0)))
		}
		f.element = newField("", element, true)
	}
	f.required = !optional && !f.hasDefault()
	return f
}

// mappingOf gives of a value that may be a mapping, or a mapping or text, the mapping.
func mappingOf(v cue.Value) (cue.Value, bool) {
	if v.IncompleteKind() == cue.StructKind {
		return v, true
	}
	op, parts := cue.Dereference(v).Expr()
	if op == cue.OrOp && v.IncompleteKind() == cue.StructKind|cue.StringKind {
		for _, p := range parts {
			if p.IncompleteKind() == cue.StructKind {
				return p, true
			}
		}
	}
	return v, false
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

func (f *field) readStruct(mapping cue.Value) {
	f.fields = map[string]*field{}
	it, err := mapping.Fields(cue.Optional(true), cue.Patterns(true))
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
	f.open = f.pattern == nil && mapping.Allows(cue.Str("x-anything-at-all"))
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
