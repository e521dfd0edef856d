package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/spf13/cobra"
)

func (a *app) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "explain RULE|FIELD",
		Short:   "Say what a rule catches and how to fix it, or what a field means",
		Example: "  meshtopo explain MT331\n  meshtopo explain max-ejection-percent\n  meshtopo explain spec.clusters.podCIDR",
		Args:    cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return ruleWords(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.explain(args[0]) },
	}
}

func ruleWords() []string {
	var words []string
	for _, r := range diag.Rules() {
		words = append(words, r.ID, r.Name)
	}
	return words
}

func (a *app) explain(what string) error {
	for _, r := range diag.Rules() {
		if strings.EqualFold(what, r.ID) || what == r.Name {
			return explainRule(a.out, r)
		}
	}
	err := fmt.Errorf("there is no rule %q", what)
	if near, ok := diag.Nearest(what, ruleWords()); ok {
		err = fmt.Errorf("%w: did you mean %s?", err, near)
	}
	return err
}

func explainRule(w io.Writer, r diag.Rule) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s (%s)\n\n%s\n\nWhy: %s\n\nFix: %s\n", r.ID, r.Name, r.Severity, r.Summary, r.Why, r.Fix)
	if r.Source != "" {
		fmt.Fprintf(&b, "\nSource: %s\n", r.Source)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
