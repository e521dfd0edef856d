package review

import (
	"bytes"
	"hash/maphash"
	"slices"
	"unicode/utf8"
)

// source is one file of a side, its line ends \n.
type source struct {
	side, target, path string
	data               []byte
}

// document is the text of one YAML document, or a whole JSON file, that nobody has parsed. Texts are the same where documents are.
type document struct {
	from *source
	line int // of the file, from 1, where text begins
	text []byte
}

// split cuts a stream of YAML at its document markers. A line that begins with --- or ... is a marker wherever it stands, for go-yaml as for
// the specification: in a block scalar lines are indented, and in quotes it is an error. Documents of comments alone are left out.
//
// Where directives stand, or line breaks that not every reader knows, the whole stream is one document: the parser finds out what is in it.
func split(from *source) []document {
	if isJSON(from.path) || oddBreaks(from.data) {
		return []document{{from, 1, from.data}}
	}
	var all []document
	start, line, number := 0, 1, 1 // of the document that is being read, and the line
	spoken := false                // it says something
	data := from.data
	add := func(end int) {
		if spoken {
			all = append(all, document{from, line, data[start:end]})
		}
		spoken = false
	}
	for at := 0; at < len(data); number++ {
		end := at + bytes.IndexByte(data[at:], '\n') + 1
		if end == at {
			end = len(data)
		}
		text := data[at:end]
		switch {
		case text[0] == '-' && marks(text, "---"):
			add(at)
			if start, line = at, number; silent(text[3:]) {
				start, line = end, number+1
			} else {
				spoken = true
			}
		case text[0] == '.' && marks(text, "..."):
			add(at)
			start, line = end, number+1
		case text[0] == '%' && !spoken:
			return []document{{from, 1, data}}
		case !spoken && !silent(text):
			spoken = true
		}
		at = end
	}
	add(len(data))
	return all
}

// marks says whether a line is a document marker: the marker, and then a blank or nothing.
func marks(line []byte, marker string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(marker))
	return ok && (len(rest) == 0 || rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\n')
}

// silent says whether a line holds nothing but blanks or a comment, which an odd line break would end.
func silent(line []byte) bool {
	text := bytes.TrimLeft(line, " \t\n")
	return len(text) == 0 || text[0] == '#' && !bytes.ContainsAny(text, oddBreak)
}

// oddBreak is the line breaks that YAML 1.1 knows beside \n, and go-yaml with it.
const oddBreak = "\r\u0085\u2028\u2029"

// oddBreaks says whether a marker or directive may follow a line break that is not \n.
func oddBreaks(data []byte) bool {
	for _, odd := range oddBreak {
		for rest := data; ; {
			i := bytes.IndexRune(rest, odd)
			if i < 0 {
				break
			}
			rest = rest[i+utf8.RuneLen(odd):]
			if len(rest) > 0 && (rest[0] == '-' || rest[0] == '.' || rest[0] == '%') {
				return true
			}
		}
	}
	return false
}

// unixLines gives data with \n for \r\n, which YAML and JSON read alike.
func unixLines(data []byte) []byte {
	if bytes.IndexByte(data, '\r') < 0 {
		return data
	}
	return bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
}

// twin is a document that both sides have byte by byte, in whatever files.
type twin struct{ old, new document }

// withoutTwins takes away the documents that both sides have. What stays of each side keeps its order.
func withoutTwins(old, new []document) (oldLeft, newLeft []document, twins []twin) {
	seed := maphash.MakeSeed() // which seed changes nothing: texts are compared
	waiting := make(map[uint64][]int, len(old))
	for i := range old {
		h := maphash.Bytes(seed, old[i].text)
		waiting[h] = append(waiting[h], i)
	}
	paired := make([]bool, len(old))
	for _, d := range new {
		h := maphash.Bytes(seed, d.text)
		list := waiting[h]
		at := slices.IndexFunc(list, func(i int) bool {
			return isJSON(old[i].from.path) == isJSON(d.from.path) && bytes.Equal(old[i].text, d.text)
		})
		if at < 0 {
			newLeft = append(newLeft, d)
			continue
		}
		twins = append(twins, twin{old[list[at]], d})
		paired[list[at]] = true
		waiting[h] = slices.Delete(list, at, at+1)
	}
	for i, d := range old {
		if !paired[i] {
			oldLeft = append(oldLeft, d)
		}
	}
	return oldLeft, newLeft, twins
}
