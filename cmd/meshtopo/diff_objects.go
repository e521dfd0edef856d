package main

import (
	"context"
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
func (d *differences) sources(ctx context.Context) error {
	for i := range d.report.Objects[:min(len(d.report.Objects), maxSources)] {
		if err := d.source(ctx, &d.report.Objects[i]); err != nil {
			return err
		}
	}
	return nil
}

// maker gives the one of a side, which keeps the targets that it was asked for.
func (d *differences) maker(p *project) *maker {
	if d.makers == nil {
		d.makers = map[*project]*maker{}
	}
	if d.makers[p] == nil {
		d.makers[p] = newMaker(d.app, p)
	}
	return d.makers[p]
}

func (d *differences) source(ctx context.Context, c *review.Change) error {
	for _, p := range d.pairs {
		target, ok := strings.CutPrefix(c.Targets[0], p.prefix)
		s := p.new
		if c.Change == review.Removed {
			s = p.old
		}
		if !ok || s == nil || s.project == nil {
			continue
		}
		made, err := d.maker(s.project).changed(ctx, target, c)
		if made != "" || err != nil {
			c.Source = made
			return err
		}
	}
	return nil
}

// changed says what makes the first field of a change: a line of the topology, or the overlay that does; "" when the target has no such file.
func (m *maker) changed(ctx context.Context, target string, c *review.Change) (string, error) {
	t, err := m.target(target)
	if err != nil {
		return "", err
	}
	for _, f := range t.Files {
		if f.Path != c.File {
			continue
		}
		o, path := objectOf(f, c), ""
		if len(c.Fields) > 0 {
			path = c.Fields[0].Path
		}
		return m.made(ctx, target, f, o, path)
	}
	return "", nil
}

// made says what makes a field of an object, in which list entries are known by name.
func (m *maker) made(ctx context.Context, target string, f manifest.File, o *manifest.Object, path string) (string, error) {
	var field diag.Path
	if o != nil {
		field = review.Locate(kindOf(o), o.Fields, path)
		overlay, err := m.overlaid(ctx, target, o, field)
		if err != nil {
			return "", err
		}
		if overlay != nil {
			return m.app.overlayPlace(m.project, overlay), nil
		}
	}
	return m.app.place(m.project, m.project.rendering.OriginOf(target, f, o, field).Field), nil
}

func (m *maker) overlaid(ctx context.Context, target string, o *manifest.Object, field diag.Path) (*overlayChange, error) {
	id, err := o.ID()
	value, found := valueAt(o.Fields, field)
	if err != nil || !found || field == "" && o.By != "" {
		return nil, nil // an object that a template made, as a whole
	}
	return m.project.overlayOf(ctx, target, id, field, value)
}

func objectOf(f manifest.File, c *review.Change) *manifest.Object {
	for i, o := range f.Objects {
		if id, err := o.ID(); err == nil && id.Kind == c.Kind && id.Name == c.Name && id.Namespace == c.Namespace {
			return &f.Objects[i]
		}
	}
	return nil
}

// overlaidCause lets a cause name the overlay, when it is one that makes the field.
func (m *maker) overlaidCause(ctx context.Context, c *review.Cause) error {
	if c == nil || c.Object == "" || len(m.project.mesh.Overlays) == 0 {
		return nil
	}
	t, err := m.target(c.Target)
	if err != nil {
		return err
	}
	for _, f := range t.Files {
		if o := objectNamed(f, c.Object); o != nil {
			overlay, err := m.overlaid(ctx, c.Target, o, review.Locate(kindOf(o), o.Fields, c.Field))
			if overlay != nil {
				c.Source = m.app.overlayPlace(m.project, overlay)
			}
			return err
		}
	}
	return nil
}

func kindOf(o *manifest.Object) string {
	kind, _ := o.Fields["kind"].(string)
	return kind
}
