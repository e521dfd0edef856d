package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/doctor"
	"github.com/meshtopo/meshtopo/load"
	"github.com/meshtopo/meshtopo/schemas"
	"github.com/spf13/cobra"
)

func (a *app) doctorCommand() *cobra.Command {
	var format, failOn string
	c := &cobra.Command{
		Use:   "doctor [DIR]",
		Short: "Look whether what runs meshtopo in a repository is set up so that it works",
		Long: `Look whether what runs meshtopo in a repository is set up so that it works: the flags that kustomize needs for a function, in
makefiles, scripts, pipelines and Argo CD's options; topologies with errors; rendered targets that are stale or were edited; hooks that
are not installed; schemas of another version. DIR is a repository or a part of one, the working directory by default. Findings go to stdout.

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
	info, err := os.Stat(abs)
	if err == nil && !info.IsDir() { // opening a pipe would wait
		err = syscall.ENOTDIR
	}
	if err == nil {
		err = a.inside(abs, info)
	}
	if err != nil {
		return "", nil, fmt.Errorf("opening %q: %w", dir, cause(err))
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
	found, err := a.diagnoseTopologies(ctx, root, repository)
	if err != nil {
		return "", nil, err
	}
	findings := append(repository.Findings, found...)
	diag.Sort(findings)
	return abs, findings, nil
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
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	source := func(file string) ([]byte, bool) {
		text, err := readSmall(root.FS(), original[file])
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
