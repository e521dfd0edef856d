package render

import (
	"fmt"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
)

// checkEntries looks at the endpoints of ServiceEntries, which only overlays add: where some have a locality, those that have none are
// left out by every locality rule. Where all have none, a mesh-wide distribute leaves out all of them.
func (r *Rendering) checkEntries(f manifest.File) []diag.Finding {
	var findings []diag.Finding
	for _, o := range f.Objects {
		id, err := o.ID()
		if err != nil || id.Kind != "ServiceEntry" || id.Group != networking {
			continue
		}
		spec, _ := o.Fields["spec"].(map[string]any)
		endpoints, _ := spec["endpoints"].([]any)
		var without []string
		for i, e := range endpoints {
			endpoint, _ := e.(map[string]any)
			if locality, _ := endpoint["locality"].(string); locality == "" {
				without = append(without, fmt.Sprintf("spec.endpoints[%d]", i))
			}
		}
		if whole := r.mesh.Traffic.Locality; len(without) > 0 && len(without) == len(endpoints) && whole != nil && len(whole.Distribute) > 0 {
			findings = append(findings, diag.New(diag.EntryWithoutPlace, diag.Path(f.From), "%s: %s: no endpoint has a locality, and spec.traffic has distribute for all services: clients under its rows reach none of them", f.Path, id).
				WithFix("give each endpoint its locality, as region/zone"))
		}
		if len(without) > 0 && len(without) < len(endpoints) {
			findings = append(findings, diag.New(diag.EntryWithoutPlace, diag.Path(f.From), "%s: %s: %s without a locality, beside others that have one: a locality rule leaves them out", f.Path, id, strings.Join(without, ", ")).
				WithFix("give each endpoint its locality, as region/zone, or none of them"))
		}
	}
	return findings
}
