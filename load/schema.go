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
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/schemas"
)

// schema is the compiled schema: CUE's value, and the same as a tree of fields that knows names and documentation.
type schema struct {
	ctx  *cue.Context
	top  cue.Value
	tree *field
}

func compile() *schema {
	ctx := cuecontext.New()
	file := ctx.CompileString(schemas.Topology, cue.Filename("topology.cue"))
	if err := file.Err(); err != nil {
		panic(fmt.Sprintf("the embedded schema does not compile: %s", errors.Details(err, nil)))
	}
	top := file.LookupPath(cue.ParsePath("#Topology"))
	return &schema{ctx: ctx, top: top, tree: newField("", top, false)}
}

// conform holds a value against the schema and gives the Spec, defaults filled in. All unknown and missing fields and all wrong
// values are found in one go: names are compared first, and CUE then sees only what is known.
func conform(value any) (*mesh.Spec, []diag.Finding) {
	top, ok := value.(map[string]any)
	if !ok {
		return nil, []diag.Finding{diag.New(diag.WrongValue, "", "a topology must be %s, not %s", kindNames[cue.StructKind], describeValue(value))}
	}
	s := compile()
	w := walker{schema: s}
	known := w.strip(top, s.tree, "")
	unified := s.top.Unify(s.ctx.Encode(known))
	w.wrong(unified.Validate(cue.Concrete(true), cue.All()), known)
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
	schema   *schema
	findings []diag.Finding
}

func (w *walker) add(f diag.Finding) { w.findings = append(w.findings, f) }

// strip gives value without unknown, missing and empty fields, each of which it reports.
func (w *walker) strip(value any, f *field, path diag.Path) any {
	switch v := value.(type) {
	case map[string]any:
		if f.isStruct() {
			return w.stripStruct(v, f, path)
		}
	case []any:
		if f.elem() != nil {
			list := make([]any, len(v))
			for i, e := range v {
				list[i] = w.strip(e, f.elem(), path.Index(i))
			}
			return list
		}
	case string:
		if r, bad := document.Forbidden(v); bad {
			w.add(diag.New(diag.Encoding, path, "the value holds the character %U", r).WithFix("remove the character"))
		}
	}
	return value
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
			w.add(unknownField(f, name, at))
		case m[name] == nil:
			w.add(diag.New(diag.WrongValue, at, "%s has no value", name).WithFix("write %s, or remove the field", sub.describe()))
		default:
			known[name] = w.strip(m[name], sub, at)
		}
	}
	for _, name := range f.order {
		if _, there := m[name]; !there && f.fields[name].required {
			w.add(diag.New(diag.MissingField, path, "%s is missing the field %s", subject(path), name).
				WithFix("add %s: %s", name, f.fields[name].describe()))
		}
	}
	return known
}

func subject(path diag.Path) string {
	if path == "" {
		return "the topology"
	}
	return string(path)
}

func unknownField(f *field, name string, at diag.Path) diag.Finding {
	if notBuilt[string(at)] {
		found := diag.New(diag.NotBuilt, at, "the field %s is not built yet in this version of meshtopo", name).WithFix("remove the field")
		found.AtKey = true
		return found
	}
	found := diag.New(diag.UnknownField, at, "unknown field %q", name)
	found.AtKey = true
	if near, ok := diag.Nearest(name, f.order); ok {
		return found.WithFix("did you mean %s?", near)
	}
	if f.pattern != nil {
		return found.WithFix("names here are %s", f.patternDoc)
	}
	return found.WithFix("remove it; the fields here are %s", strings.Join(f.order, ", "))
}

// notBuilt are the fields of the design that this version does not act on.
var notBuilt = map[string]bool{
	"spec.expect": true, "spec.demand": true, "spec.waivers": true, "spec.components": true, "spec.delivery": true, "spec.review": true,
	"spec.install": true, "spec.network.probe": true, "spec.network.existing": true,
}

// wrong turns CUE's errors about values into findings, one for each path.
func (w *walker) wrong(err error, known any) {
	seen := map[diag.Path]bool{}
	for _, e := range errors.Errors(err) {
		path, value, f := w.locate(e.Path(), known)
		if f == nil || seen[path] {
			continue
		}
		seen[path] = true
		if message, _ := e.Msg(); strings.HasPrefix(message, "incomplete value") || strings.HasPrefix(message, "field is required") {
			continue // reported as missing
		}
		w.add(wrongValue(path, value, f))
	}
	if err != nil && len(w.findings) == 0 {
		w.add(diag.New(diag.WrongValue, "", "the topology does not fit the schema: %s", err))
	}
}

// locate turns a path of CUE (its definition first) into ours, with the value there and the field of the schema.
func (w *walker) locate(steps []string, value any) (diag.Path, any, *field) {
	var path diag.Path
	f := w.schema.tree
	for _, step := range steps {
		if strings.HasPrefix(step, "#") {
			continue
		}
		switch v := value.(type) {
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(v) || f.elem() == nil {
				return path, value, f
			}
			path, value, f = path.Index(i), v[i], f.elem()
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

func wrongValue(path diag.Path, value any, f *field) diag.Finding {
	name := path.Last()
	if string(path) == "spec.provider" && value == "istio" {
		return diag.New(diag.NotBuilt, path, `provider "istio" is not built yet in this version of meshtopo`).WithFix("use provider: asm")
	}
	found := diag.New(diag.WrongValue, path, "%s must be %s, not %s", name, f.describe(), describeValue(value))
	switch v := value.(type) {
	case string:
		if near, ok := diag.Nearest(v, f.choices()); ok {
			return found.WithFix("did you mean %s?", near)
		}
	case int64, float64:
		if f.kind()&cue.StringKind != 0 {
			return found.WithFix("put quotes around it")
		}
	}
	return found.WithFix("%s", f.doc)
}
