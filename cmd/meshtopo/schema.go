package main

import (
	"io"

	"github.com/meshtopo/meshtopo/load"
	"github.com/meshtopo/meshtopo/schemas"
	"github.com/spf13/cobra"
)

func (a *app) schemaCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "schema",
		Short: "Print the schema of a topology",
		Long: `Print the schema of a topology: as CUE, in which it is written, or as a JSON Schema (draft 2020-12), from which editors
complete fields, show their documentation and mark mistakes.`,
		Example: "  meshtopo schema --format jsonschema > topology.schema.json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("--format", format, "cue", "jsonschema"); err != nil {
				return err
			}
			if format == "jsonschema" {
				text, err := load.JSONSchema()
				if err == nil {
					_, err = a.out.Write(text)
				}
				return err
			}
			_, err := io.WriteString(a.out, schemas.Topology)
			return err
		},
	}
	c.Flags().StringVar(&format, "format", "cue", "cue or jsonschema")
	return c
}
