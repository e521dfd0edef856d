package main

import (
	"os"

	"github.com/spf13/cobra"
)

func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "meshtopo",
		Short: "One file says what a multi-region service mesh is",
		Long: `meshtopo checks a mesh topology like a compiler and renders every manifest that follows from it.

A TOPOLOGY is a file (.yaml, .json, .cue or .jsonnet), or a directory that holds a topology file.

Exit status: 0 clean, 1 a finding at or above --fail-on or a difference, 2 trouble (usage, input and output, a limit).`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	flags := root.PersistentFlags()
	flags.StringVar(&a.root, "root", "", "nothing outside this directory is read (default: the nearest directory above the topology with .git or .meshtopo-root, else its own)")
	flags.StringVar(&a.color, "color", "auto", "color findings: auto, always or never")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "print errors only: no warnings, no summaries")
	root.AddCommand(a.initCommand(), a.validateCommand(), a.renderCommand(), a.explainCommand(), a.schemaCommand(), a.versionCommand())
	return root
}

// colored says whether findings on a stream are colored.
func (a *app) colored(stream any) bool {
	switch a.color {
	case "always":
		return true
	case "never":
		return false
	}
	if _, set := a.env("NO_COLOR"); set {
		return false
	}
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
