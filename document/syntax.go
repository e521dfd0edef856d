package document

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	yamlv2 "go.yaml.in/yaml/v2"
	"go.yaml.in/yaml/v3"
)

// complaint is what the YAML parser says about a text, with its words and our advice.
type complaint struct {
	words   string // how the parser's message begins
	opening bool   // the place is where what is broken begins, not where the parser noticed
	fix     string
}

// complaints are the frequent ones. The words are those of libyaml, from which both parsers are ported.
var complaints = [...]complaint{
	{words: "did not find expected ',' or ']'", opening: true, fix: "close the list with ], or put a comma between its elements"},
	{words: "did not find expected ',' or '}'", opening: true, fix: "close the mapping with }, or put a comma between its fields"},
	{words: "found unexpected end of stream", opening: true, fix: "close the quotes"},
	{words: "could not find expected ':'", opening: true, fix: "write a field as name: value"},
	{words: "did not find expected key", fix: "indent the line as its neighbours are; where a value has quotes, put all of it between them"},
	{words: "did not find expected '-' indicator", fix: "begin every element of the list with -, all in one column"},
	{words: "did not find expected node content", fix: "remove what stands here too much, or put quotes around text that begins with ], } or a comma"},
	{words: "mapping values are not allowed", fix: "indent the line as its neighbours are, or put quotes around text that holds a colon and a blank"},
	{words: "block sequence entries are not allowed", fix: "begin the list in a line of its own"},
	{words: "found character that cannot start any token", fix: "put quotes around text that begins with @, ` or %"},
	{words: "found unknown escape character", fix: `write \\ for a backslash, or use single quotes`},
	{words: "did not find expected alphabetic or numeric character", fix: "put quotes around text that begins with * or &"},
	{words: "did not find expected <document start>", fix: "keep one document a file"},
}

const tabFix = "indent with spaces instead of tabs"

// yamlError makes a problem of an error of the YAML parser.
func (l Limits) yamlError(lines source, text []byte, err error) Problem {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	if name, ok := strings.CutPrefix(message, "unknown anchor '"); ok {
		name, _, _ = strings.Cut(name, "'")
		return problem(Feature, aliasPlace(lines, name), "alias *%s", name).withFix("write the value out")
	}
	opening, words := where(text, decodeV3)
	noticed, same := where(text, decodeV2)
	if words == "" { // only v2 minds
		opening, words = noticed, same
	}
	if words == "" {
		opening, words = 1, message
	}
	if strings.Contains(words, "exceeded max depth") {
		return problem(Limit, Place{}, "%s", l.TooDeep()).exceeding(Depth)
	}
	c := advice(words)
	place := lines.line(opening)
	if !c.opening && same == words {
		place = lines.line(noticed)
	}
	p := problem(Syntax, place, "not well-formed YAML: %s", words).withFix(c.fix)
	if indent := lines[place.Line-1]; strings.Contains(words, "tab character") || strings.HasPrefix(strings.TrimLeft(indent, " "), "\t") {
		p.Fix = tabFix
	}
	return p
}

func advice(words string) complaint {
	for _, c := range complaints {
		if strings.HasPrefix(words, c.words) {
			return c
		}
	}
	return complaint{}
}

var lineInError = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// where reads the text once more to learn the line of its error: 0 and no words where decode finds none.
//
// Both parsers tell one line: v3 where the construct begins (the bracket, the quote, the block), v2 where the parser stood. Both
// leave the line out, or tell the other one, when it is the first; so we put an empty one before the text. And both count from 0 in
// errors of the grammar and from 1 in errors of the scanner.
func where(text []byte, decode func([]byte) error) (line int, words string) {
	err := decode(append([]byte("#\n"), text...))
	if err == nil {
		return 0, ""
	}
	m := lineInError.FindStringSubmatch(err.Error())
	if m == nil {
		return 0, ""
	}
	words = strings.TrimPrefix(err.Error(), m[0])
	line, _ = strconv.Atoi(m[1])
	if !grammar.MatchString(words) {
		line--
	}
	return line, words
}

// grammar matches the messages of the parsers' grammar; all others are the scanner's.
var grammar = regexp.MustCompile(`^(did not find expected (<stream-start>|<document start>|node content|key|'-' indicator|',' or '[]}]')` +
	`|found (undefined tag handle|duplicate %(YAML|TAG) directive|incompatible YAML document))$`)

// nothing is a value that no document is decoded into, so that only the syntax is read.
type nothing struct{}

func (nothing) UnmarshalYAML(func(any) error) error { return nil }

func decodeV2(text []byte) error {
	d := yamlv2.NewDecoder(bytes.NewReader(text))
	for range 2 {
		if err := d.Decode(&nothing{}); err != nil {
			return err
		}
	}
	return nil
}

func decodeV3(text []byte) error {
	d := yaml.NewDecoder(bytes.NewReader(text))
	for range 2 {
		if err := d.Decode(&yaml.Node{}); err != nil {
			return err
		}
	}
	return nil
}

// aliasPlace finds an alias whose anchor is nowhere: the parser does not tell its place.
func aliasPlace(lines source, name string) Place {
	alias := regexp.MustCompile(`(?:^|[\s\[{,:?-])(\*` + regexp.QuoteMeta(name) + `)(?:$|[\s\]},])`)
	for i, line := range lines {
		if m := alias.FindStringSubmatchIndex(line); m != nil && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			return Place{Line: i + 1, Column: 1 + runes(line[:m[2]]), Width: runes(line[m[2]:m[3]])}
		}
	}
	return Place{}
}
