package shape

import (
	"maps"
	"math"
	"slices"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// message judges a value by its message: those of google.protobuf have a JSON form of their own, all others are objects.
func (c *checker) message(md protoreflect.MessageDescriptor, a at, v any) {
	if a.depth > maxDepth {
		c.report(a, "", "%s is nested deeper than %d levels", a.name, maxDepth)
		return
	}
	if v == nil && md.FullName() != "google.protobuf.Value" {
		c.notA(a, "", nil, "")
		return
	}
	switch md.FullName() {
	case "google.protobuf.Duration":
		c.duration(a, v)
	case "google.protobuf.Timestamp":
		c.timestamp(a, v)
	case "google.protobuf.Struct":
		if _, ok := v.(map[string]any); !ok {
			c.notA(a, "a map", v, "")
			return
		}
		c.anything(a, v)
	case "google.protobuf.ListValue":
		if _, ok := v.([]any); !ok {
			c.notA(a, "a list", v, "")
			return
		}
		c.anything(a, v)
	case "google.protobuf.Value":
		c.anything(a, v)
	case "google.protobuf.BoolValue", "google.protobuf.StringValue", "google.protobuf.BytesValue",
		"google.protobuf.DoubleValue", "google.protobuf.FloatValue", "google.protobuf.Int32Value",
		"google.protobuf.Int64Value", "google.protobuf.UInt32Value", "google.protobuf.UInt64Value":
		c.single(md.Fields().ByName("value"), a, v)
	default:
		c.object(md, a, v)
	}
}

// duration judges a duration in Go's syntax, which is what the CRDs' CEL and istio.io/api's unmarshaller read.
func (c *checker) duration(a at, v any) {
	const want = "a duration such as 1s or 1m30s"
	s, ok := v.(string)
	if !ok {
		fix := ""
		if _, ok := asFloat(v); ok {
			fix = "write it with a unit: " + describe(v) + "s for seconds, " + describe(v) + "ms for milliseconds"
		}
		c.notA(a, want, v, fix)
		return
	}
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		c.report(a, "write numbers with the units h, m, s and ms, without spaces", "%s must be %s, not %s", a.name, want, quote(s))
	case d < 0:
		c.report(a, "", "%s must not be negative, as %s is", a.name, quote(s))
	case a.limits.milli && d < time.Millisecond:
		c.report(a, "write 1ms or more, or leave the field out", "%s must be at least 1ms, not %s", a.name, quote(s))
	case a.limits.milli && d%time.Millisecond != 0:
		c.report(a, "write "+d.Round(time.Millisecond).String(), "%s must be whole milliseconds, not %s", a.name, quote(s))
	}
}

func (c *checker) timestamp(a at, v any) {
	s, ok := v.(string)
	if !ok {
		c.notA(a, "a time such as 2006-01-02T15:04:05Z", v, "")
		return
	}
	if _, err := time.Parse(time.RFC3339Nano, s); err != nil {
		c.report(a, "", "%s must be a time such as 2006-01-02T15:04:05Z, not %s", a.name, quote(s))
	}
}

// anything judges what stands in a Struct: any value that JSON can hold.
func (c *checker) anything(a at, v any) {
	if a.depth > maxDepth {
		c.report(a, "", "%s is nested deeper than %d levels", a.name, maxDepth)
		return
	}
	switch v := v.(type) {
	case nil, string, bool, int, int64, uint64:
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			c.report(a, "", "%s must be a number that JSON can hold, not %s", a.name, describe(v))
		}
	case []any:
		for i, element := range v {
			c.anything(a.index(i), element)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			c.anything(a.key(key), v[key])
		}
	default:
		c.report(a, "", "%s must be a value of JSON, not %s", a.name, describe(v))
	}
}
