package main

import (
	"context"
	"slices"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/render"
	"github.com/meshtopo/meshtopo/simulate"
)

// judge adds the expectations of the topology that do not hold to the findings.
func (p *project) judge(ctx context.Context) error {
	if p.mesh == nil || p.rendering == nil || len(p.mesh.Expect) == 0 {
		return nil
	}
	model, err := simulate.New(p.mesh, p.rendering.Targets(""))
	if p.absorb(err) {
		return nil
	}
	if err != nil {
		return err
	}
	broken, err := p.broken(ctx, model)
	p.add(broken)
	return err
}

// broken gives the expectations that do not hold, each with the overlay that breaks it when it holds without.
func (p *project) broken(ctx context.Context, model *simulate.Model) ([]diag.Finding, error) {
	broken := model.Expect()
	if len(broken) == 0 {
		return nil, nil
	}
	after := broken
	for i := len(p.mesh.Overlays) - 1; i >= 0; i-- {
		before, err := p.expectWith(ctx, i)
		if err != nil {
			return nil, err
		}
		for j := range broken {
			if len(broken[j].Related) == 0 && !about(before, broken[j].Path) && about(after, broken[j].Path) {
				broken[j] = blame(broken[j], i, p.mesh.Overlays[i].Path)
			}
		}
		after = before
	}
	return broken, nil
}

// expectWith judges the expectations as if there were only the first overlays.
func (p *project) expectWith(ctx context.Context, overlays int) ([]diag.Finding, error) {
	rendering, findings, err := p.renderingWith(ctx, overlays)
	if err != nil || rendering == nil {
		return findings, err
	}
	model, err := simulate.New(p.mesh, rendering.Targets(""))
	if err != nil {
		return nil, err
	}
	return model.Expect(), nil
}

// renderingWith renders as if there were only the first overlays.
func (p *project) renderingWith(ctx context.Context, overlays int) (*render.Rendering, []diag.Finding, error) {
	m := *p.mesh
	m.Overlays = m.Overlays[:overlays]
	return p.prepare(ctx, &m)
}

func about(findings []diag.Finding, at diag.Path) bool {
	return slices.ContainsFunc(findings, func(f diag.Finding) bool { return f.Path == at })
}

// blame names the overlay that breaks an expectation; of several the last.
func blame(f diag.Finding, index int, overlay string) diag.Finding {
	return f.WithRelated(diag.Path("spec.overlays").Index(index).Key("path"), "it holds before overlay %s is applied", overlay).
		WithFix("change overlay %s, which breaks it, or the expectation", overlay)
}
