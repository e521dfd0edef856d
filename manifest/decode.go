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
// than 200 are errors with the line. The caller bounds the size of data.
func Decode(data []byte) ([]map[string]any, error) {
	return new(decoding).documents(data)
}

// DecodeForeign reads as Decode does, and aliases and merge keys, too, as long as what they stand for has at most maxNodes values in all:
// manifests that others wrote.
func DecodeForeign(data []byte, maxNodes int) ([]map[string]any, error) {
	return (&decoding{aliases: true, left: maxNodes}).documents(data)
}

// decoding is the reading of one text.
type decoding struct {
	aliases bool
	left    int // with aliases: how many more values may be read
}

func (d *decoding) documents(data []byte) ([]map[string]any, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("not valid UTF-8")
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var documents []map[string]any
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if err == io.EOF {
			return documents, nil
		}
		if err != nil {
			return nil, syntaxError(data, err)
		}
		fields, err := d.document(&document)
		if err != nil {
			return nil, err
		}
		if fields != nil {
			documents = append(documents, fields)
		}
	}
}

// syntaxError sees to it that the parser's error has a line: it leaves out the first, and that of a bad character.
func syntaxError(data []byte, err error) error {
	text, line := strings.TrimPrefix(err.Error(), "yaml: "), 1
	if strings.HasPrefix(text, "line ") {
		return errors.New(text)
	}
	if strings.HasPrefix(text, "control characters") {
		isControl := func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\n\r\u0085", r) }
		line += bytes.Count(data[:max(0, bytes.IndexFunc(data, isControl))], []byte("\n"))
	}
	return fmt.Errorf("line %d: %s", line, text)
}

// document gives nil for an empty document.
func (d *decoding) document(document *yaml.Node) (map[string]any, error) {
	if len(document.Content) == 0 {
		return nil, nil
	}
	root := document.Content[0]
	value, err := d.node(root, 0)
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
	return fmt.Errorf("line %d: %s", node.Line, fmt.Sprintf(format, args...))
}

func (d *decoding) node(node *yaml.Node, depth int) (any, error) {
	if d.aliases {
		if d.left--; d.left < 0 {
			return nil, lineError(node, "aliases stand for too many values")
		}
		if node.Kind == yaml.AliasNode {
			return d.node(node.Alias, depth+1)
		}
	}
	if depth > maxDepth {
		return nil, lineError(node, "nested deeper than %d", maxDepth)
	}
	switch tag := node.ShortTag(); node.Kind {
	case yaml.MappingNode:
		if tag == "!!map" {
			return d.mapping(node, depth)
		}
		return nil, lineError(node, "tag %s is not supported", tag)
	case yaml.SequenceNode:
		if tag == "!!seq" {
			return d.sequence(node, depth)
		}
		return nil, lineError(node, "tag %s is not supported", tag)
	case yaml.ScalarNode:
		return decodeScalar(node)
	}
	return nil, lineError(node, "alias *%s: write the value out", node.Value)
}

func (d *decoding) mapping(node *yaml.Node, depth int) (any, error) {
	fields := make(map[string]any, len(node.Content)/2)
	for i := 0; i+1 < len(node.Content); i += 2 {
		if d.aliases && node.Content[i].ShortTag() == "!!merge" {
			continue
		}
		key, err := decodeKey(node.Content[i])
		if err != nil {
			return nil, err
		}
		if _, found := fields[key]; found {
			return nil, lineError(node.Content[i], "key %q appears twice", key)
		}
		value, err := d.node(node.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		fields[key] = value
	}
	if d.aliases {
		return fields, d.merge(fields, node, depth)
	}
	return fields, nil
}

// merge adds what the merge keys of a mapping name and the mapping does not say itself; of several the first counts.
func (d *decoding) merge(fields map[string]any, node *yaml.Node, depth int) error {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].ShortTag() != "!!merge" {
			continue
		}
		value, err := d.node(node.Content[i+1], depth+1)
		if err != nil {
			return err
		}
		sources, isList := value.([]any)
		if !isList {
			sources = []any{value}
		}
		for _, source := range sources {
			inner, ok := source.(map[string]any)
			if !ok {
				return lineError(node.Content[i+1], "merge key <<: not a mapping")
			}
			for key, v := range inner {
				if _, said := fields[key]; !said {
					fields[key] = v
				}
			}
		}
	}
	return nil
}

func (d *decoding) sequence(node *yaml.Node, depth int) (any, error) {
	list := make([]any, len(node.Content))
	for i, item := range node.Content {
		value, err := d.node(item, depth+1)
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
