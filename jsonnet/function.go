package jsonnet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/ast"
)

// Function is a file whose value is a function. It may be called many times.
type Function struct {
	machine
	call     ast.Node
	passed   []string // the parameters that it gets
	itself   Place    // of the function
	literals []Literal
}

// Argument is an argument of a function, by name.
type Argument struct {
	Name string
	JSON []byte
}

// Function reads a file whose value must be a function with parameters of these names, of which it need not take the optional ones. That it is one shows when it
// is called.
func (f File) Function(parameters []string, optional ...string) (*Function, *Failure) {
	m := newMachine(f)
	tree, failure := m.parse()
	if failure != nil {
		return nil, failure
	}
	m.importer.add(f.Name, f.Text)
	text := m.lines(f.Name)
	function := inner(tree)
	made, passed := function, slices.Concat(parameters, optional)
	if n, ok := function.(*ast.Function); ok {
		made = inner(n.Body)
		passed = slices.DeleteFunc(passed, func(name string) bool { return slices.Contains(optional, name) && !takes(n, name) })
	}
	call, err := jsonnet.SnippetToAST("", caller(f.Name, passed))
	if err != nil {
		return nil, m.failed(err)
	}
	whole := Literal{Place: text.span(made.Loc())}
	return &Function{machine: m, call: call, passed: passed, itself: text.span(function.Loc()), literals: append(literalsOf(tree, text), whole)}, nil
}

func takes(n *ast.Function, parameter string) bool {
	return slices.ContainsFunc(n.Parameters, func(p ast.Parameter) bool { return string(p.Name) == parameter })
}

// inner is what a value is made by, without the locals and parentheses around it.
func inner(n ast.Node) ast.Node {
	switch n := n.(type) {
	case *ast.Local:
		return inner(n.Body)
	case *ast.Parens:
		return inner(n.Inner)
	}
	return n
}

// caller is a program that calls the function of a file. go-jsonnet's own way of calling one binds arguments in the order of a Go
// map, so that which of two mistakes it tells of would be chance, and lets a file pass that is no function.
func caller(name string, parameters []string) string {
	var arguments []string
	for _, p := range parameters {
		arguments = append(arguments, p+"="+p)
	}
	return fmt.Sprintf(`function(%s)
  local made = import %q;
  if std.isFunction(made) then made(%s)
  else error 'the file is not a function(%s) but a value of type ' + std.type(made)`,
		strings.Join(parameters, ", "), "./"+name, strings.Join(arguments, ", "), strings.Join(parameters, ", "))
}

// Prepare parses an argument once, for many calls. One that the function need not take, and does not, is left out.
func (f *Function) Prepare(a Argument) *Failure {
	if !slices.Contains(f.passed, a.Name) {
		return nil
	}
	tree, err := jsonnet.SnippetToAST("argument "+a.Name, string(a.JSON))
	if err != nil {
		return f.failed(err)
	}
	f.vm.TLANode(a.Name, tree)
	return nil
}

// Call calls the function with these arguments and those that were prepared, and gives its value as JSON. Literals are places of
// fields in it that stand literally in the file; with an empty path, of what makes the value.
func (f *Function) Call(arguments ...Argument) (value []byte, literals []Literal, failure *Failure) {
	for _, a := range arguments {
		if failure := f.Prepare(a); failure != nil {
			return nil, nil, failure
		}
	}
	text, err := f.vm.Evaluate(f.call)
	if err != nil || f.importer.outside != "" {
		failure := f.failed(err)
		if failure.Place.File == f.file.Name && failure.Place.Line == 0 {
			failure.Place = f.itself
		}
		return nil, nil, failure
	}
	return []byte(text), f.literals, nil
}
