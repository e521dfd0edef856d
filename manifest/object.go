package manifest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// ID names a Kubernetes object. Group is empty for the core group, Namespace for objects that have or need none.
type ID struct{ Group, Version, Kind, Namespace, Name string }

// String is the name people use: "DestinationRule default/reviews", "Namespace default". It is not unique: the group
// is left out.
func (id ID) String() string {
	if id.Namespace == "" {
		return id.Kind + " " + id.Name
	}
	return id.Kind + " " + id.Namespace + "/" + id.Name
}

// Key is the identity of the object: id without the version, since the API server serves one object under several.
func (id ID) Key() ID {
	id.Version = ""
	return id
}

// Applied is Key where an object is applied to a cluster: the namespace of one that says none is taken to be default.
func (id ID) Applied() ID {
	id = id.Key()
	id.Namespace = cmp.Or(id.Namespace, "default")
	return id
}

// Object is one Kubernetes object.
type Object struct {
	Fields map[string]any // map[string]any, []any, string, bool, nil and numbers, as Encode takes them
	From   string         // the field path in the topology that made it, such as spec.services[name=reviews]
	By     string         // the template that printed it, such as service.yaml.tmpl, or the file of a component; "" for one that an overlay added
	Line   int            // of the file of a component that it comes from; 0 when that is not known
}

// ID reads the object's name. It is an error when apiVersion, kind or metadata.name is missing, empty or not a string, or when
// metadata.namespace is there and not a string; the ID then holds what could be read.
func (o Object) ID() (ID, error) {
	id, firstErr := ID{}, error(nil)
	read := func(fields map[string]any, path, key string, optional bool) string {
		value, found := fields[key]
		text, isString := value.(string)
		switch {
		case firstErr != nil, isString && text != "", !found && optional, isString && optional:
		case !found:
			firstErr = fmt.Errorf("object has no %s", path)
		case isString:
			firstErr = fmt.Errorf("object has an empty %s", path)
		default:
			firstErr = fmt.Errorf("object has a %s that is not a string: %s", path, display(value))
		}
		return text
	}
	apiVersion := read(o.Fields, "apiVersion", "apiVersion", false)
	id.Kind = read(o.Fields, "kind", "kind", false)
	metadata, _ := o.Fields["metadata"].(map[string]any)
	id.Name = read(metadata, "metadata.name", "name", false)
	id.Namespace = read(metadata, "metadata.namespace", "namespace", true)
	id.Version = apiVersion
	if group, version, found := strings.Cut(apiVersion, "/"); found {
		id.Group, id.Version = group, version
	}
	return id, firstErr
}

// SortObjects puts objects in the order they are applied in: Namespaces first, then by kind, namespace and name.
// Objects without an identity are sorted by what they have of one.
func SortObjects(objects []Object) {
	type keyed struct {
		id     ID
		object Object
	}
	list := make([]keyed, len(objects))
	for i, object := range objects {
		id, _ := object.ID()
		list[i] = keyed{id, object}
	}
	slices.SortStableFunc(list, func(a, b keyed) int { return compareIDs(a.id, b.id) })
	for i := range list {
		objects[i] = list[i].object
	}
}

func compareIDs(a, b ID) int {
	rank := func(id ID) int {
		if id.Kind == "Namespace" && id.Group == "" {
			return 0
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(rank(a), rank(b)),
		cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Namespace, b.Namespace),
		cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Group, b.Group),
		cmp.Compare(a.Version, b.Version),
	)
}
