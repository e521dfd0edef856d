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
	"github.com/meshtopo/meshtopo/review"
)

// openBase opens topologies of the working tree, each with its old side from version control.
func (d *differences) openBase(ctx context.Context, args []string) error {
	projects, err := d.app.openAll(ctx, args)
	if err != nil {
		return err
	}
	broken := 0
	for i, p := range projects {
		if p.failed() {
			broken++
			if err := d.app.print(d.app.err, p); err != nil {
				return err
			}
			continue
		}
		one := pair{new: topologySide(args[i], p)}
		if len(projects) > 1 {
			one.prefix = p.mesh.Name + "/"
		}
		d.pairs = append(d.pairs, one)
	}
	if broken > 0 {
		closeAll(projects)
		d.pairs = nil
		return fmt.Errorf("%d of %d topologies have errors and cannot be compared", broken, len(projects))
	}
	b := &base{differences: d, trees: map[string]string{}}
	for i := range d.pairs {
		if err := b.open(ctx, &d.pairs[i]); err != nil {
			return err
		}
	}
	if len(d.pairs) > 1 {
		d.report.Old = review.Side{Name: fmt.Sprintf("%s: %d topologies", d.flags.base, len(d.pairs)), Revision: b.commit.id, Objects: d.report.Old.Objects}
		d.report.New = review.Side{Name: strings.Join(args, " "), Objects: "rendered"}
	}
	d.ignoreText, err = b.file(path.Join(b.below, ignoreName))
	return err
}

// base is where the old sides come from.
type base struct {
	*differences
	commit  *commit
	below   string            // the root, in the repository
	indexed map[string]bool   // directories of the commit that hold an index
	trees   map[string]string // by root: the directory that its files are written out to
}

// open gives a pair its old side; none when the topology is not in the commit.
func (b *base) open(ctx context.Context, p *pair) error {
	root := p.new.project.root.Name()
	if b.commit == nil {
		c, err := openCommit(ctx, root, b.flags.base, b.flags.mergeBase)
		if err != nil {
			return err
		}
		b.commit, b.indexed = c, c.withIndex()
	}
	below, err := b.commit.pathOf(root)
	if err != nil {
		return err
	}
	b.below = below
	now := p.new.project
	topology := now.topology.File
	name := b.flags.base + ":" + path.Join(below, path.Dir(topology))
	b.report.New, b.report.Old = p.new.about, review.Side{Name: b.flags.base, Revision: b.commit.id, Objects: "rendered"}
	if len(b.pairs) == 1 {
		b.report.Old.Name = name
	}
	old, err := b.topology(ctx, root, topology)
	if err == nil && old == nil {
		old, err = b.moved(ctx, root, now.mesh.Name)
		if old != nil {
			p.new.notes = append(p.new.notes, fmt.Sprintf("topology %s was at %s at %s", now.mesh.Name, old.topology.File, b.flags.base))
			name = b.flags.base + ":" + path.Join(below, path.Dir(old.topology.File))
		}
	}
	if err != nil || old == nil {
		return err
	}
	s, err := b.oldSide(name, old, p.new)
	if err != nil {
		return err
	}
	p.old, b.report.Old = s, s.about
	return nil
}

// oldSide is a topology out of a commit. Of one with errors, such as one of another version of the schema, the rendered tree in the commit
// says at least what its objects are.
func (b *base) oldSide(name string, p *project, now *side) (*side, error) {
	if !p.failed() {
		s := topologySide(name, p)
		s.about.Revision = b.commit.id
		return s, b.committed(s, s.about.Topology)
	}
	defer p.close()
	s := &side{about: review.Side{Name: name, Revision: b.commit.id}}
	s.noTraffic = fmt.Sprintf("the topology has an error at %s: %s", b.flags.base, firstError(p.findings))
	if err := b.committed(s, now.about.Topology); err != nil {
		return nil, err
	}
	if s.names == nil {
		return nil, fmt.Errorf("%s, and no rendered tree of it is committed there: check that revision out and run meshtopo validate", s.noTraffic)
	}
	return s, nil
}

// topology opens a topology as it is in the commit; nil when it is not there. Another file in the same directory stands for one that has been
// written in another language since.
func (b *base) topology(ctx context.Context, root, file string) (*project, error) {
	dir, err := b.tree(root)
	if err != nil {
		return nil, err
	}
	arg := filepath.Join(dir, filepath.FromSlash(file))
	if _, err := os.Stat(arg); err != nil {
		arg = filepath.Dir(arg)
		if info, err := os.Stat(arg); err != nil || !info.IsDir() {
			return nil, nil
		}
		if isThere, err := holdsTopology(arg); err != nil || !isThere {
			return nil, err
		}
	}
	old := *b.app
	old.root = dir
	p, err := old.open(ctx, arg)
	if err != nil {
		return nil, fmt.Errorf("at %s: %w", b.flags.base, err)
	}
	p.label = b.flags.base
	return p, nil
}

// maxTopologies bounds how many files of a commit are looked into for a topology that is not where it was.
const maxTopologies = 100

// moved finds a topology by its name, anywhere below the root of the commit; nil when there is none.
func (b *base) moved(ctx context.Context, root, name string) (*project, error) {
	var files []string
	for file := range b.commit.size {
		if strings.HasPrefix(path.Base(file), "topology.") && inside(b.below, file) {
			files = append(files, file)
		}
	}
	slices.Sort(files)
	for _, file := range files[:min(len(files), maxTopologies)] {
		p, err := b.topology(ctx, root, strings.TrimPrefix(strings.TrimPrefix(file, b.below), "/"))
		if err != nil {
			return nil, err
		}
		if p != nil && p.topology.Spec != nil && p.topology.Spec.Metadata.Name == name {
			return p, nil
		}
		if p != nil {
			p.close()
		}
	}
	return nil, nil
}

func firstError(findings []diag.Finding) string {
	for _, f := range findings {
		if f.Severity == diag.Error {
			return fmt.Sprintf("%s:%d: %s [%s]", f.Place.File, f.Place.Line, f.Message, f.Rule)
		}
	}
	return ""
}

// tree writes out what is below a root in the commit.
func (b *base) tree(root string) (string, error) {
	if dir, ok := b.trees[root]; ok {
		return dir, nil
	}
	dir, err := os.MkdirTemp("", "meshtopo-base-")
	if err != nil {
		return "", fmt.Errorf("making a directory for the files of %s: %w", b.flags.base, err)
	}
	b.cleanup = append(b.cleanup, func() { _ = os.RemoveAll(dir) }) // nothing is lost but space
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return "", err
	}
	to, err := os.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer to.Close()
	b.trees[root] = dir
	if err := b.commit.writeOut(b.below, b.indexed, to); err != nil {
		return "", fmt.Errorf("writing out the files of %s: %w", b.flags.base, err)
	}
	return dir, nil
}
