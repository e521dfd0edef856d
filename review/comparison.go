package review

import (
	"bytes"
	"cmp"
	"encoding/json"
	"path"
	"slices"

	"github.com/meshtopo/meshtopo/manifest"
)

// Comparison gathers how the objects of two sides differ, target by target. The zero value is ready.
type Comparison struct {
	Ignore *Ignore // what is silenced; nil for nothing

	targets []TargetDelta
	changes groups
	version groups
	stale   int
}

// Target compares one target. A side that does not have it is nil. Of files that are equal byte by byte nothing is parsed. Rendered is what
// the topology of the old side renders to now, for an old side that was read from a committed tree, else nil: a change that is there
// between old and rendered, and not between rendered and new, is of the version alone. The error is a *SideError.
func (c *Comparison) Target(old, rendered, now *manifest.Target) error {
	if old == nil && now == nil {
		return nil
	}
	if old == nil || now == nil {
		return c.oneSided(old, now)
	}
	changes, err := compareTargets(old, now)
	if err != nil {
		return err
	}
	if rendered != nil && !sameFiles(old.Files, rendered.Files) {
		behind, err := compareTargets(old, rendered)
		if err != nil {
			return err
		}
		c.stale += len(behind)
	}
	if rendered != nil && len(changes) > 0 {
		meant, err := compareTargets(rendered, now)
		if err != nil {
			return err
		}
		var alone []Change
		if changes, alone = apart(changes, meant); len(alone) > 0 {
			c.version.add(c.Ignore.filter(alone))
		}
	}
	c.changes.add(c.Ignore.filter(changes))
	return nil
}

// oneSided notes a target that one side does not have.
func (c *Comparison) oneSided(old, now *manifest.Target) error {
	delta, t := TargetDelta{Change: Removed, Risk: Removal}, old
	if old == nil {
		delta, t = TargetDelta{Change: Added, Risk: Additive}, now
	}
	documents, others := gather(t)
	var r reader
	for i := range documents {
		if err := r.read(&documents[i], false); err != nil {
			return &SideError{t.Name, err}
		}
	}
	delta.Target, delta.Objects = t.Name, len(r.objects)+len(others)
	c.targets = append(c.targets, delta)
	return nil
}

// Result gives what was found in all targets: the same change in many is one entry.
func (c *Comparison) Result() (targets []TargetDelta, changes, version []Change, ignored []Ignored) {
	slices.SortFunc(c.targets, func(x, y TargetDelta) int {
		return cmp.Or(cmp.Compare(y.Risk, x.Risk), cmp.Compare(x.Target, y.Target))
	})
	return c.targets, c.changes.list(), c.version.list(), c.Ignore.result()
}

// Stale is how many objects of the old sides are not what their topologies render to now.
func (c *Comparison) Stale() int { return c.stale }

// gather gives the documents of a target, and the files that hold none.
func gather(t *manifest.Target) (documents []document, others []manifest.File) {
	for _, f := range t.Files {
		switch {
		case path.Base(f.Path) == manifest.IndexName, t.Name != "." && f.Path == manifest.KustomizationName:
			// These follow from the files that they list.
		case isManifest(f.Path) && !isTerraform(f.Path):
			documents = append(documents, split(f.Path, f.Data)...)
		default:
			others = append(others, f)
		}
	}
	return documents, others
}

// compareTargets compares what two targets hold.
func compareTargets(old, now *manifest.Target) ([]Change, error) {
	if sameFiles(old.Files, now.Files) {
		return nil, nil
	}
	oldDocuments, oldFiles := gather(old)
	newDocuments, newFiles := gather(now)
	oldOnly, newOnly := withoutEqual(oldDocuments, newDocuments)
	was, err := readSide(old.Name, oldDocuments, oldOnly)
	if err != nil {
		return nil, err
	}
	is, err := readSide(now.Name, newDocuments, newOnly)
	if err != nil {
		return nil, err
	}
	changes := append(compareObjects(was, is), compareFiles(oldFiles, newFiles)...)
	for i := range changes {
		changes[i].Targets = []string{now.Name}
		assess(&changes[i])
	}
	return changes, nil
}

func sameFiles(old, now []manifest.File) bool {
	return slices.EqualFunc(old, now, func(x, y manifest.File) bool { return x.Path == y.Path && bytes.Equal(x.Data, y.Data) })
}

