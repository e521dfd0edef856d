package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/doctor"
	"github.com/meshtopo/meshtopo/load"
	"github.com/meshtopo/meshtopo/manifest"
)

// surveyed is a topology that doctor found, and what became of it. The project is nil where it was not opened.
type surveyed struct {
	doctor.Topology
	project *project
}

func (s surveyed) broken() bool {
	return s.project == nil || s.project.mesh == nil || s.project.failed()
}

// name is metadata.name, "" where the topology is broken and does not even say that.
func (s surveyed) name() string {
	if s.broken() {
		return s.Name
	}
	return s.project.mesh.Name
}

// place is where something in the root of the topology is below the directory that doctor looks at.
func (s surveyed) place(p diag.Place) diag.Place {
	if p.File == "" {
		return p
	}
	// Both are slash-separated and below the same root, so that there is a way from one to the other.
	if way, err := filepath.Rel(filepath.FromSlash(path.Dir(s.project.topology.File)), filepath.FromSlash(p.File)); err == nil {
		p.File = path.Join(path.Dir(s.File), filepath.ToSlash(way))
	}
	return p
}

// diagnoseTopologies gives the errors of every topology, and holds every rendered tree against the topology that makes it.
func (a *app) diagnoseTopologies(ctx context.Context, root *os.Root, repository *doctor.Repository) ([]diag.Finding, error) {
	var topologies []surveyed
	var findings []diag.Finding
	for _, t := range repository.Topologies {
		s := surveyed{Topology: t}
		if !t.Old { // all else that is wrong with one of another version follows from that
			p, err := a.open(ctx, filepath.Join(root.Name(), filepath.FromSlash(t.File)))
			if err != nil {
				return nil, err
			}
			defer p.close()
			if !p.topology.Says() {
				continue
			}
			s.project = p
			findings = append(findings, s.errors(repository.Trees)...)
		}
		topologies = append(topologies, s)
	}
	for _, tree := range repository.Trees {
		found, err := a.diagnoseTree(root, tree, topologies)
		if err != nil {
			return nil, err
		}
		findings = append(findings, found...)
	}
	return findings, nil
}

// errors are those of a topology. The first says which trees nobody can judge until then.
func (s surveyed) errors(trees []doctor.Tree) []diag.Finding {
	findings := only(s.project.findings, diag.Error)
	for i := range findings {
		f := &findings[i]
		f.Place, f.Related = s.place(f.Place), slices.Clone(f.Related)
		for j := range f.Related {
			f.Related[j].Place = s.place(f.Related[j].Place)
		}
	}
	for _, tree := range trees {
		if len(findings) > 0 && tree.Topology == s.Name {
			findings[0].Related = append(findings[0].Related, diag.Related{Place: indexOf(tree), Message: "until then nobody can say whether this rendered tree is up to date"})
		}
	}
	return findings
}

// indexOf is the place of a tree: the index of its first target.
func indexOf(tree doctor.Tree) diag.Place {
	return diag.Place{File: path.Join(tree.Dir, tree.Targets[0], manifest.IndexName)}
}

// diagnoseTree holds a tree against the topologies of its name. Where several have it, the tree is of the one of which it is a render; where
// it is of none of them, nobody can say which is meant, and to render the wrong one would replace a mesh by another.
func (a *app) diagnoseTree(root *os.Root, tree doctor.Tree, topologies []surveyed) ([]diag.Finding, error) {
	var named, whole []surveyed
	for _, s := range topologies {
		if s.name() == tree.Topology {
			named = append(named, s)
			if !s.broken() {
				whole = append(whole, s)
			}
		}
	}
	for _, s := range whole {
		d := treeDiagnosis{app: a, root: root, tree: tree, topology: s, maker: newMaker(a, s.project), stale: map[string]bool{}}
		differences, err := d.differences()
		if err != nil {
			return nil, err
		}
		if len(named) == 1 || isRender(differences) {
			return d.judge(differences)
		}
	}
	switch {
	case len(named) == 0:
		return []diag.Finding{orphan(tree, topologies)}, nil
	case len(whole) == 0:
		return nil, nil // their errors say so
	}
	return []diag.Finding{ambiguous(tree, named)}, nil
}

