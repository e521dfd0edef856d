package load

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
)

// field is a field of the schema, read from CUE once: what may be in it, and its documentation.
type field struct {
	name       string
	value      cue.Value
	doc        string // the comment on the field
	definition string // the definition it refers to, #Name
	required   bool

	fields     map[string]*field // of a struct
	order      []string          // their names, as the schema has them
	open       bool              // unknown names are allowed: Istio's own shapes
	pattern    *field            // what names that are not listed hold
	patternDoc string
	element    *field // of a list
}

func newField(name string, v cue.Value, optional bool) *field {
	f := &field{name: name, value: v, doc: docOf(v)}
	f.definition, f.value = definitionOf(v)
	switch f.kind() {
	case cue.StructKind:
		f.readStruct()
	case cue.ListKind:
		f.element = newField("", f.value.LookupPath(cue.MakePath(cue.AnyIndex)), true)
	}
	f.required = !optional && !f.hasDefault()
	return f
}

func (f *field) kind() cue.Kind { return f.value.IncompleteKind() }

func (f *field) isStruct() bool { return f.fields != nil }

func (f *field) elem() *field { return f.element }

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
	it, err := f.value.Fields(cue.Optional(true))
	for err == nil && it.Next() {
		name := it.Selector().Unquoted()
		f.fields[name] = newField(name, it.Value(), it.IsOptional())
		f.order = append(f.order, name)
	}
	if any := f.value.LookupPath(cue.MakePath(cue.AnyString)); any.Exists() {
		f.pattern = newField("", any, true)
		f.patternDoc = patternDoc(f.value)
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
		return ok
	}
}

func docOf(v cue.Value) string {
	var parts []string
	for _, group := range v.Doc() {
		parts = append(parts, strings.Join(strings.Fields(group.Text()), " "))
	}
	return strings.Join(parts, " ")
}

// definitionOf gives the definition that a value refers to, and the value itself.
func definitionOf(v cue.Value) (string, cue.Value) {
	if _, p := v.ReferencePath(); len(p.Selectors()) > 0 {
		return p.Selectors()[len(p.Selectors())-1].String(), v
	}
	return "", v
}

func patternDoc(v cue.Value) string {
	return "as the schema says: " + strings.Join(strings.Fields(fmt.Sprint(v)), " ")
}

// kindNames are what kinds of values are called in sentences.
var kindNames = map[cue.Kind]string{
	cue.StringKind: "text", cue.IntKind: "a whole number", cue.NumberKind: "a number", cue.FloatKind: "a number",
	cue.BoolKind: "true or false", cue.ListKind: "a list", cue.StructKind: "a mapping",
}

// describe says in a sentence what may stand in the field.
func (f *field) describe() string {
	if doc := f.definitionDoc(); doc != "" && f.kind() != cue.StructKind {
		return doc
	}
	if choices := f.choices(); len(choices) > 0 {
		return strings.Join(choices, " or ")
	}
	if f.kind() == cue.ListKind && f.value.LookupPath(cue.MakePath(cue.Index(0))).Exists() {
		return f.listLength()
	}
	name, ok := kindNames[f.kind()]
	if !ok {
		name = "a value of the schema"
	}
	if bounds := bounds(f.value); bounds != "" {
		return name + " (" + bounds + ")"
	}
	return name
}

func (f *field) listLength() string {
	n := 0
	for f.value.LookupPath(cue.MakePath(cue.Index(n))).Exists() && n < 10 {
		n++
	}
	if f.value.Allows(cue.AnyIndex) {
		return "a list of at least " + strconv.Itoa(n)
	}
	return "a list of " + strconv.Itoa(n)
}

// choices are the texts that a field is limited to, or none.
func (f *field) choices() []string {
	op, parts := f.value.Expr()
	if op != cue.OrOp {
		parts = []cue.Value{f.value}
	}
	var choices []string
	for _, p := range parts {
		s, err := p.String()
		if err != nil {
			return nil
		}
		choices = append(choices, s)
	}
	return choices
}

// bounds are the limits of a number as the schema writes them.
func bounds(v cue.Value) string {
	if v.IncompleteKind()&cue.NumberKind == 0 {
		return ""
	}
	var limits []string
	op, parts := v.Expr()
	if op == cue.OrOp { // a default and its type
		return bounds(parts[len(parts)-1])
	}
	if op != cue.AndOp {
		parts = []cue.Value{v}
	}
	for _, p := range parts {
		op, args := p.Expr()
		if len(args) == 1 && (op == cue.GreaterThanEqualOp || op == cue.LessThanEqualOp) {
			limits = append(limits, fmt.Sprintf("%s %v", op, args[0]))
		}
	}
	return strings.Join(limits, ", ")
}

// definitionDoc is the documentation of the definition that the field refers to.
func (f *field) definitionDoc() string {
	root, path := f.value.ReferencePath()
	if f.definition == "" || !root.Exists() {
		return ""
	}
	return docOf(root.LookupPath(path))
}

func describeValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "empty"
	case string:
		if len(v) > 60 {
			v = v[:60] + "..."
		}
		return strconv.Quote(v)
	case map[string]any:
		return "a mapping"
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	default:
		return fmt.Sprint(v)
	}
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
