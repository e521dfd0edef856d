package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/render"
)

// renderedPlace is what a user asks about: a field of a rendered file. No field means all of it.
type renderedPlace struct {
	target string
	file   manifest.File
	field  diag.Path
}

// explainValue says what makes a rendered value: the field of the topology, the template, the rule, and the overlay that changed it.
func (a *app) explainValue(ctx context.Context, what string, f explainFlags) error {
	topology, err := a.topologyOf(f.topology)
	if err != nil {
		return err
	}
	p, err := a.open(ctx, topology)
	if err != nil {
		return err
	}
	defer p.close()
	if p.failed() {
		if err := a.print(a.err, p); err != nil {
			return fmt.Errorf("writing findings: %w", err)
		}
		return errFindings
	}
	place, err := newMaker(a, p).place(what)
	if err != nil {
		return err
	}
	answers, err := a.answers(ctx, p, place, f.object)
	if err != nil {
		return err
	}
	_, err = io.WriteString(a.out, strings.Join(answers, "\n"))
	return err
}

// place reads TARGET/FILE[.field]. The target may stand below a directory, as a shell completes it; the file is the longest one that the
// target has, so that dots in its name are no fields.
func (m *maker) place(what string) (renderedPlace, error) {
	what = filepath.ToSlash(what)
	for _, name := range m.project.mesh.Targets() {
		rest, ok := strings.CutPrefix(what, name.Name+"/")
		if _, after, found := strings.Cut(what, "/"+name.Name+"/"); !ok && found {
			rest, ok = after, true
		}
		if !ok {
			continue
		}
		t, err := m.target(name.Name)
		if err != nil {
			return renderedPlace{}, err
		}
		best := renderedPlace{target: name.Name}
		var files []string
		for _, f := range t.Files {
			files = append(files, name.Name+"/"+f.Path)
			field, ok := strings.CutPrefix(rest, f.Path)
			if ok && len(f.Path) > len(best.file.Path) && (field == "" || field[0] == '.' || field[0] == '[') {
				best.file, best.field = f, diag.Path(strings.TrimPrefix(field, "."))
			}
		}
		if best.file.Path == "" {
			return best, fmt.Errorf("target %s has no file %q; it has %s", name.Name, rest, strings.Join(files, ", "))
		}
		return best, nil
	}
	return renderedPlace{}, fmt.Errorf("topology %s renders no target that %q is in; its targets are %v", m.project.mesh.Name, what, m.project.targetNames())
}

// answers gives a paragraph for each object of the file that has the field.
func (a *app) answers(ctx context.Context, p *project, place renderedPlace, object string) ([]string, error) {
	var list, names []string
	for i, o := range place.file.Objects {
		id, err := o.ID()
		if err != nil {
			return nil, err
		}
		names = append(names, id.Kind+"/"+id.Name)
		value, found := valueAt(o.Fields, place.field)
		if !found || object != "" && !strings.EqualFold(object, id.Kind+"/"+id.Name) {
			continue
		}
		origin := p.rendering.OriginOf(place.target, place.file, &place.file.Objects[i], place.field)
		title := id.String()
		if place.field != "" {
			title += ": " + string(place.field)
		}
		overlay, err := p.overlayOf(ctx, place.target, id, place.field, value)
		if err != nil {
			return nil, err
		}
		list = append(list, a.answer(p, title+": "+shownValue(id, value), origin, overlay))
	}
	switch {
	case len(place.file.Objects) == 0 && (place.field != "" || object != ""):
		return nil, fmt.Errorf("%s/%s holds no objects: leave the field out", place.target, place.file.Path)
	case len(place.file.Objects) == 0:
		return []string{a.answer(p, place.target+"/"+place.file.Path, p.rendering.OriginOf(place.target, place.file, nil, ""), nil)}, nil
	case len(list) == 0:
		return nil, fmt.Errorf("no object of %s/%s has field %q; its objects are %s", place.target, place.file.Path, place.field, strings.Join(names, ", "))
	}
	return list, nil
}

// answer is a paragraph: what makes a value, first the overlay that did it last, then what the topology makes of it.
func (a *app) answer(p *project, title string, o render.Origin, overlay *overlayChange) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", title)
	if overlay != nil {
		fmt.Fprintf(&b, "  overlay   %s\n", a.overlayLine(p, overlay))
		if overlay.added {
			fmt.Fprintf(&b, "  rule      the overlay added it; nothing of it is in the topology\n")
			return b.String()
		}
		fmt.Fprintf(&b, "  rule      the overlay changed it from %s, which was made by what follows\n", overlay.before)
	}
	fmt.Fprintf(&b, "  from      %s\n", a.line(p, o.Field))
	if o.Template != "" {
		fmt.Fprintf(&b, "  template  %s\n", o.Template)
	}
	fmt.Fprintf(&b, "  rule      %s\n", p.rule(o))
	if about := p.components.About[string(o.Field)]; about != "" {
		fmt.Fprintf(&b, "  about     %s\n", diag.Printable(about))
	}
	return b.String()
}

