package review

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/manifest"
)

// maxKept bounds the text, in bytes, of objects that stay parsed while their partners are looked for. What is beyond is parsed again.
const maxKept = 8 << 20

// half is one side of a target.
type half struct {
	name  string // of the side, for errors
	files map[string]*source
}

func newHalf(name string, t *manifest.Target) half {
	h := half{name: name, files: map[string]*source{}}
	if t == nil {
		return h
	}
	for _, f := range t.Files {
		h.files[f.Path] = &source{name, t.Name, f.Path, f.Data}
	}
	return h
}

// isRendered says whether meshtopo made the target: its kustomization is then one of our own, which lists files and says nothing else.
func isRendered(t *manifest.Target) bool {
	return t != nil && slices.ContainsFunc(t.Files, func(f manifest.File) bool { return f.Path == manifest.IndexName || f.From != "" })
}

// skip is the files that are not looked at: they say which files there are, as the files themselves do.
func skip(name string, rendered bool) bool {
	return name == manifest.IndexName || rendered && name == manifest.KustomizationName
}

// isManifest says whether a file may hold Kubernetes objects.
func isManifest(name string) bool {
	switch path.Ext(name) {
	case ".yaml", ".yml":
		return true
	case ".json":
		return !strings.HasSuffix(name, terraformSuffix)
	}
	return false
}

// pairs is what differs between two sides of a target, not yet looked into.
type pairs struct {
	changed        [][2]*object // old and new of one identity
	removed, added []*object
	rest           map[string][2][]object // by file: documents that are no objects
	files          [][2]*source           // others that differ; one is nil where a side does not have it
}

// pair finds the objects and files of two sides that belong together. Files and documents that are the same on both are not parsed.
func pair(old, new half, rendered bool) (*pairs, error) {
	p := &pairs{rest: map[string][2][]object{}}
	var left [2][]document
	var same [][2]*source
	for _, name := range unionKeys(old.files, new.files) {
		o, n := old.files[name], new.files[name]
		switch {
		case skip(name, rendered):
		case o != nil && n != nil && bytes.Equal(o.data, n.data):
			if isManifest(name) {
				same = append(same, [2]*source{o, n})
			}
		case !isManifest(name):
			p.files = append(p.files, [2]*source{o, n})
		default:
			for i, s := range [2]*source{o, n} {
				if s != nil {
					s.data = unixLines(s.data)
					left[i] = append(left[i], split(s)...)
				}
			}
		}
	}
	var twins []twin
	left[0], left[1], twins = withoutTwins(left[0], left[1])
	sides := [2]map[manifest.ID]*object{}
	for i := range left {
		var err error
		if sides[i], err = p.index(left[i], i); err != nil {
			return nil, err
		}
	}
	if err := findSeconds(sides, same, twins); err != nil {
		return nil, err
	}
	p.match(sides)
	return p, nil
}

// index reads the documents of a side. Two objects with one identity are an error.
func (p *pairs) index(documents []document, side int) (map[manifest.ID]*object, error) {
	byKey := make(map[manifest.ID]*object, len(documents))
	kept := 0
	for _, d := range documents {
		objects, err := read(d)
		if err != nil {
			return nil, err
		}
		kept += len(d.text)
		for i := range objects {
			o := &objects[i]
			if o.id == (manifest.ID{}) {
				rest := p.rest[d.from.path]
				rest[side] = append(rest[side], *o)
				p.rest[d.from.path] = rest
				continue
			}
			if first := byKey[o.id.Key()]; first != nil {
				return nil, twice(first, o)
			}
			if kept > maxKept {
				o.forget()
			}
			byKey[o.id.Key()] = o
		}
	}
	return byKey, nil
}

// twice is the error of two objects with one identity.
func twice(first, second *object) error {
	a, b := first.in.from, second.in.from
	if a.path > b.path || a.path == b.path && first.line > second.line {
		first, second, a, b = second, first, b, a
	}
	return b.errorf(second.line, "%s is here a second time; the first is at %s:%d: remove one", second.id, a.path, first.line)
}

// findSeconds looks for objects that differ in what is the same on both sides. Only documents that may hold one of them are parsed.
func findSeconds(sides [2]map[manifest.ID]*object, same [][2]*source, twins []twin) error {
	var looked wanted
	for _, side := range sides {
		for id := range side {
			looked.add(id)
		}
	}
	for _, t := range twins {
		if err := t.findSecond(&looked, sides); err != nil {
			return err
		}
	}
	for _, file := range same {
		if len(looked.kinds) == 0 {
			break
		}
		o := &source{file[0].side, file[0].target, file[0].path, unixLines(file[0].data)}
		for _, d := range split(o) {
			of := d
			of.from = file[1]
			if err := (twin{d, of}).findSecond(&looked, sides); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t twin) findSecond(looked *wanted, sides [2]map[manifest.ID]*object) error {
	if !looked.mayHold(t.new.text) {
		return nil
	}
	for i, d := range [2]document{t.old, t.new} {
		objects, err := read(d)
		if err != nil {
			return err
		}
		for k := range objects {
			if first := sides[i][objects[k].id.Key()]; first != nil {
				return twice(first, &objects[k])
			}
		}
	}
	return nil
}

// match puts the objects of two sides together, in the order of their names.
func (p *pairs) match(sides [2]map[manifest.ID]*object) {
	for id, o := range sides[0] {
		if n := sides[1][id]; n != nil {
			p.changed = append(p.changed, [2]*object{o, n})
		} else {
			p.removed = append(p.removed, o)
		}
	}
	for id, n := range sides[1] {
		if sides[0][id] == nil {
			p.added = append(p.added, n)
		}
	}
	slices.SortFunc(p.changed, func(a, b [2]*object) int { return compareIDs(a[0].id, b[0].id) })
	for _, list := range [][]*object{p.removed, p.added} {
		slices.SortFunc(list, func(a, b *object) int { return compareIDs(a.id, b.id) })
	}
}
