package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/doctor"
	"github.com/meshtopo/meshtopo/load"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/schemas"
	"github.com/spf13/cobra"
)

func (a *app) doctorCommand() *cobra.Command {
	var format, failOn string
	c := &cobra.Command{
		Use:   "doctor [DIR]",
		Short: "Look whether what runs meshtopo in a repository is set up so that it works",
		Long: `Look whether what runs meshtopo in a repository is set up so that it works: the flags that kustomize needs for a function, in
makefiles, scripts, pipelines and Argo CD's options; rendered targets that are stale or were edited; hooks that are not installed;
schemas of another version. DIR is a repository or a part of one, the working directory by default. Findings go to stdout.

Exit status: 1 when there is a finding at or above --fail-on.`,
		Example: "  meshtopo doctor\n  meshtopo doctor --fail-on warning --format github",
		Args:    cobra.MaximumNArgs(1),
	}
	c.Flags().StringVar(&format, "format", "text", "text, or for programs json, sarif, github (workflow commands) or gitlab (Code Quality)")
	c.Flags().StringVar(&failOn, "fail-on", "error", "the least severity that makes the exit status 1: error or warning")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := errors.Join(oneOf("--format", format, "text", "json", "sarif", "github", "gitlab"), oneOf("--fail-on", failOn, "error", "warning")); err != nil {
			return err
		}
		dir := "."
		if len(args) > 0 {
			dir = args[0]
		}
		abs, findings, err := a.diagnose(c.Context(), dir)
		if err != nil {
			return err
		}
		if err := a.reportBelow(abs, findings, format); err != nil {
			return fmt.Errorf("writing findings: %w", err)
		}
		if diag.Count(findings, diag.Error) > 0 || failOn == "warning" && len(findings) > 0 {
			return errFindings
		}
		return nil
	}
	return c
}

// diagnose gives all that is wrong in a repository, with files relative to its directory, which is given as an absolute path.
func (a *app) diagnose(ctx context.Context, dir string) (string, []diag.Finding, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", nil, fmt.Errorf("opening %q: %w", dir, err)
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return "", nil, fmt.Errorf("opening %q: %w", dir, cause(err))
	}
	defer root.Close()
	editor, err := load.JSONSchema()
	if err != nil {
		return "", nil, err
	}
	repository, err := doctor.Survey(root, doctor.Options{Schemas: [][]byte{editor, []byte(schemas.Topology)}})
	if err != nil {
		return "", nil, err
	}
	findings := repository.Findings
	if len(repository.Trees) > 0 {
		found, err := a.diagnoseTrees(ctx, root, repository)
		if err != nil {
			return "", nil, err
		}
		findings = append(findings, found...)
	}
	diag.Sort(findings)
	return abs, findings, nil
}

// diagnoseTrees holds every rendered tree against the topology that makes it.
func (a *app) diagnoseTrees(ctx context.Context, root *os.Root, repository *doctor.Repository) ([]diag.Finding, error) {
	projects := map[string]*project{} // by metadata.name
	var broken []string
	for _, file := range repository.Topologies {
		p, err := a.open(ctx, filepath.Join(root.Name(), filepath.FromSlash(file)))
		if err != nil {
			return nil, err
		}
		defer p.close()
		if p.mesh == nil || p.failed() {
			broken = append(broken, file)
			continue
		}
		projects[p.mesh.Name] = p
	}
	var findings []diag.Finding
	for _, tree := range repository.Trees {
		p := projects[tree.Topology]
		if p == nil {
			findings = append(findings, orphan(tree, broken))
			continue
		}
		found, err := a.diagnoseTree(root, tree, p)
		if err != nil {
			return nil, err
		}
		findings = append(findings, found...)
	}
	return findings, nil
}

func orphan(tree doctor.Tree, broken []string) diag.Finding {
	f := diag.New(diag.TreeOrphan, "", "%s holds what topology %s renders, and there is no such topology here", tree.Dir, tree.Topology)
	if len(broken) > 0 {
		f = f.WithFix("run meshtopo validate %s: it cannot be read as it is", broken[0])
	}
	f.Place = diag.Place{File: path.Join(tree.Dir, tree.Targets[0], manifest.IndexName)}
	return f
}

// diagnoseTree gives a finding for each target that is stale and for each file that was edited.
func (a *app) diagnoseTree(root *os.Root, tree doctor.Tree, p *project) ([]diag.Finding, error) {
	dir, err := root.OpenRoot(tree.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening %q: %w", tree.Dir, cause(err))
	}
	defer dir.Close()
	differences, err := manifest.Compare(dir, p.mesh.Name, p.rendering.Targets(""), true)
	if err != nil {
		return nil, fmt.Errorf("comparing %q: %w", tree.Dir, err)
	}
	d := treeDiagnosis{app: a, root: root, tree: tree, maker: newMaker(a, p), stale: map[string]bool{}}
	for _, difference := range differences {
		if err := d.judge(difference); err != nil {
			return nil, err
		}
	}
	return d.findings, nil
}

// treeDiagnosis is of one rendered tree.
type treeDiagnosis struct {
	app      *app
	root     *os.Root
	tree     doctor.Tree
	maker    *maker
	stale    map[string]bool // targets
	edited   string          // the file that the last finding about an edit is of
	findings []diag.Finding
}

func (d *treeDiagnosis) judge(difference manifest.Difference) error {
	file := path.Join(d.tree.Dir, difference.Target, difference.File)
	topology, err := filepath.Rel(d.root.Name(), filepath.Join(d.maker.project.root.Name(), filepath.FromSlash(d.maker.project.topology.File)))
	if err != nil {
		return err
	}
	topology = filepath.ToSlash(topology)
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
			WithFix("run meshtopo render %s -o %s", d.seen(path.Dir(topology)), d.seen(d.tree.Dir))
		f.Place = diag.Place{File: path.Join(d.tree.Dir, difference.Target, manifest.IndexName)}
		d.stale[difference.Target] = true
		d.findings = append(d.findings, f)
	}
	return nil
}

// seen is a directory below the root as a shell in the working directory finds it.
func (d *treeDiagnosis) seen(dir string) string {
	return d.app.seen(filepath.Join(d.root.Name(), filepath.FromSlash(dir)), dir)
}

// reportBelow prints findings about files below a directory on stdout.
func (a *app) reportBelow(dir string, findings []diag.Finding, format string) error {
	shown, original := a.shownBelow(dir, findings)
	switch format {
	case "json":
		return diag.JSON(a.out, shown)
	case "sarif":
		return diag.SARIF(a.out, findings, release())
	case "github":
		return diag.GitHub(a.out, findings)
	case "gitlab":
		return diag.GitLab(a.out, findings)
	}
	if a.quiet {
		shown = only(shown, diag.Error)
	}
	source := func(file string) ([]byte, bool) {
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(original[file])))
		return text, err == nil
	}
	if err := diag.Text(a.out, shown, diag.TextOptions{Color: a.colored(a.out), Source: source}); err != nil {
		return err
	}
	if summary := diag.Summary(findings); summary != "" && !a.quiet {
		fmt.Fprintf(a.err, "%s\n", summary)
	}
	return nil
}
