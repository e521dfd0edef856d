package main

import (
	"fmt"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/spf13/cobra"
)

func (a *app) validateCommand() *cobra.Command {
	var format, failOn string
	c := &cobra.Command{
		Use:   "validate TOPOLOGY...",
		Short: "Check topologies: schema, rules, overlays",
		Long: `Check topologies: schema, rules, overlays. Findings go to stdout.

Exit status: 1 when there is a finding at or above --fail-on.`,
		Example: "  meshtopo validate topologies/bookinfo-failover\n  meshtopo validate --format json --fail-on warning topologies/*",
		Args:    cobra.MinimumNArgs(1),
	}
	c.Flags().StringVar(&format, "format", "text", "text or json")
	c.Flags().StringVar(&failOn, "fail-on", "error", "the least severity that makes the exit status 1: error or warning")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := oneOf("--format", format, "text", "json"); err != nil {
			return err
		}
		if err := oneOf("--fail-on", failOn, "error", "warning"); err != nil {
			return err
		}
		projects, err := a.openAll(c.Context(), args)
		if err != nil {
			return err
		}
		defer closeAll(projects)
		var all []diag.Finding
		for _, p := range projects {
			all = append(all, p.findings...)
		}
		if format == "json" {
			err = diag.JSON(a.out, all)
		} else {
			err = a.print(a.out, projects...)
		}
		if err != nil {
			return fmt.Errorf("writing findings: %w", err)
		}
		if diag.Count(all, diag.Error) > 0 || failOn == "warning" && len(all) > 0 {
			return errFindings
		}
		return nil
	}
	return c
}

// oneOf refuses the value of a flag that is not among the known ones.
func oneOf(flag, value string, known ...string) error {
	for _, k := range known {
		if value == k {
			return nil
		}
	}
	err := fmt.Errorf("%s %q is not one of %v", flag, value, known)
	if near, ok := diag.Nearest(value, known); ok {
		err = fmt.Errorf("%w: did you mean %s?", err, near)
	}
	return err
}
