package krm

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"regexp"

	"go.yaml.in/yaml/v3"
)

// chunk is the text of one YAML document of the input, from its "---" on when it has one.
type chunk struct {
	line int // of the input, from 1
	text []byte
}

// entry is a field of a mapping in block style: its lines, with the comments after it.
type entry struct {
	key  string
	line int
	text []byte
}

// piece is an element of a sequence in block style: its lines, with the comments before it.
type piece struct {
	line int
	text []byte
}

// lines yields the lines of a text with their ends, numbered from first.
func lines(text []byte, first int) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		for n := first; len(text) > 0; n++ {
			end := bytes.IndexByte(text, '\n') + 1
			if end == 0 {
				end = len(text)
			}
			if !yield(n, text[:end]) {
				return
			}
			text = text[end:]
		}
	}
}

// marks says whether a line is a document marker: --- and then a blank or nothing.
func marks(line []byte, marker string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(marker))
	return ok && (len(rest) == 0 || bytes.ContainsRune([]byte(" \t\r\n"), rune(rest[0])))
}

// silent says whether a line holds nothing but blanks or a comment.
func silent(line []byte) bool {
	text := bytes.TrimLeft(line, " \t\r\n")
	return len(text) == 0 || text[0] == '#'
}

// splitDocuments cuts a stream at its markers, and leaves out documents that hold only comments, but for those at the beginning of the
// stream, which belong to the first document. A line that begins with --- is a
// marker wherever it stands, even inside of quotes.
func splitDocuments(input []byte) []chunk {
	var all []chunk
	start, offset, first, spoken := 0, 0, 1, false
	add := func(end int) {
		if spoken {
			all = append(all, chunk{line: first, text: input[start:end]})
		}
	}
	for n, line := range lines(input, 1) {
		if marks(line, "---") {
			add(offset)
			if spoken || marks(input[start:], "---") {
				start, first = offset, n
			}
			spoken = !silent(line[len("---"):])
		} else if !silent(line) && !marks(line, "...") {
			spoken = true
		}
		offset += len(line)
	}
	add(len(input))
	return all
}

var fieldLine = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9]*):[ \t\r\n]`)

// topFields cuts a document into the fields of its mapping. It is not ok where that is not a mapping in block style whose keys are
// plain names in the first column. What is between the fields may still be anything: each must be parsed alone.
func topFields(d chunk) ([]entry, bool) {
	var fields []entry
	offset, start := 0, 0
	for n, line := range lines(d.text, d.line) {
		m := fieldLine.FindSubmatch(line)
		switch {
		case m != nil:
			if len(fields) > 0 {
				fields[len(fields)-1].text = d.text[start:offset]
			}
			start = offset
			fields = append(fields, entry{key: string(m[1]), line: n})
		case silent(line):
		case len(fields) == 0 && marks(line, "---") && silent(line[len("---"):]):
		case len(fields) > 0 && (line[0] == ' ' || marks(line, "-")):
		default:
			return nil, false
		}
		offset += len(line)
	}
	if len(fields) == 0 {
		return nil, false
	}
	fields[len(fields)-1].text = d.text[start:]
	for _, f := range fields {
		if f.key != itemsField && !alone(f) {
			return nil, false
		}
	}
	return fields, true
}

const (
	itemsField   = "items"
	configField  = "functionConfig"
	resultsField = "results"
)

// alone says whether the lines of a field are a field by themselves.
func alone(f entry) bool {
	if len(f.text) > maxWhole {
		return false
	}
	root, ok := parseAlone(f.text)
	return ok && root.Kind == yaml.MappingNode && len(root.Content) == 2 && root.Content[0].Value == f.key
}

// parseAlone parses a text that should be one document. The parser sees only after its end that there is something more.
func parseAlone(text []byte) (*yaml.Node, bool) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	if decoder.Decode(&first) != nil || len(first.Content) != 1 || !errors.Is(decoder.Decode(&second), io.EOF) {
		return nil, false
	}
	return first.Content[0], true
}

// scalarField gives the value of a field that is a scalar.
func scalarField(fields []entry, key string) string {
	for _, f := range fields {
		if f.key != key {
			continue
		}
		if root, ok := parseAlone(f.text); ok && root.Kind == yaml.MappingNode && root.Content[1].Kind == yaml.ScalarNode {
			return root.Content[1].Value
		}
	}
	return ""
}

// configText gives the value of the field functionConfig as a document of its own: its name is blanked out, so that the lines stay
// as they are indented.
func configText(f entry) []byte {
	text := bytes.Clone(f.text)
	at := bytes.Index(text, []byte(f.key+":"))
	for i := at; i < at+len(f.key)+1; i++ {
		text[i] = ' '
	}
	return text
}

// bareItems is the field items without a value: nothing but its name, and comments.
var bareItems = regexp.MustCompile(`^items:[ \t]*(#.*)?\r?\n(\s*(#.*)?\r?\n)*$`)

var emptyItems = regexp.MustCompile(`^items:[ \t]*(\[[ \t]*\]|null|~|)[ \t]*(#.*)?\r?\n?$`)

// splitItems cuts the field items into its elements, and gives the column of their "-", from 0. A comment goes with the element
// after it when it is indented no deeper than the "-".
func splitItems(f entry) (pieces []piece, indent int, ok bool) {
	indent = -1
	none := false                      // the list is empty, and says so
	start, offset, comment := 0, 0, -1 // comment: where comments before the next element begin, -1 where there are none
	for n, line := range lines(f.text, f.line) {
		depth := len(line) - len(bytes.TrimLeft(line, " "))
		switch {
		case n == f.line:
			m := emptyItems.FindSubmatch(line)
			if m == nil {
				return nil, 0, false
			}
			none = len(m[1]) > 0
			start = len(line)
		case len(bytes.TrimSpace(line)) == 0:
		case line[depth] == '#':
			if comment < 0 && depth <= max(0, indent) {
				comment = offset
			}
		case marks(line[depth:], "-") && !none && (indent < 0 || depth == indent):
			if indent < 0 {
				indent = depth
			} else {
				end := offset
				if comment >= 0 {
					end = comment
				}
				pieces[len(pieces)-1].text = f.text[start:end]
				start = end
			}
			pieces = append(pieces, piece{line: n})
			comment = -1
		case indent < 0:
			return nil, 0, false // a line before the first element
		default:
			comment = -1
		}
		offset += len(line)
	}
	if indent < 0 {
		return nil, 0, true
	}
	pieces[len(pieces)-1].text = f.text[start:]
	return pieces, indent, true
}
