package load

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"unicode/utf8"

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
	tree, err := jsonnet.SnippetToAST(e.File, string(e.Text))
	if err != nil {
		return program{Findings: []diag.Finding{jsonnetFinding(diag.Syntax, "not well-formed Jsonnet", e.File, err)}}, nil
	}
	importer := &rootImporter{root: root, seen: map[string]jsonnet.Contents{}}
	vm := jsonnet.MakeVM()
	vm.Importer(importer)
	vm.SetTraceOut(io.Discard)
	value, err := vm.Evaluate(tree)
	if importer.outside != "" {
		f := jsonnetFinding(diag.OutsideRoot, "import", e.File, err)
		f.Message = "import of " + importer.outside + ", which is outside the root"
		return program{Findings: []diag.Finding{f.WithFix("move the file below the root")}}, nil
	}
	if err != nil {
		return program{Findings: []diag.Finding{jsonnetFinding(diag.Evaluation, "the Jsonnet program failed", e.File, err)}}, nil
	}
	p := program{Value: []byte(value), Exact: true, Places: map[diag.Path]diag.Place{}, Keys: map[diag.Path]diag.Place{}}
	literalPlaces(&p, tree, e)
	return p, nil
}

// jsonnetFinding places an error at the innermost place in the topology itself, or else in an imported file.
func jsonnetFinding(rule, what, file string, err error) diag.Finding {
	var runtime jsonnet.RuntimeError
	if errors.As(err, &runtime) {
		place := diag.Place{File: file}
		for _, frame := range runtime.StackTrace {
			if frame.Loc.FileName == file && frame.Loc.Begin.Line > 0 {
				place = diag.Place{File: file, Line: frame.Loc.Begin.Line, Column: frame.Loc.Begin.Column}
				break
			}
		}
		return at(rule, place, "%s: %s", what, runtime.Msg)
	}
	var static interface {
		error
		Loc() ast.LocationRange
	}
	if errors.As(err, &static) {
		loc := static.Loc()
		message := strings.TrimPrefix(static.Error(), loc.String()+" ")
		return at(rule, diag.Place{File: loc.FileName, Line: loc.Begin.Line, Column: loc.Begin.Column}, "%s: %s", what, message)
	}
	return inFile(rule, file, "%s: %s", what, strings.SplitN(err.Error(), "\n", 2)[0])
}

// rootImporter reads imports below a root. It never opens what is not a regular file.
type rootImporter struct {
	root    *os.Root
	seen    map[string]jsonnet.Contents
	outside string
}

const maxImport = 1 << 20

func (r *rootImporter) Import(importedFrom, importedPath string) (jsonnet.Contents, string, error) {
	if path.IsAbs(importedPath) || strings.ContainsAny(importedPath, "\\:\x00") {
		r.outside = fmt.Sprintf("%q", importedPath)
		return jsonnet.Contents{}, "", errors.New("outside the root")
	}
	name := path.Join(path.Dir(importedFrom), importedPath)
	if name == ".." || strings.HasPrefix(name, "../") {
		r.outside = fmt.Sprintf("%q", importedPath)
		return jsonnet.Contents{}, "", errors.New("outside the root")
	}
	if c, ok := r.seen[name]; ok {
		return c, name, nil
	}
	text, err := r.read(name)
	if err != nil {
		return jsonnet.Contents{}, "", err
	}
	r.seen[name] = jsonnet.MakeContentsRaw(text)
	return r.seen[name], name, nil
}

func (r *rootImporter) read(name string) ([]byte, error) {
	info, err := r.root.Stat(name)
	if err != nil {
		if strings.Contains(err.Error(), "escapes") {
			r.outside = fmt.Sprintf("%q", name)
		}
		return nil, fmt.Errorf("importing %q: %w", name, plain(err))
	}
	if !info.Mode().IsRegular() || info.Size() > maxImport {
		return nil, fmt.Errorf("importing %q: not a regular file of at most %d bytes", name, maxImport)
	}
	text, err := r.root.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("importing %q: %w", name, plain(err))
	}
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("importing %q: not UTF-8 text", name)
	}
	return text, nil
}

// literalPlaces notes the places of fields that stand literally in the file and certainly win: those of the outermost object,
// and where objects are added (a + b), those of the right one. A field of the left one counts only if no right one has it.
func literalPlaces(p *program, n ast.Node, e evaluation) {
	l := literals{program: p, file: e.File}
	l.node(n, "")
}

type literals struct {
	program *program
	file    string
}

func (l literals) node(n ast.Node, path diag.Path) {
	switch n := n.(type) {
	case *ast.Local:
		l.node(n.Body, path)
	case *ast.Parens:
		l.node(n.Inner, path)
	case *ast.Binary:
		if n.Op == ast.BopPlus {
			l.node(n.Right, path)
		}
	case *ast.DesugaredObject:
		for _, f := range n.Fields {
			l.field(f, path)
		}
	case *ast.Array:
		for i, e := range n.Elements {
			l.note(path.Index(i), e.Expr.Loc())
			l.node(e.Expr, path.Index(i))
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
	if loc := f.LocRange; loc.Begin.Line > 0 && loc.FileName == l.file {
		l.program.Keys[at] = diag.Place{File: l.file, Line: loc.Begin.Line, Column: loc.Begin.Column, Width: len(name.Value)}
	}
	if _, isArray := f.Body.(*ast.Array); !isArray || !f.PlusSuper {
		l.node(f.Body, at)
	}
}

func (l literals) note(path diag.Path, loc *ast.LocationRange) {
	if loc != nil && loc.Begin.Line > 0 && loc.FileName == l.file {
		l.program.Places[path] = diag.Place{File: l.file, Line: loc.Begin.Line, Column: loc.Begin.Column}
	}
}
