package load

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/ast"
	"github.com/meshtopo/meshtopo/diag"
)

// evaluateJsonnet evaluates a Jsonnet file. Imports are relative to the file that names them and stay below the root.
func evaluateJsonnet(e evaluation) (program, error) {
	root, err := e.openRoot()
	if err != nil {
		return program{}, fmt.Errorf("opening the root: %w", err)
	}
	defer root.Close()
	j := jsonnetFile{evaluation: e, importer: &rootImporter{root: root, seen: map[string]imported{}}}
	tree, err := jsonnet.SnippetToAST(e.File, string(e.Text))
	if err != nil {
		return j.failed(diag.Syntax, "not well-formed Jsonnet", err), nil
	}
	vm := jsonnet.MakeVM()
	vm.Importer(j.importer)
	vm.SetTraceOut(io.Discard)
	value, err := vm.Evaluate(tree)
	if outside := j.importer.outside; outside != "" {
		p := j.failed(diag.OutsideRoot, "import", err)
		p.Findings[0].Message = "import of " + outside + ", which is outside the root"
		p.Findings[0].Fix = "move the file below the root"
		return p, nil
	}
	if err != nil {
		return j.failed(diag.Evaluation, "the Jsonnet program failed", err), nil
	}
	p := program{Value: []byte(value), Exact: true, Places: map[diag.Path]diag.Place{}, Keys: map[diag.Path]diag.Place{}}
	literals{program: &p, text: e.text()}.node(tree, "", false)
	return p, nil
}

type jsonnetFile struct {
	evaluation
	importer *rootImporter
}

// inImport matches the error of a file that was imported and is not well-formed: file:line:column-column message, or with
// several lines file:(line:column)-(line:column) message.
var inImport = regexp.MustCompile(`(?s)^(.+?):\(?(\d+):(\d+)\)?(?:-\S+)? (.*)$`)

// failed gives the finding of an error: its place is the innermost one in the topology itself; where it arose in an imported
// file, that is a related place. An imported file that is not well-formed is the place itself.
func (j jsonnetFile) failed(rule, what string, err error) program {
	found := at(rule, diag.Place{File: j.File}, "%s: %s", what, strings.TrimSuffix(firstLine(err.Error()), "."))
	var static interface {
		error
		Loc() ast.LocationRange
	}
	var runtime jsonnet.RuntimeError
	switch {
	case errors.As(err, &runtime):
		found.Message = what + ": " + strings.TrimSuffix(strings.TrimSpace(runtime.Msg), ".")
		j.stack(&found, runtime.StackTrace)
		if m := inImport.FindStringSubmatch(runtime.Msg); m != nil && j.importer.seen[m[1]].contents != nil {
			line, _ := strconv.Atoi(m[2])
			column, _ := strconv.Atoi(m[3])
			found.Related = []diag.Related{{Place: found.Place, Message: "it is imported here"}}
			found.Rule, found.Message = diag.Syntax, "not well-formed Jsonnet: "+m[4]
			found.Fix = diag.Lookup(diag.Syntax).Fix
			found.Place = j.place(m[1], line, column)
		}
	case errors.As(err, &static):
		loc := static.Loc()
		found.Message = what + ": " + strings.TrimPrefix(static.Error(), loc.String()+" ")
		found.Place = j.place(loc.FileName, loc.Begin.Line, loc.Begin.Column)
	}
	return program{Findings: []diag.Finding{found}}
}

// stack fills in the places of a runtime error. The frames come from the outermost to the innermost.
func (j jsonnetFile) stack(found *diag.Finding, frames []jsonnet.TraceFrame) {
	for _, frame := range slices.Backward(frames) {
		loc := frame.Loc
		if loc.Begin.Line == 0 {
			continue
		}
		if loc.FileName == j.File {
			found.Place = j.place(j.File, loc.Begin.Line, loc.Begin.Column)
			return
		}
		if _, ok := j.importer.seen[loc.FileName]; ok && len(found.Related) == 0 {
			found.Related = []diag.Related{{Place: j.place(loc.FileName, loc.Begin.Line, loc.Begin.Column), Message: "it arises here"}}
		}
	}
}

// place is a place in the topology or in an imported file.
func (j jsonnetFile) place(file string, line, column int) diag.Place {
	if file == j.File {
		return j.text().place(line, column)
	}
	return newText(file, j.importer.seen[file].contents).place(line, column)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// literals notes the places of fields that stand literally in the file and certainly win: those of the outermost object, and
// where something is added to an object (base + {...}), those of the right one. All else has no place, since it would be a guess.
type literals struct {
	program *program
	text    text
}

// node notes what stands in n. Added says that n is added to something that is not known: the elements of an added list have
// other indices in the sum.
func (l literals) node(n ast.Node, path diag.Path, added bool) {
	switch n := n.(type) {
	case *ast.Local:
		l.node(n.Body, path, added)
	case *ast.Parens:
		l.node(n.Inner, path, added)
	case *ast.Binary:
		if n.Op == ast.BopPlus {
			l.node(n.Right, path, true)
		}
	case *ast.DesugaredObject:
		for _, f := range n.Fields {
			l.field(f, path)
		}
	case *ast.Array:
		for i, e := range n.Elements {
			if !added {
				l.note(path.Index(i), e.Expr.Loc())
				l.node(e.Expr, path.Index(i), false)
			}
		}
	}
}

func (l literals) field(f ast.DesugaredObjectField, path diag.Path) {
	name, ok := f.Name.(*ast.LiteralString)
	if !ok || f.Hide == ast.ObjectFieldHidden {
		return
	}
	at := path.Key(name.Value)
	l.note(at, f.Body.Loc())
	if loc := f.LocRange; loc.Begin.Line > 0 && loc.FileName == l.text.file {
		l.program.Keys[at] = l.text.place(loc.Begin.Line, loc.Begin.Column)
	}
	l.node(f.Body, at, f.PlusSuper)
}

func (l literals) note(path diag.Path, loc *ast.LocationRange) {
	if loc == nil || loc.Begin.Line == 0 || loc.FileName != l.text.file {
		return
	}
	place := l.text.place(loc.Begin.Line, loc.Begin.Column)
	if loc.End.Line == loc.Begin.Line {
		place.Width = l.text.place(loc.End.Line, loc.End.Column).Column - place.Column
	}
	l.program.Places[path] = place
}
