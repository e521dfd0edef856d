package krm

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshtopo/meshtopo/manifest"
)

// Annotations of generated objects: by these two they are known as ours later.
const (
	TopologyAnnotation = "meshtopo.dev/topology" // metadata.name of the topology
	TargetAnnotation   = "meshtopo.dev/target"   // the target that the object belongs to
)

// The annotations that say which file an object is in and where in it: today's spelling, and that of hosts before 2021.
var (
	pathAnnotations  = [...]string{"internal.config.kubernetes.io/path", "config.kubernetes.io/path"}
	indexAnnotations = [...]string{"internal.config.kubernetes.io/index", "config.kubernetes.io/index"}
)

const (
	localConfig    = "config.kubernetes.io/local-config"          // hosts set it on the functionConfig
	packagePath    = "internal.config.kubernetes.io/package-path" // kpt: which package the item's file is in
	kustomizeMarks = "kustomize.config.k8s.io/id"                 // kustomize sets it on items of transformers and validators
)

// hosts are prefixes of annotations that belong to the host: what is refreshed keeps them.
var hosts = [...]string{"internal.config.kubernetes.io/", "config.kubernetes.io/", "config.k8s.io/", "kustomize.config.k8s.io/", "internal.kpt.dev/"}

// Object is an object that a topology yields: its target, the file in the target, and how many stand before it in that file.
type Object struct {
	Target, File string
	Index        int
	manifest.Object
}

// Change counts what Generate or Transform did to the items.
type Change struct{ Added, Refreshed, Removed int }

// key is the identity of an object inside one topology.
type key struct {
	target string
	id     manifest.ID
}

// place is where there can be one object of an identity: a file of a host that has files, the whole list of one that has none.
type place struct {
	id        manifest.ID
	pkg, file string
}

func placeOf(i Item) place {
	return place{id: i.ID.Key(), pkg: i.Annotations[packagePath], file: i.path()}
}

func (i Item) path() string {
	for _, k := range pathAnnotations {
		if p := i.Annotations[k]; p != "" {
			return p
		}
	}
	return ""
}

// CheckIDs refuses two items of one identity in one file, or in none. Kustomizations have no names.
func (l *List) CheckIDs() error {
	seen := map[place]int{}
	for n, i := range l.Items {
		p := placeOf(i)
		if first, ok := seen[p]; ok && i.ID.Name != "" {
			return fmt.Errorf("items %d and %d are the same object, %s: remove one", first+1, n+1, i.ID)
		}
		seen[p] = n
	}
	return nil
}

// UnderKustomize says whether the list comes from kustomize's transformers or validators.
func (l *List) UnderKustomize() bool {
	return slices.ContainsFunc(l.Items, func(i Item) bool { _, ok := i.Annotations[kustomizeMarks]; return ok })
}

// Generate adds the objects of a topology and touches no item, but for the copy of the functionConfig that kustomize makes the only item
// of a generator. An item that is one of the objects already is an error.
func (l *List) Generate(topology string, c Config, objects []Object) (Change, error) {
	l.Items = slices.DeleteFunc(l.Items, func(i Item) bool { return isCopy(i, c) })
	if err := l.clash(objects, nil); err != nil {
		return Change{}, err
	}
	l.kept = false
	return Change{Added: len(objects)}, l.add(topology, objects)
}

// isCopy says whether an item is the functionConfig that a host put there: it has no file.
func isCopy(i Item, c Config) bool {
	return i.Annotations[localConfig] == "true" && i.path() == "" && i.ID.Group+"/"+i.ID.Version == APIVersion && i.ID.Kind == c.Kind && i.ID.Name == c.Name
}

// Transform adds the objects of a topology, refreshes those that are among the items already, and removes items that it generated once
// and that no longer follow from the topology, as far as their target is selected. All other items stay as they are.
func (l *List) Transform(topology string, objects []Object, selected func(target string) bool) (Change, error) {
	fresh, err := byKey(objects)
	if err != nil {
		return Change{}, err
	}
	var change Change
	var kept []Item
	found := map[key]bool{}
	for _, i := range l.Items {
		k := keyOf(i)
		if i.Annotations[TopologyAnnotation] != topology || !selected(k.target) {
			kept = append(kept, i)
			continue
		}
		o, follows := fresh[k]
		if !follows || found[k] {
			change.Removed++
			continue
		}
		found[k] = true
		refreshed, err := i.refresh(topology, o, l.indent)
		if err != nil {
			return Change{}, err
		}
		if !bytes.Equal(refreshed.text, i.text) {
			change.Refreshed++
		}
		kept = append(kept, refreshed)
	}
	l.Items = kept
	missing := slices.DeleteFunc(slices.Clone(objects), func(o Object) bool {
		id, _ := o.ID()
		return found[key{o.Target, id.Key()}]
	})
	if err := l.clash(missing, found); err != nil {
		return Change{}, err
	}
	change.Added = len(missing)
	l.kept = l.kept && change == Change{}
	return change, l.add(topology, missing)
}

