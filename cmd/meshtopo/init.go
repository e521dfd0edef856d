package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// sample is the topology that init writes: two regions, one service that fails over, scope: service.
//
//go:embed sample.yaml
var sample []byte

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "init [DIR]",
		Short:   "Write a two-region sample topology",
		Long:    "Write a two-region sample topology to DIR/topology.yaml (default: here). A file that is there already is left alone.",
		Example: "  meshtopo init my-mesh && meshtopo render my-mesh -o out",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return a.init(dir)
		},
	}
}

func (a *app) init(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("making directory %q: %w", dir, cause(err))
	}
	name := filepath.Join(dir, "topology.yaml")
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%q is there already: remove it first, or name another directory", name)
	}
	if err != nil {
		return fmt.Errorf("writing %q: %w", name, cause(err))
	}
	_, err = f.Write(sample)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing %q: %w", name, cause(err))
	}
	if !a.quiet {
		fmt.Fprintf(a.err, "wrote %s; next: meshtopo render %s -o out\n", name, dir)
	}
	return nil
}
