package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/simulate"
)

// simulation is one question to a model, and where the answer goes.
type simulation struct {
	app      *app
	project  *project
	model    *simulate.Model
	flags    simulateFlags
	scenario simulate.Scenario
	out      io.Writer
}

// answer prints the report of the scenario, the sweep or the explanations. An error is of writing, or trouble.
func (s *simulation) answer(ctx context.Context) error {
	switch {
	case s.flags.sweep > 0:
		return s.sweep(ctx)
	case s.flags.explain != "":
		return s.explain()
	default:
		return printFlow(s.app, s.out, s.model.Run(s.scenario), s.flags.format, flow.Text, flow.Markdown)
	}
}

// sweep tries many scenarios. In JSON their reports are written as they come, since those of a fleet do not fit into memory;
// else only what hurts is kept.
func (s *simulation) sweep(ctx context.Context) error {
	depth := s.flags.sweep
	o := simulate.SweepOptions{Depth: depth, Kinds: s.flags.kinds(), Mode: s.flags.mode}
	bar, hide := s.app.progress(s.flags.format == "json")
	o.Progress = bar
	if s.flags.format != "json" {
		harms, err := s.model.Sweep(ctx, o)
		hide()
		if err != nil {
			return fmt.Errorf("trying losses: %w", err)
		}
		return printFlow(s.app, s.out, &flow.Sweep{Topology: s.project.mesh.Name, Depth: depth, AllUp: s.model.Harm(simulate.Scenario{}), Harms: harms}, s.flags.format, flow.SweepText, flow.SweepMarkdown)
	}
	w := flow.NewSweepJSON(diag.InertJSON(s.out), s.project.mesh.Name, depth, s.model.Harm(simulate.Scenario{}))
	o.Each = w.Add
	harms, err := s.model.Sweep(ctx, o)
	hide()
	if err != nil {
		return fmt.Errorf("trying losses: %w", err)
	}
	return w.Close(harms)
}

// kinds gives the kinds of places that a sweep loses.
func (f *simulateFlags) kinds() []string {
	if len(f.over) == 0 && f.sweep == 2 {
		return overPairs
	}
	return f.over
}

// explain says what decided where requests to a service go.
func (s *simulation) explain() error {
	service, region, narrowed := strings.Cut(s.flags.explain, "@region/")
	if narrowed && region == "" || strings.Contains(service, "@") {
		return fmt.Errorf("--explain %q is neither SERVICE nor SERVICE@region/R", s.flags.explain)
	}
	explained, err := s.model.Explain(s.scenario, service, region)
	if err != nil {
		return fmt.Errorf("--explain: %w", err)
	}
	for i := range explained {
		s.app.locate(s.project, explained[i].DecidedBy)
	}
	e := &flow.Explained{Topology: s.project.mesh.Name, Mode: s.scenario.Mode, Explanations: explained}
	for _, place := range s.scenario.Lost {
		e.Lost = append(e.Lost, place.String())
	}
	return printFlow(s.app, s.out, e, s.flags.format, flow.ExplainText, flow.ExplainMarkdown)
}
