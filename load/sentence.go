package load

import (
	"math"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/document"
)

// plain refuses what no document holds, but a program can make: control characters in names and values, and numbers that
// readers disagree on.
func (w *walker) plain(value any, path diag.Path, depth int) {
	if depth > w.limits.Depth {
		w.add(diag.New(diag.Limit, path, "%s", w.limits.TooDeep()).WithFix("%s", advice(document.Depth)))
		return
	}
	switch v := value.(type) {
	case map[string]any:
		if len(v) > w.limits.Keys {
			w.add(diag.New(diag.Limit, path, "%s", w.limits.TooManyKeys(len(v))).WithFix("%s", advice(document.Keys)))
			return
		}
		for _, name := range sortedKeys(v) {
			at := path.Key(name)
			if r, bad := document.Forbidden(name); bad {
				w.add(diag.New(diag.Encoding, at, "the field's name holds the character %U", r).WithFix("remove the character"))
			}
			w.plain(v[name], at, depth+1)
		}
	case []any:
		if len(v) > w.limits.Items {
			w.add(diag.New(diag.Limit, path, "%s", w.limits.TooManyItems(len(v))).WithFix("%s", advice(document.Items)))
			return
		}
		for i, e := range v {
			w.plain(e, path.Index(i), depth+1)
		}
	case string:
		if r, bad := document.Forbidden(v); bad {
			w.add(diag.New(diag.Encoding, path, "the value holds the character %U", r).WithFix("remove the character"))
		}
	case int64, float64:
		if f, ok := v.(float64); ok && math.IsInf(f, 0) {
			w.add(diag.New(diag.AmbiguousScalar, path, "the number does not fit a 64-bit float").WithFix("write a smaller number"))
		} else if !document.Exact(v) {
			w.add(diag.New(diag.AmbiguousScalar, path, "readers disagree on the number %v: a 64-bit float cannot hold it", v).
				WithFix("put quotes around it, if text is meant"))
		}
	}
}

// subject is what a sentence calls the mapping at a path.
func subject(path diag.Path) string {
	if path == "" {
		return "the topology"
	}
	return string(path)
}

// named is what a sentence calls the field or element at a path.
func named(path diag.Path) string {
	steps := path.Steps()
	if len(steps) > 0 && steps[len(steps)-1].IsIndex {
		return "an element of " + path.Last()
	}
	return path.Last()
}

func missingField(f *field, path diag.Path) diag.Finding {
	found := diag.New(diag.MissingField, path, "%s is missing the field %s", subject(path), f.name)
	if choices := f.choices(); len(choices) == 1 {
		return found.WithFix("add %s: %s", f.name, choices[0])
	}
	return found.WithFix("add %s, which must be %s", f.name, f.describe())
}

func emptyValue(path diag.Path, f *field) diag.Finding {
	found := diag.New(diag.WrongValue, path, "%s has no value", named(path))
	if f.required {
		return found.WithFix("write %s", f.describe())
	}
	return found.WithFix("write %s, or remove it", f.describe())
}

// notBuilt are the fields of the design that this version does not act on.
func notBuilt(path diag.Path) bool {
	switch path {
	case "spec.review",
		"spec.network.existing":
		return true
	}
	return false
}

// unknownField is about a name that the mapping at a path does not know.
func unknownField(f *field, name string, path diag.Path) diag.Finding {
	at := path.Key(name)
	if notBuilt(at) {
		found := diag.New(diag.NotBuilt, at, "the field %s is not built yet in this version of meshtopo", name).WithFix("remove the field")
		found.AtKey = true
		return found
	}
	if f.keys != nil {
		found := diag.New(diag.WrongValue, at, "a name in %s must be %s, not %s", path.Last(), f.keys.describe(), describeValue(name))
		found.AtKey = true
		return found.WithFix("correct the name")
	}
	found := diag.New(diag.UnknownField, at, "unknown field %s", describeValue(name))
	found.AtKey = true
	if near, ok := diag.Nearest(name, f.order); ok {
		return found.WithFix("did you mean %s?", near)
	}
	return found.WithFix("remove it; the fields here are %s", strings.Join(f.order, ", "))
}

func wrongValue(path diag.Path, value any, f *field) diag.Finding {
	found := diag.New(diag.WrongValue, path, "%s must be %s, not %s", named(path), f.describe(), describeValue(value))
	text, isText := value.(string)
	switch value.(type) {
	case int64, float64, bool:
		if f.kind() == cue.StringKind {
			return found.WithFix("put quotes around it, if text is meant")
		}
	}
	choices := f.choices()
	if near, ok := diag.Nearest(text, choices); isText && ok {
		return found.WithFix("did you mean %s?", near)
	}
	if len(choices) == 1 {
		return found.WithFix("write %s", choices[0])
	}
	if numeric := f.kind()&(cue.NumberKind|cue.BoolKind) != 0; isText && numeric && f.accepts(text) {
		return found.WithFix("remove the quotes")
	}
	return found.WithFix("see `meshtopo explain %s`", fieldPath(path))
}

// accepts says whether text, without its quotes, would be a number or boolean that the schema takes.
func (f *field) accepts(text string) bool {
	var value any
	switch tree, problems := document.YAML([]byte(text)); {
	case len(problems) > 0:
		return false
	default:
		value = tree.Value()
	}
	return f.value.Unify(cuecontext.New().Encode(value)).Validate(cue.Concrete(true)) == nil
}

// fieldPath is a path as documentation names it: without indices.
func fieldPath(path diag.Path) diag.Path {
	var general diag.Path
	for _, s := range path.Steps() {
		if !s.IsIndex {
			general = general.Key(s.Key)
		}
	}
	return general
}
