package component

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/document"
	"github.com/meshtopo/meshtopo/manifest"
)

// collected is what a component answered for all its targets.
type collected struct {
	name, about string
	objects     []object
	failures    []failure
	findings    []diag.Finding
}

func (c *collected) add(r response) {
	c.name, c.about = r.Name, r.About
	c.objects = append(c.objects, r.Objects...)
	c.failures = append(c.failures, r.Failures...)
	c.findings = append(c.findings, r.Findings...)
}

var fileName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// accept makes files of what a component made, or findings of what is wrong with it.
func (e *evaluator) accept(i int, c collected) error {
	entry := e.mesh.Components[i]
	name := cmp.Or(entry.Name, c.name)
	found := e.problems(i, c)
	switch other, again := e.names[name]; {
	case len(found) > 0:
	case !fileName.MatchString(name):
		found = append(found, diag.New(diag.ComponentFile, pathOf(i), "component %s is called %q, which names no file: lower-case letters, digits and hyphens are allowed", entry.Path, name).
			WithFix("give the entry a name of its own: name: my-component"))
	case again:
		found = append(found, diag.New(diag.DuplicateName, pathOf(i), "component %s stands twice", name).
			WithFix("give the entry a name of its own: name: my-component").WithRelated(pathOf(other), "it stands here first"))
	case len(c.objects) == 0:
		found = append(found, diag.New(diag.ComponentEmpty, pathOf(i), "component %s makes no object for %s", entry.Path, some(entry.Targets)))
	}
	if len(found) > 0 {
		e.findings = append(e.findings, found...)
		return nil
	}
	e.names[name] = i
	if c.about != "" {
		e.made.About[entry.From()] = c.about
	}
	return e.file(i, name, c.objects)
}

// problems gives what is wrong with a component: one finding for one thing, whatever the number of targets.
func (e *evaluator) problems(i int, c collected) []diag.Finding {
	name := e.mesh.Components[i].Path
	found := c.findings
	for _, g := range grouped(c.failures) {
		g.finding.Message = fmt.Sprintf("component %s for %s: %s", name, some(g.targets), g.finding.Message)
		found = append(found, g.finding)
	}
	if len(found) > maxFindings {
		found = append(found[:maxFindings:maxFindings], diag.New(diag.Limit, "", "component %s has more than %d findings; the rest is not shown", name, maxFindings).
			WithFix("mend those that are shown"))
	}
	for j := range found {
		found[j].Path = pathOf(i)
	}
	return found
}

// group is a failure and the targets that have it.
type group struct {
	finding diag.Finding
	targets []string
}

// grouped puts failures together that have one cause: the same rule at the same place. What another target says there in other words,
// such as its own name, is the same; what one target says twice is not.
func grouped(failures []failure) []*group {
	type cause struct {
		rule  string
		place diag.Place
	}
	var all []*group
	byCause := map[cause][]*group{}
	for _, f := range failures {
		key := cause{f.Finding.Rule, f.Finding.Place}
		k := slices.IndexFunc(byCause[key], func(g *group) bool { return !slices.Contains(g.targets, f.Target) })
		if k >= 0 {
			g := byCause[key][k]
			g.targets = append(g.targets, f.Target)
			continue
		}
		g := &group{finding: f.Finding, targets: []string{f.Target}}
		all, byCause[key] = append(all, g), append(byCause[key], g)
	}
	return all
}

// file adds a component's objects to its targets.
func (e *evaluator) file(i int, name string, objects []object) error {
	from := e.mesh.Components[i].From()
	byTarget := map[string][]manifest.Object{}
	for _, o := range objects {
		document.Settle(o.Fields)
		one := manifest.Object{Fields: o.Fields, From: from, By: o.Place.File, Line: o.Place.Line}
		e.compare(i, o.Target, one)
		byTarget[o.Target] = append(byTarget[o.Target], one)
	}
	for _, target := range sortedKeys(byTarget) {
		f, err := manifest.Manifests("components/"+name+".yaml", from, byTarget[target])
		if err != nil {
			return fmt.Errorf("component %q: %w", e.mesh.Components[i].Path, err)
		}
		e.made.Files[target] = append(e.made.Files[target], f)
	}
	return nil
}

// made is an object of a target, as it is applied.
type made struct {
	target string
	id     manifest.ID
}

// collision is an object that a component makes although one is made already, by another component or itself.
type collision struct {
	component int
	id        manifest.ID
	from      string // of the first
}

// collided are the two objects of a collision in the first target that has it, and all targets.
type collided struct {
	collision
	first, second manifest.Object
	targets       []string
}

// compare notes an object that is made for the target already.
func (e *evaluator) compare(i int, target string, o manifest.Object) {
	id, _ := o.ID()
	key := made{target: target, id: id.Applied()}
	first, again := e.seen[key]
	if !again {
		e.seen[key] = o
		return
	}
	c := collision{component: i, id: key.id, from: first.From}
	k, known := e.twice[c]
	if !known {
		k = len(e.collisions)
		e.twice[c] = k
		e.collisions = append(e.collisions, collided{collision: c, first: first, second: o})
	}
	e.collisions[k].targets = append(e.collisions[k].targets, target)
}

func (e *evaluator) reportCollisions() {
	for _, c := range e.collisions {
		id, _ := c.second.ID()
		who := "which component " + e.pathFrom(c.from) + " makes too"
		if c.from == c.second.From {
			who = "twice"
		}
		f := diag.New(diag.ComponentDuplicate, pathOf(c.component), "component %s makes %s for %s, %s", e.mesh.Components[c.component].Path, id, some(c.targets), who).
			WithFix("rename one of the two, or choose other targets for one of the components")
		f.Place = placeOf(c.second)
		f.Related = []diag.Related{{Place: placeOf(c.first), Message: "the other is made here"}}
		e.findings = append(e.findings, f)
	}
}

// pathFrom is the path of the component whose entry a field of the topology is.
func (e *evaluator) pathFrom(from string) string {
	for _, c := range e.mesh.Components {
		if c.From() == from {
			return c.Path
		}
	}
	return from
}

// placeOf is the place of what made an object.
func placeOf(o manifest.Object) diag.Place {
	p := diag.Place{File: o.By, Line: o.Line}
	if p.Line > 0 {
		p.Column = 1
	}
	return p
}
