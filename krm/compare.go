package krm

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
)

// Deviation is one way in which the items differ from what a topology yields: something that Transform would change.
type Deviation struct {
	Item                int         // which item it is, from 1; 0 for an object that is not among the items
	Index               int         // of the item in its file, from 0
	ID                  manifest.ID // of the object
	manifest.Difference             // File is the item's own, "" where the host has no files
}

// Result gives a finding about a deviation as a result that refers to the item. A value is shown in the message only, and there not that of a
// Secret.
func (d Deviation) Result(f diag.Finding) Result {
	r := result(f, diag.Fingerprints([]diag.Finding{f})[0])
	version := d.ID.Version
	if d.ID.Group != "" {
		version = d.ID.Group + "/" + version
	}
	r.Ref = map[string]any{"apiVersion": version, "kind": d.ID.Kind, "name": d.ID.Name}
	if d.ID.Namespace != "" {
		r.Ref["namespace"] = d.ID.Namespace
	}
	r.Path, r.File, r.Index = diag.Path(d.Field), d.File, d.Index
	r.Tags["target"] = d.Target
	return r
}

// Held gives the targets that some of the items were generated for from a topology.
func (l *List) Held(topology string) map[string]bool {
	held := map[string]bool{}
	for _, i := range l.Items {
		if i.Annotations[TopologyAnnotation] == topology {
			held[i.Annotations[TargetAnnotation]] = true
		}
	}
	return held
}

// Compare tells what Transform would change in the items of the selected targets, in the order of the items; what is missing comes last.
// Nothing is changed.
func (l *List) Compare(topology string, objects []Object, selected func(target string) bool) ([]Deviation, error) {
	fresh, err := byKey(objects)
	if err != nil {
		return nil, err
	}
	var all []Deviation
	found := map[key]bool{}
	for n, i := range l.Items {
		k := keyOf(i)
		if i.Annotations[TopologyAnnotation] != topology || !selected(k.target) {
			continue
		}
		d := Deviation{Item: n + 1, Index: i.index(), ID: i.ID, Difference: manifest.Difference{Target: k.target, File: i.path(), Object: i.ID.String()}}
		o, follows := fresh[k]
		if !follows || found[k] {
			d.Kind = manifest.Unexpected
			all = append(all, d)
			continue
		}
		found[k] = true
		differences, err := i.differences(topology, o, l.indent)
		if err != nil {
			return nil, err
		}
		for _, difference := range differences {
			difference.Target, difference.File, difference.Object = d.Target, d.File, d.Object
			d.Difference = difference
			all = append(all, d)
		}
	}
	for _, o := range objects {
		id, _ := o.ID() // byKey has read it
		if !found[key{o.Target, id.Key()}] {
			all = append(all, Deviation{ID: id, Difference: manifest.Difference{Target: o.Target, Object: id.String(), Kind: manifest.Missing}})
		}
	}
	return all, nil
}

func keyOf(i Item) key { return key{i.Annotations[TargetAnnotation], i.ID.Key()} }

func byKey(objects []Object) (map[key]Object, error) {
	fresh := map[key]Object{}
	for _, o := range objects {
		id, err := o.ID()
		if err != nil {
			return nil, err
		}
		fresh[key{o.Target, id.Key()}] = o
	}
	return fresh, nil
}

// index gives the place of an item in its file; 0 where the host does not say.
func (i Item) index() int {
	for _, k := range indexAnnotations {
		if n, err := strconv.Atoi(i.Annotations[k]); err == nil && n > 0 {
			return n
		}
	}
	return 0
}

// differences tells how an item differs from the object that it was generated as. Spelling does not count.
func (i Item) differences(topology string, o Object, indent int) ([]manifest.Difference, error) {
	want, err := i.renewed(topology, o)
	if err != nil {
		return nil, err
	}
	old, err := manifest.Decode(i.plain(indent))
	if err != nil || len(old) != 1 {
		return []manifest.Difference{{Kind: manifest.Changed, Note: "it uses aliases or other features of YAML that are not compared"}}, nil
	}
	have, err := manifest.Encode(old[0])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", i.ID, err)
	}
	found := manifest.CompareFiles("item.yaml", have, want)
	return slices.DeleteFunc(found, func(d manifest.Difference) bool { return d.Note != "" }), nil
}
