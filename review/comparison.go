package review

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/manifest"
)

// Comparison gathers how the objects of two sides differ, target by target. The zero value is ready.
type Comparison struct {
	Ignore *Ignore // what is silenced; nil for nothing

	targets      []TargetDelta
	own, version groups
	stale        int
}

// Target compares one target. A side that does not have it is nil. Of files that are equal byte by byte nothing is parsed. Rendered is what
// the topology of the old side renders to now, for an old side that was read from a committed tree, else nil: a change that is there
// between old and rendered, and not between rendered and new, is of the version alone. The error names side, target, file and line of
// what cannot be read.
func (c *Comparison) Target(old, rendered, new *manifest.Target) error {
	if old == nil || new == nil {
		return c.oneSided(old, new)
	}
	found, err := compare("old side", old, "new side", new)
	if err != nil || len(found.all) == 0 {
		return err
	}
	own, byVersion := found, differences{}
	if rendered != nil {
		behind, err := compare("old side", old, "old side, rendered now", rendered)
		if err != nil {
			return err
		}
		c.stale += len(behind.all)
		since, err := compare("old side, rendered now", rendered, "new side", new)
		if err != nil {
			return err
		}
		own, byVersion = found.without(since)
	}
	for _, part := range []struct {
		found  differences
		groups *groups
	}{{own, &c.own}, {byVersion, &c.version}} {
		list, err := part.found.renamed()
		if err != nil {
			return err
		}
		for _, d := range list {
			if c.Ignore.silence(d) {
				part.groups.add(d)
			}
		}
	}
	return nil
}

// oneSided counts the objects of a target that only one side has.
func (c *Comparison) oneSided(old, new *manifest.Target) error {
	side, t, delta := "new side", new, TargetDelta{Change: Added, Risk: Additive}
	if new == nil {
		side, t, delta = "old side", old, TargetDelta{Change: Removed, Risk: Removal}
	}
	if t == nil {
		return nil
	}
	delta.Target = t.Name
	p, err := pair(newHalf("", nil), newHalf(side, t), isRendered(t))
	if err != nil {
		return err
	}
	delta.Objects = len(p.added)
	c.targets = append(c.targets, delta)
	return nil
}

// Result gives what was found in all targets: the same change in many is one entry.
func (c *Comparison) Result() (targets []TargetDelta, changes, version []Change, ignored []Ignored) {
	slices.SortFunc(c.targets, func(a, b TargetDelta) int {
		return cmp.Or(cmp.Compare(b.Risk, a.Risk), cmp.Compare(a.Target, b.Target))
	})
	return c.targets, c.own.changes(), c.version.changes(), c.Ignore.report()
}

// Stale is how many objects of old sides are not what their topologies render to now, among the targets in which something changed.
func (c *Comparison) Stale() int { return c.stale }

// differences is what differs between two sides of one target.
type differences struct {
	all []*difference // objects that one side has, objects and files that changed
}

// compare finds all differences of two sides of a target, before renames are looked for.
func compare(oldName string, old *manifest.Target, newName string, new *manifest.Target) (differences, error) {
	var found differences
	p, err := pair(newHalf(oldName, old), newHalf(newName, new), isRendered(old) || isRendered(new))
	if err != nil {
		return found, err
	}
	for _, o := range p.removed {
		found.add(&difference{target: new.Name, change: Removed, file: o.in.from.path, id: o.id, old: o})
	}
	for _, n := range p.added {
		found.add(&difference{target: new.Name, change: Added, file: n.in.from.path, id: n.id, new: n})
	}
	for _, both := range p.changed {
		d, err := changedObject(new.Name, both)
		if err != nil {
			return found, err
		}
		found.add(d)
	}
	return found, found.files(new.Name, p, hasFile(old), hasFile(new))
}

func (ds *differences) add(d *difference) {
	if d != nil {
		ds.all = append(ds.all, d)
	}
}

func hasFile(t *manifest.Target) func(string) bool {
	names := make(map[string]bool, len(t.Files))
	for _, f := range t.Files {
		names[f.Path] = true
	}
	return func(name string) bool { return names[name] }
}

