package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/krm"
)

// respond prints findings, and then all of the answer at once.
func (a *app) respond(fn *function, f fnFlags) error {
	results := krm.Results(fn.findings, fn.config.Kind, fn.config.Name, fn.config.File)
	if p := fn.project; p != nil {
		fn.advise()
		name := fn.config.Name
		if p.topology.Spec != nil {
			name = p.topology.Spec.Metadata.Name
		}
		results = append(krm.Results(p.findings, krm.KindTopology, name, fn.config.File), fn.results...)
		p.findings = append(p.findings, fn.items...)
		if err := a.print(a.err, p); err != nil {
			return fmt.Errorf("writing findings: %w", err)
		}
	} else if err := diag.Text(a.err, fn.findings, diag.TextOptions{Color: a.colored(a.err)}); err != nil {
		return fmt.Errorf("writing findings: %w", err)
	}
	failed := slices.ContainsFunc(results, func(r krm.Result) bool { return r.Severity == diag.Error || f.failOn == "warning" })
	if !a.quiet {
		for _, n := range fn.notes {
			fmt.Fprintf(a.err, "note: %s\n", n)
		}
	}
	if fn.config.Mode == krm.Validate && fn.list.UnderKustomize() && !f.echo {
		fn.list.Clear()
	}
	text, err := fn.list.Encode(results)
	if err != nil {
		return err
	}
	if f.results != "" {
		alone, err := krm.EncodeResults(results)
		if err == nil {
			err = os.WriteFile(f.results, alone, 0o666)
		}
		if err != nil {
			return fmt.Errorf("writing %q: %w", f.results, cause(err))
		}
	}
	if _, err := a.out.Write(text); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	if failed {
		return errFindings
	}
	return nil
}

// advise says of what lies outside the working directory what helps: --root, which other commands take, does not.
func (fn *function) advise() {
	for i, f := range fn.project.findings {
		if f.Rule == diag.OutsideRoot {
			fn.project.findings[i] = f.WithFix("move it below the directory that the function runs in, or run the function in one above both: from a kustomization there, or where kpt is started")
		}
	}
}
