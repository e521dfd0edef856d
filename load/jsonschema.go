package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/encoding/jsonschema"
)

// JSONSchema gives the schema of a topology as a JSON Schema (draft 2020-12) for editors: the fields with their documentation,
// types, limits and defaults. What it refuses, File refuses too, and the other way round as far as a schema goes.
//
// CUE's exporter makes it. It is then mended along our own tree of fields, because the exporter leaves things out: it takes Istio's
// open shapes for empty ones, closes a struct without what is embedded in it, drops the limits of numbers that have a default,
// and calls neither lists nor constants required.
func JSONSchema() ([]byte, error) {
	s := compile()
	expr, err := jsonschema.Generate(s.top, nil)
	if err != nil {
		return nil, fmt.Errorf("exporting the schema: %w", err)
	}
	data, err := s.ctx.BuildExpr(expr).MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("exporting the schema: %w", err)
	}
	var root node
	if err := json.Unmarshal(data, &root); err != nil {
		return nil, fmt.Errorf("exporting the schema: %w", err)
	}
	m := mender{definitions: root["$defs"].(node), mended: map[string]bool{}}
	m.mend(root, s.tree())
	root["title"] = "meshtopo topology"
	dropUnused(root)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	err = e.Encode(root)
	return b.Bytes(), err
}

// node is a schema, or a mapping of names to schemas.
type node = map[string]any

const definitionPrefix = "#/$defs/"

type mender struct {
	definitions node
	mended      map[string]bool // definitions that have been
}

// mend changes a schema to what the field says. A schema that refers to a definition has the definition mended.
func (m mender) mend(n node, f *field) {
	delete(n, "const")
	if f.kind() == cue.StringKind && len(f.choices()) == 1 {
		n["const"] = f.choices()[0]
	}
	m.withoutDefault(n, f)
	wholeNumber(n)
	if name, ok := definitionOf(n); ok && n["properties"] == nil {
		if !m.mended[name] {
			m.mended[name] = true
			m.mend(m.definitions[name].(node), &field{value: f.value, optional: true, fields: f.fields, order: f.order, open: f.open,
				keys: f.keys, pattern: f.pattern, element: f.element})
		}
		m.describe(n, f)
		return
	}
	switch {
	case f.isStruct() && f.kind() != cue.StructKind:
		m.mendMapping(n, f)
	case f.isStruct():
		m.mendStruct(n, f)
	case f.element != nil:
		m.mendList(n, f)
	case f.kind() == cue.IntKind:
		n["type"] = "integer"
		least, most := limits(withoutDefault(f.value))
		restrict(n, "minimum", least)
		restrict(n, "maximum", most)
	}
	m.describe(n, f)
}

// describe writes down what people read: documentation and default.
func (m mender) describe(n node, f *field) {
	if doc := f.doc; doc != "" {
		n["description"] = doc
	}
	if f.isStruct() || f.element != nil || f.optional || !f.hasDefault() {
		return
	}
	if v, ok := f.value.Default(); ok {
		var plain any
		if data, err := v.MarshalJSON(); err == nil && json.Unmarshal(data, &plain) == nil {
			n["default"] = plain
		}
	}
}

// withoutDefault takes the default out of "the default, or what the definition says": it is such a value itself.
func (m mender) withoutDefault(n node, f *field) {
	alternatives, _ := n["anyOf"].([]any)
	if len(alternatives) != 2 || f.optional || !f.hasDefault() {
		return
	}
	first, _ := alternatives[0].(node)
	second, _ := alternatives[1].(node)
	if first["const"] == nil || second["$ref"] == nil {
		return
	}
	delete(n, "anyOf")
	n["$ref"] = second["$ref"]
}

// wholeNumber makes "a number and a whole number" a whole number.
func wholeNumber(n node) {
	all, _ := n["allOf"].([]any)
	if len(all) != 2 || !reflect.DeepEqual(all[0], node{"type": "number"}) {
		return
	}
	delete(n, "allOf")
	for k, v := range all[1].(node) {
		n[k] = v
	}
}

func restrict(n node, name, value string) {
	if i, err := strconv.ParseInt(value, 10, 64); err == nil {
		n[name] = i
	}
}

func (m mender) mendStruct(n node, f *field) {
	if f.open {
		n["type"] = "object"
		return
	}
	m.embed(n)
	if f.pattern != nil {
		m.mendPattern(n, f)
	}
	properties, _ := n["properties"].(node)
	var required []string
	for _, name := range f.order {
		sub, ok := properties[name].(node)
		if !ok {
			continue
		}
		m.mend(sub, f.fields[name])
		if f.fields[name].required {
			required = append(required, name)
		}
	}
	delete(n, "required")
	if len(required) > 0 {
		n["required"] = required
	}
}

// mendMapping mends of "text or a mapping" the mapping, which is a definition.
func (m mender) mendMapping(n node, f *field) {
	mapping, _ := mappingOf(f.value)
	alternatives, _ := n["anyOf"].([]any)
	for _, a := range alternatives {
		alternative := a.(node)
		if name, ok := definitionOf(alternative); ok && m.definitions[name].(node)["properties"] != nil {
			m.mend(alternative, &field{value: mapping, optional: true, fields: f.fields, order: f.order})
		}
	}
}

// embed puts the properties of embedded definitions into a struct: closed structs side by side would refuse each other's.
func (m mender) embed(n node) {
	name, ok := definitionOf(n)
	if !ok {
		return
	}
	inner := m.definitions[name].(node)
	m.embed(inner)
	delete(n, "$ref")
	properties := n["properties"].(node)
	for k, v := range inner["properties"].(node) {
		properties[k] = clone(v)
	}
}

// mendPattern mends what a mapping with any names, or names of a pattern, holds.
func (m mender) mendPattern(n node, f *field) {
	if sub, ok := n["additionalProperties"].(node); ok {
		m.mend(sub, f.pattern)
	}
	patterns, _ := n["patternProperties"].(node)
	for _, sub := range patterns {
		m.mend(sub.(node), f.pattern)
	}
}

// mendList has one schema for all elements, since in ours they are all alike.
func (m mender) mendList(n node, f *field) {
	if items, ok := n["prefixItems"].([]any); ok {
		n["items"] = items[0]
		delete(n, "prefixItems")
	}
	if items, ok := n["items"].(node); ok {
		m.mend(items, f.element)
	}
}

func definitionOf(n node) (name string, ok bool) {
	ref, _ := n["$ref"].(string)
	return strings.CutPrefix(ref, definitionPrefix)
}

func clone(v any) any {
	switch v := v.(type) {
	case node:
		c := node{}
		for k, e := range v {
			c[k] = clone(e)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i, e := range v {
			c[i] = clone(e)
		}
		return c
	}
	return v
}

// dropUnused removes definitions that nothing refers to any more.
func dropUnused(root node) {
	used := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case node:
			if name, ok := definitionOf(v); ok && !used[name] {
				used[name] = true
				walk(root["$defs"].(node)[name])
			}
			for k, e := range v {
				if k != "$defs" {
					walk(e)
				}
			}
		case []any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(root)
	for name := range root["$defs"].(node) {
		if !used[name] {
			delete(root["$defs"].(node), name)
		}
	}
}
