package render

import (
	"slices"

	"github.com/meshtopo/meshtopo/manifest"
)

// edit is what overlays make of a target: what kustomize made of the objects that are touched, and marks for all.
type edit struct {
	marks   []*local             // set on objects that are not touched
	touched map[manifest.ID]bool // the objects in the unit
	unit    *unit                // nil when nothing is touched
	after   []*local             // marks set on touched objects after kustomize
}

// before gives the overlays before those of the unit: they only mark.
func (e *edit) before(u *unit) []*local {
	return e.marks[:len(e.marks)-len(e.after)-len(u.Overlays)]
}

// apply gives files as the overlays leave them. Files that nothing is done to are the same ones.
func (e *edit) apply(files []manifest.File) ([]manifest.File, error) {
	marked := slices.ContainsFunc(e.marks, (*local).marks)
	var edited []manifest.File
	for _, f := range files {
		made, err := f, error(nil)
		switch touched := e.touches(f); {
		case touched:
			objects := e.objects(f)
			if len(objects) == 0 {
				continue // all deleted
			}
			made, err = manifest.Manifests(f.Path, f.From, objects)
			made.Listed = f.Listed
		case marked && len(f.Objects) > 0:
			made, err = manifest.WithMetadata(f, e.objects(f))
		}
		if err != nil {
			return nil, err
		}
		edited = append(edited, made)
	}
	return edited, nil
}

func (e *edit) touches(f manifest.File) bool {
	return len(e.touched) > 0 && slices.ContainsFunc(f.Objects, e.isTouched)
}

func (e *edit) isTouched(o manifest.Object) bool {
	id, _ := o.ID()
	return e.touched[id.Key()]
}

// objects gives the objects of a file as the overlays leave them.
func (e *edit) objects(f manifest.File) []manifest.Object {
	objects := make([]manifest.Object, 0, len(f.Objects))
	for _, o := range f.Objects {
		marks := e.marks
		if len(e.touched) > 0 && e.isTouched(o) {
			id, _ := o.ID()
			if o.Fields = e.unit.objects[id.Key()]; o.Fields == nil {
				continue // deleted
			}
			marks = e.after
		}
		o.Fields = mark(o.Fields, marks)
		objects = append(objects, o)
	}
	return objects
}
