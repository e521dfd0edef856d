package load

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
)

// kindNames are what kinds of values are called in sentences.
var kindNames = map[cue.Kind]string{
	cue.StringKind: "text", cue.IntKind: "a whole number", cue.NumberKind: "a number", cue.FloatKind: "a number",
	cue.BoolKind: "true or false", cue.ListKind: "a list", cue.StructKind: "a mapping", cue.IntKind | cue.StringKind: "a whole number or text",
}

// describe says in words what may stand in the field. What a definition says after a colon comes in parentheses.
func (f *field) describe() string {
	what, details, ok := strings.Cut(f.words(), ": ")
	if !ok {
		return what
	}
	return what + " (" + details + ")"
}

func (f *field) words() string {
	if f.typeDoc != "" && f.kind() != cue.StructKind {
		return f.typeDoc
	}
	if choices := f.choices(); len(choices) > 0 {
		return alternatives(choices)
	}
	value := withoutDefault(f.value)
	if doc := definitionDoc(value); doc != "" && f.kind() != cue.StructKind {
		return doc
	}
	name, ok := kindNames[f.kind()]
	if !ok {
		name = "a value of the schema"
	}
	switch {
	case f.kind() == cue.ListKind:
		return name + listLength(f.value)
	case f.kind()&cue.NumberKind != 0:
		return name + bounds(value)
	}
	return name
}

// withoutDefault gives of a default and a type the type.
func withoutDefault(v cue.Value) cue.Value {
	if op, parts := v.Expr(); op == cue.OrOp && len(parts) == 2 {
		if _, ok := v.Default(); ok {
			return parts[1]
		}
	}
	return v
}

// listLength says how many elements a list must have, when that is limited.
func listLength(v cue.Value) string {
	n := 0
	for v.LookupPath(cue.MakePath(cue.Index(n))).Exists() && n < 10 {
		n++
	}
	switch {
	case n == 0:
		return ""
	case v.Allows(cue.AnyIndex):
		return fmt.Sprintf(" of at least %d", n)
	}
	return fmt.Sprintf(" of %d", n)
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

// alternatives joins words: a, b or c.
func alternatives(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// bounds says the limits of a number as the schema has them.
func bounds(v cue.Value) string {
	least, most := limits(v)
	switch {
	case least != "" && most != "":
		return " from " + least + " to " + most
	case least != "":
		return ", " + least + " or more"
	case most != "":
		return ", " + most + " or less"
	}
	return ""
}

func limits(v cue.Value) (least, most string) {
	op, parts := v.Expr()
	switch {
	case op == cue.GreaterThanEqualOp && len(parts) == 1:
		return fmt.Sprint(parts[0]), ""
	case op == cue.LessThanEqualOp && len(parts) == 1:
		return "", fmt.Sprint(parts[0])
	case op == cue.AndOp || op == cue.NoOp && len(parts) == 1 && fmt.Sprint(parts[0]) != fmt.Sprint(v):
		for _, p := range parts {
			l, m := limits(p)
			least, most = cmp.Or(least, l), cmp.Or(most, m)
		}
	}
	return least, most
}

const quoted = 60 // characters of a value that a message quotes

func describeValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "empty"
	case string:
		if r := []rune(v); len(r) > quoted {
			return strconv.Quote(string(r[:quoted])) + "..."
		}
		return strconv.Quote(v)
	case map[string]any:
		return "a mapping"
	case []any:
		if len(v) == 0 {
			return "an empty list"
		}
		return fmt.Sprintf("a list of %d", len(v))
	default:
		return fmt.Sprint(v)
	}
}
