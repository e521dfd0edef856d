package render

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/document"
	"github.com/meshtopo/meshtopo/manifest"
)

// unit is what kustomize is asked at once: overlays, and the objects that they touch. Targets that ask the same share one.
type unit struct {
	overlayUnit
	count int             // of the objects
	whole bool            // the objects are all of one target, since an overlay is not local
	files []manifest.File // of the target, until the answer is there

	objects  map[manifest.ID]map[string]any // the answer; without the objects that overlays delete
	failures []overlayFailure
}

// unitKey is the hash of all that an answer depends on.
type unitKey [sha256.Size]byte

func (u *unit) key() unitKey {
	return sha256.Sum256(fmt.Appendf(nil, "%v %s", u.Overlays, u.Objects))
}

// maxBatch is how many objects one child process gets, about: enough to share its start, few enough for its limits.
const maxBatch = 500

// newUnit takes the objects that are asked about: the touched ones, or without an edit all.
func newUnit(asked overlayUnit, files []manifest.File, e *edit) (*unit, error) {
	u := &unit{overlayUnit: asked, files: files, whole: e == nil}
	objects := []map[string]any{}
	for _, f := range files {
		for _, o := range f.Objects {
			switch {
			case e == nil:
				objects = append(objects, o.Fields)
			case e.isTouched(o):
				objects = append(objects, mark(o.Fields, e.before(u)))
			}
		}
	}
	var err error
	if u.Objects, err = json.Marshal(objects); err != nil {
		return nil, fmt.Errorf("target %s: %w", u.Name, err)
	}
	u.count = len(objects)
	return u, nil
}

// ask puts a question into the batch, unless it was asked already.
func (a *overlayRun) ask(ctx context.Context, q question) error {
	if q.edit != nil {
		a.rendering.edits[q.target] = q.edit
	}
	if q.unit == nil {
		return nil
	}
	u, key := q.unit, q.unit.key()
	if known := a.known[key]; known != nil {
		u = known
	} else {
		a.batch, a.size = append(a.batch, u), a.size+u.count
	}
	a.asked[q.target] = u
	if q.edit != nil {
		q.edit.unit, a.known[key] = u, u
	}
	if a.size < maxBatch {
		return nil
	}
	return a.send(ctx)
}

// send asks a child process about the batch.
func (a *overlayRun) send(ctx context.Context) error {
	batch := a.batch
	a.batch, a.size = nil, 0
	if len(batch) == 0 {
		return nil
	}
	request := overlayRequest{Overlays: map[int]*component{}}
	for _, u := range batch {
		request.Units = append(request.Units, u.overlayUnit)
		for _, i := range u.Overlays {
			request.Overlays[i] = a.components[i]
		}
	}
	data, err := json.Marshal(request)
	if err != nil {
		return err
	}
	answer, err := a.options.Isolate(ctx, JobOverlay, data)
	if found := (diag.Findings)(nil); errors.As(err, &found) {
		for i := range found {
			found[i].Path = "spec.overlays"
		}
		return found
	}
	if err != nil {
		return fmt.Errorf("applying overlays: %w", err)
	}
	return a.receive(batch, answer)
}

func (a *overlayRun) receive(batch []*unit, answer []byte) error {
	var response overlayResponse
	if err := decodeNumbers(answer, &response); err != nil {
		return fmt.Errorf("applying overlays: reading the answer: %w", err)
	}
	byName := map[string]*unit{}
	for _, u := range batch {
		byName[u.Name] = u
	}
	a.add(response.Findings)
	for _, f := range response.Failures {
		u := byName[f.Target]
		u.failures = append(u.failures, f)
	}
	for _, key := range response.Matched {
		a.matched[key] = true
	}
	for _, t := range response.Units {
		accept := a.accept
		if byName[t.Name].whole {
			accept = a.acceptWhole
		}
		if err := accept(byName[t.Name], t.Objects); err != nil {
			return fmt.Errorf("target %s: %w", t.Name, err)
		}
	}
	for _, u := range batch {
		u.files, u.Objects = nil, nil
	}
	return nil
}

// acceptWhole puts the objects of a target back into the files they came from, and keeps the target.
func (a *overlayRun) acceptWhole(u *unit, objects []map[string]any) error {
	files, err := refile(manifest.Target{Files: u.files}, objects)
	if err != nil {
		return err
	}
	t, err := a.rendering.complete(u.Name, files)
	found, err := orFindings(err)
	if err != nil {
		return err
	}
	for _, f := range files {
		found = append(found, checkBuiltin(f)...)
	}
	if a.check(u.Name, files, found) {
		a.rendering.made[u.Name] = t
	}
	return nil
}

// accept keeps the touched objects of targets.
func (a *overlayRun) accept(u *unit, objects []map[string]any) error {
	u.objects = map[manifest.ID]map[string]any{}
	for _, fields := range objects {
		document.Settle(fields)
		id, err := manifest.Object{Fields: fields}.ID()
		if err != nil {
			return err
		}
		u.objects[id.Key()] = fields
	}
	if unasked := u.unasked(); unasked != "" {
		return fmt.Errorf("kustomize made %s, which it was not asked about: report this as a bug", unasked)
	}
	var changed []manifest.File
	for _, f := range u.files {
		var made []manifest.Object
		for _, o := range f.Objects {
			id, _ := o.ID()
			if fields := u.objects[id.Key()]; fields != nil {
				made = append(made, manifest.Object{Fields: fields, From: o.From, By: o.By, Line: o.Line})
			}
		}
		changed = append(changed, manifest.File{Path: f.Path, From: f.From, Objects: made})
	}
	a.check(u.Name, changed, nil)
	return nil
}

// unasked gives an object of the answer that is none of those that were asked about; "" when there is none.
func (u *unit) unasked() string {
	asked := map[manifest.ID]bool{}
	for _, f := range u.files {
		for _, o := range f.Objects {
			id, _ := o.ID()
			asked[id.Key()] = true
		}
	}
	for id := range u.objects {
		if !asked[id] {
			return id.String()
		}
	}
	return ""
}

// emptied reports the targets of which overlays delete every object.
func (a *overlayRun) emptied() error {
	for _, name := range a.rendering.mesh.Targets() {
		u := a.asked[name.Name]
		if u == nil || u.whole || u.objects == nil || len(u.objects) == u.count {
			continue
		}
		_, err := a.rendering.target(name)
		found, err := orFindings(err)
		if err != nil {
			return err
		}
		a.check(name.Name, nil, found)
	}
	return nil
}
