package shape

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// sampler builds valid values from descriptors: every field is set, with one element in each list and map. Of a oneof, whose
// members exclude each other, variant picks the one that is set.
type sampler struct{ variant int }

func (s sampler) message(md protoreflect.MessageDescriptor) map[string]any {
	m := map[string]any{}
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		if o := fd.ContainingOneof(); o == nil || o.Fields().Get(s.variant%o.Fields().Len()) == fd {
			m[fd.JSONName()] = s.field(fd)
		}
	}
	return m
}

func (s sampler) field(fd protoreflect.FieldDescriptor) any {
	name := string(fd.FullName())
	switch {
	case fd.IsMap() && fd.MapKey().Kind() != protoreflect.StringKind:
		return map[string]any{"8080": s.single(fd.MapValue(), limitsOf(name+"{}"))}
	case fd.IsMap():
		return map[string]any{"a": s.single(fd.MapValue(), limitsOf(name+"{}"))}
	case fd.IsList():
		return []any{s.single(fd, limitsOf(name+"[]"))}
	}
	return s.single(fd, limitsOf(name))
}

func (s sampler) single(fd protoreflect.FieldDescriptor, l limits) any {
	if md := fd.Message(); md != nil {
		switch md.FullName() {
		case "google.protobuf.Duration":
			return "1m30s"
		case "google.protobuf.Struct":
			return map[string]any{"any": []any{"thing", 1, nil}}
		}
		if strings.HasSuffix(string(md.FullName()), "Value") && md.ParentFile().Package() == "google.protobuf" {
			return s.single(md.Fields().ByName("value"), l)
		}
		return s.message(md)
	}
	switch fd.Kind() {
	case protoreflect.EnumKind:
		values := fd.Enum().Values()
		return string(values.Get(values.Len() - 1).Name())
	case protoreflect.BoolKind:
		return true
	case protoreflect.StringKind:
		if strings.Contains(l.pattern, "{64}") {
			return strings.Repeat("0a", 32)
		}
		return "a"
	case protoreflect.BytesKind:
		return "YQ=="
	}
	if l.number != nil {
		return int(l.number.lo)
	}
	return 1
}

// mutations gives values to try in the place of a field's: of every JSON type, and the borders of what the field allows.
func mutations(fd protoreflect.FieldDescriptor) []any {
	all := []any{
		nil, true, false, "true", "", "a", "1", "A b", "http://a/b", "*", "YQ==", "?",
		-1, 0, 1, 2, 99, 100, 101, 599, 600, 65535, 65536, 1 << 31, -1<<31 - 1, 1 << 32, 1.5, 2.0, uint64(1) << 63, 1e30,
		"1s", "1m", "1ms", "1us", "1500us", "0s", "-1s", "1 second", "1d", "1h2m3.5s",
		[]any{}, []any{nil}, []any{"a"}, []any{1}, []any{[]any{}}, []any{map[string]any{}},
		map[string]any{}, map[string]any{"a": nil}, map[string]any{"a": "a"}, map[string]any{"a": 1}, map[string]any{"a": map[string]any{}},
		map[string]any{"0": map[string]any{}}, map[string]any{"65536": map[string]any{}}, map[string]any{"": "a", "x.y/z": ""},
	}
	for _, suffix := range []string{"", "[]", "{}"} {
		all = append(all, borders(limitsOf(string(fd.FullName())+suffix))...)
	}
	if ed := fd.Enum(); ed != nil {
		for i := range ed.Values().Len() {
			name := string(ed.Values().Get(i).Name())
			all = append(all, name, name+"X", strings.ToLower(name)+"_")
		}
	}
	return all
}

// borders gives strings and lists that are just short enough, and too long.
func borders(l limits) []any {
	var all []any
	if l.length != nil && l.length.hi < 1e6 {
		n := int(l.length.hi)
		all = append(all, strings.Repeat("é", n), strings.Repeat("é", n+1), strings.Repeat("a", n), strings.Repeat("a", n+1))
	}
	if l.count != nil && l.count.hi < 1e6 {
		n := int(l.count.hi)
		all = append(all, slices.Repeat([]any{"a"}, n), slices.Repeat([]any{"a"}, n+1))
		entries := map[string]any{}
		for len(entries) < n {
			entries[strconv.Itoa(len(entries))] = "a"
		}
		all = append(all, maps.Clone(entries))
		entries["a"] = "a"
		all = append(all, entries)
	}
	return all
}
