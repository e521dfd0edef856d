package render

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// maxBatch is how many objects one child process gets, about: enough to share its start, few enough for its limits.
const maxBatch = 500

// applyOverlays renders the targets that overlays are chosen for, applies them, and keeps the results. All findings of all
// overlays are given, so that nothing is written before everything is known to be right.
func (r *Rendering) applyOverlays(ctx context.Context, o Options) ([]diag.Finding, error) {
	if len(r.mesh.Overlays) == 0 {
		return nil, nil
	}
	a := overlayRun{rendering: r, options: o, bases: map[string]manifest.Target{}, matched: map[patchKey]bool{}}
	if findings := a.prepare(); len(findings) > 0 {
		return findings, nil
	}
	if err := a.targets(ctx); err != nil {
		if found := (diag.Findings)(nil); errors.As(err, &found) {
			return append(a.findings, found...), nil
		}
		return nil, err
	}
	a.failed()
	a.unmatched()
	return a.findings, nil
}

// overlayRun is the application of all overlays of a mesh.
type overlayRun struct {
	rendering *Rendering
	options   Options
	dirs      []string                   // of the overlays, relative to the root
	bases     map[string]manifest.Target // of the batch under way
	patches   []overlayPatch
	matched   map[patchKey]bool
	failures  []overlayFailure
	findings  []diag.Finding
}

// maxOverlays is how many overlays a topology may have: each is one more kustomize build of every target.
const maxOverlays = 32

// prepare resolves the overlays' directories.
func (a *overlayRun) prepare() []diag.Finding {
	var findings []diag.Finding
	if n := len(a.rendering.mesh.Overlays); n > maxOverlays {
		return []diag.Finding{diag.New(diag.Limit, "spec.overlays", "the topology has %d overlays; the limit is %d", n, maxOverlays).
			WithFix("put what belongs together into one Component")}
	}
	for i, o := range a.rendering.mesh.Overlays {
		at := overlayPath(i)
		dir := path.Join(a.options.Dir, o.Path)
		info, err := a.options.Root.Stat(dir)
		switch {
		case dir == ".." || strings.HasPrefix(dir, "../") || escapes(err):
			findings = append(findings, diag.New(diag.OutsideRoot, at, "overlay %s leads outside the root", o.Path).
				WithFix("move the overlay below the root, or name a higher root with --root"))
		case err != nil || !info.IsDir():
			findings = append(findings, diag.New(diag.OverlayMissing, at, "overlay %s: there is no directory %s", o.Path, dir).
				WithFix("correct the path; it is relative to the topology's directory"))
		case len(o.Targets) == 0:
			findings = append(findings, diag.New(diag.OverlayNowhere, at.Parent(), "overlay %s is chosen for no target", o.Path).
				WithFix("correct its targets, regions or labels; the targets are %s", some(a.rendering.mesh.Targets())))
		}
		a.dirs = append(a.dirs, dir)
	}
	return findings
}

// some names targets that overlays can be chosen for.
func some(targets []mesh.TargetName) string {
	var names []string
	for _, t := range targets {
		if t.Manifests() {
			names = append(names, t.Name)
		}
	}
	return shortList(names)
}

// shortList joins at most five names.
func shortList(names []string) string {
	if len(names) > 5 {
		names = append(slices.Clone(names[:5]), "...")
	}
	return strings.Join(names, ", ")
}

// targets applies the overlays to every target that has one, a batch of targets at a time.
func (a *overlayRun) targets(ctx context.Context) error {
	var batch []overlayTarget
	size := 0
	for _, name := range a.rendering.mesh.Targets() {
		chosen := a.chosen(name.Name)
		if len(chosen) == 0 {
			continue
		}
		t, n, err := a.base(name, chosen)
		if err != nil {
			return err
		}
		batch, size = append(batch, t), size+n
		if size >= maxBatch {
			if err := a.send(ctx, batch); err != nil {
				return err
			}
			batch, size = nil, 0
		}
	}
	if len(batch) > 0 {
		return a.send(ctx, batch)
	}
	return nil
}

func (a *overlayRun) chosen(target string) []int {
	var list []int
	for i, o := range a.rendering.mesh.Overlays {
		if slices.Contains(o.Targets, target) {
			list = append(list, i)
		}
	}
	return list
}

