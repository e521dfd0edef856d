package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/meshtopo/meshtopo/limit"
)

// limitsWord is what `meshtopo explain` is asked for the limits.
const limitsWord = "limits"

// explainLimits prints all limits.
func explainLimits(w io.Writer) error {
	var b strings.Builder
	b.WriteString("What a topology may cost. --limit NAME=VALUE changes one, and can be repeated; sizes are written as 16MiB, times as 30s.\nWhat exceeds a limit is a finding MT007 that names it. docs/limits.md says more.\n")
	strict := limit.Untrusted().List()
	for i, l := range limit.Default().List() {
		value := l.Value
		if strict[i].Value != value {
			value += ", with --untrusted " + strict[i].Value
		}
		fmt.Fprintf(&b, "\n%s = %s\n  %s\n", l.Name, value, l.About)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
