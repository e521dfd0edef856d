package review

import (
	"strings"

	"github.com/meshtopo/meshtopo/manifest"
)

// object is one Kubernetes object of a side, or one document that is none.
type object struct {
	in     document
	nth    int // among the objects in the document: a List holds many
	line   int
	id     manifest.ID    // empty for what is no object
	fields map[string]any // nil when the memory was wanted for others: content reads it again
	other  any            // the value of what is no object
}

const maxLists = 8 // Lists in Lists

// read parses a document into its objects. What has no apiVersion, kind or name is in the list as well, without an id.
func read(d document) ([]object, error) {
	values, err := d.parse()
	if err != nil {
		return nil, err
	}
	var all []object
	for _, v := range values {
		all = appendObjects(all, d, v, 0)
	}
	for i := range all {
		all[i].nth = i
	}
	return all, nil
}

// appendObjects takes Lists apart. The entries of a list such as a ConfigMapList may leave out what the list's kind says.
func appendObjects(all []object, d document, v value, depth int) []object {
	fields, _ := v.any.(map[string]any)
	kind, _ := fields["kind"].(string)
	items, isList := fields["items"].([]any)
	ofKind, named := strings.CutSuffix(kind, "List")
	if !isList || !named || depth == maxLists || fields["apiVersion"] == nil {
		o := object{in: d, line: v.line}
		if id, err := (manifest.Object{Fields: fields}).ID(); err == nil {
			o.id, o.fields = id, fields
		} else {
			o.other = v.any
		}
		return append(all, o)
	}
	for i, item := range items {
		line := v.line
		if i < len(v.items) {
			line = v.items[i]
		}
		if entry, ok := item.(map[string]any); ok && ofKind != "" && entry["kind"] == nil && entry["apiVersion"] == nil {
			entry["kind"], entry["apiVersion"] = ofKind, fields["apiVersion"]
		}
		all = appendObjects(all, d, value{line: line, any: item}, depth+1)
	}
	return all
}

// content gives the fields of an object.
func (o *object) content() (map[string]any, error) {
	if o.fields != nil {
		return o.fields, nil
	}
	all, err := read(o.in)
	if err != nil {
		return nil, err
	}
	return all[o.nth].fields, nil
}

// forget drops the fields; content reads them again.
func (o *object) forget() { o.fields = nil }