// rule says how a value follows, also where it is the default of a field that the topology does not write.
func (p *project) rule(o render.Origin) string {
	if strings.HasPrefix(o.Rule, render.AsWritten) && len(p.topology.Resolve(o.Field).Steps()) < len(o.Field.Steps()) {
		return "the default, since the topology does not write the field"
	}
	return o.Rule
}

// overlayChange is what an overlay did to a value.
type overlayChange struct {
	index  int    // in spec.overlays
	added  bool   // it was not there before
	before string // what it was, as shown
}

// overlayPlace names an overlay and the line of the topology that names it.
func (a *app) overlayPlace(p *project, o *overlayChange) string {
	return p.mesh.Overlays[o.index].Path + ", named at " + a.place(p, o.field())
}

// overlayLine is overlayPlace with the field of the topology.
func (a *app) overlayLine(p *project, o *overlayChange) string {
	return a.overlayPlace(p, o) + " " + string(o.field())
}

// field is the entry of the topology that names the overlay.
func (o *overlayChange) field() diag.Path { return diag.Path("spec.overlays").Index(o.index) }

// overlayOf says which overlay changed a value last; nil for none.
func (p *project) overlayOf(ctx context.Context, target string, id manifest.ID, field diag.Path, value any) (*overlayChange, error) {
	for i := len(p.mesh.Overlays) - 1; i >= 0; i-- {
		if !slices.Contains(p.mesh.Overlays[i].Targets, target) {
			continue
		}
		before, found, err := p.valueWith(ctx, i, target, id, field)
		switch {
		case err != nil:
			return nil, err
		case !found:
			return &overlayChange{index: i, added: true}, nil
		case !reflect.DeepEqual(before, value):
			return &overlayChange{index: i, before: shownValue(id, before)}, nil
		}
	}
	return nil, nil
}

// valueWith gives the value as it would be with the first overlays only.
func (p *project) valueWith(ctx context.Context, overlays int, target string, id manifest.ID, field diag.Path) (any, bool, error) {
	rendering, err := p.prefix(ctx, overlays)
	if err != nil || rendering == nil {
		return nil, false, err
	}
	for t, err := range rendering.Targets(target) {
		if err != nil {
			return nil, false, err
		}
		for _, f := range t.Files {
			for _, o := range f.Objects {
				if other, err := o.ID(); err == nil && other.Key() == id.Key() {
					value, found := valueAt(o.Fields, field)
					return value, found, nil
				}
			}
		}
	}
	return nil, false, nil
}

// prefix renders with the first overlays only, each number once.
func (p *project) prefix(ctx context.Context, overlays int) (*render.Rendering, error) {
	if r, ok := p.prefixes[overlays]; ok {
		return r, nil
	}
	r, _, err := p.renderingWith(ctx, overlays)
	if err != nil {
		return nil, err
	}
	if p.prefixes == nil {
		p.prefixes = map[int]*render.Rendering{}
	}
	p.prefixes[overlays] = r
	return r, nil
}

func valueAt(value any, field diag.Path) (any, bool) {
	for _, step := range field.Steps() {
		switch v := value.(type) {
		case map[string]any:
			next, found := v[step.Key]
			if !found || step.IsIndex {
				return nil, false
			}
			value = next
		case []any:
			if !step.IsIndex || step.Index < 0 || step.Index >= len(v) {
				return nil, false
			}
			value = v[step.Index]
		default:
			return nil, false
		}
	}
	return value, true
}

// shownValue shows a value on one line, but none of a Secret.
func shownValue(id manifest.ID, value any) string {
	if id.Kind == "Secret" {
		return "a value of a Secret, which is not shown"
	}
	return shortJSON(value)
}

const maxShownValue = 100 // characters

// shortJSON shows a value on one line, cut where it is long, and of a whole object nothing.
func shortJSON(value any) string {
	if fields, ok := value.(map[string]any); ok && fields["kind"] != nil {
		return "the whole object"
	}
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprintf("a %T", value)
	}
	if text := []rune(diag.Printable(string(data))); len(text) > maxShownValue {
		return string(text[:maxShownValue]) + "..."
	}
	return diag.Printable(string(data))
}

// isRendered says whether what is to be explained is a rendered file: only these have a slash outside quotes.
func isRendered(what string) bool {
	before, _, _ := strings.Cut(filepath.ToSlash(what), `"`)
	return strings.Contains(before, "/")
}
