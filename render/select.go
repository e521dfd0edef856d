package render

import (
	"encoding/json"
	"fmt"
	"slices"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/resid"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"
)

// chooser says which objects a local component touches in another way than by marks in the metadata.
type chooser struct {
	templates   bool // annotations, which templates of pods get as well
	images      bool
	names       []string // of workloads with replicas
	ids         []resid.ResId
	expressions []selection
	replaces    bool // labels or annotations as a whole
}

// selection is the target of a patch.
type selection struct {
	types.Selector
	regex *types.SelectorRegex
}

// newChooser reads what a component selects. What is wrong with a selector is kustomize's to say.
func newChooser(c *component) (chooser, error) {
	s := chooser{replaces: slices.ContainsFunc(c.Patches, patch.replacesMarks), templates: c.Fields["commonAnnotations"] != nil, images: c.Fields["images"] != nil}
	for _, e := range list(c.Fields["replicas"]) {
		entry, _ := e.(map[string]any)
		s.names = append(s.names, fmt.Sprint(entry["name"]))
	}
	for _, p := range c.Patches {
		target, ok := p.Fields["target"]
		if !ok {
			body, _ := p.Body.(map[string]any)
			s.ids = append(s.ids, identity(body))
			continue
		}
		selector, err := selectorOf(target)
		if err != nil {
			return s, err
		}
		regex, err := types.NewSelectorRegex(&selector)
		if err != nil {
			return s, err
		}
		s.expressions = append(s.expressions, selection{Selector: selector, regex: regex})
	}
	return s, nil
}

// any says whether the component touches something.
func (s chooser) any() bool {
	return s.templates || s.images || len(s.names)+len(s.ids)+len(s.expressions) > 0
}

// byMarks says whether the component chooses objects by labels or annotations.
func (s chooser) byMarks() bool {
	return slices.ContainsFunc(s.expressions, func(x selection) bool { return x.LabelSelector != "" || x.AnnotationSelector != "" })
}

func selectorOf(target any) (types.Selector, error) {
	var selector types.Selector
	data, err := json.Marshal(target)
	if err != nil {
		return selector, err
	}
	if err := yaml.UnmarshalStrict(data, &selector); err != nil {
		return selector, fmt.Errorf("target: %w", err)
	}
	return selector, nil
}

// touches says whether the component does anything to an object that is not a mark.
func (s chooser) touches(fields map[string]any) (bool, error) {
	id := identity(fields)
	switch {
	case s.templates && hasTemplate(fields), s.images && hasImages(fields), slices.Contains(s.names, id.Name):
		return true, nil
	case slices.ContainsFunc(s.ids, id.Equals):
		return true, nil
	}
	for _, x := range s.expressions {
		if chosen, err := x.selects(id, fields); chosen || err != nil {
			return chosen, err
		}
	}
	return false, nil
}

// selects says what kustomize's own selection says of an object that was never renamed.
func (x selection) selects(id resid.ResId, fields map[string]any) (bool, error) {
	if !x.regex.MatchNamespace(id.EffectiveNamespace()) || !x.regex.MatchName(id.Name) || !x.regex.MatchGvk(id.Gvk) {
		return false, nil
	}
	if x.LabelSelector == "" && x.AnnotationSelector == "" {
		return true, nil
	}
	metadata, err := kyaml.FromMap(map[string]any{"metadata": fields["metadata"]})
	if err != nil {
		return false, err
	}
	chosen, err := metadata.MatchesLabelSelector(x.LabelSelector)
	if !chosen || err != nil {
		return false, err
	}
	return metadata.MatchesAnnotationSelector(x.AnnotationSelector)
}

// hasTemplate says whether an object is of a kind whose pods kustomize annotates too.
func hasTemplate(fields map[string]any) bool {
	switch fields["kind"] {
	case "ReplicationController", "Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job", "CronJob":
		return true
	}
	return false
}

// hasImages says whether kustomize may find an image in a value.
func hasImages(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		for key, element := range v {
			if key == "containers" || key == "initContainers" || key == "image" || key == "template" || hasImages(element) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, hasImages)
	}
	return false
}