// isRender says whether a tree was as its topology renders it, before somebody edited it.
func isRender(differences []manifest.Difference) bool {
	return !slices.ContainsFunc(differences, func(d manifest.Difference) bool { return d.Cause != manifest.Edited })
}

func ambiguous(tree doctor.Tree, named []surveyed) diag.Finding {
	var files []string
	for _, s := range named {
		files = append(files, s.File)
	}
	f := diag.New(diag.TreeStale, "", "%s is not what any topology of the name %s renders: %s", tree.Dir, tree.Topology, strings.Join(files, ", ")).
		WithFix("give each of them a metadata.name of its own, and render each to its own directory")
	f.Place = indexOf(tree)
	return f
}

// orphan is a tree that no topology makes that can be read.
func orphan(tree doctor.Tree, topologies []surveyed) diag.Finding {
	f := diag.New(diag.TreeOrphan, "", "%s holds what topology %s renders, and there is no such topology here", tree.Dir, tree.Topology)
	for _, s := range topologies {
		if s.name() == "" {
			f = diag.New(diag.TreeOrphan, "", "%s holds what topology %s renders, and no topology here that can be read has this name; %s cannot be read", tree.Dir, tree.Topology, s.File).
				WithFix("correct %s first", s.File)
			break
		}
	}
	f.Place = indexOf(tree)
	return f
}

// treeDiagnosis is of one rendered tree.
type treeDiagnosis struct {
	app      *app
	root     *os.Root
	tree     doctor.Tree
	topology surveyed
	maker    *maker
	stale    map[string]bool // targets
	edited   string          // the file that the last finding about an edit is of
	findings []diag.Finding
}

// differences tells how the tree differs from what its topology renders.
func (d *treeDiagnosis) differences() ([]manifest.Difference, error) {
	dir, err := d.root.OpenRoot(d.tree.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening %q: %w", d.tree.Dir, cause(err))
	}
	defer dir.Close()
	differences, err := manifest.Compare(dir, d.tree.Topology, d.topology.project.rendering.Targets(""), true)
	if err != nil {
		return nil, fmt.Errorf("comparing %q: %w", d.tree.Dir, err)
	}
	return differences, nil
}

// judge gives a finding for each target that is stale and for each file that was edited.
func (d *treeDiagnosis) judge(differences []manifest.Difference) ([]diag.Finding, error) {
	for _, difference := range differences {
		if err := d.judgeOne(difference); err != nil {
			return nil, err
		}
	}
	return d.findings, nil
}

func (d *treeDiagnosis) judgeOne(difference manifest.Difference) error {
	file := path.Join(d.tree.Dir, difference.Target, difference.File)
	topology := d.topology.File
	if difference.Cause == manifest.Edited || difference.Cause == manifest.EditedAndStale {
		if file != d.edited {
			d.edited = file
			f := diag.New(diag.TreeEdited, "", "%s was edited by hand: %s", path.Join(difference.Target, difference.File), difference.Inside())
			f.Place = diag.Place{File: file}
			named, err := d.maker.field(difference)
			if err != nil {
				return err
			}
			place := d.maker.project.placeOf(named)
			place.File = topology
			f.Related = []diag.Related{{Place: place, Message: "it is made by " + string(named)}}
			d.findings = append(d.findings, f)
		}
		return nil
	}
	if !d.stale[difference.Target] {
		f := diag.New(diag.TreeStale, "", "target %s is not what %s renders: %s", difference.Target, topology, difference).
			WithFix("run meshtopo render %s -o %s", d.seen(d.argument()), d.seen(d.tree.Dir))
		f.Place = diag.Place{File: path.Join(d.tree.Dir, difference.Target, manifest.IndexName)}
		d.stale[difference.Target] = true
		d.findings = append(d.findings, f)
	}
	return nil
}

// argument is what names the topology on a command line: its directory, where that says which file is meant, else the file.
func (d *treeDiagnosis) argument() string {
	p := d.topology.project
	if file, err := load.Find(p.root, path.Dir(p.topology.File)); err == nil && file == p.topology.File {
		return path.Dir(d.topology.File)
	}
	return d.topology.File
}

// seen is a directory or file below the root as a shell in the working directory finds it.
func (d *treeDiagnosis) seen(dir string) string {
	return d.app.seen(filepath.Join(d.root.Name(), filepath.FromSlash(dir)), dir)
}
