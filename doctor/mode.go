package doctor

import (
	"slices"

	"github.com/meshtopo/meshtopo/diag"
)

// misplaced is what kustomize does with a function of a mode under a field of a kustomization that is not for it.
type misplaced struct {
	field, mode string
	severity    diag.Severity
	what, fix   string
}

// misplacements says it for each wrong pair. Source: kustomize v5.8, run.
func misplacements() []misplaced {
	return []misplaced{
		{"transformers", "validate", diag.Error, "its answer to kustomize has no items, and everything is deleted", "move it to validators"},
		{"transformers", "generate", diag.Warning, "it fails when the objects are there already", "move it to generators, or write mode: transform"},
		{"generators", "transform", diag.Warning, "it gets no items, so it refreshes and removes nothing", "write mode: generate, or move it to transformers"},
		{"generators", "validate", diag.Warning, "it gets no items, so it checks the topology only", "move it to validators"},
		{"validators", "generate", diag.Error, "kustomize fails, since a validator may not add items", "move it to generators"},
		{"validators", "transform", diag.Error, "kustomize fails, since a validator may not change items", "move it to transformers"},
	}
}

// mode judges whether a function of ours stands where its mode works.
func (s *surveyor) mode(field string, place diag.Place, object map[string]any, f function) {
	kind, _ := object["kind"].(string)
	spec, _ := object["spec"].(map[string]any)
	mode, _ := spec["mode"].(string)
	if kind == "MeshTopology" {
		mode = "generate"
	}
	echoes := slices.Contains(f.args, "--echo") || slices.Contains(f.args, "--echo=true")
	for _, m := range misplacements() {
		if m.field != field || m.mode != mode || echoes && mode == "validate" && field == "transformers" {
			continue
		}
		fix := m.fix
		if f.exec && mode == "validate" && field == "transformers" {
			fix += ", or give it args: [fn, --echo]"
		}
		found := diag.New(diag.FunctionMode, "", "a %s of mode %s stands under %s: %s", kind, mode, field, m.what).WithFix("%s", fix)
		found.Place, found.Severity = place, m.severity
		s.repository.Findings = append(s.repository.Findings, found)
	}
}
