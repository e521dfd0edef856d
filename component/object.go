package component

import (
	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/shape"
)

// vet holds an object against what every object must be: it has an identity, can be written, and if it is Istio's, has the shape of
// Istio's API. Place gives the place of a path in it.
func vet(fields map[string]any, place func(diag.Path) diag.Place) (object, []diag.Finding) {
	o := object{Fields: fields, Place: place("")}
	id, err := manifest.Object{Fields: fields}.ID()
	if err != nil {
		return o, finding(diag.ComponentOutput, o.Place, "an object without identity: %s", err)
	}
	if err := id.Check(); err != nil {
		return o, finding(diag.ComponentOutput, o.Place, "%s", err)
	}
	if isLocalConfig(fields) {
		return o, finding(diag.ComponentOutput, o.Place, "%s has the annotation %s, by which kustomize leaves it out", id, localConfig)
	}
	if _, err := manifest.Encode(fields); err != nil {
		return o, finding(diag.ComponentOutput, o.Place, "%s cannot be written: %s", id, err)
	}
	apiVersion, _ := fields["apiVersion"].(string)
	message, ok := shape.ForKind(apiVersion, id.Kind)
	if !ok {
		return o, nil
	}
	var findings []diag.Finding
	for _, p := range shape.Judge(message, fields["spec"]) {
		at := diag.Path("spec").Join(p.Path)
		f := found(diag.ObjectShape, place(at), "%s: %s: %s", id, at, p.Message)
		if p.Fix != "" {
			f.Fix = p.Fix
		}
		findings = append(findings, f)
	}
	return o, findings
}

// localConfig is an annotation of objects that are for kustomize's functions only.
const localConfig = "config.kubernetes.io/local-config"

func isLocalConfig(fields map[string]any) bool {
	metadata, _ := fields["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	value, ok := annotations[localConfig]
	return ok && value != "false"
}
