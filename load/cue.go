package load

import (
	"strings"
	"unicode/utf8"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
	"github.com/meshtopo/meshtopo/diag"
)

// evaluateCUE evaluates one CUE file without a file system: packages of CUE's own library may be imported, nothing else, and
// attributes that read files or tags are refused.
func evaluateCUE(e evaluation) (program, error) {
	c := cueFile{evaluation: e}
	file, err := parser.ParseFile(e.File, e.Text, parser.ParseComments)
	if err != nil {
		return c.failed(diag.Syntax, "not well-formed CUE", err), nil
	}
	if found := c.forbidden(file); len(found) > 0 {
		return program{Findings: found}, nil
	}
	v := cuecontext.New().BuildFile(file)
	if err := v.Err(); err != nil {
		return c.failed(diag.Evaluation, "the CUE program failed", err), nil
	}
	if err := v.Validate(cue.Concrete(true), cue.Final()); err != nil {
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

type cueFile struct{ evaluation }

// forbidden finds imports of packages that are not CUE's own and attributes that reach outside.
func (c cueFile) forbidden(file *ast.File) []diag.Finding {
	var found []diag.Finding
	for spec := range file.ImportSpecs() {
		if name := unquote(spec.Path.Value); strings.Contains(strings.Split(name, "/")[0], ".") || strings.HasPrefix(name, "/") {
			found = append(found, at(diag.OutsideRoot, c.place(spec.Path.Pos()), "import of %q: only packages of CUE's own library can be imported", name).
				WithFix("write what it holds into the topology, or share data by Jsonnet's import"))
		}
	}
	ast.Walk(file, func(n ast.Node) bool {
		if a, ok := n.(*ast.Attribute); ok {
			if name, _ := a.Split(); name == "embed" || name == "tag" || name == "extern" || name == "if" {
				found = append(found, at(diag.OutsideRoot, c.place(a.Pos()), "attribute @%s reaches outside the file", name).WithFix("remove the attribute"))
			}
		}
		return true
	}, nil)
	return found
}

// failed gives one finding for each of CUE's errors, each path once.
func (c cueFile) failed(rule, what string, err error) program {
	var p program
	seen := map[diag.Place]bool{}
	for _, e := range errors.Errors(err) {
		place := diag.Place{File: c.File}
		for _, pos := range append([]token.Pos{e.Position()}, e.InputPositions()...) {
			if pos.IsValid() && pos.Filename() == c.File {
				place = c.place(pos)
				break
			}
		}
		if seen[place] {
			continue
		}
		seen[place] = true
		p.Findings = append(p.Findings, at(rule, place, "%s: %s", what, strings.TrimSuffix(e.Error(), ":")))
	}
	return p
}

// place turns a position of CUE, whose columns count bytes, into one whose columns count characters.
func (c cueFile) place(pos token.Pos) diag.Place {
	position := pos.Position()
	lines := strings.SplitN(string(c.Text), "\n", position.Line+1)
	column := position.Column
	if position.Line >= 1 && position.Line <= len(lines) {
		line := lines[position.Line-1]
		column = 1 + utf8.RuneCountInString(line[:min(len(line), max(0, column-1))])
	}
	return diag.Place{File: c.File, Line: position.Line, Column: column}
}

// places notes where each value of the result was written, as far as CUE knows.
func (c cueFile) places(p *program, v cue.Value, path diag.Path) {
	if pos := v.Pos(); pos.IsValid() && pos.Filename() == c.File {
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
