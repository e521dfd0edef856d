package render

import (
	"context"
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

// applyOverlays finds out what the overlays make of every target that they are chosen for. All findings of all overlays are
// given, so that nothing is written before everything is known to be right.
func (r *Rendering) applyOverlays(ctx context.Context, o Options) ([]diag.Finding, error) {
	if len(r.mesh.Overlays) == 0 {
		return nil, nil
	}
	a := overlayRun{rendering: r, options: o, chosen: map[string][]int{}, matched: map[patchKey]bool{}, known: map[unitKey]*unit{}, asked: map[string]*unit{}}
	if err := a.prepare(); err != nil {
		return orFindings(err)
	}
	if err := a.targets(ctx); err != nil {
		findings, err := orFindings(err)
		return append(a.findings, findings...), err
	}
	a.failed()
	if a.options.Only == nil {
		a.unmatched() // else it may match elsewhere
	}
	return a.findings, a.emptied()
}

// orFindings tells findings from trouble.
func orFindings(err error) ([]diag.Finding, error) {
	if found := (diag.Findings)(nil); errors.As(err, &found) {
		return found, nil
	}
	return nil, err
}

// overlayRun is the application of all overlays of a mesh.
type overlayRun struct {
	rendering  *Rendering
	options    Options
	dirs       []string     // of the overlays, relative to the root
	components []*component // what is in them
	locals     []*local     // nil for an overlay that is not local
	chosen     map[string][]int
	known      map[unitKey]*unit
	asked      map[string]*unit // by target
	batch      []*unit          // not sent yet
	size       int              // objects in the batch
	matched    map[patchKey]bool
	findings   []diag.Finding
}

// maxOverlays is how many overlays a target may have: each is one more kustomize build of what it touches. maxAllOverlays is how many a topology may
// have, where each cluster of a fleet can have its own.
const (
	maxOverlays    = 32
	maxAllOverlays = 4096
)

// prepare finds and reads the overlays.
func (a *overlayRun) prepare() error {
	overlays := a.rendering.mesh.Overlays
	if n := len(overlays); n > maxAllOverlays {
		return diag.Findings{diag.New(diag.Limit, "spec.overlays", "the topology has %d overlays; the limit is %d", n, maxAllOverlays).
			WithFix("put what belongs together into one Component")}
	}
	var findings diag.Findings
	for i, o := range overlays {
		findings = append(findings, a.find(i, o)...)
		for _, t := range o.Targets {
			a.chosen[t] = append(a.chosen[t], i)
		}
	}
	for _, t := range sortedKeys(a.chosen) {
		if n := len(a.chosen[t]); n > maxOverlays {
			return diag.Findings{diag.New(diag.Limit, "spec.overlays", "target %s has %d overlays; the limit is %d", t, n, maxOverlays).
				WithFix("put what belongs together into one Component")}
		}
	}
	if len(findings) > 0 {
		return findings
	}
	return a.read()
}

// find resolves the directory of an overlay.
func (a *overlayRun) find(i int, o mesh.Overlay) (findings []diag.Finding) {
	at := overlayPath(i)
	dir := path.Join(a.options.Dir, o.Path)
	a.dirs = append(a.dirs, dir)
	info, err := a.options.Root.Stat(dir)
	switch {
	case dir == ".." || strings.HasPrefix(dir, "../") || escapes(err):
		return []diag.Finding{diag.New(diag.OutsideRoot, at, "overlay %s leads outside the root", o.Path).
			WithFix("move the overlay below the root, or name a higher root with --root")}
	case err != nil || !info.IsDir():
		return []diag.Finding{diag.New(diag.OverlayMissing, at, "overlay %s: there is no directory %s", o.Path, dir).
			WithFix("correct the path; it is relative to the topology's directory")}
	case len(o.Targets) == 0:
		return []diag.Finding{diag.New(diag.OverlayNowhere, at.Parent(), "overlay %s is chosen for no target", o.Path).
			WithFix("correct its targets, regions or labels; the targets are %s", some(a.rendering.mesh.Targets()))}
	}
	return nil
}

// read reads and vets what is in the overlays.
func (a *overlayRun) read() error {
	var findings diag.Findings
	for i, dir := range a.dirs {
		c, err := readComponent(a.options.Root, dir)
		found, err := orFindings(err)
		if err != nil {
			return fmt.Errorf("reading overlay %q: %w", dir, err)
		}
		for _, f := range found {
			f.Path = overlayPath(i)
			findings = append(findings, f)
		}
		if c != nil {
			a.components, a.locals = append(a.components, c), append(a.locals, a.local(c))
		}
	}
	if len(findings) > 0 {
		return findings
	}
	return nil
}

func (a *overlayRun) local(c *component) *local {
	if a.options.whole {
		return nil
	}
	return newLocal(c)
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

// add keeps findings, each once: one patch can fail in many targets in the same way.
func (a *overlayRun) add(findings []diag.Finding) {
	for _, f := range findings {
		if !slices.ContainsFunc(a.findings, func(g diag.Finding) bool { return g.Rule == f.Rule && g.Message == f.Message && g.Place == f.Place }) {
			a.findings = append(a.findings, f)
		}
	}
}

// check adds what is wrong with the files that the overlays of a target made, and says whether they can be kept.
func (a *overlayRun) check(target string, files []manifest.File, found []diag.Finding) (ok bool) {
	for _, f := range files {
		found = append(found, checkShapes(f)...)
		found = append(found, a.rendering.checkPolicies(f)...)
	}
	for i := range found {
		for _, overlay := range a.chosen[target] {
			found[i] = found[i].WithRelated(overlayPath(overlay), "overlay %s is applied to this target", a.dirs[overlay])
		}
	}
	a.add(found)
	return !slices.ContainsFunc(found, func(f diag.Finding) bool { return f.Severity == diag.Error })
}

// failed reports what kustomize could not do: one finding for one cause, whatever the number of targets.
func (a *overlayRun) failed() {
	targets := map[overlayFailure][]string{}
	var order []overlayFailure
	for _, name := range a.rendering.mesh.Targets() {
		u := a.asked[name.Name]
		if u == nil {
			continue
		}
		for _, key := range u.failures {
			key.Target = ""
			if targets[key] == nil {
				order = append(order, key)
			}
			targets[key] = append(targets[key], name.Name)
		}
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

// unmatched reports the patches that matched nothing in any target, unless something failed there, which says more.
func (a *overlayRun) unmatched() {
	for i, c := range a.components {
		if a.fails(i) {
			continue
		}
		for j, p := range c.Patches {
			if a.matched[patchKey{Overlay: i, Index: j}] {
				continue
			}
			f := diag.New(diag.OverlayUnmatched, overlayPath(i), "overlay %s: %s matches nothing in %s", a.dirs[i], p.Name, strings.Join(a.rendering.mesh.Overlays[i].Targets, ", ")).
				WithFix("correct the patch's target, or choose other targets for the overlay").WithRelated(overlayPath(i), "the overlay is chosen here")
			f.Place = p.Place
			a.findings = append(a.findings, f)
		}
	}
}

// fails says whether overlays could not be applied to some target of this one: what it would have matched there is not known.
func (a *overlayRun) fails(overlay int) bool {
	return slices.ContainsFunc(a.rendering.mesh.Overlays[overlay].Targets, func(t string) bool {
		u := a.asked[t]
		return u != nil && len(u.failures) > 0
	})
}
