package main

import (
	"io"

	"github.com/meshtopo/meshtopo/schemas"
	"github.com/spf13/cobra"
)

func (a *app) schemaCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "schema",
		Short: "Print the schema of a topology",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("--format", format, "cue"); err != nil {
				return err
			}
			_, err := io.WriteString(a.out, schemas.Topology)
			return err
		},
	}
	c.Flags().StringVar(&format, "format", "cue", "cue")
	return c
}
