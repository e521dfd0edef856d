package review

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/meshtopo/meshtopo/manifest"
)

// object is one object of a side, or one file that holds no objects.
type object struct {
	id     manifest.ID // of a file: Kind is KindFile and Name its path
	file   string
	place  string // for errors
	fields map[string]any
}

// key is what objects are matched by.
type key struct{ group, kind, namespace, name string }

func (o *object) key() key { return key{o.id.Group, o.id.Kind, o.id.Namespace, o.id.Name} }

// SideError is something that keeps a side from being compared.
type SideError struct {
	Target string
	Err    error // a sentence that begins with the file and the line
}

func (e *SideError) Error() string {
	if e.Target == "." {
		return e.Err.Error()
	}
	return e.Target + "/" + e.Err.Error()
}

func (e *SideError) Unwrap() error { return e.Err }

// reader reads the documents of one side that have no equal one on the other.
type reader struct {
	objects map[key]*object
	order   []key
}

// add puts an object under its identity. Two with one are an error: one of them would be lost.
func (r *reader) add(o *object) error {
	if r.objects == nil {
		r.objects = map[key]*object{}
	}
	if other, twice := r.objects[o.key()]; twice {
		return fmt.Errorf("%s: %s is here and at %s: two objects with one identity", o.place, o.id, other.place)
	}
	r.objects[o.key()] = o
	r.order = append(r.order, o.key())
	return nil
}

// read adds the objects of a document. What has no identity is compared as a part of its file.
func (r *reader) read(d *document, plain bool) error {
	fields, err := d.decode()
	if err != nil || fields == nil {
		return err
	}
	if items, ok := fields["items"].([]any); ok && isList(fields) {
		for i, item := range items {
			inner, ok := item.(map[string]any)
			if !ok {
				return fmt.Errorf("%s: item %d of the list is not an object", d.place(), i+1)
			}
			if err := r.add(named(inner, d, fmt.Sprintf("%s (item %d)", d.place(), i+1))); err != nil {
				return err
			}
		}
		return nil
	}
	return r.add(named(fields, d, d.place()))
}

func isList(fields map[string]any) bool {
	kind, _ := fields["kind"].(string)
	return strings.HasSuffix(kind, "List") && fields["apiVersion"] != nil
}

// named gives an object its identity: its own, or that of the file.
func named(fields map[string]any, d *document, place string) *object {
	id, err := manifest.Object{Fields: fields}.ID()
	if err != nil {
		name := d.file
		if d.line > 1 {
			name += fmt.Sprintf(" line %d", d.line)
		}
		id = manifest.ID{Kind: KindFile, Name: name}
	}
	return &object{id: id, file: d.file, place: place, fields: fields}
}

// nameLine finds metadata.name in a document that is written as almost all are, without parsing it.
var nameLine = regexp.MustCompile(`(?m)^  name:[ \t]+["']?([^"'\s#]+)`)

// verify looks for objects that have the same identity as one that was read, among the documents that were not: those with an equal one on the
// other side.
func (r *reader) verify(unread []document) error {
	names := map[string]bool{}
	for k := range r.objects {
		names[k.name] = true
	}
	for i := range unread {
		m := nameLine.FindSubmatch(unread[i].text)
		if m != nil && !names[string(m[1])] && !bytes.Contains(unread[i].text, []byte("items:")) {
			continue
		}
		if err := r.collide(&unread[i]); err != nil {
			return err
		}
	}
	return nil
}

// collide reads a document to compare identities, and forgets it.
func (r *reader) collide(d *document) error {
	var other reader
	if err := other.read(d, false); err != nil {
		return err
	}
	for k, o := range other.objects {
		if mine, twice := r.objects[k]; twice && o.id.Kind != KindFile {
			return fmt.Errorf("%s: %s is here and at %s: two objects with one identity", mine.place, mine.id, o.place)
		}
	}
	return nil
}
