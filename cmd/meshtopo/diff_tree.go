package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/review"
)

// openDirectory is a directory of rendered targets, or of manifests.
func openDirectory(arg string) (*side, error) {
	root, err := os.OpenRoot(arg)
	if err != nil {
		return nil, fmt.Errorf("opening %q: %w", arg, cause(err))
	}
	var names []string
	err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && e.Name() == ".git":
			return fs.SkipDir
		case e.Type().IsRegular():
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", arg, cause(err))
	}
	s := &side{about: review.Side{Name: arg, Objects: arg}}
	return s, s.files(names, func(name string) ([]byte, error) {
		f, err := root.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return readManifests(f)
	})
}

// files makes targets of files: of those that have an index the files that it lists, else one target of all manifests.
func (s *side) files(names []string, read func(name string) ([]byte, error)) error {
	indexes := map[string]manifest.Listed{} // by directory
	for _, name := range names {
		if path.Base(name) != manifest.IndexName {
			continue
		}
		data, err := read(name)
		if err != nil {
			return fmt.Errorf("reading %q: %w", name, cause(err))
		}
		listed, err := manifest.ReadListed(name, data)
		if err != nil {
			return err
		}
		indexes[path.Dir(name)] = listed
	}
	if len(indexes) == 0 {
		return s.plain(names, read)
	}
	s.names = slices.Sorted(maps.Keys(indexes))
	s.unlisted(names, indexes)
	s.target = func(dir string) (*manifest.Target, error) {
		listed, ok := indexes[dir]
		if !ok {
			return nil, nil
		}
		return s.listed(dir, listed, read)
	}
	return nil
}

// unlisted notes manifests that no index lists: the user's own, which no kustomization of ours applies.
func (s *side) unlisted(names []string, indexes map[string]manifest.Listed) {
	known := map[string]bool{}
	for dir, listed := range indexes {
		known[path.Join(dir, manifest.IndexName)] = true
		for _, file := range listed.Paths() {
			known[path.Join(dir, file)] = true
		}
	}
	var others []string
	for _, name := range names {
		if !known[name] && isManifest(name) {
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%s: %d files are in no index of a rendered target and were not compared: %s", s.about.Name, len(others), some(others)))
	}
}

// some names the first of many.
func some(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// listed reads a target by its index, and notes what is wrong with it.
func (s *side) listed(dir string, l manifest.Listed, read func(name string) ([]byte, error)) (*manifest.Target, error) {
	t, edited, err := l.Load(func(name string) ([]byte, error) { return read(path.Join(dir, name)) })
	if err != nil {
		return nil, err
	}
	t.Name = dir
	if l.Interrupted {
		s.notes = append(s.notes, fmt.Sprintf("%s: the render of %s was interrupted", s.about.Name, dir))
	}
	for _, name := range edited {
		s.notes = append(s.notes, fmt.Sprintf("%s: %s was edited by hand after it was rendered", s.about.Name, path.Join(dir, name)))
	}
	return &t, nil
}

// plain is one target of all the manifests below a directory.
func (s *side) plain(names []string, read func(name string) ([]byte, error)) error {
	t := &manifest.Target{Name: plainTarget}
	for _, name := range names {
		if !isManifest(name) {
			continue
		}
		data, err := read(name)
		if err != nil {
			return fmt.Errorf("reading %q: %w", name, cause(err))
		}
		t.Files = append(t.Files, manifest.File{Path: name, Data: data})
	}
	if len(t.Files) == 0 {
		return fmt.Errorf("directory %q holds no topology, no rendered target and no manifest", s.about.Name)
	}
	s.names = []string{plainTarget}
	s.target = func(string) (*manifest.Target, error) { return t, nil }
	return nil
}
