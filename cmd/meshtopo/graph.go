package main

import (
	"fmt"
	"io"

	"github.com/meshtopo/meshtopo/graph"
	"github.com/spf13/cobra"
)

func (a *app) graphCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "graph TOPOLOGY",
		Short: "Draw regions, VPCs, clusters, links and where traffic goes",
		Long: `Draw regions, VPCs, clusters, links and where traffic goes. The drawing goes to stdout, findings to stderr.

With an error among the findings nothing is drawn, and the exit status is 1.`,
		Example: "  meshtopo graph topologies/bookinfo-hardened --format svg > mesh.svg\n  meshtopo graph topologies/bookinfo-hardened --format dot | dot -Tpdf > mesh.pdf",
		Args:    cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&format, "format", "mermaid", "mermaid, dot (Graphviz) or svg")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := oneOf("--format", format, "mermaid", "dot", "svg"); err != nil {
			return err
		}
		projects, err := a.openAll(c.Context(), args)
		if err != nil {
			return err
		}
		defer closeAll(projects)
		if err := a.print(a.err, projects...); err != nil {
			return fmt.Errorf("writing findings: %w", err)
		}
		if projects[0].failed() {
			return errFindings
		}
		if _, err := io.WriteString(a.out, draw(projects[0], format)); err != nil {
			return fmt.Errorf("writing the drawing: %w", err)
		}
		return nil
	}
	return c
}

func draw(p *project, format string) string {
	picture := graph.New(p.mesh)
	switch format {
	case "svg":
		return picture.SVG()
	case "dot":
		return picture.Dot()
	default:
		return picture.Mermaid()
	}
}
