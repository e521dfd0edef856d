// Package doctor looks at a repository: whether what runs meshtopo there is set up so that it works.
//
// Survey walks a directory once and notes what is of interest: topologies, rendered targets, kustomizations that use the function,
// what calls kustomize, Argo CD's options, schema files, and the configuration of pre-commit. Findings judges what can be judged
// from these files alone; what is wrong with a topology, and whether a rendered target is up to date, is for who can render (package main).
//
// For its next author: a thing that is looked for is a method of surveyor, in the file of its subject, and a rule of
// diag/rules_host.go. Nothing is executed and nothing outside the root is read. It imports diag and manifest.
package doctor

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
)

const (
	maxFiles = 200_000 // that are looked at; a repository has fewer
	maxSize  = 4 << 20 // bytes of a file that is read
)

// Repository is what was found. Paths are slash-separated and relative to the root.
type Repository struct {
	Topologies []Topology
	Trees      []Tree // rendered directories, in order
	Findings   []diag.Finding
}

// Tree is a directory that a topology was rendered to.
type Tree struct {
	Dir      string // "." for the root
	Topology string // the name of the topology, as the indexes have it
	Targets  []string
}

// Options say what the program that looks knows.
type Options struct {
	Schemas [][]byte // the schema files that this version writes, in each format
}

// Survey looks at everything below a root but at what is hidden (other than files and directories of continuous integration), installed
// or vendored, or test data.
func Survey(root *os.Root, o Options) (*Repository, error) {
	s := &surveyor{root: root, options: o, kustomizations: map[string]*kustomization{}}
	if err := fs.WalkDir(root.FS(), ".", s.visit); err != nil {
		return nil, fmt.Errorf("looking at %q: %w", root.Name(), err)
	}
	s.flags()
	s.hooks()
	diag.Sort(s.repository.Findings)
	return &s.repository, nil
}

// surveyor is one walk.
type surveyor struct {
	root       *os.Root
	options    Options
	seen       int
	repository Repository

	kustomizations map[string]*kustomization // by directory
	calls          []call
	argo           []argoOptions
	argoMaps       []string // files with a ConfigMap argocd-cm
}

func (s *surveyor) found(rule string, place diag.Place, fix, format string, args ...any) {
	f := diag.New(rule, "", format, args...)
	if fix != "" {
		f.Fix = fix
	}
	s.add(f, place, f.Severity)
}

func (s *surveyor) add(f diag.Finding, place diag.Place, severity diag.Severity) {
	f.Place, f.Severity = place, severity
	s.repository.Findings = append(s.repository.Findings, f)
}

func (s *surveyor) visit(name string, e fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	if s.seen++; s.seen > maxFiles {
		return fmt.Errorf("more than %d files: name a smaller directory", maxFiles)
	}
	switch {
	case e.IsDir() && name != "." && isSkipped(e.Name()):
		return fs.SkipDir
	case e.IsDir():
		return s.directory(name)
	case !e.Type().IsRegular():
		return nil
	}
	return s.file(name)
}

func isSkipped(base string) bool {
	hidden := strings.HasPrefix(base, ".") && !slices.Contains(shownDirs, base)
	return hidden || base == "node_modules" || base == "vendor" || base == "testdata"
}

// directory notes a rendered target, which is not looked into: it belongs to its index.
func (s *surveyor) directory(name string) error {
	index := path.Join(name, manifest.IndexName)
	info, err := s.root.Lstat(index)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	head, err := manifest.ReadHead(s.root, index)
	if err != nil {
		return nil // a file of somebody else that has this name
	}
	dir := strings.TrimSuffix(strings.TrimSuffix(name, head.Target), "/")
	if name != path.Join(dir, head.Target) {
		return nil // it was moved, and nobody can say from where
	}
	s.target(path.Clean(dir), head)
	return fs.SkipDir
}

func (s *surveyor) target(dir string, head manifest.Head) {
	for i, t := range s.repository.Trees {
		if t.Dir == dir && t.Topology == head.Topology {
			s.repository.Trees[i].Targets = append(t.Targets, head.Target)
			return
		}
	}
	s.repository.Trees = append(s.repository.Trees, Tree{Dir: dir, Topology: head.Topology, Targets: []string{head.Target}})
}

// file notes what a file is by its name, and then by what is in it.
func (s *surveyor) file(name string) error {
	base, ext, of := path.Base(name), path.Ext(name), kindOf(name)
	isKustomization := base == "kustomization.yaml" || base == "kustomization.yml" || base == "Kustomization"
	if of == runsNothing && !isKustomization && ext == "" && s.beginsAsScript(name) {
		of = isScript
	}
	isData := ext == ".yaml" || ext == ".yml" || ext == ".json"
	if of == runsNothing && !isKustomization && !isTopologyName(base) && !isData {
		return nil
	}
	info, err := s.root.Lstat(name)
	if err != nil || info.Size() > maxSize {
		return nil
	}
	text, err := s.root.ReadFile(name)
	if err != nil {
		return nil // what cannot be read cannot be judged
	}
	s.commands(name, string(text), of)
	if isKustomization {
		s.kustomization(name, text)
	}
	if isKustomization || isData {
		s.argoConfig(name, string(text))
	}
	s.topology(name, text)
	s.schemaCopy(name, text)
	return nil
}

// lineOf gives the place of the first line that holds a word, and the file alone when no line does.
func lineOf(file string, text []byte, word string) diag.Place {
	number := 0
	for line := range strings.SplitSeq(string(text), "\n") {
		number++
		if before, _, found := strings.Cut(line, word); found {
			return diag.Place{File: file, Line: number, Column: len([]rune(before)) + 1, Width: len([]rune(word))}
		}
	}
	return diag.Place{File: file}
}
