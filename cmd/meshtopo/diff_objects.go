package main

import (
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/review"
)

// compareTarget compares one target of two sides.
func (d *differences) compareTarget(p pair, name string) error {
	old, err := p.old.targetOr(name)
	if err != nil {
		return err
	}
	now, err := p.new.targetOr(name)
	if err != nil {
		return err
	}
	var rendered *manifest.Target
	if p.old != nil && p.old.rendered != nil {
		if rendered, err = p.old.rendered(name); err != nil {
			return err
		}
	}
	return d.comparison.Target(p.named(old), p.named(rendered), p.named(now))
}

// named is a target under the name that the report gives it.
func (p pair) named(t *manifest.Target) *manifest.Target {
	if t == nil || p.prefix == "" {
		return t
	}
	named := *t
	named.Name = p.prefix + t.Name
	return &named
}

// maxSources bounds for how many changes the line of the topology is looked up: more nobody reads.
const maxSources = 2000

// sources says of every change which line of a topology makes the object.
func (d *differences) sources() error {
	makers := map[*project]*maker{}
	for i := range d.report.Objects[:min(len(d.report.Objects), maxSources)] {
		if err := d.source(&d.report.Objects[i], makers); err != nil {
			return err
		}
	}
	return nil
}

func (d *differences) source(c *review.Change, makers map[*project]*maker) error {
	for _, p := range d.pairs {
		target, ok := strings.CutPrefix(c.Targets[0], p.prefix)
		s := p.new
		if c.Change == review.Removed {
			s = p.old
		}
		if !ok || s == nil || s.project == nil {
			continue
		}
		if makers[s.project] == nil {
			makers[s.project] = newMaker(d.app, s.project)
		}
		field, err := makers[s.project].changed(target, c)
		if err != nil {
			return err
		}
		if field != "" {
			c.Source = d.app.place(s.project, field)
			return nil
		}
	}
	return nil
}

// changed gives the field of the topology that makes the first field of a change; "" when the target has no such file.
func (m *maker) changed(target string, c *review.Change) (diag.Path, error) {
	t, err := m.target(target)
	if err != nil {
		return "", err
	}
	for _, f := range t.Files {
		if f.Path != c.File {
			continue
		}
		var field diag.Path
		if len(c.Fields) > 0 {
			field = withoutNames(diag.Path(c.Fields[0].Path))
		}
		return m.project.rendering.OriginOf(target, f, objectOf(f, c), field).Field, nil
	}
	return "", nil
}

func objectOf(f manifest.File, c *review.Change) *manifest.Object {
	for i, o := range f.Objects {
		if id, err := o.ID(); err == nil && id.Kind == c.Kind && id.Name == c.Name && id.Namespace == c.Namespace {
			return &f.Objects[i]
		}
	}
	return nil
}

// withoutNames is the part of a path before the first list entry that is known by name: the tables of origins know positions only.
func withoutNames(p diag.Path) diag.Path {
	var out diag.Path
	for _, step := range p.Steps() {
		switch {
		case step.IsIndex:
			out = out.Index(step.Index)
		case strings.Contains(step.Key, "="):
			return out
		default:
			out = out.Key(step.Key)
		}
	}
	return out
}
