// Package jsonnet evaluates Jsonnet programs of strangers: a file below a root, and what it imports from there, to JSON.
//
// Nothing outside the root is read, and no program can reach the environment or the clock. What loops or grows without end is
// for the caller to stop: evaluate in package sandbox. Failures have places with columns in characters.
//
// For its next author: this is the only room that knows go-jsonnet. It is a value, because topologies (load) and components
// (component) are both written in Jsonnet, and stages do not import each other. It imports nothing of ours.
package jsonnet

import (
	"io"
	"os"

	"github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/ast"
)

// File is a Jsonnet file.
type File struct {
	Root *os.Root // imports are read below it, by paths relative to the file that names them
	Name string   // slash-separated, relative to Root
	Text []byte
}

// Place is a place in a file below the root. Line and column count from 1, columns and width in characters; line 0 means that
// only the file is known, width 0 that the length is not.
type Place struct {
	File                string
	Line, Column, Width int
}

// Evaluate gives the value of the file as JSON.
func (f File) Evaluate() (value []byte, literals []Literal, failure *Failure) {
	m := newMachine(f)
	tree, failure := m.parse()
	if failure != nil {
		return nil, nil, failure
	}
	text, err := m.vm.Evaluate(tree)
	if err != nil || m.importer.outside != "" {
		return nil, nil, m.failed(err)
	}
	return []byte(text), literalsOf(tree, m.lines(f.Name)), nil
}

// machine evaluates one file.
type machine struct {
	file     File
	vm       *jsonnet.VM
	importer *rootImporter
}

func newMachine(f File) machine {
	m := machine{file: f, vm: jsonnet.MakeVM(), importer: &rootImporter{root: f.Root, seen: map[string]imported{}}}
	m.vm.Importer(m.importer)
	m.vm.SetTraceOut(io.Discard)
	return m
}

func (m machine) parse() (ast.Node, *Failure) {
	tree, err := jsonnet.SnippetToAST(m.file.Name, string(m.file.Text))
	if err != nil {
		return nil, m.malformed(err)
	}
	return tree, nil
}
