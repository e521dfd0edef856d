package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
)

// checkRules looks at the DestinationRules of components and overlays: what istiod asks of their locality rules beyond the shape, and whether they
// stand beside a rule that the topology makes for the same host.
func (r *Rendering) checkRules(f manifest.File) []diag.Finding {
	var findings []diag.Finding
	for _, o := range f.Objects {
		id, err := o.ID()
		if err != nil || id.Kind != "DestinationRule" || id.Group != networking {
			continue
		}
		for _, problem := range localityProblems(o.Fields) {
			findings = append(findings, diag.New(diag.ObjectShape, diag.Path(f.From), "%s: %s: %s; istiod refuses the object", f.Path, id, problem).
				WithFix("correct the rule, or leave it to locality in the topology, which is checked whole"))
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

// localityProblems is what istiod's validateLocalityLbSetting asks of the blocks of a DestinationRule.
func localityProblems(fields map[string]any) []string {
	spec, _ := fields["spec"].(map[string]any)
	problems := policyProblems("spec.trafficPolicy", spec["trafficPolicy"])
	subsets, _ := spec["subsets"].([]any)
	for i, e := range subsets {
		subset, _ := e.(map[string]any)
		problems = append(problems, policyProblems(fmt.Sprintf("spec.subsets[%d].trafficPolicy", i), subset["trafficPolicy"])...)
	}
	return problems
}

func policyProblems(path string, v any) []string {
	policy, _ := v.(map[string]any)
	balancer, _ := policy["loadBalancer"].(map[string]any)
	setting, _ := balancer["localityLbSetting"].(map[string]any)
	rows, _ := setting["distribute"].([]any)
	failover, _ := setting["failover"].([]any)
	path += ".loadBalancer.localityLbSetting"
	var problems []string
	if len(rows) > 0 && len(failover) > 0 {
		problems = append(problems, path+" has both distribute and failover")
	}
	for i, e := range rows {
		if problem := shareProblem(e); problem != "" {
			problems = append(problems, fmt.Sprintf("%s.distribute[%d] %s", path, i, problem))
		}
	}
	for i, e := range failover {
		if problem := failoverProblem(e); problem != "" {
			problems = append(problems, fmt.Sprintf("%s.failover[%d] %s", path, i, problem))
		}
	}
	return problems
}

// shareProblem judges a row of distribute.
func shareProblem(e any) string {
	row, _ := e.(map[string]any)
	to, _ := row["to"].(map[string]any)
	sum := int64(0)
	for _, locality := range sortedKeys(to) {
		weight, _ := to[locality].(int64)
		if weight < 1 || weight > 100 {
			return fmt.Sprintf("gives %s the weight %v; weights are 1 to 100", locality, to[locality])
		}
		sum += weight
	}
	if sum != 100 {
		return fmt.Sprintf("has weights that add up to %d, not 100", sum)
	}
	return ""
}

// failoverProblem judges a row of failover.
func failoverProblem(e any) string {
	row, _ := e.(map[string]any)
	from, _ := row["from"].(string)
	to, _ := row["to"].(string)
	switch {
	case from == to:
		return "fails over to where it comes from"
	case slices.ContainsFunc([]string{from, to}, func(s string) bool { return s == "" || strings.ContainsAny(s, "/*") }):
		return "must name one region in from and one in to"
	}
	return ""
}
