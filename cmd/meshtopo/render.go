package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/spf13/cobra"
)

// renderFlags are the flags of render.
type renderFlags struct {
	out    string
	target string
	shard  string
	check  bool
	stdout bool

	failOnChange bool
}

func (a *app) renderCommand() *cobra.Command {
	var f renderFlags
	c := &cobra.Command{
		Use:   "render TOPOLOGY... -o DIR",
		Short: "Write what follows from topologies, and prune what no longer does",
		Long: `Write what follows from topologies, and prune what no longer does.

DIR belongs to one topology; several in one call go to DIR/<metadata.name>/. Only files that changed are written. Files that
meshtopo has not written are never touched, and symbolic links are not followed. With an error among the findings nothing is written.

A render that was stopped leaves no file torn; --check sees that the tree is not complete, and the next render repairs it. Two at once in
one DIR wait for each other, a minute at most; shards do not.

Exit status: 1 when there is an error among the findings or, with --check, a difference, or, with --fail-on-change, a change.`,
		Example: "  meshtopo render topologies/bookinfo-failover -o out\n  meshtopo render topologies/bookinfo-failover -o out --check\n  meshtopo render topologies/bookinfo-failover --stdout --target clusters/ack-hangzhou | kubectl apply -f -",
		Args:    cobra.MinimumNArgs(1),
	}
	c.Flags().StringVarP(&f.out, "output", "o", "", "directory to write to")
	c.Flags().StringVar(&f.target, "target", "", "only targets whose name matches, * and ? as in a shell: clusters/ack-*")
	c.Flags().StringVar(&f.shard, "shard", "", "only part I of N of the targets, counted from 0: 0/4 to 3/4 together are all")
	c.Flags().BoolVar(&f.check, "check", false, "write nothing, print how DIR differs")
	c.Flags().BoolVar(&f.failOnChange, "fail-on-change", false, "exit with status 1 when something was written or removed, for commit hooks")
	c.Flags().BoolVar(&f.stdout, "stdout", false, "print the manifests instead of writing them")
	c.RunE = func(c *cobra.Command, args []string) error {
		if f.shard == "" && c.Flags().Changed("shard") { // a variable that is not set must not make every machine render everything
			return errors.New("--shard is empty: write I/N, such as 0/4")
		}
		return a.render(c.Context(), args, f)
	}
	return c
}

func (f renderFlags) verify() error {
	switch {
	case f.stdout && (f.check || f.out != ""):
		return errors.New("--stdout goes with neither --check nor -o")
	case f.failOnChange && (f.check || f.stdout):
		return errors.New("--fail-on-change is for a render that writes: leave --check and --stdout out")
	case !f.stdout && f.out == "":
		return errors.New("name the directory to write to: -o DIR, or print with --stdout")
	case f.target != "" && f.shard != "":
		return errors.New("--shard goes without --target")
	case f.target != "" && !mesh.ValidPattern(f.target):
		return fmt.Errorf("--target %q is not a pattern", f.target)
	}
	return nil
}

func (a *app) render(ctx context.Context, args []string, f renderFlags) error {
	err := f.verify()
	if err == nil {
		a.shard, err = parseShard(f.shard)
	}
	if err != nil {
		return err
	}
	projects, err := a.openAll(ctx, args)
	if err != nil {
		return err
	}
	defer closeAll(projects)
	if err := a.print(a.err, projects...); err != nil {
		return fmt.Errorf("writing findings: %w", err)
	}
	for _, p := range projects {
		if p.failed() {
			return errFindings
		}
		if f.target != "" && !p.hasTarget(f.target) {
			return fmt.Errorf("topology %s has no target that matches %q; its targets are %v", p.mesh.Name, f.target, p.targetNames())
		}
		if f.stdout && f.target != "" && mesh.TargetMatches(f.target, mesh.NetworkTarget) {
			return fmt.Errorf("--stdout prints manifests, and target %s holds Terraform: write it with -o DIR", mesh.NetworkTarget)
		}
	}
	if f.stdout {
		return a.renderStdout(projects, f)
	}
	return a.renderTrees(ctx, projects, f)
}

func (p *project) hasTarget(pattern string) bool {
	for _, t := range p.mesh.Targets() {
		if mesh.TargetMatches(pattern, t.Name) {
			return true
		}
	}
	return false
}

func (p *project) targetNames() []string {
	var names []string
	for _, t := range p.mesh.Targets() {
		names = append(names, t.Name)
	}
	return names
}

