package manifest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Decode reads one or many YAML (or JSON) documents, each a mapping. Empty documents are skipped. Integers become
// int64, or uint64 where they do not fit, other numbers float64; timestamps stay strings; plain scalars mean what they mean to
// Kubernetes. Duplicate keys, aliases, merge keys, unknown tags, infinities, documents that are not mappings and nesting deeper
// than 200 are errors with the line, of type *DecodeError. The caller bounds the size of data.
func Decode(data []byte) ([]map[string]any, error) {
	documents, err := DecodeDocuments(data)
	if err != nil {
		return nil, err
	}
	var fields []map[string]any
	for _, d := range documents {
		fields = append(fields, d.Fields)
	}
	return fields, nil
}

// Document is one document of a text, and knows the lines of its fields.
type Document struct {
	Fields map[string]any
	root   *yaml.Node
}

// DecodeDocuments is Decode for who wants to know where things stand.
func DecodeDocuments(data []byte) ([]Document, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("not valid UTF-8")
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var documents []Document
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if err == io.EOF {
			return documents, nil
		}
		if err != nil {
			return nil, syntaxError(data, err)
		}
		fields, err := decodeDocument(&document)
		if err != nil {
			return nil, err
		}
		if fields != nil {
			documents = append(documents, Document{Fields: fields, root: document.Content[0]})
		}
	}
}

// Line is the line of the text, counted from 1, on which the value stands that a path of keys (string) and indices (int) leads to;
// where nothing is there, that of the nearest value around it. For a key's value in a mapping it is the line of the key.
func (d Document) Line(path ...any) int {
	node, line := d.root, d.root.Line
	for _, step := range path {
		var next *yaml.Node
		switch s := step.(type) {
		case int:
			if node.Kind == yaml.SequenceNode && s >= 0 && s < len(node.Content) {
				next, line = node.Content[s], node.Content[s].Line
			}
		case string:
			for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
				if node.Content[i].Value == s {
					next, line = node.Content[i+1], node.Content[i].Line
				}
			}
		}
		if next == nil {
			return line
		}
		node = next
	}
	return line
}

// DecodeError says what is wrong with a text, and on which line of it.
type DecodeError struct {
	Line    int
	Message string
}

func (e *DecodeError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }

// syntaxError sees to it that the parser's error has a line: it leaves out the first, and that of a bad character.
func syntaxError(data []byte, err error) error {
	text, line := strings.TrimPrefix(err.Error(), "yaml: "), 1
	if after, ok := strings.CutPrefix(text, "line "); ok {
		number, message, _ := strings.Cut(after, ": ")
		if n, err := strconv.Atoi(number); err == nil {
			return &DecodeError{Line: n, Message: message}
		}
	}
	if strings.HasPrefix(text, "control characters") {
		isControl := func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\n\r\u0085", r) }
		line += bytes.Count(data[:max(0, bytes.IndexFunc(data, isControl))], []byte("\n"))
	}
	return &DecodeError{Line: line, Message: text}
}

// decodeDocument gives nil for an empty document.
func decodeDocument(document *yaml.Node) (map[string]any, error) {
	if len(document.Content) == 0 {
		return nil, nil
	}
	root := document.Content[0]
	value, err := decodeNode(root, 0)
	if err != nil || value == nil {
		return nil, err
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return nil, lineError(root, "document is not a mapping")
	}
	return fields, nil
}

func lineError(node *yaml.Node, format string, args ...any) error {
	return &DecodeError{Line: node.Line, Message: fmt.Sprintf(format, args...)}
}

func decodeNode(node *yaml.Node, depth int) (any, error) {
	if depth > maxDepth {
		return nil, lineError(node, "nested deeper than %d", maxDepth)
	}
	switch tag := node.ShortTag(); node.Kind {
	case yaml.MappingNode:
		if tag == "!!map" {
			return decodeMapping(node, depth)
		}
		return nil, lineError(node, "tag %s is not supported", tag)
	case yaml.SequenceNode:
		if tag == "!!seq" {
			return decodeSequence(node, depth)
		}
		return nil, lineError(node, "tag %s is not supported", tag)
	case yaml.ScalarNode:
		return decodeScalar(node)
	}
	return nil, lineError(node, "alias *%s: write the value out", node.Value)
}

func decodeMapping(node *yaml.Node, depth int) (any, error) {
	fields := make(map[string]any, len(node.Content)/2)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, err := decodeKey(node.Content[i])
		if err != nil {
			return nil, err
		}
		if _, found := fields[key]; found {
			return nil, lineError(node.Content[i], "key %q appears twice", key)
		}
		value, err := decodeNode(node.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		fields[key] = value
	}
	return fields, nil
}

func decodeSequence(node *yaml.Node, depth int) (any, error) {
	list := make([]any, len(node.Content))
	for i, item := range node.Content {
		value, err := decodeNode(item, depth+1)
		if err != nil {
			return nil, err
		}
		list[i] = value
	}
	return list, nil
}

// decodeKey gives a key as Kubernetes reads it: integers and booleans become strings. It would read a float too, but in single
// precision.
func decodeKey(node *yaml.Node) (string, error) {
	if node.Kind != yaml.ScalarNode {
		return "", lineError(node, "key is not a scalar")
	}
	value, err := decodeScalar(node)
	if err != nil {
		return "", err
	}
	switch v := value.(type) {
	case string:
		return v, nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case uint64:
		return strconv.FormatUint(v, 10), nil
	case bool:
		return strconv.FormatBool(v), nil
	case float64:
		return "", lineError(node, "key %s is read as a float: quote it", node.Value)
	}
	return "", lineError(node, "key is null")
}

// Scalar gives the meaning of a scalar to Kubernetes, as Decode does, of a document that the caller walks.
func Scalar(node *yaml.Node) (any, error) { return decodeScalar(node) }

func decodeScalar(node *yaml.Node) (any, error) {
	switch tag := node.ShortTag(); tag {
	case "!!str":
		if value, found := oldBool(node.Value); found && node.Style == 0 {
			return value, nil
		}
		return node.Value, nil
	case "!!timestamp":
		return node.Value, nil
	case "!!null":
		return nil, nil
	case "!!bool", "!!int", "!!float":
		return decodeTyped(node)
	case "!!binary":
		// Kubernetes takes the decoded bytes for the string.
		data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(node.Value), ""))
		if err != nil || !utf8.Valid(data) {
			return nil, lineError(node, "!!binary is not the base64 form of UTF-8 text")
		}
		return string(data), nil
	case "!!merge":
		return nil, lineError(node, "merge key <<: write the fields out")
	default:
		return nil, lineError(node, "tag %s is not supported", tag)
	}
}

func decodeTyped(node *yaml.Node) (any, error) {
	// The usual case; a leading zero makes it an octal number.
	if i, err := strconv.ParseInt(node.Value, 10, 64); err == nil && node.Style == 0 && strconv.FormatInt(i, 10) == node.Value {
		return i, nil
	}
	var value any
	if err := node.Decode(&value); err != nil {
		return nil, lineError(node, "cannot read %q as %s", node.Value, node.ShortTag())
	}
	switch v := value.(type) {
	case int:
		return int64(v), nil
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return nil, lineError(node, "%s is not a number that Kubernetes reads", node.Value)
		}
	}
	return value, nil
}
