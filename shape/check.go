package shape

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// maxDepth bounds the nesting of a value. The deepest path of istio.io/api has fewer than 20 steps; only the free contents of
// a Struct (the patches of an EnvoyFilter) can be deeper.
const maxDepth = 100

// maxProblems bounds what is reported of one value; the rest comes when these are mended.
const maxProblems = 200

// Check walks value beside the message and gives what is wrong, in the order of the field names, lists by index. Values are
// map[string]any, []any, string, bool, int, int64, uint64, float64 and nil; a value of any other Go type is a problem.
//
// Rules that are stricter than the CustomResourceDefinitions, because what these let through is dropped or refused later:
//   - null is a problem everywhere but in a Struct: the API server drops it where the CRD does not say nullable
//   - JSON names only: mirror_percent and jwks_uri, which the CRDs serve beside mirrorPercent and jwksUri, are unknown
//   - int32 fields have the range of an int32; the CRDs only state a format, which the API server does not enforce
//   - durations with a lower bound of 1ms have whole milliseconds, as istiod's ValidateDuration demands
//
// A duration is in Go's syntax. It must be at least 1ms where the CRD says so, which is everywhere but in a cookie's ttl, TCP's
// idleTimeout and a retry budget's budgetInterval, where 0s has a meaning. There, and in MeshConfig, which no CRD describes, it
// must only not be negative.
//
// A oneof allows one member at most, and none too, as in the CRDs: an empty StringMatch is how a header's presence is matched.
func Check(message Message, value any) []Problem {
	md := message.descriptor()
	if md == nil {
		return []Problem{{Message: fmt.Sprintf("istio.io/api has no message %q", string(message))}}
	}
	behavior, _ := protoregistry.GlobalTypes.FindExtensionByName("google.api.field_behavior")
	c := checker{behavior: behavior}
	c.message(md, at{name: string(md.Name())}, value)
	return c.problems
}

type checker struct {
	behavior protoreflect.ExtensionType // the option by which a field says REQUIRED
	problems []Problem
}

func (c *checker) report(a at, fix, format string, args ...any) {
	c.problems = append(c.problems, Problem{Path: a.path, Message: fmt.Sprintf(format, args...), Fix: fix})
}

// object judges the fields of a message that has no JSON form of its own.
func (c *checker) object(md protoreflect.MessageDescriptor, a at, v any) {
	m, ok := v.(map[string]any)
	if !ok {
		c.report(a, "", "%s must be a map of fields, not %s", a.name, describe(v))
		return
	}
	c.missing(md, a, m)
	c.exclusive(md, a, m)
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if len(c.problems) >= maxProblems {
			return
		}
		fd := md.Fields().ByJSONName(key)
		if fd == nil {
			c.unknown(md, a, key)
			continue
		}
		place := a.field(key)
		place.required = c.required(fd)
		c.field(fd, place, m[key])
	}
}

// unknown reports a field that the message does not have.
func (c *checker) unknown(md protoreflect.MessageDescriptor, a at, key string) {
	fields := md.Fields()
	names := make([]string, fields.Len())
	for i := range names {
		names[i] = fields.Get(i).JSONName()
	}
	slices.Sort(names)
	c.problems = append(c.problems, Problem{
		Path:    a.key(key).path,
		AtKey:   true,
		Message: "unknown field " + quote(key),
		Fix:     useField(key, names),
	})
}

// missing reports the fields that the message requires.
func (c *checker) missing(md protoreflect.MessageDescriptor, a at, m map[string]any) {
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		if _, ok := m[fd.JSONName()]; !ok && c.required(fd) {
			c.report(a, "add "+fd.JSONName(), "%s is missing", fd.JSONName())
		}
	}
}

func (c *checker) required(fd protoreflect.FieldDescriptor) bool {
	const required = 2 // google.api.FieldBehavior.REQUIRED
	if c.behavior == nil {
		return false
	}
	options := fd.Options().ProtoReflect()
	ext := c.behavior.TypeDescriptor()
	if !options.IsValid() || !options.Has(ext) {
		return false
	}
	list := options.Get(ext).List()
	for i := range list.Len() {
		if list.Get(i).Enum() == required {
			return true
		}
	}
	return false
}

// exclusive reports fields of which the message allows only one. The place is the one declared last: a map has no order.
func (c *checker) exclusive(md protoreflect.MessageDescriptor, a at, m map[string]any) {
	for i := range md.Oneofs().Len() {
		oneof := md.Oneofs().Get(i)
		var set []string
		for j := range oneof.Fields().Len() {
			name := oneof.Fields().Get(j).JSONName()
			if m[name] != nil {
				set = append(set, name)
			}
		}
		if len(set) > 1 {
			last := len(set) - 1
			c.problems = append(c.problems, Problem{
				Path:    a.field(set[last]).path,
				AtKey:   true,
				Message: strings.Join(set[:last], ", ") + " and " + set[last] + " exclude each other",
				Fix:     "keep one of " + strings.Join(set, ", "),
			})
		}
	}
}

// field judges the value of a field, which may be a map, a list or single.
func (c *checker) field(fd protoreflect.FieldDescriptor, a at, v any) {
	name := string(fd.FullName())
	a.limits = limitsOf(name)
	switch {
	case fd.IsMap():
		c.entries(fd, a, v)
	case fd.IsList():
		c.elements(fd, a, v)
	default:
		c.single(fd, a, v)
	}
}

func (c *checker) elements(fd protoreflect.FieldDescriptor, a at, v any) {
	list, ok := v.([]any)
	if !ok {
		c.notA(a, "a list", v, "write it as a list: a line that starts with - for each element")
		return
	}
	c.count(a, len(list), "elements")
	limits := limitsOf(string(fd.FullName()) + "[]")
	for i, element := range list {
		place := a.index(i)
		place.limits = limits
		c.single(fd, place, element)
	}
}

func (c *checker) entries(fd protoreflect.FieldDescriptor, a at, v any) {
	m, ok := v.(map[string]any)
	if !ok {
		c.notA(a, "a map", v, "write it as a map: a line key: value for each entry")
		return
	}
	c.count(a, len(m), "entries")
	limits := limitsOf(string(fd.FullName()) + "{}")
	for _, key := range slices.Sorted(maps.Keys(m)) {
		place := a.key(key)
		c.mapKey(fd.MapKey(), a, place, key)
		place.limits = limits
		c.single(fd.MapValue(), place, m[key])
	}
}

// mapKey judges a key of a map whose keys are numbers: the only such map has ports for keys.
func (c *checker) mapKey(fd protoreflect.FieldDescriptor, a, place at, key string) {
	if fd.Kind() == protoreflect.StringKind {
		return
	}
	lo, hi := 0.0, 4294967295.0
	if a.limits.keys != nil {
		lo, hi = a.limits.keys.lo, a.limits.keys.hi
	}
	n, err := strconv.ParseUint(key, 10, 32)
	if err == nil && strconv.FormatUint(n, 10) == key && float64(n) >= lo && float64(n) <= hi {
		return
	}
	c.problems = append(c.problems, Problem{
		Path:    place.path,
		AtKey:   true,
		Message: fmt.Sprintf("the keys of %s must be whole numbers from %.0f to %.0f, not %s", a.name, lo, hi, quote(key)),
	})
}

// notA reports a value of the wrong type, or none.
func (c *checker) notA(a at, want string, v any, fix string) {
	if v == nil {
		fix := "give it a value or leave it out"
		if a.required {
			fix = "give it a value"
		}
		c.report(a, fix, "%s is empty", a.name)
		return
	}
	c.report(a, fix, "%s must be %s, not %s", a.name, want, describe(v))
}
