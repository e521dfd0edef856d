package load

import (
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
)

// Field is the documentation of a field of the schema.
type Field struct {
	Path     string // spec.clusters[].podCIDR; "" for the whole topology
	Doc      string // what it is for, a sentence without a full stop; "" where the name says it
	Type     string // what may stand in it, in words
	Required bool
	Default  string   // what is filled in when it is left out; "" for nothing
	Allowed  []string // the texts it is limited to; nil when it is not
	Fields   []Field  // what is in it or in its elements, one level, in the order of the schema
	Istio    string   // the message of Istio's API that it or its elements have the shape of, such as TrafficPolicy
}

// istioMessages are the messages of Istio's API that topologies hold, by the name of the field.
var istioMessages = [...]struct{ field, message string }{
	{"trafficPolicy", "TrafficPolicy"}, {"http", "HTTPRoute"}, {"tcp", "TCPRoute"}, {"tls", "TLSRoute"}, {"servers", "Server"},
}

// Describe gives the documentation of the field at a path such as spec.clusters.podCIDR. Indices are ignored, and spec may be
// left out. A path below a shape of Istio's gives that shape's field, with the path asked for.
//
// When there is no such field, ok is false, and Fields of what it gives are the fields that may be meant: those with that
// name elsewhere, else the nearest name, else all that the last known part of the path has.
func Describe(path string) (f Field, ok bool) {
	tree := compile().tree()
	names := namesOf(path)
	for _, full := range [][]string{names, append([]string{"spec"}, names...)} {
		if f, ok := tree.find(full); ok {
			return f, true
		}
	}
	return tree.meant(names), false
}

// Fields gives every field, each after the one it is in, in the order of the schema; Fields of each are left out.
func Fields() []Field {
	var list []Field
	var walk func(f *field, path string)
	walk = func(f *field, path string) {
		described := f.public(path)
		described.Fields = nil
		list = append(list, described)
		f.each(path, walk)
	}
	compile().tree().each("", walk)
	return list
}

// namesOf gives the names of the fields in a path.
func namesOf(path string) []string {
	var names []string
	for _, s := range diag.Path(path).Steps() {
		if !s.IsIndex && s.Key != "" && !strings.HasPrefix(s.Key, "name=") {
			names = append(names, s.Key)
		}
	}
	return names
}

func (f *field) find(names []string) (Field, bool) {
	path := ""
	for i, name := range names {
		f, path = f.inner(path)
		if f.open {
			message := istioMessage(names[:i])
			return Field{Path: path + "." + strings.Join(names[i:], "."), Type: "a field of Istio's " + message, Istio: message}, message != ""
		}
		if f = f.child(name); f == nil {
			return Field{}, false
		}
		path = joined(path, name)
	}
	return f.public(path), true
}

// inner gives what a list is a list of; anything else is given back.
func (f *field) inner(path string) (*field, string) {
	for f.element != nil {
		f, path = f.element, path+"[]"
	}
	return f, path
}

// each calls walk for the fields of a field or its elements.
func (f *field) each(path string, walk func(f *field, path string)) {
	f, path = f.inner(path)
	for _, name := range f.order {
		walk(f.fields[name], joined(path, name))
	}
}

func joined(path, name string) string { return string(diag.Path(path).Key(name)) }

func (f *field) public(path string) Field {
	d := Field{Path: path, Doc: f.doc, Type: f.describe(), Required: f.required, Default: f.defaultText()}
	inside, _ := f.inner(path)
	if inside != f && inside.describe() != "" {
		d.Type += ", each " + inside.describe()
	}
	if d.Doc == "" {
		d.Doc = f.typeDoc
	}
	if f.choices(); f.element == nil {
		d.Allowed = f.choices()
	}
	if inside.open {
		if d.Istio = istioMessage(namesOf(path)); d.Istio != "" && f.element == nil {
			d.Type = "Istio's " + d.Istio
		} else if d.Istio != "" {
			d.Type = f.describe() + ", each Istio's " + d.Istio
		}
	}
	f.each(path, func(sub *field, path string) {
		child := sub.public(path)
		child.Fields = nil
		d.Fields = append(d.Fields, child)
	})
	return d
}

// defaultText is what the schema fills in, as it would be written.
func (f *field) defaultText() string {
	if f.isStruct() || f.element != nil || f.optional || !f.hasDefault() {
		return ""
	}
	v, _ := f.value.Default()
	if s, err := v.String(); err == nil {
		return s
	}
	data, err := v.MarshalJSON()
	if err != nil {
		return ""
	}
	return string(data)
}

// istioMessage is the message that the last of the names stands for.
func istioMessage(names []string) string {
	if len(names) == 0 {
		return ""
	}
	for _, m := range istioMessages {
		if m.field == names[len(names)-1] {
			return m.message
		}
	}
	return ""
}

// meant gives the fields that an unknown path may mean.
func (f *field) meant(names []string) Field {
	last := ""
	if len(names) > 0 {
		last = names[len(names)-1]
	}
	var same []Field
	for _, c := range Fields() {
		if n := namesOf(c.Path); len(n) > 0 && strings.EqualFold(n[len(n)-1], last) {
			same = append(same, c)
		}
	}
	if len(same) > 0 {
		return Field{Fields: same}
	}
	known, unknown := f.nearest(names)
	if near, ok := diag.Nearest(unknown, fieldNames(known.Fields)); ok {
		known.Fields = slices.DeleteFunc(known.Fields, func(c Field) bool { return !slices.Contains(namesOf(c.Path), near) })
	}
	return known
}

// nearest gives the field that the longest known beginning of a path leads to, and the name after it.
func (f *field) nearest(names []string) (Field, string) {
	for _, full := range [][]string{names, append([]string{"spec"}, names...)} {
		for n := len(full) - 1; n > 0; n-- {
			if known, ok := f.find(full[:n]); ok {
				return known, full[n]
			}
		}
	}
	return f.public(""), strings.Join(names, ".")
}

func fieldNames(fields []Field) []string {
	var names []string
	for _, c := range fields {
		n := namesOf(c.Path)
		names = append(names, n[len(n)-1])
	}
	return names
}