// changedObject gives nil for objects that mean the same.
func changedObject(target string, both [2]*object) (*difference, error) {
	old, err := both[0].content()
	if err != nil {
		return nil, err
	}
	new, err := both[1].content()
	if err != nil {
		return nil, err
	}
	id := both[1].id
	apiVersion, _ := new["apiVersion"].(string)
	d := &difference{target: target, change: Changed, file: both[1].in.from.path, id: id}
	w := differ{kind: d.kind(), shape: durationsOf(apiVersion, id.Kind)}
	w.value(old, new)
	both[0].forget()
	both[1].forget()
	if d.fields = w.found; len(d.fields) == 0 {
		return nil, nil
	}
	return d, nil
}

// files compares what is no Kubernetes object.
func (ds *differences) files(target string, p *pairs, inOld, inNew func(string) bool) error {
	for _, name := range unionKeys(p.rest, nil) {
		ds.add(restDifference(target, name, p.rest[name], [2]bool{inOld(name), inNew(name)}))
	}
	var terraform [][2]*source
	for _, both := range p.files {
		if strings.HasSuffix(cmp.Or(both[0], both[1]).path, terraformSuffix) {
			terraform = append(terraform, both)
		} else {
			ds.add(textDifference(target, both[0], both[1]))
		}
	}
	blocks, err := terraformDifferences(target, terraform)
	ds.all = append(ds.all, blocks...)
	return err
}

// without takes out what is not among the differences since: they came about before.
func (ds differences) without(since differences) (own, before differences) {
	later := make(map[manifest.ID]*difference, len(since.all))
	for _, d := range since.all {
		later[d.id.Key()] = d
	}
	for _, d := range ds.all {
		after := later[d.id.Key()]
		if after == nil {
			before.add(d)
			continue
		}
		if d.change != Changed || after.change != Changed {
			own.add(d)
			continue
		}
		mine, theirs := *d, *d
		mine.fields, theirs.fields = nil, nil
		for _, f := range d.fields {
			if slices.ContainsFunc(after.fields, func(a fieldDifference) bool { return related(a.path, f.path) }) {
				mine.fields = append(mine.fields, f)
			} else {
				theirs.fields = append(theirs.fields, f)
			}
		}
		if len(mine.fields) > 0 {
			own.add(&mine)
		}
		if len(theirs.fields) > 0 {
			before.add(&theirs)
		}
	}
	return own, before
}

// related says whether one of two paths is the other or leads into it.
func related(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	rest, found := strings.CutPrefix(b, a)
	return found && (a == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}

// renamed gives the differences with renames found, in the order of their names.
func (ds differences) renamed() ([]*difference, error) {
	var list []*difference
	var removed, added []*object
	for _, d := range ds.all {
		switch {
		case d.old != nil:
			removed = append(removed, d.old)
		case d.new != nil:
			added = append(added, d.new)
		default:
			list = append(list, d)
		}
	}
	pairs, removed, added, err := findRenames(removed, added)
	if err != nil {
		return nil, err
	}
	gone := make(map[*object]bool)
	for _, o := range slices.Concat(removed, added) {
		gone[o] = true
	}
	for _, d := range ds.all {
		if gone[d.old] || gone[d.new] {
			list = append(list, d)
		}
	}
	for _, both := range pairs {
		d, err := renamedObject(ds.target(), both)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	slices.SortStableFunc(list, func(a, b *difference) int { return compareIDs(a.id, b.id) })
	return list, nil
}

func (ds differences) target() string {
	if len(ds.all) == 0 {
		return ""
	}
	return ds.all[0].target
}

func renamedObject(target string, both [2]*object) (*difference, error) {
	old, new := both[0].id, both[1].id
	d, err := changedObject(target, both)
	if err != nil {
		return nil, err
	}
	d.change, d.was = Renamed, old.Name
	if old.Namespace != new.Namespace {
		d.was = old.Namespace + "/" + old.Name
	}
	d.fields = slices.DeleteFunc(d.fields, func(f fieldDifference) bool {
		return f.keys == "metadata.name" || f.keys == "metadata.namespace"
	})
	return d, nil
}
