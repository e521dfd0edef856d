package load

import (
	"fmt"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/document"
	"github.com/meshtopo/meshtopo/limit"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/schemas"
)

// schema is the compiled schema.
type schema struct {
	ctx  *cue.Context
	file cue.Value
	top  cue.Value
}

func compile() schema {
	ctx := cuecontext.New()
	file := ctx.CompileString(schemas.Topology, cue.Filename("topology.cue"))
	if err := file.Err(); err != nil {
		panic(fmt.Sprintf("the embedded schema does not compile: %s", errors.Details(err, nil)))
	}
	return schema{ctx: ctx, file: file, top: file.LookupPath(cue.ParsePath("#Topology"))}
}

// tree gives the schema as a tree of fields that knows names and documentation. It takes longer than most topologies take to
// judge, so it is made only for who asks about fields: errors, explain, the JSON schema.
func (s schema) tree() *field {
	tree := newField("", s.top, false)
	tree.describeKeys(patternDocs(s.file))
	return tree
}

// unify gives a value with the schema's defaults, and what CUE finds wrong with it.
func (s schema) unify(value any) (cue.Value, error) {
	unified := s.top.Unify(s.ctx.Encode(value))
	return unified, unified.Validate(cue.Concrete(true), cue.All())
}

// patternDocs gives the documentation of definitions by what they say. CUE does not tell which definition the pattern of a
// mapping's names refers to.
func patternDocs(file cue.Value) map[string]string {
	docs := map[string]string{}
	it, err := file.Fields(cue.Definitions(true))
	for err == nil && it.Next() {
		if it.Value().IncompleteKind() == cue.StringKind {
			docs[fmt.Sprint(it.Value())] = docOf(it.Value())
		}
	}
	return docs
}

// conform holds a value against the schema and gives the Spec, defaults filled in. Where CUE finds nothing wrong, that is all.
// Else all unknown and missing fields and all wrong values are found in one go, which CUE does in waves: names are compared
// first, and CUE then sees only what is known.
func conform(value any, limits limit.Limits) (*mesh.Spec, []diag.Finding) {
	w := walker{schema: compile(), limits: DocumentLimits(limits)}
	w.plain(value, "", 1)
	top, ok := value.(map[string]any)
	if !ok && len(w.findings) == 0 {
		w.add(diag.New(diag.WrongValue, "", "a topology must be %s, not %s", kindNames[cue.StructKind], describeValue(value)))
	}
	if len(w.findings) > 0 {
		return nil, w.findings
	}
	if unified, err := w.schema.unify(top); err == nil {
		return decode(unified)
	}
	w.tree = w.schema.tree()
	known := w.strip(top, w.tree, "")
	unified, err := w.schema.unify(known)
	w.wrong(err, known)
	if len(w.findings) > 0 {
		return nil, w.findings
	}
	return decode(unified)
}

func decode(v cue.Value) (*mesh.Spec, []diag.Finding) {
	data, err := v.MarshalJSON()
	if err != nil {
		return nil, []diag.Finding{diag.New(diag.WrongValue, "", "the topology is not plain data: %s", err)}
	}
	spec, err := mesh.Decode(data)
	if err != nil {
		return nil, []diag.Finding{diag.New(diag.WrongValue, "", "the topology does not fit the model: %s", err)}
	}
	return spec, nil
}

type walker struct {
	schema   schema
	limits   document.Limits // its Problems bound the findings: no one reads more, and a hostile file could have a million
	tree     *field
	findings []diag.Finding
	mappings []mapping // that stand where text may stand
}

// mapping is a mapping where text may stand instead of it. Of a choice CUE reports one error at most, so it is judged by itself.
type mapping struct {
	path  diag.Path
	value any
	field *field
}

func (w *walker) add(f diag.Finding) {
	switch most := w.limits.Problems; len(w.findings) {
	case most + 1:
		return
	case most:
		f = diag.New(diag.Limit, "", "more than %d findings; mend those that are shown first", most).WithFix("%s", advice(document.Problems))
	}
	w.findings = append(w.findings, f)
}

