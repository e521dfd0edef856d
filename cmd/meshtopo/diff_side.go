package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"

	"github.com/meshtopo/meshtopo/load"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/review"
)

// side is one of the two things that are compared: a topology, a rendered directory, or manifests.
type side struct {
	about     review.Side
	project   *project // nil without a topology, or with one that has errors
	names     []string // of the targets
	target    func(name string) (*manifest.Target, error)
	rendered  func(name string) (*manifest.Target, error) // what the topology renders to, where target gives something else; else nil
	noTraffic string                                      // why there is no project
	notes     []string
}

// plainTarget is the target of manifests that no index divides into targets.
const plainTarget = "."

// topologySide is a topology without errors. What it renders is not kept.
func topologySide(name string, p *project) *side {
	s := &side{project: p, about: review.Side{Name: name, Topology: p.mesh.Name, Objects: "rendered"}, names: p.targetNames()}
	s.target = p.oneTarget
	return s
}

// oneTarget renders one target.
func (p *project) oneTarget(name string) (*manifest.Target, error) {
	for t, err := range p.rendering.Targets(name) {
		if err != nil {
			return nil, err
		}
		return &t, nil
	}
	return nil, nil
}

// openSide opens an argument of diff.
func (a *app) openSide(ctx context.Context, arg string) (*side, error) {
	info, err := os.Stat(arg)
	if err == nil {
		err = a.inside(arg, info)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", arg, cause(err))
	}
	isTopology, err := looksLikeTopology(arg, info)
	switch {
	case err != nil:
		return nil, err
	case isTopology:
		return a.openTopologySide(ctx, arg)
	case info.IsDir():
		return openDirectory(arg)
	}
	return openManifests(arg)
}

// openTopologySide opens a topology. One with errors cannot be compared.
func (a *app) openTopologySide(ctx context.Context, arg string) (*side, error) {
	p, err := a.open(ctx, arg)
	if err != nil {
		return nil, err
	}
	if p.failed() {
		defer p.close()
		return nil, errors.Join(a.print(a.err, p), fmt.Errorf("topology %q has errors and cannot be compared", arg))
	}
	return topologySide(arg, p), nil
}

// isTopology finds the kind of a topology that is YAML or JSON in its text.
var isTopology = regexp.MustCompile(`(?m)^[{,\s]*"?kind"?\s*:\s*["']?MeshTopology\b`)

// maxPeek is how much of a file is read to see what it is, in bytes.
const maxPeek = 8 << 20

func looksLikeTopology(arg string, info fs.FileInfo) (bool, error) {
	if info.IsDir() {
		return holdsTopology(arg)
	}
	switch filepath.Ext(arg) {
	case ".cue", ".jsonnet":
		return true, nil
	}
	if info.Size() > maxPeek { // no topology is that large
		return false, nil
	}
	if !info.Mode().IsRegular() { // a pipe can be read once only
		return false, nil
	}
	text, err := os.ReadFile(arg)
	if err != nil {
		return false, fmt.Errorf("reading %q: %w", arg, cause(err))
	}
	return isTopology.Match(text), nil
}

// holdsTopology says whether a directory holds a topology file.
func holdsTopology(dir string) (bool, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return false, fmt.Errorf("opening %q: %w", dir, cause(err))
	}
	defer root.Close()
	return load.Holds(root, "."), nil
}

// maxManifests bounds a file that is compared, in bytes.
const maxManifests = 256 << 20

// readManifests reads a file, or a pipe such as a shell makes of <(COMMAND).
func readManifests(f fs.File) ([]byte, error) {
	tooLarge := fmt.Errorf("it is larger than %d MiB: compare parts of it", maxManifests>>20)
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > maxManifests {
		return nil, tooLarge
	}
	data, err := io.ReadAll(io.LimitReader(f, maxManifests+1))
	if len(data) > maxManifests {
		return nil, tooLarge
	}
	return data, err
}

// openManifests is a file of manifests.
func openManifests(arg string) (*side, error) {
	// A pipe that nobody writes to is empty, and is not waited for.
	f, err := os.OpenFile(arg, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", arg, cause(err))
	}
	defer f.Close()
	data, err := readManifests(f)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", arg, cause(err))
	}
	t := &manifest.Target{Name: plainTarget, Files: []manifest.File{{Path: manifestName(arg), Data: data}}}
	return &side{
		about: review.Side{Name: arg, Objects: arg}, names: []string{plainTarget},
		target: func(string) (*manifest.Target, error) { return t, nil },
	}, nil
}

func (s *side) close() {
	if s != nil && s.project != nil {
		s.project.close()
	}
}

// targetOr gives nil for a side that does not have a target, or is not there.
func (s *side) targetOr(name string) (*manifest.Target, error) {
	if s == nil || !slices.Contains(s.names, name) {
		return nil, nil
	}
	return s.target(name)
}

// alignPlain lets manifests of no target be compared with a side that has one target only.
func alignPlain(old, new *side) {
	if len(old.names) == 1 && len(new.names) == 1 && old.names[0] != new.names[0] {
		switch plainTarget {
		case old.names[0]:
			old.rename(new.names[0])
		case new.names[0]:
			new.rename(old.names[0])
		}
	}
}

func (s *side) rename(name string) {
	target, was := s.target, s.names[0]
	s.names = []string{name}
	s.target = func(string) (*manifest.Target, error) {
		t, err := target(was)
		if t != nil {
			renamed := *t
			renamed.Name = name
			t = &renamed
		}
		return t, err
	}
}

// manifestName is the name of a file of manifests in its target; a pipe has none that says what it is.
func manifestName(arg string) string {
	name := filepath.Base(arg)
	if isManifest(name) {
		return name
	}
	return name + ".yaml"
}

// isManifest says whether a file may hold manifests, by its name.
func isManifest(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(name))
}
