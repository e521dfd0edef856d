package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/spf13/cobra"
)

func (a *app) validateCommand() *cobra.Command {
	var format, failOn, now string
	c := &cobra.Command{
		Use:   "validate TOPOLOGY...",
		Short: "Check topologies: schema, rules, overlays, expectations",
		Long: `Check topologies: schema, rules, overlays, and what spec.expect says of traffic. Findings go to stdout.

Exit status: 1 when there is a finding at or above --fail-on.`,
		Example: "  meshtopo validate topologies/bookinfo-failover\n  meshtopo validate --format json --fail-on warning topologies/*\n  meshtopo validate --format sarif topologies/* > meshtopo.sarif",
		Args:    cobra.MinimumNArgs(1),
	}
	c.Flags().StringVar(&format, "format", "text", "text, or for programs json, sarif, github (workflow commands), gitlab (Code Quality) or junit")
	c.Flags().StringVar(&failOn, "fail-on", "error", "the least severity that makes the exit status 1: error or warning")
	c.Flags().StringVar(&now, "now", "", "the day, YYYY-MM-DD, that waivers are held against (default: today, UTC)")
	c.RunE = func(c *cobra.Command, args []string) error {
		if c.Flags().Changed("now") && now == "" {
			return errors.New("--now is empty: write a day, YYYY-MM-DD, or leave the flag out")
		}
		day, err := today(now)
		if err != nil {
			return err
		}
		if err := oneOf("--format", format, "text", "json", "sarif", "github", "gitlab", "junit"); err != nil {
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
		for _, p := range projects {
			p.expire(day)
			if err := p.judge(c.Context()); err != nil {
				return err
			}
		}
		if err := a.report(projects, format, diag.Severity(failOn)); err != nil {
			return fmt.Errorf("writing findings: %w", err)
		}
		if all := findingsOf(projects); diag.Count(all, diag.Error) > 0 || failOn == "warning" && len(all) > 0 {
			return errFindings
		}
		return nil
	}
	return c
}

// today gives the day of --now, else of the clock. Only validate asks for it: what is rendered depends on no clock.
func today(now string) (string, error) {
	if now == "" {
		return time.Now().UTC().Format(time.DateOnly), nil
	}
	if _, err := time.Parse(time.DateOnly, now); err != nil {
		return "", fmt.Errorf("--now %q is not a day, YYYY-MM-DD", now)
	}
	return now, nil
}

// expire adds findings about waivers that have expired on a day.
func (p *project) expire(day string) {
	if p.waivers != nil {
		p.add(p.waivers.Expired(day))
	}
}

// report prints the findings of topologies on stdout.
func (a *app) report(projects []*project, format string, failOn diag.Severity) error {
	for _, p := range projects {
		diag.Identify(p.findings, p.topology.Named)
	}
	switch all := findingsOf(projects); format {
	case "json":
		var shown []diag.Finding
		for _, p := range projects {
			findings, _ := a.shown(p, p.findings)
			shown = append(shown, findings...)
		}
		return diag.JSON(a.out, shown)
	case "sarif":
		return diag.SARIF(a.out, all, release())
	case "github":
		return diag.GitHub(a.out, all)
	case "gitlab":
		return diag.GitLab(a.out, all)
	case "junit":
		var suites []diag.Suite
		for _, p := range projects {
			suites = append(suites, diag.Suite{Name: p.topology.File, Findings: p.findings})
		}
		return diag.JUnit(a.out, suites, failOn)
	default:
		return a.print(a.out, projects...)
	}
}

func findingsOf(projects []*project) []diag.Finding {
	var all []diag.Finding
	for _, p := range projects {
		all = append(all, p.findings...)
	}
	return all
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
