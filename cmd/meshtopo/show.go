package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/meshtopo/meshtopo/diag"
)

// print prints findings for people on a stream; with --quiet only errors.
func (a *app) print(w io.Writer, projects ...*project) error {
	first := true
	var all []diag.Finding
	for _, p := range projects {
		findings := p.findings
		if a.quiet {
			findings = only(findings, diag.Error)
		}
		all = append(all, findings...)
		if len(findings) == 0 {
			continue
		}
		if !first {
			fmt.Fprintln(w)
		}
		first = false
		shown, original := a.shown(p, findings)
		source := func(file string) ([]byte, bool) { return p.source(original[file]) }
		if err := diag.Text(w, shown, diag.TextOptions{Color: a.colored(w), Source: source}); err != nil {
			return err
		}
	}
	if summary := diag.Summary(all); summary != "" && !a.quiet {
		fmt.Fprintf(a.err, "%s\n", summary)
	}
	return nil
}

func only(findings []diag.Finding, s diag.Severity) []diag.Finding {
	var list []diag.Finding
	for _, f := range findings {
		if f.Severity == s {
			list = append(list, f)
		}
	}
	return list
}

// source gives the text of a file that a finding is about.
func (p *project) source(file string) ([]byte, bool) {
	if file == p.topology.File {
		return p.topology.Text, true
	}
	info, err := p.root.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > p.limits.InputSize {
		return nil, false
	}
	text, err := p.root.ReadFile(file)
	return text, err == nil
}

// shown gives findings with files as seen from the working directory, where an editor or a shell finds them, and what these names
// stand for below the root. What is rendered never depends on the working directory; what is printed about it may.
func (a *app) shown(p *project, findings []diag.Finding) (shown []diag.Finding, original map[string]string) {
	return a.shownBelow(p.root.Name(), findings)
}

// shownBelow does it for files below a directory.
func (a *app) shownBelow(dir string, findings []diag.Finding) (shown []diag.Finding, original map[string]string) {
	original = map[string]string{}
	rename := func(place *diag.Place) {
		if place.File == "" {
			return
		}
		name := a.seen(filepath.Join(dir, filepath.FromSlash(place.File)), place.File)
		original[name] = place.File
		place.File = name
	}
	for _, f := range findings {
		f.Related = append([]diag.Related(nil), f.Related...)
		rename(&f.Place)
		for i := range f.Related {
			rename(&f.Related[i].Place)
		}
		shown = append(shown, f)
	}
	return shown, original
}

// seen is the shorter of a file's absolute path and its path from the working directory.
func (a *app) seen(abs, below string) string {
	if a.dir == "" {
		return below
	}
	if rel, err := filepath.Rel(a.dir, abs); err == nil && len(rel) <= len(abs) {
		abs = rel
	}
	return filepath.ToSlash(abs)
}
