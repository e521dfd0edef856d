package document

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// YAML reads one YAML document strictly: no anchors, aliases, merge keys, tags, directives, complex or duplicate keys, and no
// plain scalar that YAML 1.1 and 1.2 read differently. Aliases are refused before anything expands them. The text has passed
// CheckText.
func YAML(text []byte) (Tree, []Problem) { return DefaultLimits().YAML(text) }

// YAML does it with other limits.
func (l Limits) YAML(text []byte) (Tree, []Problem) {
	text = bytes.TrimPrefix(text, bom)
	lines := newSource(text)
	if p, bad := directive(lines); bad {
		return Tree{}, []Problem{p}
	}
	var root, second yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&root); errors.Is(err, io.EOF) {
		return Tree{}, []Problem{{Kind: Empty, Message: "the file holds only comments"}}
	} else if err != nil {
		return Tree{}, []Problem{l.yamlError(lines, text, err)}
	}
	if err := d.Decode(&second); err == nil {
		p := problem(Feature, lines.place(&second, &cursor{}), "the file holds a second document").withFix("keep one document a file")
		return Tree{}, []Problem{p}
	} else if !errors.Is(err, io.EOF) {
		return Tree{}, []Problem{l.yamlError(lines, text, err)}
	}
	tree, problems := l.fromNode(root.Content[0], lines, true)
	if len(problems) == 0 {
		// What only the newer parser takes, such as a comment after a tab, others refuse.
		if err := decodeV2(text); err != nil && !errors.Is(err, io.EOF) {
			return Tree{}, []Problem{l.yamlError(lines, text, err)}
		}
	}
	return tree, problems
}

// directive finds a directive before the document. The parser knows %TAG and %YAML 1.1, and leaves no trace of them in its nodes.
func directive(lines source) (Problem, bool) {
	for i, line := range lines {
		if strings.HasPrefix(line, "%") {
			return problem(Feature, lines.line(i+1), "directive %s", firstWord(line)).withFix("remove the line"), true
		}
		if trimmed := strings.TrimLeft(line, " \t"); trimmed != "" && trimmed[0] != '#' {
			break
		}
	}
	return Problem{}, false
}

func (l Limits) fromNode(top *yaml.Node, lines source, isYAML bool) (Tree, []Problem) {
	c := checker{limits: l, yaml: isYAML, lines: lines}
	c.check(top, 1)
	return Tree{top: top, lines: lines}, c.finish()
}