// readSide parses the documents that the other side does not have.
func readSide(target string, all, only []document) (*reader, error) {
	r := &reader{}
	for i := range only {
		if err := r.read(&only[i], false); err != nil {
			return nil, &SideError{target, err}
		}
	}
	if err := r.verify(unread(all, only)); err != nil {
		return nil, &SideError{target, err}
	}
	return r, nil
}

// unread gives the documents of a list that are not in a part of it, which has the same order.
func unread(all, part []document) []document {
	var rest []document
	for _, d := range all {
		if len(part) > 0 && d.file == part[0].file && d.line == part[0].line {
			part = part[1:]
			continue
		}
		rest = append(rest, d)
	}
	return rest
}

// compareObjects matches the objects of two sides.
func compareObjects(was, is *reader) []Change {
	var changes []Change
	var gone, come []*object
	for _, k := range was.order {
		if is.objects[k] == nil {
			gone = append(gone, was.objects[k])
		}
	}
	for _, k := range is.order {
		now, before := is.objects[k], was.objects[k]
		if before == nil {
			come = append(come, now)
			continue
		}
		if fields := compareFields(before, now); len(fields) > 0 {
			changes = append(changes, changeOf(now, Changed, fields))
		}
	}
	renamed, gone, come := renames(gone, come)
	changes = append(changes, renamed...)
	for _, o := range gone {
		changes = append(changes, changeOf(o, Removed, nil))
	}
	for _, o := range come {
		changes = append(changes, changeOf(o, Added, nil))
	}
	return changes
}

func changeOf(o *object, what string, fields []Field) Change {
	c := Change{Kind: o.id.Kind, Namespace: o.id.Namespace, Name: o.id.Name, Change: what, File: o.file, Fields: fields}
	c.APIVersion, _ = o.fields["apiVersion"].(string)
	if c.Kind == KindFile {
		c.APIVersion = ""
	}
	return c
}

// apart splits changes into those that are there between what the old topology renders to now and the new side, too, and the rest.
func apart(changes, meant []Change) (own, alone []Change) {
	byName := map[key]*Change{}
	for i := range meant {
		byName[meant[i].key()] = &meant[i]
	}
	for _, c := range changes {
		m := byName[c.key()]
		switch {
		case m == nil:
			alone = append(alone, c)
		case c.Change != Changed || m.Change != Changed:
			own = append(own, c)
		default:
			mine, others := splitFields(c, m)
			own, alone = append(own, mine...), append(alone, others...)
		}
	}
	return own, alone
}

func (c *Change) key() key {
	group, _, _ := cutGroup(c.APIVersion)
	return key{group, c.Kind, c.Namespace, c.Name}
}

// splitFields splits the fields of a change into those that are meant, and the rest.
func splitFields(c Change, meant *Change) (own, alone []Change) {
	paths := map[string]bool{}
	for _, f := range meant.Fields {
		paths[f.Path] = true
	}
	mine, rest := c, c
	mine.Fields, rest.Fields = nil, nil
	for _, f := range c.Fields {
		if paths[f.Path] {
			mine.Fields = append(mine.Fields, f)
		} else {
			rest.Fields = append(rest.Fields, f)
		}
	}
	for _, part := range []struct {
		change Change
		list   *[]Change
	}{{mine, &own}, {rest, &alone}} {
		if len(part.change.Fields) > 0 {
			assess(&part.change)
			*part.list = append(*part.list, part.change)
		}
	}
	return own, alone
}

// groups gathers changes, the same in several targets as one. The zero value is ready.
type groups struct {
	index map[string]int
	all   []Change
}

func (g *groups) add(changes []Change) {
	if g.index == nil {
		g.index = map[string]int{}
	}
	for _, c := range changes {
		alike := c
		alike.Targets = nil
		text, err := json.Marshal(alike)
		if err != nil {
			panic(err) // strings and raw JSON that was marshalled before
		}
		if i, ok := g.index[string(text)]; ok {
			g.all[i].Targets = append(g.all[i].Targets, c.Targets...)
			continue
		}
		g.index[string(text)] = len(g.all)
		g.all = append(g.all, c)
	}
}

// list gives the changes, worst first.
func (g *groups) list() []Change {
	slices.SortStableFunc(g.all, func(x, y Change) int {
		return cmp.Or(cmp.Compare(y.Risk, x.Risk), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Namespace, y.Namespace), cmp.Compare(x.Name, y.Name), slices.Compare(x.Targets, y.Targets))
	})
	return g.all
}
