package main

import (
	"fmt"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/krm"
	"github.com/meshtopo/meshtopo/manifest"
)

// maxItemFindings is how many deviations of items are told one by one, as of any stage.
const maxItemFindings = 200

// compare finds where items that were generated before are not what the topology makes now. A target is compared where some of its objects are
// among the items: a package, or a kustomization, need not take all targets, and one that takes none is not wrong.
func (fn *function) compare() error {
	held := fn.list.Held(fn.project.mesh.Name)
	compared := func(target string) bool { return held[target] && fn.selected(target) }
	objects, err := fn.objects(compared)
	if fn.project.absorb(err) {
		return nil
	}
	if err != nil {
		return err
	}
	fn.notes = nil // nothing is generated here
	deviations, err := fn.list.Compare(fn.project.mesh.Name, objects, compared)
	if err != nil {
		return err
	}
	for n, d := range deviations {
		if n == maxItemFindings {
			fn.tell(fn.deviates(d, "%d more differences are not shown", len(deviations)-n), krm.Deviation{Difference: manifest.Difference{Target: d.Target}})
			break
		}
		fn.tell(fn.itemFinding(d), d)
	}
	return nil
}

func (fn *function) tell(f diag.Finding, d krm.Deviation) {
	fn.items = append(fn.items, f)
	fn.results = append(fn.results, d.Result(f))
}

// itemFinding says how an item deviates.
func (fn *function) itemFinding(d krm.Deviation) diag.Finding {
	switch d.Kind {
	case manifest.Missing:
		return fn.deviates(d, "%s of target %s is not among the items", d.ID, d.Target)
	case manifest.Unexpected:
		return fn.deviates(d, "item %d, %s of target %s, no longer follows from the topology", d.Item, d.ID, d.Target)
	}
	return fn.deviates(d, "item %d of target %s is not what the topology makes: %s", d.Item, d.Target, itemText(d))
}

// itemText is what differs, in words that fit items: no disk is involved.
func itemText(d krm.Deviation) string {
	switch {
	case d.Have == "" && d.Want == "" && d.Kind == manifest.Added:
		return fmt.Sprintf("%s: %s is missing", d.ID, d.Field)
	case d.Have == "" && d.Want == "" && d.Kind == manifest.Removed:
		return fmt.Sprintf("%s: %s is too much", d.ID, d.Field)
	}
	return d.Inside()
}

// deviates makes a finding about an item. Under kustomize it is a warning: what stands in a kustomization may change on purpose what was
// generated there.
func (fn *function) deviates(d krm.Deviation, format string, args ...any) diag.Finding {
	f := diag.New(diag.TreeStale, "", format, args...).
		WithFix("run the function with mode: transform; what was changed on purpose belongs in the topology or in an overlay of it")
	if fn.list.UnderKustomize() {
		f.Severity = diag.Warning
		f = f.WithFix("generate it again; what this kustomization changes on purpose, let a kustomization above it change")
	}
	f.Named = diag.Path(d.Target + "/" + d.Object + "." + d.Field) // for the fingerprint
	f.Place = diag.Place{File: d.File}
	if d.File == "" {
		f.Place.File = "items"
	}
	return f
}