// clash refuses objects that would stand beside an item of the same identity.
func (l *List) clash(objects []Object, ours map[key]bool) error {
	taken := map[place]int{}
	for n, i := range l.Items {
		taken[placeOf(i)] = n
	}
	for _, o := range objects {
		id, err := o.ID()
		if err != nil {
			return err
		}
		n, ok := taken[place{id: id.Key()}]
		if !ok {
			n, ok = taken[place{id: id.Key(), file: o.Target + "/" + o.File}]
		}
		if !ok {
			continue
		}
		if l.Items[n].Annotations[TopologyAnnotation] != "" {
			return fmt.Errorf("item %d is %s, which target %s would be given: it was generated before: refresh it with a MeshRender of mode transform, and choose targets that do not share objects", n+1, id, o.Target)
		}
		return fmt.Errorf("item %d is %s, which target %s would be given, and was not generated by meshtopo: remove or rename it", n+1, id, o.Target)
	}
	return l.share(objects, ours)
}

// share refuses objects of two targets that are one to a host without files.
func (l *List) share(objects []Object, ours map[key]bool) error {
	if !l.UnderKustomize() {
		return nil
	}
	targets := map[manifest.ID]string{}
	for k := range ours {
		targets[k.id] = k.target
	}
	for _, o := range objects {
		id, _ := o.ID()
		if other, ok := targets[id.Key()]; ok && other != o.Target {
			return fmt.Errorf("targets %s and %s both hold %s, and kustomize knows no targets: choose one with spec.targets", min(other, o.Target), max(other, o.Target), id)
		}
		targets[id.Key()] = o.Target
	}
	return nil
}

// add appends objects to the items.
func (l *List) add(topology string, objects []Object) error {
	for _, o := range objects {
		id, err := o.ID()
		if err != nil {
			return err
		}
		own := map[string]string{}
		for i := range pathAnnotations {
			own[pathAnnotations[i]] = o.Target + "/" + o.File
			own[indexAnnotations[i]] = strconv.Itoa(o.Index)
		}
		text, err := manifest.Encode(o.marked(topology, own))
		if err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		l.Items = append(l.Items, Item{ID: id, text: element(text, l.indent)})
	}
	return nil
}

// refresh gives the item as the topology yields it now. The host's annotations stay; an item that says the same already keeps its
// bytes.
func (i Item) refresh(topology string, o Object, indent int) (Item, error) {
	text, err := i.renewed(topology, o)
	if err != nil {
		return Item{}, err
	}
	if old, err := manifest.Decode(i.plain(indent)); err == nil && len(old) == 1 {
		if same, err := manifest.Encode(old[0]); err == nil && bytes.Equal(same, text) {
			return i, nil
		}
	}
	i.text = append(i.comments(), element(text, indent)...)
	return i, nil
}

// renewed is the text of an object as the topology yields it now, with the annotations that the host gave the item.
func (i Item) renewed(topology string, o Object) ([]byte, error) {
	kept := maps.Clone(i.Annotations)
	maps.DeleteFunc(kept, func(k, _ string) bool {
		return !slices.ContainsFunc(hosts[:], func(prefix string) bool { return strings.HasPrefix(k, prefix) })
	})
	text, err := manifest.Encode(o.marked(topology, kept))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", i.ID, err)
	}
	return text, nil
}

// comments are the lines before an item.
func (i Item) comments() []byte {
	offset := 0
	for _, line := range lines(i.text, 1) {
		if !silent(line) {
			break
		}
		offset += len(line)
	}
	return bytes.Clone(i.text[:offset])
}

// plain is the text of an item without the "-" of the list.
func (i Item) plain(indent int) []byte {
	text := bytes.Clone(i.text)
	text[len(i.comments())+indent] = ' '
	return text
}

// marked gives the fields of an object with our annotations and some more. Nothing of the object is changed.
func (o Object) marked(topology string, more map[string]string) map[string]any {
	fields := maps.Clone(o.Fields)
	metadata, _ := fields["metadata"].(map[string]any)
	metadata = maps.Clone(metadata)
	annotations := map[string]any{TopologyAnnotation: topology, TargetAnnotation: o.Target}
	switch old := metadata["annotations"].(type) {
	case map[string]any:
		maps.Copy(annotations, old)
	case map[string]string:
		for k, v := range old {
			annotations[k] = v
		}
	}
	for k, v := range more {
		annotations[k] = v
	}
	metadata["annotations"] = annotations
	fields["metadata"] = metadata
	return fields
}

// Clear answers without items. kustomize takes what a validator leaves out as unchanged, and what it echoes as changed.
func (l *List) Clear() { l.Items, l.kept = nil, false }
