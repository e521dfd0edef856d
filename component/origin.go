package component

import (
	"bytes"
	"errors"
	"sort"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"
)

// markFunction is the function that marks call. Templates cannot: it is not there when they are parsed.
const markFunction = "meshtopoMark"

// marks know where the text of templates comes from. Before every piece of text, and after every newline in it, stands a call of
// markFunction, which prints nothing and notes how much has been printed so far.
type marks struct {
	places []place
	now    *output
}

// place is a line of a template.
type place struct {
	file string
	line int
}

// mark puts marks into all templates. Texts are those of the files.
func mark(all *template.Template, texts map[string][]byte) *marks {
	m := &marks{}
	for _, t := range all.Templates() {
		if t.Tree == nil || t.Root == nil {
			continue
		}
		m.list(t.Root, marker{marks: m, file: t.ParseName, text: texts[t.ParseName]})
	}
	all.Funcs(template.FuncMap{markFunction: func(i int) string {
		m.now.note(i)
		return ""
	}})
	return m
}

// marker makes the marks of one file.
type marker struct {
	marks *marks
	file  string
	text  []byte
}

func (m *marks) list(l *parse.ListNode, k marker) {
	if l == nil {
		return
	}
	var nodes []parse.Node
	for _, n := range l.Nodes {
		nodes = append(nodes, k.mark(n.Position()))
		switch n := n.(type) {
		case *parse.TextNode:
			nodes = append(nodes, k.pieces(n)...)
			continue
		case *parse.IfNode:
			m.branches(&n.BranchNode, k)
		case *parse.RangeNode:
			m.branches(&n.BranchNode, k)
		case *parse.WithNode:
			m.branches(&n.BranchNode, k)
		}
		nodes = append(nodes, n)
	}
	l.Nodes = nodes
}

func (m *marks) branches(b *parse.BranchNode, k marker) {
	m.list(b.List, k)
	m.list(b.ElseList, k)
}

// pieces cuts a text after its newlines, with a mark between the pieces.
func (k marker) pieces(n *parse.TextNode) []parse.Node {
	var nodes []parse.Node
	pos := n.Pos
	for piece := range bytes.Lines(n.Text) {
		if len(nodes) > 0 {
			nodes = append(nodes, k.mark(pos))
		}
		nodes = append(nodes, &parse.TextNode{NodeType: parse.NodeText, Pos: pos, Text: piece})
		pos += parse.Pos(len(piece))
	}
	if bytes.HasSuffix(n.Text, []byte("\n")) {
		nodes = append(nodes, k.mark(pos))
	}
	return nodes
}

// mark is a call of markFunction for a position in the file.
func (k marker) mark(pos parse.Pos) parse.Node {
	at := min(int(pos), len(k.text))
	line := 1 + bytes.Count(k.text[:at], []byte("\n"))
	index := len(k.marks.places)
	k.marks.places = append(k.marks.places, place{file: k.file, line: line})
	number := &parse.NumberNode{NodeType: parse.NodeNumber, Pos: pos, IsInt: true, Int64: int64(index), Text: strconv.Itoa(index)}
	call := &parse.CommandNode{NodeType: parse.NodeCommand, Pos: pos, Args: []parse.Node{parse.NewIdentifier(markFunction), number}}
	return &parse.ActionNode{
		NodeType: parse.NodeAction, Pos: pos, Line: line,
		Pipe: &parse.PipeNode{NodeType: parse.NodePipe, Pos: pos, Line: line, Cmds: []*parse.CommandNode{call}},
	}
}

// output gives what the next execution prints to, at most so many bytes.
func (m *marks) output(most int64) *output {
	m.now = &output{places: m.places, most: most}
	return m.now
}

// output is what a template printed, and where that came from.
type output struct {
	text   bytes.Buffer
	most   int64 // bytes of text
	places []place
	notes  []note   // by offset
	lines  []string // of the text, when it was cut
	starts []int    // offsets of lines
}

// note says that what follows an offset comes from a place.
type note struct{ offset, place int }

var errTooLong = errors.New("too long")

func (o *output) Write(p []byte) (int, error) {
	if int64(o.text.Len()+len(p)) > o.most {
		return 0, errTooLong
	}
	return o.text.Write(p)
}

func (o *output) note(place int) {
	n := note{offset: o.text.Len(), place: place}
	if last := len(o.notes) - 1; last >= 0 && o.notes[last].offset == n.offset {
		o.notes[last] = n
		return
	}
	o.notes = append(o.notes, n)
}

// cut divides the text into lines, when it is all there.
func (o *output) cut() []string {
	if o.lines == nil {
		o.lines = strings.Split(o.text.String(), "\n")
		offset := 0
		for _, line := range o.lines {
			o.starts = append(o.starts, offset)
			offset += len(line) + 1
		}
	}
	return o.lines
}

// line is a line of the output, counted from 1.
func (o *output) line(number int) string {
	if lines := o.cut(); number >= 1 && number <= len(lines) {
		return lines[number-1]
	}
	return ""
}

// origin is the line of the template that printed a line: what its first character that is no blank comes from.
func (o *output) origin(number int) place {
	line := o.line(number)
	offset := o.text.Len()
	if number >= 1 && number <= len(o.starts) {
		offset = o.starts[number-1]
	}
	if blank := len(line) - len(strings.TrimLeft(line, " \t")); blank < len(line) {
		offset += blank
	}
	after := sort.Search(len(o.notes), func(i int) bool { return o.notes[i].offset > offset })
	if after == 0 {
		return place{}
	}
	return o.places[o.notes[after-1].place]
}
