package shape

import (
	"fmt"
	"strconv"
)

// Problem is one place where a value does not have its message's shape.
type Problem struct {
	Path    string // field path below the value: http[0].route[1].weight, labels["topology.istio.io/network"]; "" is the value itself
	AtKey   bool   // the field should not be there, or not under this name; otherwise its value is wrong
	Message string // a sentence without a full stop
	Fix     string // an order: what to do; "" when there is nothing better to say than the message
}

// at is a place in the value.
type at struct {
	path     string
	name     string // what a sentence calls the place: the last field of the path, with its index or key
	depth    int
	required bool // a field that its message must have
	limits   limits
}

func (a at) field(name string) at {
	path := name
	if a.path != "" {
		path = a.path + "." + name
	}
	return at{path: path, name: name, depth: a.depth + 1}
}

func (a at) index(i int) at {
	step := "[" + strconv.Itoa(i) + "]"
	return at{path: a.path + step, name: a.name + step, depth: a.depth + 1}
}

// key is the place of a map's entry, or of a field that no message has. Keys that are not plain names are quoted, so that a
// path can be read back.
func (a at) key(key string) at {
	if !plainKey(key) {
		step := "[" + strconv.Quote(key) + "]"
		return at{path: a.path + step, name: a.name + step, depth: a.depth + 1}
	}
	next := a.field(key)
	next.name = a.name + "." + key
	return next
}

func plainKey(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r != '-' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != ""
}

// describe says what a value is, in the words of someone who wrote YAML.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "empty"
	case string:
		return quote(v)
	case bool, int, int64, uint64, float64:
		return fmt.Sprint(v)
	case []any:
		return "a list"
	case map[string]any:
		return "a map"
	}
	return fmt.Sprintf("a Go value of type %T", v)
}

// quote quotes what the user wrote, cut to a length that a sentence bears.
func quote(s string) string {
	const longest = 60
	runes := 0
	for i := range s {
		if runes == longest {
			return strconv.Quote(s[:i]) + "..."
		}
		runes++
	}
	return strconv.Quote(s)
}
