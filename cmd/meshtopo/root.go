package main

import (
	"errors"
	"fmt"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/spf13/cobra"
)

func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "meshtopo",
		Short: "One file says what a multi-region service mesh is",
		Long: `meshtopo checks a mesh topology like a compiler and renders every manifest that follows from it.

A TOPOLOGY is a file (.yaml, .json, .cue or .jsonnet), or a directory that holds a topology file.

Exit status: 0 clean, 1 a finding at or above --fail-on or a difference, 2 trouble (usage, input and output, a limit, a signal).`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		PersistentPreRunE: func(*cobra.Command, []string) error {
			_, err := a.bounds()
			return errors.Join(err, oneOf("--color", a.color, "auto", "always", "never"))
		},
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	flags := root.PersistentFlags()
	flags.StringVar(&a.root, "root", "", "nothing outside this directory is read (default: the nearest directory above the topology with .git or .meshtopo-root, else its own)")
	flags.StringVar(&a.color, "color", "auto", "color findings: auto, always or never")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "print errors only: no warnings, no summaries")
	a.addTerms(root)
	root.AddCommand(a.initCommand(), a.validateCommand(), a.renderCommand(), a.graphCommand(), a.simulateCommand(), a.probeCommand(), a.fnCommand(), a.explainCommand(), a.schemaCommand(), a.diffCommand(), a.doctorCommand(), a.manCommand(), a.versionCommand())
	return root
}

// knownCommand refuses what is no command, and says which one may be meant.
func knownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("unknown command %q", args[0])
	var names []string
	for _, sub := range c.Commands() {
		names = append(names, sub.Name())
	}
	if near, ok := diag.Nearest(args[0], names); ok {
		return fmt.Errorf("%w: did you mean %s?", err, near)
	}
	return fmt.Errorf("%w: see meshtopo --help", err)
}

// colored says whether findings on a stream are colored.
func (a *app) colored(stream any) bool {
	switch a.color {
	case "always":
		return true
	case "never":
		return false
	}
	if value, _ := a.env("NO_COLOR"); value != "" { // no-color.org: set and not empty
		return false
	}
	return terminal(stream)
}
