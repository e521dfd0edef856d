package component

import (
	"encoding/json"
	"fmt"
	"path"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/jsonnet"
	"github.com/meshtopo/meshtopo/limit"
)

// program is a Jsonnet file with a function.
type program struct {
	source   *source
	function *jsonnet.Function
	most     int64 // bytes that it makes
}

func newProgram(s *source, q request) (*program, error) {
	values, err := json.Marshal(q.Values)
	if err != nil {
		return nil, fmt.Errorf("encoding values: %w", err)
	}
	p := &program{source: s, most: q.MaxOutput}
	file := jsonnet.File{Root: s.root, Name: s.file, Text: s.texts[s.file]}
	parameters, optional := []string{"mesh", "cluster"}, []string{"values"}
	if len(q.Values) > 0 {
		parameters, optional = append(parameters, optional...), nil
	}
	function, failure := file.Function(parameters, optional...)
	if failure != nil {
		return nil, diag.Findings{p.failed(failure)}
	}
	p.function = function
	for _, a := range []jsonnet.Argument{{Name: "mesh", JSON: q.Mesh}, {Name: "values", JSON: values}} {
		if failure := function.Prepare(a); failure != nil {
			return nil, fmt.Errorf("preparing %s: %s", a.Name, failure.Message)
		}
	}
	return p, nil
}

// objects calls the function for a target.
func (p *program) objects(cluster json.RawMessage) ([]object, []diag.Finding) {
	text, literals, failure := p.function.Call(jsonnet.Argument{Name: "cluster", JSON: cluster})
	if failure != nil {
		return nil, []diag.Finding{p.failed(failure)}
	}
	if int64(len(text)) > p.most {
		return nil, []diag.Finding{found(diag.Limit, p.source.place(p.source.file), "it makes more than %d bytes for one target", p.most).
			WithFix("%s", limit.Advice(limit.TemplateOutput, "make it give less"))}
	}
	made, err := value(text)
	if err != nil {
		return nil, []diag.Finding{found(diag.ComponentOutput, p.source.place(p.source.file), "its value cannot be read: %s", err)}
	}
	at := p.placesOf(literals)
	list, isList := made.([]any)
	if !isList {
		list = []any{made}
	}
	var objects []object
	var findings []diag.Finding
	for i, e := range list {
		prefix := diag.Path("")
		if isList {
			prefix = prefix.Index(i)
		}
		place := func(path diag.Path) diag.Place { return at(prefix.Join(string(path))) }
		fields, ok := e.(map[string]any)
		switch {
		case e == nil: // nothing for this target
		case !ok:
			findings = append(findings, found(diag.ComponentOutput, place(""), "%s is no object, but %s", named(prefix), describe(e)).
				WithFix("give an object, a list of objects, or null for none"))
		default:
			o, problems := vet(fields, place)
			objects, findings = append(objects, o), append(findings, problems...)
		}
	}
	return objects, findings
}

func named(element diag.Path) string {
	if element == "" {
		return "the value of the function"
	}
	return "element " + string(element) + " of its value"
}

func describe(v any) string {
	switch v.(type) {
	case string:
		return "text"
	case bool:
		return "a boolean"
	case []any:
		return "a list"
	}
	return "a number"
}

// placesOf finds the place of a path in the value: where it stands literally, or the nearest value around it does, which may be all
// of the function's value.
func (p *program) placesOf(literals []jsonnet.Literal) func(diag.Path) diag.Place {
	places := map[diag.Path]diag.Place{}
	for _, l := range literals {
		if !l.Key {
			places[diag.PathOf(l.Path)] = p.place(l.Place)
		}
	}
	return func(at diag.Path) diag.Place {
		for ; at != ""; at = at.Parent() {
			if place, ok := places[at]; ok {
				return place
			}
		}
		return places[""]
	}
}

func (p *program) place(in jsonnet.Place) diag.Place {
	place := diag.Place(in)
	place.File = path.Join(p.source.dir, place.File)
	return place
}

// failed is the finding of a program without a value.
func (p *program) failed(failure *jsonnet.Failure) diag.Finding {
	place := p.place(failure.Place)
	f := found(diag.ComponentFailed, place, "%s", failure.Message)
	switch failure.Kind {
	case jsonnet.Syntax:
		f.Message = "not well-formed: " + failure.Message
	case jsonnet.Outside:
		f = found(diag.ComponentOutside, place, "import of %s, which is outside the component's directory %s", failure.Message, p.source.dir)
	}
	for _, r := range failure.Related {
		f.Related = append(f.Related, diag.Related{Place: p.place(r.Place), Message: r.Message})
	}
	return f
}
