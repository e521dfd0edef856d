package document

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Limits of one file. No honest topology comes near them.
const (
	maxDepth = 64
	maxKeys  = 2000   // of one mapping: the parsers below us are quadratic in it
	maxItems = 100000 // of one list
)

// YAML reads one YAML document strictly: no anchors, aliases, merge keys, tags, complex or duplicate keys, and no plain
// scalar that YAML 1.1 and 1.2 read differently. Aliases are refused before anything expands them.
func YAML(text []byte) (Tree, []Problem) {
	text = bytes.TrimPrefix(text, bom)
	var root, second yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&root); err != nil {
		if errors.Is(err, io.EOF) {
			return Tree{}, []Problem{{Kind: Empty, Message: "the file holds only comments"}}
		}
		return Tree{}, []Problem{yamlError(text, err)}
	}
	if err := d.Decode(&second); err == nil {
		return Tree{}, []Problem{problem(Feature, placeOf(&second), "the file holds a second document").withFix("keep one document a file")}
	} else if !errors.Is(err, io.EOF) {
		return Tree{}, []Problem{yamlError(text, err)}
	}
	return fromNode(root.Content[0], true)
}

func fromNode(top *yaml.Node, isYAML bool) (Tree, []Problem) {
	c := nodeChecker{yaml: isYAML}
	c.check(top, 1)
	return Tree{top: top}, c.problems
}

var lineInError = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// yamlError makes a problem of an error of the YAML parser. The parser counts lines from 0 in errors of its grammar ("did not
// find expected ...") and from 1 in errors of its scanner.
func yamlError(text []byte, err error) Problem {
	message := err.Error()
	m := lineInError.FindStringSubmatch(message)
	place := Place{Line: 1, Column: 1}
	if m != nil {
		message = strings.TrimPrefix(message, m[0])
		if n, err := strconv.Atoi(m[1]); err == nil {
			place.Line = n
			if strings.HasPrefix(message, "did not find expected") {
				place.Line++
			}
		}
	}
	place.Line = min(place.Line, 1+bytes.Count(bytes.TrimRight(text, "\n"), []byte("\n")))
	if strings.Contains(message, "exceeded max depth") {
		return problem(Limit, place, "the file is nested deeper than %d levels", maxDepth)
	}
	f := problem(Syntax, place, "not well-formed YAML: %s", message)
	if lines := strings.Split(string(text), "\n"); strings.HasPrefix(strings.TrimLeft(lines[place.Line-1], " "), "\t") {
		f = f.withFix("indent with spaces instead of tabs")
	}
	return f
}

type nodeChecker struct {
	yaml     bool // the text is YAML; JSON knows no ambiguous scalars
	problems []Problem
}

func (c *nodeChecker) add(kind Kind, n *yaml.Node, format string, args ...any) *Problem {
	c.problems = append(c.problems, problem(kind, placeOf(n), format, args...))
	return &c.problems[len(c.problems)-1]
}

func (c *nodeChecker) check(n *yaml.Node, depth int) {
	if depth > maxDepth {
		if len(c.problems) == 0 || c.problems[len(c.problems)-1].Kind != Limit {
			c.add(Limit, n, "the file is nested deeper than %d levels", maxDepth)
		}
		return
	}
	switch {
	case n.Kind == yaml.AliasNode:
		c.add(Feature, n, "alias *%s", n.Value).Fix = "write the value out"
		return
	case n.Anchor != "":
		c.add(Feature, n, "anchor &%s", n.Anchor).Fix = "remove the anchor, and write the value out where it is used"
	case n.Style&yaml.TaggedStyle != 0:
		c.add(Feature, n, "tag %s", n.Tag).Fix = "remove the tag"
	}
	switch n.Kind {
	case yaml.MappingNode:
		c.mapping(n, depth)
	case yaml.SequenceNode:
		if len(n.Content) > maxItems {
			c.add(Limit, n, "a list of %d elements; the limit is %d", len(n.Content), maxItems)
			return
		}
		for _, e := range n.Content {
			c.check(e, depth+1)
		}
	case yaml.ScalarNode:
		c.scalar(n, "value")
	}
}

func (c *nodeChecker) mapping(n *yaml.Node, depth int) {
	if len(n.Content)/2 > maxKeys {
		c.add(Limit, n, "a mapping of %d keys; the limit is %d", len(n.Content)/2, maxKeys)
		return
	}
	seen := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || key.Anchor != "" || key.Style&yaml.TaggedStyle != 0:
			c.add(Feature, key, "a key that is not a plain name").Fix = "write a name"
			continue
		case key.Value == "<<" && key.Style == 0:
			c.add(Feature, key, "merge key <<").Fix = "write the fields out"
			continue
		}
		c.scalar(key, "key")
		if first := seen[key.Value]; first != nil {
			f := c.add(DuplicateKey, key, "key %q stands twice", key.Value)
			f.Fix = "remove one of the two"
			f.First = placeOf(first)
		}
		seen[key.Value] = key
		c.check(value, depth+1)
	}
}

func (c *nodeChecker) scalar(n *yaml.Node, what string) {
	if r, bad := Forbidden(n.Value); bad {
		c.add(Encoding, n, "the %s holds the character %U", what, r).Fix = "remove the character"
		return
	}
	if !c.yaml || n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return
	}
	if fix, bad := ambiguous(n.Value); bad {
		c.add(Ambiguous, n, "the plain %s %s means different things to YAML 1.1 and YAML 1.2 readers", what, n.Value).Fix = fix
	} else if what == "key" && n.Tag != "!!str" {
		c.add(Ambiguous, n, "the key %s is not text", n.Value).Fix = "write " + strconv.Quote(n.Value)
	}
}

// placeOf is the place of a node. yaml.v3 counts columns in characters from 1.
func placeOf(n *yaml.Node) Place {
	width := 0
	if n.Kind == yaml.ScalarNode {
		width = len([]rune(n.Value))
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			width += 2
		}
		if strings.Contains(n.Value, "\n") {
			width = 1
		}
	}
	return Place{Line: max(1, n.Line), Column: max(1, n.Column), Width: width}
}
