package jsonnet

import (
	"strings"
	"unicode/utf8"

	"github.com/google/go-jsonnet/ast"
)

// Literal is the place of a value, or of a field's name, that stands literally in the file.
type Literal struct {
	Path  []any // names of fields and indices of lists
	Key   bool  // the name of the last field
	Place Place
}

// literalsOf notes the places of fields that stand literally in the file and certainly win: those of the outermost object (of a
// function, of its value), and where something is added to an object (base + {...}), those of the right one. All else has no
// place, since it would be a guess.
func literalsOf(tree ast.Node, text lines) []Literal {
	l := literals{text: text}
	l.node(tree, nil, false)
	return l.list
}

type literals struct {
	text lines
	list []Literal
}

// node notes what stands in n. Added says that n is added to something that is not known: the elements of an added list have
// other indices in the sum.
func (l *literals) node(n ast.Node, path []any, added bool) {
	switch n := n.(type) {
	case *ast.Local:
		l.node(n.Body, path, added)
	case *ast.Parens:
		l.node(n.Inner, path, added)
	case *ast.Function:
		if len(path) == 0 {
			l.node(n.Body, path, added)
		}
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
				l.note(below(path, i), e.Expr.Loc())
				l.node(e.Expr, below(path, i), false)
			}
		}
	}
}

func below(path []any, step any) []any { return append(path[:len(path):len(path)], step) }

func (l *literals) field(f ast.DesugaredObjectField, path []any) {
	name, ok := f.Name.(*ast.LiteralString)
	if !ok || f.Hide == ast.ObjectFieldHidden {
		return
	}
	at := below(path, name.Value)
	l.note(at, f.Body.Loc())
	if loc := f.LocRange; loc.Begin.Line > 0 && loc.FileName == l.text.file {
		l.list = append(l.list, Literal{Path: at, Key: true, Place: l.text.place(loc.Begin.Line, loc.Begin.Column)})
	}
	l.node(f.Body, at, f.PlusSuper)
}

func (l *literals) note(path []any, loc *ast.LocationRange) {
	if loc == nil || loc.Begin.Line == 0 || loc.FileName != l.text.file {
		return
	}
	l.list = append(l.list, Literal{Path: path, Place: l.text.span(loc)})
}

// lines is a text in which Jsonnet counts columns in bytes.
type lines struct {
	file string
	text []string
}

func newLines(file string, text []byte) lines {
	return lines{file: file, text: strings.Split(string(text), "\n")}
}

// place is a place whose column counts bytes as one whose column counts characters.
func (l lines) place(line, column int) Place {
	if line < 1 || line > len(l.text) {
		return Place{File: l.file}
	}
	s := l.text[line-1]
	return Place{File: l.file, Line: line, Column: 1 + utf8.RuneCountInString(s[:min(len(s), max(0, column-1))])}
}

// span is the place of what stands from one place to another; its width is known where it is on one line.
func (l lines) span(loc *ast.LocationRange) Place {
	if loc == nil {
		return Place{File: l.file}
	}
	place := l.place(loc.Begin.Line, loc.Begin.Column)
	if place.Line > 0 && loc.End.Line == loc.Begin.Line {
		place.Width = l.place(loc.End.Line, loc.End.Column).Column - place.Column
	}
	return place
}

func (m machine) lines(file string) lines {
	if file == m.file.Name {
		return newLines(file, m.file.Text)
	}
	return newLines(file, m.importer.seen[file].contents)
}

// place is a place in the file or in an imported one. What is neither is our own, and has no place.
func (m machine) place(file string, line, column int) Place {
	if _, ok := m.importer.seen[file]; !ok && file != m.file.Name {
		return Place{File: m.file.Name}
	}
	return m.lines(file).place(line, column)
}
