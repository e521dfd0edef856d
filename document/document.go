// Package document reads one YAML or JSON document strictly: what we own (topologies, functionConfigs, overlays) must be plain.
//
// A document is UTF-8 text without control characters; one value without anchors, aliases, merge keys, tags or duplicate keys;
// no plain scalar that YAML 1.1 and 1.2 read differently; bounded depth and keys. Whatever else a file holds is a Problem with
// its place. Manifests that are not ours are read by package manifest, which never retypes a value. The package imports nothing
// of ours, so problems have kinds of their own; whoever calls it knows the rules they belong to.
//
// For its next author: CheckText comes first, for every language; YAML and JSON expect text that has passed it. Both make the
// same tree of yaml.v3 nodes (yaml.go, json.go), which one checker walks (check.go). A tree keeps the lines of its text, since
// nodes know where a value begins, but not where it ends.
package document

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Kind is the kind of a problem.
type Kind string

const (
	Syntax       Kind = "syntax"
	Encoding     Kind = "encoding"
	Empty        Kind = "empty"
	DuplicateKey Kind = "duplicate-key"
	Feature      Kind = "feature" // of YAML: anchors, aliases, merge keys, tags, directives, a second document
	Ambiguous    Kind = "ambiguous"
	Limit        Kind = "limit"
)

// Place is a place in the text: line and column count from 1, columns and width in characters. Width 0 means that the length
// is not known, line 0 that the whole text is meant.
type Place struct{ Line, Column, Width int }

// Problem is one thing that is wrong with a document.
type Problem struct {
	Kind    Kind
	Place   Place
	Message string // a sentence without a full stop
	Fix     string // an order, or ""
	First   Place  // of a duplicate key: where it stands first
	Exceeds Bound  // of a problem of kind Limit
}

func problem(kind Kind, place Place, format string, args ...any) Problem {
	return Problem{Kind: kind, Place: place, Message: fmt.Sprintf(format, args...)}
}

func (p Problem) exceeding(b Bound) Problem {
	p.Exceeds = b
	return p
}

func (p Problem) withFix(fix string) Problem {
	p.Fix = fix
	return p
}

// Tree is a document that has been read: values, and where they stand.
type Tree struct {
	top   *yaml.Node
	lines source
}

// Value gives the document as map[string]any, []any, string, bool, int64, float64 and nil.
func (t Tree) Value() any { return valueOf(t.top) }

// Place gives the place of the value that a path of field names (string) and list indices (int) leads to; a list element can
// also be named by its fields (name=reviews); with key true that of
// the last field's name. It walks the tree, so that no table of all paths is needed.
func (t Tree) Place(path []any, key bool) (Place, bool) {
	n, name := t.top, (*yaml.Node)(nil)
	for _, step := range path {
		n, name = child(n, step)
		if n == nil {
			return Place{}, false
		}
	}
	if key && name != nil {
		n = name
	}
	return t.lines.place(n, &cursor{}), true
}

// child gives the value node of a step, and the node of its key.
func child(n *yaml.Node, step any) (value, key *yaml.Node) {
	switch s := step.(type) {
	case int:
		if n.Kind == yaml.SequenceNode && s >= 0 && s < len(n.Content) {
			return n.Content[s], nil
		}
	case string:
		if n.Kind == yaml.SequenceNode {
			return named(n, s), nil
		}
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == s {
				return n.Content[i+1], n.Content[i]
			}
		}
	}
	return nil, nil
}

// source is a text by lines, without their ends.
type source []string

func newSource(text []byte) source {
	lines := strings.Split(string(text), "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	return lines
}

// cursor is a place in a source whose byte is known. Whoever asks for places in the order of the text keeps one, so that a long
// line is not counted from its beginning each time.
type cursor struct{ line, column, offset int }

// from gives what is left of a node's first line, beginning with the node.
func (s source) from(n *yaml.Node, at *cursor) string {
	if n.Line < 1 || n.Line > len(s) {
		return ""
	}
	if at.line != n.Line || at.column > n.Column {
		*at = cursor{line: n.Line, column: 1}
	}
	line := s[n.Line-1]
	for at.column < n.Column && at.offset < len(line) {
		at.offset += sizeOfFirst(line[at.offset:])
		at.column++
	}
	return line[at.offset:]
}

// place is the place of a node. Nodes count columns in characters from 1; an empty value stands where the parser noticed that
// it is empty, which may be after the text.
func (s source) place(n *yaml.Node, at *cursor) Place {
	p := Place{Line: min(max(1, n.Line), len(s)), Column: max(1, n.Column)}
	if p.Line != n.Line {
		p.Column = 1
	}
	switch rest := s.from(n, at); n.Kind {
	case yaml.ScalarNode:
		p.Width = scalarWidth(n, rest)
	case yaml.AliasNode:
		p.Width = 1 + runes(n.Value)
	}
	return p
}

// line is the place of a whole line, without the blanks around it.
func (s source) line(number int) Place {
	number = min(max(1, number), len(s))
	text := s[number-1]
	inner := strings.TrimLeft(text, " \t")
	return Place{Line: number, Column: 1 + runes(text) - runes(inner), Width: runes(strings.TrimRight(inner, " \t"))}
}

// named gives the element of a list of mappings that has the given fields: name=reviews, or namespace=shop,name=reviews.
func named(n *yaml.Node, fields string) *yaml.Node {
	for _, e := range n.Content {
		matches := true
		for _, field := range strings.Split(fields, ",") {
			key, want, _ := strings.Cut(field, "=")
			value, _ := child(e, key)
			matches = matches && value != nil && value.Kind == yaml.ScalarNode && value.Value == want
		}
		if matches {
			return e
		}
	}
	return nil
}
