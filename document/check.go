package document

import (
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Limits bound one document. Values that a program made are held against the same.
type Limits struct {
	Depth, // levels of values inside each other
	Keys, // of one mapping: the parsers below us are quadratic in it
	Items, // of one list
	Problems int // that are given
}

// DefaultLimits are limits that no honest document comes near.
func DefaultLimits() Limits { return Limits{Depth: 64, Keys: 2000, Items: 10_000, Problems: 200} }

// Bound is one of the limits, as package limit calls it.
type Bound string

const (
	Depth    Bound = "depth"
	Keys     Bound = "keys"
	Items    Bound = "items"
	Problems Bound = "findings"
)

// TooDeep, TooManyKeys and TooManyItems say what exceeds a limit.
func (l Limits) TooDeep() string {
	return fmt.Sprintf("the file is nested deeper than %d levels", l.Depth)
}

func (l Limits) TooManyKeys(n int) string {
	return fmt.Sprintf("a mapping of %d keys; the limit is %d", n, l.Keys)
}

func (l Limits) TooManyItems(n int) string {
	return fmt.Sprintf("a list of %d elements; the limit is %d", n, l.Items)
}

// checker walks a tree and finds what is well-formed but not plain.
type checker struct {
	limits   Limits
	yaml     bool // the text is YAML; JSON knows no plain scalars
	lines    source
	at       cursor
	problems []Problem
	full     bool
	shared   int // anchors, aliases and merge keys so far: one bomb has dozens, and is one problem
	first    int // index of the problem that tells of them
}

// share reports an anchor, an alias or a merge key: the first one; finish says how many more there are.
func (c *checker) share(first func() Problem) {
	if c.shared++; c.shared == 1 {
		c.first = len(c.problems)
		c.addProblem(first())
	}
}

// finish gives the problems.
func (c *checker) finish() []Problem {
	if c.shared > 1 && c.first < len(c.problems) {
		c.problems[c.first].Message += fmt.Sprintf(" (and %d more of its kind)", c.shared-1)
	}
	return c.problems
}

func (c *checker) add(kind Kind, n *yaml.Node, fix, format string, args ...any) {
	c.addProblem(problem(kind, c.lines.place(n, &c.at), format, args...).withFix(fix))
}

func (c *checker) exceed(n *yaml.Node, b Bound, message string) {
	c.addProblem(problem(Limit, c.lines.place(n, &c.at), "%s", message).exceeding(b))
}

func (c *checker) addProblem(p Problem) {
	if len(c.problems) < c.limits.Problems {
		c.problems = append(c.problems, p)
	} else if !c.full {
		c.full = true
		c.problems = append(c.problems, problem(Limit, p.Place, "more than %d problems; those after this place are not shown", c.limits.Problems).exceeding(Problems))
	}
}

func (c *checker) check(n *yaml.Node, depth int) {
	if c.full {
		return
	}
	if depth > c.limits.Depth {
		c.exceed(n, Depth, c.limits.TooDeep())
		c.full = true // one such problem is enough, and what is below may be millions
		return
	}
	if n.Kind == yaml.AliasNode {
		c.share(func() Problem {
			return problem(Feature, c.lines.place(n, &c.at), "alias *%s", n.Value).withFix("write the value out")
		})
		return
	}
	c.properties(n)
	switch n.Kind {
	case yaml.MappingNode:
		c.mapping(n, depth)
	case yaml.SequenceNode:
		if len(n.Content) > c.limits.Items {
			c.exceed(n, Items, c.limits.TooManyItems(len(n.Content)))
			return
		}
		for _, e := range n.Content {
			c.check(e, depth+1)
		}
	case yaml.ScalarNode:
		c.scalar(n, "value")
	}
}

// properties refuses anchor and tag of a node.
func (c *checker) properties(n *yaml.Node) {
	switch {
	case n.Anchor != "":
		c.share(func() Problem {
			width := min(1+runes(n.Anchor), runes(c.lines.from(n, &c.at))) // a tag may stand before it
			return c.property(n, width, "anchor &%s", n.Anchor).withFix("remove the anchor, and write the value out where it is used")
		})
	case c.tagged(n):
		tag := firstWord(c.lines.from(n, &c.at))
		c.addProblem(c.property(n, runes(tag), "tag %s", tag).withFix("remove the tag"))
	}
}

func (c *checker) property(n *yaml.Node, width int, format string, args ...any) Problem {
	p := problem(Feature, c.lines.place(n, &c.at), format, args...)
	p.Place.Width = width
	return p
}

// tagged says whether a node has a tag. The parser forgets the tag "!", which makes text of every scalar.
func (c *checker) tagged(n *yaml.Node) bool {
	if !c.yaml {
		return false
	}
	rest := c.lines.from(n, &c.at)
	return n.Style&yaml.TaggedStyle != 0 || n.Kind == yaml.ScalarNode && rest != "" && rest[0] == '!'
}

func (c *checker) mapping(n *yaml.Node, depth int) {
	if len(n.Content)/2 > c.limits.Keys {
		c.exceed(n, Keys, c.limits.TooManyKeys(len(n.Content)/2))
		return
	}
	seen := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || key.Anchor != "" || c.tagged(key):
			c.add(Feature, key, "write a name", "a key that is not a plain name")
		case c.yaml && key.Value == "<<" && key.Style == 0:
			c.share(func() Problem {
				return problem(Feature, c.lines.place(key, &c.at), "merge key <<").withFix("write the fields out")
			})
		default:
			c.key(key, seen)
			c.check(value, depth+1)
		}
	}
}

func (c *checker) key(key *yaml.Node, seen map[string]*yaml.Node) {
	c.scalar(key, "key")
	first := seen[key.Value]
	if first == nil {
		seen[key.Value] = key
		return
	}
	p := problem(DuplicateKey, c.lines.place(key, &c.at), "key %q stands twice", key.Value).withFix("remove one of the two")
	p.First = c.lines.place(first, &cursor{})
	c.addProblem(p)
}

const quotes = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

func (c *checker) scalar(n *yaml.Node, what string) {
	if r, bad := Forbidden(n.Value); bad {
		c.add(Encoding, n, "remove the character", "the %s holds the character %U", what, r)
		return
	}
	if c.yaml && (n.Style&quotes != 0 || c.tagged(n)) {
		return
	}
	number := c.yaml && decimal.MatchString(n.Value) || !c.yaml && n.Tag == "!!float"
	if number && outOfRange(n.Value) {
		c.add(Ambiguous, n, "write "+strconv.Quote(n.Value)+" for the text", "readers disagree on the number %s: a 64-bit float cannot hold it", n.Value)
		return
	}
	if !c.yaml {
		return
	}
	if fix, bad := ambiguous(n.Value, n.Tag); bad {
		c.add(Ambiguous, n, fix, "the plain %s %s means different things to YAML 1.1 and YAML 1.2 readers", what, n.Value)
	} else if what == "key" && n.Tag != "!!str" {
		c.add(Ambiguous, n, "write "+strconv.Quote(n.Value), "the key %s is not text", strconv.Quote(n.Value))
	}
}
