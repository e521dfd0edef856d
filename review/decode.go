package review

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/meshtopo/meshtopo/manifest"
	"go.yaml.in/yaml/v3"
)

// Bounds of what is read. Text bounds everything but aliases, which can make a small text a large value.
const (
	maxDepth   = 200       // levels of nesting
	maxAliased = 1_000_000 // values that aliases of one document stand for
)

// value is one parsed document: a map[string]any, []any, string, bool, nil or json.Number, and the line that it begins in. items are
// the lines of the entries of its field items, for a List; they may be missing.
type value struct {
	line  int
	any   any
	items []int
}

func isJSON(name string) bool { return path.Ext(name) == ".json" }

// parse reads the documents in a text as Kubernetes reads them: plain yes and on are booleans. Numbers keep their digits. The error
// names the file and the line.
func (d document) parse() ([]value, error) {
	var values []value
	var err error
	if isJSON(d.from.path) {
		values, err = parseJSON(d.text)
	} else if values, err = parseYAML(d.text); err != nil && bytes.HasPrefix(bytes.TrimLeft(d.text, " \t\n"), []byte("{")) {
		// JSON is nearly YAML: tabs and surrogate pairs are where it is not.
		if asJSON, errJSON := parseJSON(d.text); errJSON == nil {
			values, err = asJSON, nil
		}
	}
	if err != nil {
		at := lineError{line: 1, text: err.Error()}
		errors.As(err, &at)
		return nil, d.from.errorf(d.line+at.line-1, "%s", at.text)
	}
	for i := range values {
		values[i].line += d.line - 1
		for k := range values[i].items {
			values[i].items[k] += d.line - 1
		}
	}
	return values, nil
}

// errorf makes an error of a place in a file.
func (s *source) errorf(line int, format string, args ...any) error {
	return fmt.Errorf("%s: %s: %s:%d: %s", s.side, s.target, s.path, line, fmt.Sprintf(format, args...))
}

// lineError is what is wrong in a text, at a line of it from 1.
type lineError struct {
	line int
	text string
}

func (e lineError) Error() string { return e.text }

func atLine(node *yaml.Node, format string, args ...any) error {
	return lineError{node.Line, fmt.Sprintf(format, args...)}
}

func parseYAML(text []byte) ([]value, error) {
	var values []value
	for decoder := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var root yaml.Node
		err := decoder.Decode(&root)
		if err == io.EOF {
			return values, nil
		}
		if err != nil {
			return nil, yamlError(err)
		}
		if len(root.Content) == 0 {
			continue
		}
		var w walker
		v, err := w.value(root.Content[0], 0)
		if err != nil {
			return nil, err
		}
		if v != nil {
			values = append(values, value{root.Content[0].Line, v, itemLines(root.Content[0])})
		}
	}
}

// yamlError takes the line out of the parser's error, which leaves it out for the first.
func yamlError(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, found := strings.CutPrefix(text, "line "); found {
		if number, after, found := strings.Cut(rest, ": "); found {
			if line, err := strconv.Atoi(number); err == nil {
				return lineError{max(line, 1), after}
			}
		}
	}
	return lineError{1, text}
}

// itemLines gives the lines of the entries of a List.
func itemLines(root *yaml.Node) []int {
	if root.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if items := root.Content[i+1]; root.Content[i].Value == "items" && items.Kind == yaml.SequenceNode {
			lines := make([]int, len(items.Content))
			for k, item := range items.Content {
				lines[k] = item.Line
			}
			return lines
		}
	}
	return nil
}

// walker makes values of the nodes of one document.
type walker struct {
	aliases int // how many aliases the walk is in
	aliased int // values made inside aliases so far
}

func (w *walker) value(node *yaml.Node, depth int) (any, error) {
	if depth > maxDepth {
		return nil, atLine(node, "nested deeper than %d levels", maxDepth)
	}
	if w.aliases > 0 {
		if w.aliased++; w.aliased > maxAliased {
			return nil, atLine(node, "aliases stand for more than %d values", maxAliased)
		}
	}
	switch node.Kind {
	case yaml.AliasNode:
		w.aliases++
		defer func() { w.aliases-- }()
		return w.value(node.Alias, depth+1)
	case yaml.ScalarNode:
		return scalarNode(node)
	case yaml.MappingNode:
		if tag := node.ShortTag(); tag != "!!map" {
			return nil, atLine(node, "tag %s is not one that Kubernetes reads", tag)
		}
		return w.mapping(node, depth)
	}
	if tag := node.ShortTag(); tag != "!!seq" {
		return nil, atLine(node, "tag %s is not one that Kubernetes reads", tag)
	}
	list := make([]any, len(node.Content))
	for i, item := range node.Content {
		v, err := w.value(item, depth+1)
		if err != nil {
			return nil, err
		}
		list[i] = v
	}
	return list, nil
}

func (w *walker) mapping(node *yaml.Node, depth int) (any, error) {
	fields := make(map[string]any, len(node.Content)/2)
	var merged []*yaml.Node
	for i := 0; i+1 < len(node.Content); i += 2 {
		k, v := node.Content[i], node.Content[i+1]
		if k.Kind == yaml.ScalarNode && k.ShortTag() == "!!merge" {
			merged = append(merged, v)
			continue
		}
		key, err := w.key(k, depth)
		if err != nil {
			return nil, err
		}
		if _, found := fields[key]; found {
			return nil, atLine(k, "key %.80q appears twice in a mapping", key)
		}
		if fields[key], err = w.value(v, depth+1); err != nil {
			return nil, err
		}
	}
	for _, from := range merged {
		if err := w.merge(fields, from, depth); err != nil {
			return nil, err
		}
	}
	return fields, nil
}

// merge adds the fields of <<, a mapping or a list of mappings; what is there already stays (yaml.org/type/merge.html).
func (w *walker) merge(fields map[string]any, from *yaml.Node, depth int) error {
	v, err := w.value(from, depth+1)
	if err != nil {
		return err
	}
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	for _, item := range list {
		more, ok := item.(map[string]any)
		if !ok {
			return atLine(from, "merge key << needs a mapping or a list of mappings")
		}
		for key, v := range more {
			if _, found := fields[key]; !found {
				fields[key] = v
			}
		}
	}
	return nil
}

// key gives a key as Kubernetes reads it: a number or boolean is a string.
func (w *walker) key(node *yaml.Node, depth int) (string, error) {
	v, err := w.value(node, depth+1)
	if err != nil {
		return "", err
	}
	switch v := v.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	case nil:
		return "null", nil
	}
	return "", atLine(node, "key is a mapping or a list")
}

func scalarNode(node *yaml.Node) (any, error) {
	tag := node.ShortTag()
	if (tag == "!!int" || tag == "!!float") && isNumber(node.Value) {
		return json.Number(node.Value), nil
	}
	v, err := manifest.Scalar(node)
	if err != nil {
		// The error may quote a value, and that may be a Secret's.
		return nil, atLine(node, "a value with tag %s is not one that Kubernetes reads", tag)
	}
	switch v := v.(type) {
	case int64:
		return json.Number(strconv.FormatInt(v, 10)), nil
	case uint64:
		return json.Number(strconv.FormatUint(v, 10)), nil
	case float64:
		return json.Number(strconv.FormatFloat(v, 'g', -1, 64)), nil
	}
	return v, nil
}

// isNumber says whether s is a number of JSON.
func isNumber(s string) bool {
	isDigit := func(c byte) bool { return c >= '0' && c <= '9' }
	return s != "" && (s[0] == '-' || isDigit(s[0])) && isDigit(s[len(s)-1]) && json.Valid([]byte(s))
}
