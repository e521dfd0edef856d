package load

import (
	"fmt"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// Resolve gives the path by position of one in which list elements are known by name, as indexes of targets have it:
// spec.services[2] for spec.services[name=reviews]. It ends at the last step that leads somewhere. A placement is known by
// [cluster=C,version=V], also where the topology names a region or labels.
func (t *Topology) Resolve(path diag.Path) diag.Path {
	var p diag.Path
	value := t.value
	for _, step := range path.Steps() {
		if fields, ok := value.(map[string]any); ok {
			next, found := fields[step.Key]
			if step.IsIndex || !found {
				return p
			}
			p, value = p.Key(step.Key), next
			continue
		}
		list, _ := value.([]any)
		i := step.Index
		if !step.IsIndex {
			i = t.indexOf(p, list, step.Key)
		}
		if i < 0 || i >= len(list) {
			return p
		}
		p, value = p.Index(i), list[i]
	}
	return p
}

// indexOf gives the place of the element that a selector such as name=reviews or namespace=shop,name=web chooses, -1 for none.
func (t *Topology) indexOf(list diag.Path, elements []any, selector string) int {
	wanted := map[string]string{}
	for _, part := range strings.Split(selector, ",") {
		field, value, _ := strings.Cut(part, "=")
		wanted[field] = value
	}
	if steps := list.Steps(); len(steps) == 4 && steps[1].Key == "services" && steps[3].Key == "placements" && t.Spec != nil && steps[2].Index < len(t.Spec.Spec.Services) {
		return t.placement(t.Spec.Spec.Services[steps[2].Index], wanted)
	}
	for i, e := range elements {
		if fields, ok := e.(map[string]any); ok && chosen(fields, wanted) {
			return i
		}
	}
	return -1
}

func chosen(fields map[string]any, wanted map[string]string) bool {
	for name, value := range wanted {
		have, ok := fields[name]
		if !ok && name == "namespace" {
			have = mesh.DefaultNamespace
		}
		if fmt.Sprint(have) != value {
			return false
		}
	}
	return true
}

func (t *Topology) placement(s mesh.ServiceSpec, wanted map[string]string) int {
	for _, c := range t.Spec.Spec.Clusters {
		if c.Name != wanted["cluster"] {
			continue
		}
		for i, p := range s.Placements {
			if p.Version == wanted["version"] && p.Chosen(c) {
				return i
			}
		}
	}
	return -1
}
