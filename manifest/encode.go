package manifest

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// maxDepth bounds the nesting that Encode writes and Decode reads. Deep CustomResourceDefinitions reach about 60; a map that
// holds itself has no end.
const maxDepth = 200

// Encode gives the canonical YAML of the objects, one document each, separated by "---\n" lines; the package comment says
// what canonical is. Values may be map[string]any, map[string]string, []any, []string, []map[string]any, string, bool, nil,
// integers, floats and json.Number. Other types, invalid UTF-8, infinities, NaN and nesting deeper than 200 are errors that
// name the field.
func Encode(objects ...map[string]any) ([]byte, error) {
	e := encoder{out: make([]byte, 0, 1024*len(objects))}
	for i, object := range objects {
		if i > 0 {
			e.text("---\n")
		}
		if len(object) == 0 {
			e.text("{}\n")
			continue
		}
		if err := e.mapping(object, 0); err != nil {
			return nil, fmt.Errorf("encode object %d: field %q: %w", i+1, joinPath(e.path), err)
		}
	}
	return e.out, nil
}

// encoder writes block YAML. Methods that write a collection expect the cursor at column indent of the current line and leave it
// at the start of a line.
type encoder struct {
	out  []byte
	path []step   // where the encoder is, for errors
	keys []string // a stack of sorted keys, shared by all mappings to save allocations
}

func (e *encoder) text(s string) { e.out = append(e.out, s...) }

func (e *encoder) newline(indent int) {
	e.out = append(e.out, '\n')
	e.spaces(indent)
}

func (e *encoder) spaces(n int) {
	for range n {
		e.out = append(e.out, ' ')
	}
}

func (e *encoder) mapping(m map[string]any, indent int) error {
	if len(e.path) >= maxDepth {
		return fmt.Errorf("nested deeper than %d", maxDepth)
	}
	start := len(e.keys)
	for key := range m {
		e.keys = append(e.keys, key)
	}
	sortKeys(e.keys[start:])
	for i := start; i < start+len(m); i++ {
		if i > start {
			e.spaces(indent)
		}
		key := e.keys[i]
		e.path = append(e.path, step{key: key, isKey: true})
		if err := e.entry(key, m[key], indent); err != nil {
			return err
		}
		e.path = e.path[:len(e.path)-1]
	}
	e.keys = e.keys[:start]
	return nil
}

// maxSimpleKey is where kustomize's emitter turns to the "? key" form, in bytes (libyaml's limit).
const maxSimpleKey = 128

func (e *encoder) entry(key string, value any, indent int) error {
	if err := checkUTF8(key); err != nil {
		return err
	}
	if len(key) > maxSimpleKey {
		e.text("? ")
		e.scalarString(key, indent, true)
		e.newline(indent)
		e.text(": ")
		return e.nested(value, indent+2)
	}
	e.scalarString(key, indent, true)
	e.out = append(e.out, ':')
	switch v := plainCollection(value).(type) {
	case map[string]any:
		if len(v) > 0 {
			e.newline(indent + 2)
			return e.mapping(v, indent+2)
		}
	case []any:
		if len(v) > 0 {
			e.newline(indent)
			return e.sequence(v, indent)
		}
	}
	e.out = append(e.out, ' ')
	return e.scalar(value, indent+2)
}

func (e *encoder) sequence(list []any, indent int) error {
	if len(e.path) >= maxDepth {
		return fmt.Errorf("nested deeper than %d", maxDepth)
	}
	for i, value := range list {
		if i > 0 {
			e.spaces(indent)
		}
		e.path = append(e.path, step{index: i})
		e.text("- ")
		if err := e.nested(value, indent+2); err != nil {
			return err
		}
		e.path = e.path[:len(e.path)-1]
	}
	return nil
}

// nested writes a value after "- " or ": ", where a collection starts on the same line.
func (e *encoder) nested(value any, indent int) error {
	switch v := plainCollection(value).(type) {
	case map[string]any:
		if len(v) > 0 {
			return e.mapping(v, indent)
		}
	case []any:
		if len(v) > 0 {
			return e.sequence(v, indent)
		}
	}
	return e.scalar(value, indent)
}

