package shape

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// single judges a value that is no list and no map of its own field: an element, an entry's value or a plain field.
func (c *checker) single(fd protoreflect.FieldDescriptor, a at, v any) {
	switch fd.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		c.message(fd.Message(), a, v)
	case protoreflect.EnumKind:
		c.enum(fd.Enum(), a, v)
	case protoreflect.BoolKind:
		c.boolean(a, v)
	case protoreflect.StringKind:
		c.text(a, v)
	case protoreflect.BytesKind:
		c.bytes(a, v)
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		c.number(a, v)
	default:
		c.integer(fd.Kind(), a, v)
	}
}

func (c *checker) enum(ed protoreflect.EnumDescriptor, a at, v any) {
	names := make([]string, ed.Values().Len())
	for i := range names {
		names[i] = string(ed.Values().Get(i).Name())
	}
	name, ok := v.(string)
	if !ok {
		c.notA(a, "a name", v, "use one of "+strings.Join(names, ", "))
		return
	}
	if ed.Values().ByName(protoreflect.Name(name)) == nil {
		c.report(a, useName(name, names), "%s has no value %s", a.name, quote(name))
	}
}

func (c *checker) boolean(a at, v any) {
	if _, ok := v.(bool); ok {
		return
	}
	fix := ""
	if s, ok := v.(string); ok && (s == "true" || s == "false") {
		fix = fmt.Sprintf("write %s without quotes", s)
	}
	c.notA(a, "true or false", v, fix)
}

func (c *checker) text(a at, v any) {
	s, ok := v.(string)
	if !ok {
		c.notText(a, v)
		return
	}
	c.length(a, s)
	c.pattern(a, s)
}

// notText reports a value where a string belongs. It does not repeat a number or boolean, for the value no longer says how it
// was spelt: 1.0, 0x1 and 1 are one.
func (c *checker) notText(a at, v any) {
	switch v.(type) {
	case bool:
		c.report(a, "put it in quotes", "%s must be a string, not a boolean", a.name)
	case int, int64, uint64, float64:
		c.report(a, "put it in quotes", "%s must be a string, not a number", a.name)
	default:
		c.notA(a, "a string", v, "")
	}
}

func (c *checker) bytes(a at, v any) {
	s, ok := v.(string)
	if !ok {
		c.notA(a, "bytes in base64", v, "")
		return
	}
	if _, err := base64.StdEncoding.DecodeString(s); err != nil {
		c.report(a, "encode it in base64", "%s must be bytes in base64, not %s", a.name, quote(s))
	}
}

func (c *checker) number(a at, v any) {
	f, ok := asFloat(v)
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		c.notA(a, "a number", v, unquoted(v, func(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }))
		return
	}
	c.bounds(a, f, v)
}

// unquoted is the fix for a string that holds a fitting number where a number belongs.
func unquoted(v any, fits func(float64) bool) string {
	s, ok := v.(string)
	if !ok {
		return ""
	}
	if f, err := strconv.ParseFloat(s, 64); err != nil || !fits(f) {
		return ""
	}
	return fmt.Sprintf("write %s without quotes", s)
}

func (c *checker) integer(kind protoreflect.Kind, a at, v any) {
	f, ok := asFloat(v)
	if !ok || f != math.Trunc(f) || math.IsInf(f, 0) {
		c.notA(a, "a whole number", v, unquoted(v, func(f float64) bool { return f == math.Trunc(f) && !math.IsInf(f, 0) }))
		return
	}
	if !inRange(kind, v) {
		lo, hi := rangeOf(kind)
		c.report(a, "", "%s must be from %s to %s, not %s", a.name, lo, hi, describe(v))
		return
	}
	c.bounds(a, f, v)
}

// inRange says whether an integer, or a float without a fraction, is a value of the kind. Converting a float that is out of
// the range of the target is not defined, so that the comparison is made in floats.
func inRange(kind protoreflect.Kind, v any) bool {
	lo, hi := rangeOf(kind)
	switch v := v.(type) {
	case float64:
		min, _ := strconv.ParseFloat(lo, 64)
		max, _ := strconv.ParseFloat(hi, 64) // of a 64-bit kind: rounded up to the power of two, which is out
		return v >= min && (v < max || v == max && max < 1<<53)
	case uint64:
		max, _ := strconv.ParseUint(hi, 10, 64)
		return v <= max
	case int64:
		return fits(v, lo, hi)
	case int:
		return fits(int64(v), lo, hi)
	}
	return false
}

func fits(v int64, lo, hi string) bool {
	min, _ := strconv.ParseInt(lo, 10, 64)
	max, _ := strconv.ParseUint(hi, 10, 64)
	return v >= min && (v < 0 || uint64(v) <= max)
}

// rangeOf gives the smallest and largest value of an integer kind, as sentences print them.
func rangeOf(kind protoreflect.Kind) (lo, hi string) {
	switch kind {
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return "-9223372036854775808", "9223372036854775807"
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return "0", "18446744073709551615"
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return "0", "4294967295"
	}
	return "-2147483648", "2147483647"
}

func asFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case uint64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}
