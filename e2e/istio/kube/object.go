package kube

import (
	"bytes"
	"fmt"

	"sigs.k8s.io/yaml"
)

// An Object is a Kubernetes object as JSON values.
type Object map[string]any

// Decode reads the objects of a YAML stream in their order. A line "---" inside a value is always indented.
func Decode(stream []byte) ([]Object, error) {
	var objects []Object
	for document := range bytes.SplitSeq(append([]byte("\n"), stream...), []byte("\n---\n")) {
		var o Object
		if err := yaml.Unmarshal(document, &o); err != nil {
			return nil, fmt.Errorf("%w in\n%s", err, document)
		}
		if o != nil {
			objects = append(objects, o)
		}
	}
	return objects, nil
}

func (o Object) APIVersion() string { return o.text("apiVersion") }
func (o Object) Kind() string       { return o.text("kind") }
func (o Object) Name() string       { return o.metadata().text("name") }

// Namespace gives the namespace as written: "" when the object has none or leaves it out.
func (o Object) Namespace() string { return o.metadata().text("namespace") }

// ID names the object for people.
func (o Object) ID() string {
	return fmt.Sprintf("%s %s/%s", o.Kind(), o.Namespace(), o.Name())
}

// Labels gives the labels of the object.
func (o Object) Labels() map[string]string { return Strings(o.metadata()["labels"]) }

// Annotations gives the annotations of the object.
func (o Object) Annotations() map[string]string { return Strings(o.metadata()["annotations"]) }

func (o Object) metadata() Object { return o.At("metadata") }

// At gives the mapping at a path of field names, or nil.
func (o Object) At(path ...string) Object {
	for _, name := range path {
		next, _ := o[name].(map[string]any)
		o = next
	}
	return o
}

func (o Object) text(field string) string {
	s, _ := o[field].(string)
	return s
}

// Strings gives a mapping of strings from a JSON value, and nil from anything else.
func Strings(value any) map[string]string {
	m, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[k], _ = v.(string)
	}
	return out
}
