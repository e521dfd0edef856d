package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// JSON reads one JSON value into the same tree as YAML, so that places and checks are the same. The text has passed CheckText.
func JSON(text []byte) (Tree, []Problem) { return DefaultLimits().JSON(text) }

// JSON does it with other limits.
func (l Limits) JSON(text []byte) (Tree, []Problem) {
	text = bytes.TrimPrefix(text, bom)
	p := jsonParser{limits: l, text: text, tokens: json.NewDecoder(bytes.NewReader(text)), line: 1, column: 1}
	p.tokens.UseNumber()
	top, err := p.value(1)
	if err == nil {
		if _, more := p.tokens.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is more after the end of the value")
		}
	}
	if err != nil {
		return Tree{}, []Problem{p.failure(err)}
	}
	return l.fromNode(top, newSource(text), false)
}

type jsonParser struct {
	limits Limits
	text   []byte
	tokens *json.Decoder
	done   int // bytes of text that line and column speak of
	line   int
	column int // in characters, of done
}

var errDepth = errors.New("too deep")

func (p *jsonParser) value(depth int) (*yaml.Node, error) {
	if depth > p.limits.Depth {
		return nil, errDepth
	}
	token, n, err := p.next()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			n.Kind = yaml.MappingNode
		} else {
			n.Kind = yaml.SequenceNode
		}
		return n, p.members(n, depth)
	case string:
		n.Tag, n.Style, n.Value = "!!str", yaml.DoubleQuotedStyle, t
	case json.Number:
		n.Tag, n.Value = "!!float", t.String()
	case bool:
		n.Tag, n.Value = "!!bool", map[bool]string{true: "true", false: "false"}[t]
	case nil:
		n.Tag, n.Value = "!!null", "null"
	}
	n.Kind = yaml.ScalarNode
	return n, nil
}

func (p *jsonParser) members(n *yaml.Node, depth int) error {
	for p.tokens.More() {
		e, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		n.Content = append(n.Content, e)
	}
	_, err := p.tokens.Token()
	return err
}

// next reads a token and gives a node at its place.
func (p *jsonParser) next() (json.Token, *yaml.Node, error) {
	token, err := p.tokens.Token()
	if err != nil {
		return nil, nil, err
	}
	end := int(p.tokens.InputOffset())
	start := p.done
	for start < end && strings.IndexByte(" \t\r\n,:]}", p.text[start]) >= 0 {
		start++
	}
	p.advance(start)
	n := &yaml.Node{Line: p.line, Column: p.column}
	p.advance(end)
	return token, n, nil
}

func (p *jsonParser) advance(to int) {
	for ; p.done < to; p.done++ {
		if p.text[p.done] == '\n' {
			p.line, p.column = p.line+1, 1
		} else if utf8.RuneStart(p.text[p.done]) {
			p.column++
		}
	}
}

// failure makes a problem of an error. The decoder tells the places of its errors loosely, so the text is scanned once more.
func (p *jsonParser) failure(err error) Problem {
	if errors.Is(err, errDepth) {
		return problem(Limit, p.placeOf(p.done), "%s", p.limits.TooDeep()).exceeding(Depth)
	}
	offset := int(p.tokens.InputOffset())
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal(p.text, &json.RawMessage{}), &syntax) {
		err, offset = syntax, int(syntax.Offset)-1
	}
	if end := len(bytes.TrimRight(p.text, " \t\r\n")); offset >= end-1 && strings.HasPrefix(err.Error(), "unexpected end") {
		return problem(Syntax, p.placeOf(end-1), "not well-formed JSON: the file ends in the middle of a value")
	}
	return problem(Syntax, p.placeOf(offset), "not well-formed JSON: %s", p.words(err, offset))
}

// words is what an error says, with the character where it names the first byte of one.
func (p *jsonParser) words(err error, offset int) string {
	const begin = "invalid character '"
	after, ok := strings.CutPrefix(err.Error(), begin)
	_, after, found := strings.Cut(after, "' ")
	if !ok || !found || offset < 0 || offset >= len(p.text) || p.text[offset] < utf8.RuneSelf {
		return err.Error()
	}
	r, _ := utf8.DecodeRune(p.text[offset:])
	return begin + string(r) + "' " + after
}

// placeOf is the place of one byte of the text.
func (p *jsonParser) placeOf(offset int) Place {
	offset = min(max(0, offset), len(p.text))
	for offset > 0 && offset < len(p.text) && !utf8.RuneStart(p.text[offset]) {
		offset--
	}
	before := p.text[:offset]
	start := bytes.LastIndexByte(before, '\n') + 1
	return Place{Line: 1 + bytes.Count(before, []byte("\n")), Column: 1 + utf8.RuneCount(before[start:]), Width: 1}
}