// plainCollection turns the typed maps and lists that callers like to write down into map[string]any and []any, and leaves
// other values alone.
func plainCollection(value any) any {
	switch v := value.(type) {
	case map[string]string:
		converted := make(map[string]any, len(v))
		for key, item := range v {
			converted[key] = item
		}
		return converted
	case []string:
		return anySlice(v)
	case []map[string]any:
		return anySlice(v)
	}
	return value
}

func anySlice[T any](list []T) []any {
	converted := make([]any, len(list))
	for i, item := range list {
		converted[i] = item
	}
	return converted
}

// scalar writes everything that is not a non-empty collection, and ends the line. indent is the column of a literal block.
func (e *encoder) scalar(value any, indent int) error {
	switch v := value.(type) {
	case string:
		if err := checkUTF8(v); err != nil {
			return err
		}
		e.scalarString(v, indent, false)
	case nil:
		e.text("null")
	case bool:
		e.out = strconv.AppendBool(e.out, v)
	case map[string]any, map[string]string:
		e.text("{}")
	case []any, []string, []map[string]any:
		e.text("[]")
	default:
		if err := e.number(value); err != nil {
			return err
		}
	}
	e.out = append(e.out, '\n')
	return nil
}

func (e *encoder) number(value any) error {
	switch v := value.(type) {
	case int:
		e.out = strconv.AppendInt(e.out, int64(v), 10)
	case int8:
		e.out = strconv.AppendInt(e.out, int64(v), 10)
	case int16:
		e.out = strconv.AppendInt(e.out, int64(v), 10)
	case int32:
		e.out = strconv.AppendInt(e.out, int64(v), 10)
	case int64:
		e.out = strconv.AppendInt(e.out, v, 10)
	case uint:
		e.out = strconv.AppendUint(e.out, uint64(v), 10)
	case uint8:
		e.out = strconv.AppendUint(e.out, uint64(v), 10)
	case uint16:
		e.out = strconv.AppendUint(e.out, uint64(v), 10)
	case uint32:
		e.out = strconv.AppendUint(e.out, uint64(v), 10)
	case uint64:
		e.out = strconv.AppendUint(e.out, v, 10)
	case float32:
		return e.float(float64(v), 32)
	case float64:
		return e.float(v, 64)
	case json.Number:
		return e.jsonNumber(v)
	default:
		return fmt.Errorf("cannot encode a value of type %T", value)
	}
	return nil
}

func (e *encoder) jsonNumber(n json.Number) error {
	if i, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
		return e.number(i)
	}
	if u, err := strconv.ParseUint(n.String(), 10, 64); err == nil {
		return e.number(u)
	}
	f, err := n.Float64()
	if err != nil {
		return fmt.Errorf("cannot encode the number %q", n.String())
	}
	return e.float(f, 64)
}

// float writes integral values as integers, as they pass through JSON, and always a fraction before an exponent: YAML 1.1
// reads 1e+20 as a string. bits is 32 or 64.
func (e *encoder) float(f float64, bits int) error {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return fmt.Errorf("cannot encode the number %v", f)
	}
	if f == math.Trunc(f) && f > -1<<63 && f < 1<<64 {
		e.out = strconv.AppendFloat(e.out, f+0, 'f', -1, bits) // + 0 turns -0 into 0
		return nil
	}
	text := strconv.FormatFloat(f, 'g', -1, bits)
	mantissa, exponent, found := strings.Cut(text, "e")
	if found && !strings.Contains(mantissa, ".") {
		text = mantissa + ".0e" + exponent
	}
	e.text(text)
	return nil
}

// step leads from a collection to one of its values: a key of a mapping or an index of a list.
type step struct {
	key   string
	index int
	isKey bool
}

// joinPath makes spec.ports[0].name of steps; keys that are not plain names are bracketed and quoted.
func joinPath(path []step) string {
	var out []byte
	for _, s := range path {
		switch {
		case !s.isKey:
			out = append(strconv.AppendInt(append(out, '['), int64(s.index), 10), ']')
		case !isName(s.key):
			out = append(strconv.AppendQuote(append(out, '['), s.key), ']')
		case len(out) > 0:
			out = append(append(out, '.'), s.key...)
		default:
			out = append(out, s.key...)
		}
	}
	return string(out)
}

func isName(s string) bool {
	return s != "" && !slices.ContainsFunc([]byte(s), func(c byte) bool {
		return c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	})
}
