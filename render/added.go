package render

import (
	"errors"
	"slices"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// add looks at the targets that components add objects to.
func (r *Rendering) add() ([]diag.Finding, error) {
	var findings []diag.Finding
	ofObjects := once{known: map[told]bool{}}
	read := map[*mesh.Cluster]map[manifest.ID]bool{}
	twice := doubles{targets: map[double][]string{}, second: map[double]manifest.Object{}}
	for _, name := range r.mesh.Targets() {
		added := r.added[name.Name]
		if len(added) == 0 {
			continue
		}
		files, err := r.own(name)
		if err != nil {
			return nil, err
		}
		r.checkAdded(name, &ofObjects)
		r.checkUnread(name, read, &ofObjects)
		if twice.find(name.Name, files, added) {
			continue
		}
		_, err = r.complete(name.Name, slices.Concat(files, added))
		if found := (diag.Findings)(nil); errors.As(err, &found) {
			findings = append(findings, found...)
		} else if err != nil {
			return nil, err
		}
	}
	return slices.Concat(ofObjects.list, findings, r.report(twice)), nil
}

// once are findings of objects that components add, each told once although several targets have the object.
type once struct {
	list  []diag.Finding
	known map[told]bool
}

// told is a finding, by what tells it from others.
type told struct {
	place   diag.Place
	message string
}

// add takes what is found of an object, and gives it the object's place in the component.
func (l *once) add(o manifest.Object, findings ...diag.Finding) {
	for _, f := range findings {
		f.Place = placeOf(o)
		if this := (told{f.Place, f.Message}); !l.known[this] {
			l.known[this] = true
			l.list = append(l.list, f)
		}
	}
}

// checkAdded looks at what components add to a target.
func (r *Rendering) checkAdded(name mesh.TargetName, found *once) {
	for _, f := range r.added[name.Name] {
		for _, o := range f.Objects {
			one := manifest.File{Path: f.Path, From: f.From, Objects: []manifest.Object{o}}
			found.add(o, r.checkPolicies(one)...)
			found.add(o, checkBuiltin(one)...)
		}
	}
}

// placeOf is where a component makes an object.
func placeOf(o manifest.Object) diag.Place {
	place := diag.Place{File: o.By, Line: o.Line}
	if o.Line > 0 {
		place.Column = 1
	}
	return place
}

// checkPolicies looks at objects of kinds that only components and overlays add.
func (r *Rendering) checkPolicies(f manifest.File) []diag.Finding {
	return slices.Concat(r.checkEntries(f), r.checkMTLS(f), r.checkRules(f))
}

// double is an object that a component makes although the topology makes it already.
type double struct {
	id    manifest.ID
	from  string // the entry that makes it already
	again string // the component's entry
}

// doubles are all of them, once for all targets.
type doubles struct {
	order   []double
	targets map[double][]string
	second  map[double]manifest.Object
}

// find notes the doubles of a target.
func (d *doubles) find(target string, files, added []manifest.File) (any bool) {
	first := map[manifest.ID]string{}
	for _, f := range files {
		for _, o := range f.Objects {
			id, _ := o.ID()
			first[id.Applied()] = o.From
		}
	}
	for _, f := range added {
		for _, o := range f.Objects {
			id, _ := o.ID()
			from, again := first[id.Applied()]
			if !again {
				continue
			}
			any = true
			key := double{id: id.Applied(), from: from, again: o.From}
			if d.targets[key] == nil {
				d.order = append(d.order, key)
				d.second[key] = o
			}
			d.targets[key] = append(d.targets[key], target)
		}
	}
	return any
}

func (r *Rendering) report(d doubles) []diag.Finding {
	var findings []diag.Finding
	for _, key := range d.order {
		o := d.second[key]
		id, _ := o.ID()
		i := slices.IndexFunc(r.mesh.Components, func(c mesh.Component) bool { return c.From() == key.again })
		f := diag.New(diag.ComponentDuplicate, diag.Path("spec.components").Index(i).Key("path"), "component %s makes %s for %s, which %s makes already",
			r.mesh.Components[i].Path, id, shortList(d.targets[key]), key.from).WithRelated(diag.Path(key.from), "it is made of this")
		f.Place = placeOf(o)
		findings = append(findings, f)
	}
	return findings
}
