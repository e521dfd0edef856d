package render

import (
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/document"
	"github.com/meshtopo/meshtopo/manifest"
)

// overlaysFile holds the objects that overlays added.
const overlaysFile = "overlays.yaml"

// refile puts objects into the files of their base: by identity, and where an overlay changed identities (a prefix, a
// namespace), in order among the objects of their kind. What no file had stands in overlays.yaml.
func refile(base manifest.Target, objects []map[string]any) ([]manifest.File, error) {
	home, err := homes(base, objects)
	if err != nil {
		return nil, err
	}
	var files []manifest.File
	byFile := map[string][]manifest.Object{}
	for i, fields := range objects {
		document.Settle(fields)
		base := printedBy(home[i], fields)
		byFile[home[i].Path] = append(byFile[home[i].Path], manifest.Object{Fields: fields, From: home[i].From, By: base.By, Line: base.Line})
	}
	for _, f := range append(slices.Clone(base.Files), manifest.File{Path: overlaysFile, From: "spec.overlays", Listed: true}) {
		switch {
		case len(byFile[f.Path]) > 0:
			made, err := manifest.Manifests(f.Path, f.From, byFile[f.Path])
			if err != nil {
				return nil, err
			}
			made.Listed = f.Listed
			files = append(files, made)
		case !f.Listed && f.Path != manifest.KustomizationName:
			files = append(files, f)
		}
	}
	return files, nil
}

// homes gives for each object the file that it belongs to.
func homes(base manifest.Target, objects []map[string]any) ([]manifest.File, error) {
	known := map[manifest.ID]manifest.File{}
	var order []manifest.ID
	for _, f := range base.Files {
		for _, o := range f.Objects {
			id, err := o.ID()
			if err != nil {
				return nil, err
			}
			known[id.Key()] = f
			order = append(order, id.Key())
		}
	}
	home := make([]manifest.File, len(objects))
	var strangers []int
	for i, fields := range objects {
		id, err := manifest.Object{Fields: fields}.ID()
		if f, ok := known[id.Key()]; err == nil && ok {
			home[i] = f
			delete(known, id.Key())
		} else {
			strangers = append(strangers, i)
		}
	}
	for _, i := range strangers {
		home[i] = adopt(objects[i], known, order)
	}
	return home, nil
}

// adopt gives the file of the first base object of the same kind that has no object yet.
func adopt(fields map[string]any, left map[manifest.ID]manifest.File, order []manifest.ID) manifest.File {
	id, _ := manifest.Object{Fields: fields}.ID()
	for _, base := range order {
		if f, ok := left[base]; ok && base.Group == id.Group && base.Kind == id.Kind && strings.Contains(id.Name, base.Name) {
			delete(left, base)
			return f
		}
	}
	return manifest.File{Path: overlaysFile, From: "spec.overlays"}
}

// printedBy gives the object of the file that an overlay made these fields of: the one with the same identity, else one of the same
// kind, else none.
func printedBy(home manifest.File, fields map[string]any) manifest.Object {
	id, _ := manifest.Object{Fields: fields}.ID()
	var by manifest.Object
	for _, o := range home.Objects {
		base, _ := o.ID()
		switch {
		case base.Key() == id.Key():
			return o
		case base.Group == id.Group && base.Kind == id.Kind:
			by = o
		}
	}
	return by
}
