package main

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/manifest"
)

// withIndex gives the directories that hold the index of a target.
func (c *commit) withIndex() map[string]bool {
	dirs := map[string]bool{}
	for name := range c.size {
		if path.Base(name) == manifest.IndexName {
			dirs[path.Dir(name)] = true
		}
	}
	return dirs
}

// committed lets the objects of an old side be those of the rendered tree in the commit, when there is one.
func (b *base) committed(s *side, topology string) error {
	if b.flags.rendered == "none" {
		return nil
	}
	trees, err := b.treesOf(topology)
	if err != nil || len(trees) == 0 {
		return err
	}
	dir, err := b.choose(s, topology, trees)
	if err != nil {
		return err
	}
	t := &committedTree{base: b, side: s, dir: dir, listed: trees[dir]}
	s.rendered, s.target = s.target, t.target
	s.names = nil
	for name := range t.listed {
		s.names = append(s.names, name)
	}
	s.about.Objects = s.about.Name[:strings.Index(s.about.Name, ":")+1] + dir
	return nil
}

// choose gives the rendered tree that objects are read from: the one that a flag names, else the first.
func (b *base) choose(s *side, topology string, trees map[string]map[string]manifest.Listed) (string, error) {
	var dirs []string
	for dir := range trees {
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	if b.flags.rendered == "" {
		if len(dirs) > 1 {
			s.notes = append(s.notes, fmt.Sprintf("topology %s is rendered in %d directories at %s; %s was compared (--rendered chooses)", topology, len(dirs), b.flags.base, dirs[0]))
		}
		return dirs[0], nil
	}
	want := path.Clean(filepath.ToSlash(b.flags.rendered))
	if slices.Contains(dirs, want) {
		return want, nil
	}
	return "", fmt.Errorf("--rendered %q holds nothing of topology %s at %s; there is %s", b.flags.rendered, topology, b.flags.base, strings.Join(dirs, ", "))
}

// treesOf gives the rendered trees of a topology in the commit: their indexes by target, by directory.
func (b *base) treesOf(topology string) (map[string]map[string]manifest.Listed, error) {
	var names []string
	for dir := range b.indexed {
		names = append(names, path.Join(dir, manifest.IndexName))
	}
	slices.Sort(names)
	trees := map[string]map[string]manifest.Listed{}
	err := b.commit.read(names, func(name string, data []byte) error {
		listed, err := manifest.ReadListed(name, data)
		dir, ok := strings.CutSuffix("/"+path.Dir(name), "/"+listed.Target)
		if err != nil || !ok || listed.Topology != topology {
			return nil // another program's, or a tree of another topology
		}
		if dir = strings.TrimPrefix(dir, "/"); dir == "" {
			dir = "."
		}
		if trees[dir] == nil {
			trees[dir] = map[string]manifest.Listed{}
		}
		trees[dir][listed.Target] = listed
		return nil
	})
	return trees, err
}

// committedTree is a rendered tree in a commit.
type committedTree struct {
	base   *base
	side   *side
	dir    string
	listed map[string]manifest.Listed
}

// target reads a target with one run of git.
func (t *committedTree) target(name string) (*manifest.Target, error) {
	listed := t.listed[name]
	dir := path.Join(t.dir, name)
	var names []string
	for _, file := range listed.Paths() {
		if full := path.Join(dir, file); t.base.commit.has(full) {
			names = append(names, full)
		}
	}
	files := make(map[string][]byte, len(names))
	if err := t.base.commit.read(names, func(file string, data []byte) error { files[file] = data; return nil }); err != nil {
		return nil, err
	}
	target, err := t.side.listed(dir, listed, func(name string) ([]byte, error) { return files[name], nil })
	if err != nil {
		return nil, err
	}
	target.Name = name
	return target, nil
}

func (c *commit) has(name string) bool { _, ok := c.size[name]; return ok }

// file reads a file of the commit; nil when it is not there.
func (b *base) file(name string) ([]byte, error) {
	if b.commit == nil || !b.commit.has(name) {
		return nil, nil
	}
	var text []byte
	err := b.commit.read([]string{name}, func(_ string, data []byte) error { text = data; return nil })
	return text, err
}