// base renders a target without overlays and gives it as a request, with the number of its objects.
func (a *overlayRun) base(name mesh.TargetName, chosen []int) (overlayTarget, int, error) {
	t, err := a.rendering.target(name)
	if err != nil {
		return overlayTarget{}, 0, err
	}
	a.bases[t.Name] = t
	objects := []map[string]any{}
	for _, f := range t.Files {
		for _, o := range f.Objects {
			objects = append(objects, o.Fields)
		}
	}
	data, err := json.Marshal(objects)
	return overlayTarget{Name: t.Name, Overlays: chosen, Objects: data}, len(objects), err
}

func (a *overlayRun) send(ctx context.Context, batch []overlayTarget) error {
	request, err := json.Marshal(overlayRequest{Root: a.options.Root.Name(), Overlays: a.dirs, Targets: batch})
	if err != nil {
		return err
	}
	answer, err := a.options.Isolate(ctx, JobOverlay, request)
	if found := (diag.Findings)(nil); errors.As(err, &found) {
		for i := range found {
			found[i].Path = "spec.overlays"
		}
		return found
	}
	if err != nil {
		return fmt.Errorf("applying overlays: %w", err)
	}
	return a.receive(answer)
}

func (a *overlayRun) receive(answer []byte) error {
	var response overlayResponse
	d := json.NewDecoder(strings.NewReader(string(answer)))
	d.UseNumber()
	if err := d.Decode(&response); err != nil {
		return fmt.Errorf("applying overlays: reading the answer: %w", err)
	}
	a.add(response.Findings)
	a.failures = append(a.failures, response.Failures...)
	a.patches = response.Patches
	for _, p := range response.Patches {
		a.matched[p.patchKey] = a.matched[p.patchKey] || p.Matched
	}
	for _, t := range response.Targets {
		if err := a.accept(t); err != nil {
			return err
		}
	}
	clear(a.bases)
	return nil
}

// add keeps findings, each once: one patch can fail in many targets in the same way.
func (a *overlayRun) add(findings []diag.Finding) {
	for _, f := range findings {
		if !slices.ContainsFunc(a.findings, func(g diag.Finding) bool { return g.Rule == f.Rule && g.Message == f.Message && g.Place == f.Place }) {
			a.findings = append(a.findings, f)
		}
	}
}

// accept puts the objects of a target back into the files they came from.
func (a *overlayRun) accept(result overlayResult) error {
	files, err := refile(a.bases[result.Name], result.Objects)
	if err != nil {
		return fmt.Errorf("target %s: %w", result.Name, err)
	}
	t, err := a.rendering.complete(result.Name, files)
	var found diag.Findings
	if err != nil && !errors.As(err, &found) {
		return err
	}
	for _, f := range files {
		found = append(found, checkShapes(f)...)
		found = append(found, checkEntries(f)...)
	}
	if len(found) > 0 {
		for i := range found {
			for _, overlay := range a.chosen(result.Name) {
				found[i] = found[i].WithRelated(overlayPath(overlay), "overlay %s is applied to this target", a.dirs[overlay])
			}
		}
		a.add(found)
		return nil
	}
	a.rendering.made[t.Name] = t
	return nil
}

// failed reports what kustomize could not do: one finding for one cause, whatever the number of targets.
func (a *overlayRun) failed() {
	targets := map[overlayFailure][]string{}
	var order []overlayFailure
	for _, f := range a.failures {
		key := f
		key.Target = ""
		if targets[key] == nil {
			order = append(order, key)
		}
		targets[key] = append(targets[key], f.Target)
	}
	for _, key := range order {
		where := "overlay " + a.dirs[key.Overlay]
		if key.Patch != "" {
			where += ", " + key.Patch
		}
		f := diag.New(diag.OverlayFailed, overlayPath(key.Overlay), "%s cannot be applied to %s: %s", where, strings.Join(targets[key], ", "), key.Cause)
		f.Place = key.Place
		a.findings = append(a.findings, f)
	}
}

// unmatched reports the patches that matched nothing in any target, unless their overlay failed, which says more.
func (a *overlayRun) unmatched() {
	for _, p := range a.patches {
		if a.matched[p.patchKey] || slices.ContainsFunc(a.failures, func(f overlayFailure) bool { return f.Overlay == p.Overlay }) {
			continue
		}
		f := diag.New(diag.OverlayUnmatched, overlayPath(p.Overlay), "overlay %s: %s matches nothing in %s",
			a.dirs[p.Overlay], p.Name, strings.Join(a.rendering.mesh.Overlays[p.Overlay].Targets, ", ")).
			WithFix("correct the patch's target, or choose other targets for the overlay").WithRelated(overlayPath(p.Overlay), "the overlay is chosen here")
		f.Place = p.Place
		a.findings = append(a.findings, f)
	}
}
