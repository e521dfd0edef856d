package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/manifest"
)

// printDifferences prints a line for each difference, with why it is there, and below what was edited by hand the line of the topology
// that makes it.
func (a *app) printDifferences(ctx context.Context, p *project, label string, differences []manifest.Difference) error {
	made := newMaker(a, p)
	edited := map[string]bool{}
	for _, d := range differences {
		text := label + d.String()
		if d.Cause != "" {
			text += " [" + causeText(d.Cause) + "]"
		}
		if d.Cause == manifest.Edited || d.Cause == manifest.EditedAndStale {
			edited[d.Target+"/"+d.File] = true
			origin, err := made.by(ctx, d)
			if err != nil {
				return err
			}
			text += "\n  made by " + origin
		}
		if _, err := fmt.Fprintln(a.out, text); err != nil {
			return fmt.Errorf("writing differences: %w", err)
		}
	}
	if len(edited) > 0 && !a.quiet {
		fmt.Fprintf(a.err, "edited by hand: %d of the files; move the change to the topology or to an overlay, the next render undoes it\n", len(edited))
	}
	return nil
}

func causeText(cause string) string {
	switch cause {
	case manifest.Edited:
		return "edited by hand"
	case manifest.EditedAndStale:
		return "edited by hand, and stale"
	}
	return cause
}

// maker names the lines of a topology that make rendered values.
type maker struct {
	app     *app
	project *project
	targets map[string]manifest.Target // that were asked for
}

func newMaker(a *app, p *project) *maker {
	return &maker{app: a, project: p, targets: map[string]manifest.Target{}}
}

func (m *maker) target(name string) (manifest.Target, error) {
	if t, ok := m.targets[name]; ok {
		return t, nil
	}
	t, err := m.project.oneTarget(name)
	if t == nil || err != nil {
		return manifest.Target{}, err
	}
	m.targets[name] = *t
	return *t, nil
}

// by gives what makes the place of a difference: "topology.yaml:12:7 spec.services[name=reviews].placements", or the overlay that does.
func (m *maker) by(ctx context.Context, d manifest.Difference) (string, error) {
	overlay, err := m.overlay(ctx, d)
	if err != nil {
		return "", err
	}
	if overlay != nil {
		return "overlay " + m.app.overlayLine(m.project, overlay), nil
	}
	field, err := m.field(d)
	return m.app.line(m.project, field), err
}

// overlay gives the overlay that makes the value at the place of a difference; nil for none.
func (m *maker) overlay(ctx context.Context, d manifest.Difference) (*overlayChange, error) {
	t, err := m.target(d.Target)
	if err != nil {
		return nil, err
	}
	for _, f := range t.Files {
		if f.Path != d.File {
			continue
		}
		o := objectNamed(f, d.Object)
		if o == nil {
			return nil, nil
		}
		id, err := o.ID()
		value, found := valueAt(o.Fields, diag.Path(d.Field))
		if err != nil || !found {
			return nil, nil // somebody added what nothing renders
		}
		return m.project.overlayOf(ctx, d.Target, id, diag.Path(d.Field), value)
	}
	return nil, nil
}

// field gives the field of the topology that makes the place of a difference, with list entries by name.
func (m *maker) field(d manifest.Difference) (diag.Path, error) {
	t, err := m.target(d.Target)
	if err != nil {
		return "", err
	}
	for _, f := range t.Files {
		if f.Path == d.File {
			return m.project.rendering.OriginOf(d.Target, f, objectNamed(f, d.Object), diag.Path(d.Field)).Field, nil
		}
	}
	return diag.Path(d.From), nil
}

func objectNamed(f manifest.File, name string) *manifest.Object {
	for i, o := range f.Objects {
		if id, err := o.ID(); err == nil && id.String() == name {
			return &f.Objects[i]
		}
	}
	return nil
}

// line names a field of the topology and the line that it is on, as seen from the working directory.
func (a *app) line(p *project, named diag.Path) string {
	return a.place(p, named) + " " + string(named)
}

// place is the line that a field of the topology is on, as seen from the working directory: FILE:LINE:COLUMN, or FILE where no line is
// known.
func (a *app) place(p *project, named diag.Path) string {
	place := p.placeOf(named)
	file := place.File
	if p.label == "" {
		file = a.seen(filepath.Join(p.root.Name(), filepath.FromSlash(place.File)), place.File)
	} else {
		file = p.label + ":" + file
	}
	if place.Line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d:%d", file, place.Line, place.Column)
}

// locate fills in the places of decisions: of the field of the topology that made them, or the nearest around it.
func (a *app) locate(p *project, decisions []flow.Decision) {
	for i := range decisions {
		if from := decisions[i].From; from != "" {
			decisions[i].Place = a.place(p, diag.Path(from))
		}
	}
}

// placeOf gives the place of a field in the topology; where it is not written, that of the nearest field around it.
func (p *project) placeOf(named diag.Path) diag.Place {
	found := []diag.Finding{{Path: p.topology.Resolve(named)}}
	diag.Locate(found, p.topology.At)
	return found[0].Place
}
