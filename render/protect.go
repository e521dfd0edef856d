package render

import (
	"maps"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// Annotations by which the delivering program is told to leave something alone.
const (
	fluxSubstitute = "kustomize.toolkit.fluxcd.io/substitute"
	fluxPrune      = "kustomize.toolkit.fluxcd.io/prune"
	argoSync       = "argocd.argoproj.io/sync-options"
	argoCompare    = "argocd.argoproj.io/compare-options"
)

// protect gives files whose objects the delivering program does no harm to. An annotation that is there already stays.
func (r *Rendering) protect(files []manifest.File) ([]manifest.File, error) {
	if r.mesh.Delivery == nil {
		return files, nil
	}
	files = slices.Clone(files)
	for i, f := range files {
		objects := slices.Clone(f.Objects)
		changed := false
		for j, o := range objects {
			if wanted := missing(o, r.protection(o)); len(wanted) > 0 {
				objects[j].Fields = annotated(o.Fields, wanted)
				changed = true
			}
		}
		if !changed {
			continue
		}
		var err error
		if files[i], err = manifest.Manifests(f.Path, f.From, objects); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// protection gives the annotations that an object needs. A Namespace is never deleted, since others may have put something into it
// (and default cannot be). Flux substitutes variables where somebody adds postBuild to a Kustomization, or a default for all of
// them: in its envsubst, ${ begins a variable and $$ is a $.
func (r *Rendering) protection(o manifest.Object) map[string]string {
	id, _ := o.ID()
	namespace := id.Kind == "Namespace" && id.Group == ""
	wanted := map[string]string{}
	switch r.mesh.Delivery.Type {
	case mesh.DeliveryArgoCD:
		if namespace {
			wanted[argoSync] = "Prune=false,Delete=false"
			wanted[argoCompare] = "IgnoreExtraneous" // one that is left over must not make its Application OutOfSync for ever
		}
	case mesh.DeliveryFlux:
		if namespace {
			wanted[fluxPrune] = "disabled"
		}
		if substituted(o.Fields) {
			wanted[fluxSubstitute] = "disabled"
		}
	}
	return wanted
}

// missing gives the wanted annotations that an object has neither as annotation nor as label, which Flux takes too.
func missing(o manifest.Object, wanted map[string]string) map[string]string {
	metadata, _ := o.Fields["metadata"].(map[string]any)
	for _, field := range []string{"annotations", "labels"} {
		written, _ := metadata[field].(map[string]any)
		maps.DeleteFunc(wanted, func(key, _ string) bool { _, there := written[key]; return there })
	}
	return wanted
}

// annotated gives a copy of an object's fields with more annotations.
func annotated(fields map[string]any, more map[string]string) map[string]any {
	fields = maps.Clone(fields)
	metadata, _ := fields["metadata"].(map[string]any)
	metadata = maps.Clone(metadata)
	written, _ := metadata["annotations"].(map[string]any)
	annotations := maps.Clone(written)
	if annotations == nil {
		annotations = map[string]any{}
	}
	for key, value := range more {
		annotations[key] = value
	}
	metadata["annotations"], fields["metadata"] = annotations, metadata
	return fields
}

// substituted says whether Flux's envsubst would change a value, a name of a field included.
func substituted(value any) bool {
	switch v := value.(type) {
	case string:
		return strings.Contains(v, "${") || strings.Contains(v, "$$")
	case map[string]any:
		for key, element := range v {
			if substituted(key) || substituted(element) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, substituted)
	}
	return false
}

// protectionRows tells of the annotations that an object has because of the delivery.
func (r *Rendering) protectionRows(o manifest.Object) []row {
	if r.mesh.Delivery == nil {
		return nil
	}
	var rows []row
	for _, key := range sortedKeys(r.protection(o)) {
		rows = append(rows, row{string(diag.Path("metadata.annotations").Key(key)), "spec.delivery", "the delivering program leaves alone what it would harm"})
	}
	return rows
}
