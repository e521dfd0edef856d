package render

import (
	"context"
	"slices"

	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// question is what has to be asked about a target. Without a unit it is nothing.
type question struct {
	target string
	unit   *unit
	edit   *edit // nil when all of the target has to be asked about
}

// targets plans what becomes of every target that has overlays, and asks kustomize, a batch of units at a time.
func (a *overlayRun) targets(ctx context.Context) error {
	names := slices.DeleteFunc(a.rendering.mesh.Targets(), func(t mesh.TargetName) bool {
		return len(a.chosen[t.Name]) == 0 || a.options.Only != nil && !a.options.Only(t.Name)
	})
	for q, err := range ahead(names, a.plan) {
		if err != nil {
			return err
		}
		if err := a.ask(ctx, q); err != nil {
			return err
		}
	}
	return a.send(ctx)
}

func (a *overlayRun) plan(name mesh.TargetName) (question, error) {
	q := question{target: name.Name}
	files, err := a.rendering.files(name)
	if err != nil {
		return q, err
	}
	chosen := a.chosen[name.Name]
	var locals []*local
	for _, i := range chosen {
		locals = append(locals, a.locals[i])
	}
	first, last := 0, len(chosen)-1
	if canBeLocal(locals, files) {
		e := &edit{marks: locals, touched: map[manifest.ID]bool{}}
		from, to, err := e.choose(files)
		switch {
		case err != nil: // kustomize says what is wrong with a selector
		case len(e.touched) == 0:
			q.edit = e
			return q, nil
		default:
			first, last, e.after, q.edit = from, to, locals[to+1:], e
		}
	}
	q.unit, err = newUnit(overlayUnit{Name: name.Name, Overlays: chosen[first : last+1]}, files, q.edit)
	return q, err
}

// canBeLocal says whether every overlay of a target is local and every object independent of the others.
func canBeLocal(locals []*local, files []manifest.File) bool {
	if slices.Contains(locals, nil) {
		return false
	}
	names := map[string]bool{}
	for _, f := range files {
		for _, o := range f.Objects {
			if !independent(o) {
				return false
			}
			id, _ := o.ID()
			names[id.Name] = true
		}
	}
	for _, l := range locals {
		for _, name := range l.names {
			if !names[name] {
				return false // kustomize complains when there is none
			}
		}
	}
	return true
}

// choose finds the touched objects, the first overlay that touches one, and the last that may.
func (e *edit) choose(files []manifest.File) (first, last int, err error) {
	first = len(e.marks)
	for i, l := range e.marks {
		if l.any() {
			last = i
		}
	}
	if slices.ContainsFunc(e.marks, func(l *local) bool { return l.replaces }) {
		last = len(e.marks) - 1
	}
	byMarks := slices.ContainsFunc(e.marks, func(l *local) bool { return l.byMarks() })
	for _, f := range files {
		for _, o := range f.Objects {
			fields := o.Fields
			for i, l := range e.marks[:last+1] {
				touched, err := l.touches(fields)
				if err != nil {
					return 0, 0, err
				}
				if touched {
					id, _ := o.ID()
					e.touched[id.Key()], first = true, min(first, i)
					break
				}
				if byMarks {
					fields = mark(fields, e.marks[i:i+1])
				}
			}
		}
	}
	return first, last, nil
}
