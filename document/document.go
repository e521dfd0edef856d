// Package document reads one YAML or JSON document strictly: what we own (topologies, functionConfigs, overlays) must be plain.
//
// A document is UTF-8 text without control characters; one value without anchors, aliases, merge keys, tags or duplicate keys;
// no plain scalar that YAML 1.1 and 1.2 read differently; bounded depth and keys. Whatever else a file holds is a Problem with
// its place. Manifests that are not ours are read by package manifest, which never retypes a value. The package imports nothing
// of ours, so problems have kinds of their own; whoever calls it knows the rules they belong to.
package document

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Kind is the kind of a problem.
type Kind string

const (
	Syntax       Kind = "syntax"
	Encoding     Kind = "encoding"
	Empty        Kind = "empty"
	DuplicateKey Kind = "duplicate-key"
	Feature      Kind = "feature" // of YAML: anchors, aliases, merge keys, tags, a second document
	Ambiguous    Kind = "ambiguous"
	Limit        Kind = "limit"
)

// Place is a place in the text: line and column count from 1, columns and width in characters. Line 0 is the whole text.
type Place struct{ Line, Column, Width int }

// Problem is one thing that is wrong with a document.
type Problem struct {
	Kind    Kind
	Place   Place
	Message string // a sentence without a full stop
	Fix     string // an order, or ""
	First   Place  // of a duplicate key: where it stands first
}

func problem(kind Kind, place Place, format string, args ...any) Problem {
	return Problem{Kind: kind, Place: place, Message: fmt.Sprintf(format, args...)}
}

func (p Problem) withFix(fix string) Problem {
	p.Fix = fix
	return p
}

// Tree is a document that has been read: values, and where they stand.
type Tree struct{ top *yaml.Node }

// Value gives the document as map[string]any, []any, string, bool, int64, float64 and nil.
func (t Tree) Value() any { return valueOf(t.top) }

// Place gives the place of the value that a path of field names (string) and list indices (int) leads to; with key true that of
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
	return placeOf(n), true
}

// child gives the value node of a step, and the node of its key.
func child(n *yaml.Node, step any) (value, key *yaml.Node) {
	switch s := step.(type) {
	case int:
		if n.Kind == yaml.SequenceNode && s >= 0 && s < len(n.Content) {
			return n.Content[s], nil
		}
	case string:
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == s {
				return n.Content[i+1], n.Content[i]
			}
		}
	}
	return nil, nil
}
