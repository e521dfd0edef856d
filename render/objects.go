package render

import (
	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/shape"
)

// checkObjects holds the objects of a target against what every target must be: not empty, each object with an identity of its
// own. Shapes are checked once, where a file is made.
func checkObjects(target string, files []manifest.File) []diag.Finding {
	var findings []diag.Finding
	seen := make(map[manifest.ID]string, len(files))
	for _, f := range files {
		for _, o := range f.Objects {
			id, err := o.ID()
			if err != nil {
				findings = append(findings, diag.New(diag.ObjectIdentity, diag.Path(f.From), "target %s: %s: an object without identity: %s", target, f.Path, err))
				continue
			}
			if err := id.Check(); err != nil {
				findings = append(findings, diag.New(diag.ObjectIdentity, diag.Path(f.From), "target %s: %s: %s", target, f.Path, err).
					WithFix("correct the overlay that changed it"))
			}
			if first, ok := seen[id.Key()]; ok {
				findings = append(findings, diag.New(diag.ObjectIdentity, diag.Path(f.From), "target %s holds %s twice, in %s and %s", target, id, first, f.Path).
					WithFix("rename one of the two"))
			}
			seen[id.Key()] = f.Path
		}
	}
	if len(seen) == 0 && len(findings) == 0 {
		findings = append(findings, diag.New(diag.NothingRendered, "spec", "target %s holds no object", target).
			WithFix("place a service there, or take the overlay away that deletes everything"))
	}
	return findings
}

// checkShapes holds each Istio object of a file against Istio's API.
func checkShapes(f manifest.File) []diag.Finding {
	var findings []diag.Finding
	for _, o := range f.Objects {
		id, err := o.ID()
		if err != nil {
			continue // checkObjects reports it
		}
		apiVersion, _ := o.Fields["apiVersion"].(string)
		message, ok := shape.ForKind(apiVersion, id.Kind)
		if !ok {
			continue
		}
		for _, p := range shape.Judge(message, o.Fields["spec"]) {
			found := diag.New(diag.ObjectShape, diag.Path(f.From), "%s: %s: %s: %s", f.Path, id, diag.Path("spec").Join(p.Path), p.Message)
			found.Fix = p.Fix
			findings = append(findings, found)
		}
	}
	return findings
}
