package render

import (
	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
)

// checkRules looks at the DestinationRules of components and overlays: whether they stand beside a rule that the topology makes for the same host.
func (r *Rendering) checkRules(f manifest.File) []diag.Finding {
	var findings []diag.Finding
	for _, o := range f.Objects {
		id, err := o.ID()
		if err != nil || id.Kind != "DestinationRule" || id.Group != networking {
			continue
		}
		findings = append(findings, r.second(f, id, o.Fields)...)
	}
	return findings
}

// second reports a rule with a policy for a host that has one of the topology's, with a policy, in the same namespace. Subsets are merged.
func (r *Rendering) second(f manifest.File, id manifest.ID, fields map[string]any) []diag.Finding {
	spec, _ := fields["spec"].(map[string]any)
	if spec["trafficPolicy"] == nil {
		return nil
	}
	namespace := id.Applied().Namespace
	for _, s := range r.mesh.Services {
		first := s.Namespace + "/" + s.Name
		if len(trafficPolicy(s)) == 0 || id.Name == s.Name || namespace != s.Namespace || !isHostOf(fields, namespace, s) {
			continue
		}
		return []diag.Finding{diag.New(diag.SecondRule, diag.Path(f.From), "%s: %s is a second rule for the host of DestinationRule %s", f.Path, id, first).
			WithFix("patch %s in an overlay, or write what is wanted into the service's trafficPolicy", first)}
	}
	return nil
}
