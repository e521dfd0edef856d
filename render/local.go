package render

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/manifest"
)

// An overlay is local when what it makes of an object depends on that object alone: its patches rename nothing, and it neither
// adds objects nor looks from one at another. Kustomize is then asked about the objects that the overlay can touch, and about no others: its time grows with
// the square of the objects. Labels and annotations of the metadata, which touch every object, are set here.
// TestLocalOverlays holds all of it against kustomize with whole targets.

// localFields are the fields of a kustomization that a local overlay may have.
func localFields() []string {
	return []string{"apiVersion", "kind", "patches", "labels", "commonAnnotations", "images", "replicas"}
}

// local is a local overlay: the marks that it sets on every object, and the objects that it does more to.
type local struct {
	labels, annotations map[string]string
	chooser
}

// newLocal gives nil for an overlay that is not local.
func newLocal(c *component) *local {
	for name := range c.Fields {
		if !slices.Contains(localFields(), name) {
			return nil
		}
	}
	annotations, ok := stringsOf(c.Fields["commonAnnotations"])
	if !ok {
		return nil
	}
	l := &local{labels: map[string]string{}, annotations: annotations}
	for _, e := range list(c.Fields["labels"]) {
		entry, _ := e.(map[string]any)
		pairs, ok := stringsOf(entry["pairs"])
		if !ok {
			return nil
		}
		maps.Copy(l.labels, pairs)
	}
	for key := range l.annotations {
		if kustomizeOwn(key) {
			return nil
		}
	}
	if labelsSelectors(c) || slices.ContainsFunc(c.Patches, patch.mayRename) {
		return nil
	}
	var err error
	if l.chooser, err = newChooser(c); err != nil {
		return nil // kustomize says what is wrong with it
	}
	return l
}

// isMarks says whether a value is what labels or annotations are: texts, and at least one.
func isMarks(value any) bool {
	marks, _ := value.(map[string]any)
	for _, v := range marks {
		if _, text := v.(string); !text {
			return false
		}
	}
	return len(marks) > 0
}

// labelsSelectors says whether labels of the component are set outside the metadata too. That touches everything, and kustomize then
// lets labels of later overlays into selectors too.
func labelsSelectors(c *component) bool {
	for _, e := range list(c.Fields["labels"]) {
		entry, _ := e.(map[string]any)
		for name, value := range entry {
			if name != "pairs" && value != false {
				return true
			}
		}
	}
	return false
}

// stringsOf gives the entries of a mapping of texts; not ok when one is something else, of which kustomize says what it makes.
func stringsOf(v any) (texts map[string]string, ok bool) {
	m, _ := v.(map[string]any)
	texts = map[string]string{}
	for key, value := range m {
		if texts[key], ok = value.(string); !ok {
			return nil, false
		}
	}
	return texts, true
}

// marks says whether the overlay sets labels or annotations in the metadata of every object.
func (l *local) marks() bool { return len(l.labels)+len(l.annotations) > 0 }

// mark sets the labels and annotations of overlays, one after the other, in a copy of an object's fields.
func mark(fields map[string]any, locals []*local) map[string]any {
	if !slices.ContainsFunc(locals, (*local).marks) {
		return fields
	}
	fields = maps.Clone(fields)
	metadata, _ := fields["metadata"].(map[string]any)
	metadata = maps.Clone(metadata)
	fields["metadata"] = metadata
	for _, l := range locals {
		put := func(field string, values map[string]string) {
			if len(values) == 0 {
				return
			}
			written, _ := metadata[field].(map[string]any)
			more := make(map[string]any, len(written)+len(values))
			maps.Copy(more, written)
			for key, value := range values {
				more[key] = value
			}
			metadata[field] = more
		}
		put("labels", l.labels)
		put("annotations", l.annotations)
	}
	return fields
}

// mayRename says whether a patch can change what identifies an object. Without options, kustomize keeps it in strategic merges; it has annotations
// of its own that mean more than the patch says.
func (p patch) mayRename() bool {
	if text, err := json.Marshal(p.Body); p.Fields["options"] != nil || err != nil || kustomizeOwn(string(text)) {
		return true
	}
	for _, e := range list(p.Body) {
		o, _ := e.(map[string]any)
		for _, field := range []string{"path", "from"} { // a move takes away what it comes from
			switch o[field] {
			case "", "/apiVersion", "/kind", "/metadata", "/metadata/name", "/metadata/namespace":
				return true
			}
		}
		if o["path"] == nil {
			return true // kustomize will say what is wrong with it
		}
	}
	return false
}

// replacesMarks says whether a patch can put something else where labels or annotations are.
func (p patch) replacesMarks() bool {
	for _, e := range list(p.Body) {
		o, _ := e.(map[string]any)
		if o["path"] == "/metadata/labels" || o["path"] == "/metadata/annotations" {
			return true
		}
	}
	return false
}

// kustomizeOwn says whether a text holds an annotation that means something to kustomize itself.
func kustomizeOwn(key string) bool {
	return strings.Contains(key, "config.kubernetes.io/") || strings.Contains(key, "kustomize.config.k8s.io/")
}

// independent says whether nothing that happens to other objects changes this one. Kustomize fills in the namespaces of
// what these groups refer to, takes lists apart, and has annotations of its own.
func independent(o manifest.Object) bool {
	id, _ := o.ID()
	switch id.Group {
	case "rbac.authorization.k8s.io", "admissionregistration.k8s.io", "apiregistration.k8s.io", "networking.k8s.io", "extensions":
		return false
	}
	metadata, _ := o.Fields["metadata"].(map[string]any)
	for _, field := range []string{"labels", "annotations"} {
		if value, written := metadata[field]; written && !isMarks(value) {
			return false // kustomize mends it, or says what is wrong with it
		}
	}
	annotations, _ := metadata["annotations"].(map[string]any)
	for key := range annotations {
		if kustomizeOwn(key) {
			return false
		}
	}
	return !strings.HasSuffix(id.Kind, "List")
}
