package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/load"
	"github.com/spf13/cobra"
)

// explainFlags are the flags of explain; they are for rendered values.
type explainFlags struct {
	topology string
	object   string
}

func (a *app) explainCommand() *cobra.Command {
	var f explainFlags
	c := &cobra.Command{
		Use:   "explain RULE|FIELD|limits|TARGET/FILE[.field]",
		Short: "Say what a rule catches and how to fix it, what a field means, which limits there are, or what made a rendered value",
		Long: `Say what a rule catches and how to fix it, what a field means, which limits there are, or what made a rendered value.

TARGET/FILE is a rendered file, such as clusters/ack-hangzhou/services/reviews.yaml, with or without the directory that it was
rendered to. Of a field in it, the answer is the field of the topology that it follows from, the template, the rule, and the
overlay that changed it. Of a file with several objects, all that have the field are explained, or the one of --object.
The topology is rendered anew; what is on disk is not read.`,
		Example: "  meshtopo explain MT331\n  meshtopo explain max-ejection-percent\n  meshtopo explain spec.clusters.podCIDR\n  meshtopo explain limits\n  meshtopo explain clusters/ack-hangzhou/services/reviews.yaml.spec.replicas --topology topologies/bookinfo-failover",
		Args:    cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return append(ruleWords(), limitsWord), cobra.ShellCompDirectiveNoFileComp
		},
	}
	c.Flags().StringVar(&f.topology, "topology", "", "topology that makes the rendered file (default: the only one at or below the working directory)")
	c.Flags().StringVar(&f.object, "object", "", "of the objects in the file only this one: KIND/NAME")
	c.RunE = func(c *cobra.Command, args []string) error {
		if args[0] == limitsWord {
			return explainLimits(a.out)
		}
		if isRendered(args[0]) {
			return a.explainValue(c.Context(), args[0], f)
		}
		if f != (explainFlags{}) {
			return errors.New("--topology and --object are for rendered files: name one, TARGET/FILE")
		}
		return a.explain(args[0])
	}
	return c
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
	field, ok := load.Describe(what)
	if ok {
		return explainField(a.out, field)
	}
	return nothingToExplain(what, field.Fields)
}

// nothingToExplain names what may have been meant: a rule that is spelt alike, else fields.
func nothingToExplain(what string, fields []load.Field) error {
	err := fmt.Errorf("there is neither a rule nor a field %q", what)
	if near, ok := diag.Nearest(what, ruleWords()); ok {
		return fmt.Errorf("%w: did you mean %s?", err, near)
	}
	for _, word := range ruleWords() {
		if len(what) > 3 && strings.Contains(word, strings.ToLower(what)) {
			return fmt.Errorf("%w: did you mean %s?", err, word)
		}
	}
	var paths []string
	for _, f := range fields {
		paths = append(paths, f.Path)
	}
	if len(paths) == 0 {
		return err
	}
	if len(paths) > 8 {
		paths = append(paths[:8], "...")
	}
	return fmt.Errorf("%w: did you mean %s?", err, strings.Join(paths, ", "))
}

func explainRule(w io.Writer, r diag.Rule) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s (%s)\n\n%s\n\nWhy: %s\n\nFix: %s\n", r.ID, r.Name, r.Severity, r.Summary, r.Why, r.Fix)
	if r.Source != "" {
		fmt.Fprintf(&b, "\nSource: %s\n", r.Source)
	}
	if r.Waivable {
		b.WriteString("\nA finding can be silenced for a reason: meshtopo explain spec.waivers\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func explainField(w io.Writer, f load.Field) error {
	var b strings.Builder
	name := f.Path
	if name == "" {
		name = "a topology"
	}
	fmt.Fprintf(&b, "%s: %s\n", name, f.Type)
	if f.Doc != "" {
		fmt.Fprintf(&b, "\n%s\n", f.Doc)
	}
	facts := fieldFacts(f)
	for _, line := range facts {
		fmt.Fprintf(&b, "\n%s", line)
	}
	if len(facts) > 0 {
		b.WriteByte('\n')
	}
	if len(f.Fields) > 0 {
		fmt.Fprintf(&b, "\nfields (* must be there):\n")
	}
	for _, sub := range f.Fields {
		fmt.Fprintf(&b, "%s\n", strings.TrimRight(fmt.Sprintf("%s%-26s %s", star(sub.Required), lastName(sub.Path), cmp.Or(sub.Doc, sub.Type)), " "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// fieldFacts are the lines about a field that are not the same for every field.
func fieldFacts(f load.Field) []string {
	var lines []string
	if f.Required {
		lines = append(lines, "It must be there.")
	}
	if f.Default != "" {
		lines = append(lines, "Default: "+f.Default)
	}
	if len(f.Allowed) > 0 {
		lines = append(lines, "Allowed: "+strings.Join(f.Allowed, ", "))
	}
	if f.Istio != "" {
		lines = append(lines, "Its fields are those of Istio's "+f.Istio+", which the Istio reference documents.")
	}
	return lines
}

func star(required bool) string {
	if required {
		return "* "
	}
	return "  "
}

func lastName(path string) string {
	return strings.TrimSuffix(path[strings.LastIndex(path, ".")+1:], "[]")
}