// renderTrees writes or checks the tree of every topology.
func (a *app) renderTrees(ctx context.Context, projects []*project, f renderFlags) error {
	differences := 0
	for _, p := range projects {
		dir := f.out
		if len(projects) > 1 {
			dir = filepath.Join(f.out, p.mesh.Name)
		}
		n, err := a.renderTree(ctx, p, dir, f)
		if err != nil {
			return a.renderError(p, dir, err)
		}
		differences += n
	}
	if differences == 0 {
		return nil
	}
	advice := "the rendered tree differs from the topology: run meshtopo render without --check"
	if f.failOnChange {
		advice = "the rendered tree was brought up to date: add it to the commit"
	}
	if !a.quiet {
		fmt.Fprintln(a.err, advice)
	}
	return errFindings
}

// renderError turns what stopped a render into findings or a sentence.
func (a *app) renderError(p *project, dir string, err error) error {
	p.findings = nil
	if p.absorb(err) {
		if err := a.print(a.err, p); err != nil {
			return fmt.Errorf("writing findings: %w", err)
		}
		return errFindings
	}
	return fmt.Errorf("rendering to %q: %w", dir, err)
}

// renderTree gives the number of differences, or of changes with --fail-on-change; else 0.
func (a *app) renderTree(ctx context.Context, p *project, dir string, f renderFlags) (int, error) {
	if f.check {
		return a.checkTree(ctx, p, dir, f)
	}
	root, err := p.openOutput(f.out, dir, true)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	release, err := a.lock(ctx, root, dir, p.shard != nil)
	if err != nil {
		return 0, err
	}
	defer release()
	summary, err := p.write(root, until(ctx, p.chosen(f)), f.target == "")
	if err == nil && !a.quiet {
		fmt.Fprintf(a.err, "%s: %d targets, %d files: %d written, %d removed\n", dir, summary.Targets, summary.Files, summary.Written, summary.Removed)
	}
	if f.failOnChange {
		return summary.Written + summary.Removed, err
	}
	return 0, err
}

// checkTree prints how a tree differs, and gives the number of differences.
func (a *app) checkTree(ctx context.Context, p *project, dir string, f renderFlags) (int, error) {
	root, err := p.openOutput(f.out, dir, false)
	if errors.Is(err, fs.ErrNotExist) {
		_, err := fmt.Fprintf(a.out, "%s: there is no such directory\n", dir)
		return 1, err
	}
	if err != nil {
		return 0, err
	}
	defer root.Close()
	release, err := a.lock(ctx, root, dir, true)
	if err != nil {
		return 0, err
	}
	defer release()
	differences, err := p.compare(root, p.chosen(f), f.target == "")
	if err != nil {
		return 0, err
	}
	if err := a.printDifferences(ctx, p, label(dir, f.out), differences); err != nil {
		return 0, err
	}
	return len(differences), nil
}

// chosen gives the targets that the flags choose.
func (p *project) chosen(f renderFlags) iter.Seq2[manifest.Target, error] {
	if p.shard == nil {
		return p.rendering.Targets(f.target)
	}
	mine := p.shard.of(p.mesh.Targets())
	return p.rendering.Selected(func(name string) bool { return mine[name] })
}

func (p *project) write(root *os.Root, targets iter.Seq2[manifest.Target, error], prune bool) (manifest.Summary, error) {
	if p.shard == nil {
		return manifest.Write(root, p.mesh.Name, targets, prune)
	}
	return manifest.WritePart(root, p.mesh.Name, targets, p.shard.prunes(p.mesh.Targets()))
}

func (p *project) compare(root *os.Root, targets iter.Seq2[manifest.Target, error], prune bool) ([]manifest.Difference, error) {
	if p.shard == nil {
		return manifest.Compare(root, p.mesh.Name, targets, prune)
	}
	return manifest.ComparePart(root, p.mesh.Name, targets, p.shard.prunes(p.mesh.Targets()))
}

// label begins the difference of a tree among several, and is empty when the tree is all of the output directory.
func label(dir, out string) string {
	if dir == out {
		return ""
	}
	return filepath.Base(dir) + "/"
}

// renderStdout prints the manifests of all targets, each document once, after everything has been rendered.
func (a *app) renderStdout(projects []*project, f renderFlags) error {
	w := bufio.NewWriter(a.out)
	for _, p := range projects {
		for t, err := range p.chosen(f) {
			if err != nil {
				return a.renderError(p, t.Name, err)
			}
			name := t.Name
			if len(projects) > 1 {
				name = p.mesh.Name + "/" + name
			}
			printTarget(w, name, t)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing manifests: %w", err)
	}
	return nil
}

// printTarget prints each file of manifests under a comment that says which it is.
func printTarget(w io.Writer, name string, t manifest.Target) {
	for _, f := range t.Files {
		if f.Listed {
			fmt.Fprintf(w, "---\n# %s/%s\n%s", name, f.Path, f.Data)
		}
	}
}