// strip gives value without unknown and empty fields. It reports these, and missing ones.
func (w *walker) strip(value any, f *field, path diag.Path) any {
	switch v := value.(type) {
	case map[string]any:
		if f.isStruct() {
			known := w.stripStruct(v, f, path)
			if f.kind() != cue.StructKind {
				w.mappings = append(w.mappings, mapping{path, known, f})
			}
			return known
		}
	case []any:
		if f.element != nil {
			return w.stripList(v, f, path)
		}
	}
	return value
}

// stripList gives the elements in their places, so that CUE's indices are ours; an empty one, which it reports, stays.
func (w *walker) stripList(v []any, f *field, path diag.Path) any {
	list := make([]any, len(v))
	for i, e := range v {
		if e == nil {
			w.add(emptyValue(path.Index(i), f.element))
			continue
		}
		list[i] = w.strip(e, f.element, path.Index(i))
	}
	return list
}

func (w *walker) stripStruct(m map[string]any, f *field, path diag.Path) any {
	known := make(map[string]any, len(m))
	for _, name := range sortedKeys(m) {
		at := path.Key(name)
		sub := f.child(name)
		switch {
		case sub == nil && f.open:
			known[name] = m[name]
		case sub == nil:
			w.add(unknownField(f, name, path))
		case m[name] == nil:
			w.add(emptyValue(at, sub))
		default:
			known[name] = w.strip(m[name], sub, at)
		}
	}
	for _, name := range f.order {
		if _, there := m[name]; !there && f.fields[name].required {
			w.add(missingField(f.fields[name], path))
		}
	}
	return known
}

// wrong turns CUE's errors about values into findings, one for each path.
func (w *walker) wrong(err error, known any) {
	seen := map[diag.Path]bool{}
	for _, f := range w.findings {
		seen[f.Path] = true // it has said what is wrong there
	}
	w.errors(err, mapping{value: known, field: w.tree}, seen)
	for _, m := range w.mappings {
		value, _ := mappingOf(m.field.value)
		w.errors(value.Unify(w.schema.ctx.Encode(m.value)).Validate(cue.Concrete(true), cue.All()), m, seen)
	}
	if err != nil && len(w.findings) == 0 {
		w.add(diag.New(diag.WrongValue, "", "the topology does not fit the schema: %s", err))
	}
}

// errors turns CUE's errors about a value into findings, one for each path that was not seen yet.
func (w *walker) errors(err error, top mapping, seen map[diag.Path]bool) {
	for _, e := range errors.Errors(err) {
		path, value, f := top.locate(e.Path())
		message, _ := e.Msg()
		if missing := strings.HasPrefix(message, "incomplete value") || strings.HasPrefix(message, "field is required"); missing || seen[path] {
			continue // reported when names were compared
		}
		if _, isMapping := value.(map[string]any); isMapping && f.isStruct() && f.kind() != cue.StructKind {
			continue // it is no text, and what is wrong in the mapping has an error of its own
		}
		seen[path] = true
		w.add(wrongValue(path, value, f))
	}
}

// locate turns a path of CUE (its definition first) below the mapping into ours, with the value there and the field of the schema.
func (m mapping) locate(steps []string) (diag.Path, any, *field) {
	path, value, f := m.path, m.value, m.field
	for _, step := range steps {
		if strings.HasPrefix(step, "#") {
			continue
		}
		switch v := value.(type) {
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) || f.element == nil {
				return path, value, f
			}
			path, value, f = path.Index(i), v[i], f.element
		case map[string]any:
			name := unquote(step)
			sub := f.child(name)
			if _, ok := v[name]; !ok || sub == nil {
				return path, value, f
			}
			path, value, f = path.Key(name), v[name], sub
		default:
			return path, value, f
		}
	}
	return path, value, f
}

func unquote(s string) string {
	if u, err := strconv.Unquote(s); err == nil {
		return u
	}
	return s
}
