package load

import (
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/sandbox"
)

// evaluateCUE evaluates one CUE file without a file system: packages of CUE's own library may be imported, nothing else, and
// attributes that read files or tags are refused.
func evaluateCUE(e evaluation) (program, error) {
	if err := sandbox.SealFiles(); err != nil { // it reads none
		return program{}, err
	}
	c := cueFile{evaluation: e, text: e.text()}
	file, err := parser.ParseFile(e.File, e.Text, parser.ParseComments)
	if err != nil {
		return c.failed(diag.Syntax, "not well-formed CUE", err), nil
	}
	if found := c.forbidden(file); len(found) > 0 {
		return program{Findings: found}, nil
	}
	v := cuecontext.New().BuildFile(file)
	if err := v.Validate(cue.Concrete(true), cue.Final(), cue.All()); err != nil {
		return c.failed(diag.Evaluation, "the CUE program failed", err), nil
	}
	data, err := v.MarshalJSON()
	if err != nil {
		return c.failed(diag.Evaluation, "the CUE program is not plain data", err), nil
	}
	p := program{Value: data, Places: map[diag.Path]diag.Place{}, Keys: map[diag.Path]diag.Place{}}
	c.places(&p, v, "")
	return p, nil
}

type cueFile struct {
	evaluation
	text text
}

// forbidden finds imports of packages that are not CUE's own, attributes that reach outside, and numbers that CUE misreads.
func (c cueFile) forbidden(file *ast.File) []diag.Finding {
	var found []diag.Finding
	for spec := range file.ImportSpecs() {
		switch name := unquote(spec.Path.Value); {
		case strings.Contains(strings.Split(name, "/")[0], ".") || strings.HasPrefix(name, "/"):
			found = append(found, at(diag.OutsideRoot, c.span(spec.Path), "import of %q: only packages of CUE's own library can be imported", name).
				WithFix("write what it holds into the topology, or share data by Jsonnet's import"))
		case reachesOut(name):
			found = append(found, at(diag.OutsideRoot, c.span(spec.Path), "import of %q: its tasks run programs, read files and use the network, and a topology does none of it", name).
				WithFix("remove the import, and write the data that it would fetch into the topology"))
		}
	}
	ast.Walk(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Attribute:
			if name, _ := n.Split(); name == "embed" || name == "tag" || name == "extern" || name == "if" {
				found = append(found, at(diag.OutsideRoot, c.span(n), "attribute @%s reaches outside the file", name).WithFix("remove the attribute"))
			}
		case *ast.BasicLit:
			if m := exponent.FindStringSubmatch(n.Value); m != nil && (len(m[1]) > 3 || m[1] > "308" && len(m[1]) == 3) {
				found = append(found, at(diag.AmbiguousScalar, c.span(n), "the number %s does not fit a 64-bit float", n.Value).WithFix("write a smaller number"))
			}
		}
		return true
	}, nil)
	return found
}

// reachesOut says whether a package of CUE's library describes tasks for the command cue cmd. Evaluation never runs them, but a
// topology that holds one means something that does not happen. An import may have the name of its package after a colon.
func reachesOut(name string) bool {
	path, _, _ := strings.Cut(name, ":")
	return path == "tool" || strings.HasPrefix(path, "tool/")
}

// exponent matches numbers with an exponent: CUE reads 1e999999999 as 1.
var exponent = regexp.MustCompile(`^[0-9][0-9_.]*[eE][-+]?0*([0-9]+)$`)

// failed gives one finding for each of CUE's errors, each place once.
func (c cueFile) failed(rule, what string, err error) program {
	var p program
	seen := map[string]bool{}
	for _, e := range errors.Errors(err) {
		if int64(len(p.Findings)) == c.Limits.Findings || seen[e.Error()] {
			continue
		}
		seen[e.Error()] = true
		places := c.involved(e)
		found := at(rule, places[0], "%s: %s", what, strings.TrimSuffix(e.Error(), ":"))
		for _, place := range places[1:min(len(places), 4)] {
			found.Related = append(found.Related, diag.Related{Place: place, Message: "this takes part in it"})
		}
		p.Findings = append(p.Findings, found)
	}
	return p
}

// involved gives the places in the file that an error names, or else the file.
func (c cueFile) involved(e errors.Error) []diag.Place {
	var places []diag.Place
	for _, pos := range append([]token.Pos{e.Position()}, e.InputPositions()...) {
		if !pos.IsValid() || pos.Filename() != c.File {
			continue
		}
		if place := c.place(pos); !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	if len(places) == 0 {
		return []diag.Place{{File: c.File}}
	}
	return places
}

func (c cueFile) place(pos token.Pos) diag.Place {
	p := pos.Position()
	return c.text.place(p.Line, p.Column)
}

// span is the place of a node, with its width when it is in one line.
func (c cueFile) span(n ast.Node) diag.Place {
	place, end := c.place(n.Pos()), n.End()
	if end.IsValid() && end.Line() == place.Line {
		place.Width = c.place(end).Column - place.Column
	}
	return place
}

// places notes where each value of the result was written, as far as CUE knows. What the program takes from somewhere else in
// the file is placed there.
func (c cueFile) places(p *program, v cue.Value, path diag.Path) {
	pos := v.Pos()
	if field, ok := v.Source().(*ast.Field); ok && field.Value != nil && pos.IsValid() && pos.Filename() == c.File {
		p.Keys[path], p.Places[path] = c.span(field.Label), c.span(field.Value)
	} else if pos.IsValid() && pos.Filename() == c.File {
		p.Places[path] = c.place(pos)
	}
	switch v.IncompleteKind() {
	case cue.StructKind:
		for it, err := v.Fields(); err == nil && it.Next(); {
			c.places(p, it.Value(), path.Key(it.Selector().Unquoted()))
		}
	case cue.ListKind:
		i := 0
		for it, err := v.List(); err == nil && it.Next(); i++ {
			c.places(p, it.Value(), path.Index(i))
		}
	}
}
