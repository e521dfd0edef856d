package main

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/review"
	"github.com/meshtopo/meshtopo/simulate"
)

// maxCauses bounds for how many flows what decided them is looked up; the worst come first.
const maxCauses = 200

// traffic is the models of two sides.
type traffic struct {
	*differences
	pair     pair
	old, new *simulate.Model
}

// compareTraffic adds to the report what traffic does differently.
func (d *differences) compareTraffic(ctx context.Context, p pair) error {
	if reason := p.noTraffic(); reason != "" {
		d.report.NoTraffic = reason
		return nil
	}
	t := traffic{differences: d, pair: p}
	if t.unchanged() {
		return nil
	}
	var err error
	if t.old, err = t.model(p.old, p.old.project.mesh); err != nil {
		return err
	}
	// What the old side expects is asked of the new one, too.
	both := *p.new.project.mesh
	both.Expect = slices.Concat(both.Expect, t.oldExpectations())
	if t.new, err = t.model(p.new, &both); err != nil {
		return err
	}
	if err := t.flows(ctx); err != nil {
		return err
	}
	t.expectations()
	return nil
}

// noTraffic says why the traffic of a pair cannot be compared; "" when it can.
func (p pair) noTraffic() string {
	switch {
	case p.old == nil:
		return "topology " + p.new.about.Topology + " is new"
	case p.old.noTraffic != "":
		return p.old.noTraffic
	case p.old.project == nil && p.new.project == nil:
		return "neither side has a topology"
	case p.old.project == nil:
		return p.old.about.Name + " has no topology"
	case p.new.project == nil:
		return p.new.about.Name + " has no topology"
	}
	return ""
}

// unchanged says whether both sides mean the same: equal topologies with equal objects.
func (t *traffic) unchanged() bool {
	return len(t.report.Objects) == 0 && len(t.report.Targets) == 0 && len(t.report.Version) == 0 && len(t.report.Ignored) == 0 &&
		reflect.DeepEqual(t.pair.old.project.topology.Spec, t.pair.new.project.topology.Spec)
}

// model is that of one side. An object that cannot be read is trouble here: there is nothing to compare.
func (t *traffic) model(s *side, m *mesh.Mesh) (*simulate.Model, error) {
	model, err := simulate.New(m, s.project.rendering.Targets(""))
	if s.project.absorb(err) {
		return nil, fmt.Errorf("%s has errors and cannot be compared: run meshtopo validate", s.about.Name)
	}
	return model, err
}

// flows compares what traffic does while all is up and with every single loss.
func (t *traffic) flows(ctx context.Context) error {
	var c review.TrafficComparison
	before, after := t.both(simulate.Scenario{}, simulate.Scenario{})
	c.Add(before, after)
	t.unknown(before, after)
	places, left := t.losses()
	oneSided := 0
	for _, place := range places {
		if err := ctx.Err(); err != nil {
			return err
		}
		old, err := t.pair.old.project.mesh.Place(place.String())
		if err != nil {
			oneSided++
			continue
		}
		c.Add(t.both(simulate.Scenario{Lost: []mesh.Place{old}}, simulate.Scenario{Lost: []mesh.Place{place}}))
		// What is usually scaled down can fail as well, and then nothing but ejection helps.
		if place.Kind == mesh.PlaceService {
			c.Add(t.both(simulate.Scenario{Lost: []mesh.Place{old}, Mode: mesh.ModeFailing}, simulate.Scenario{Lost: []mesh.Place{place}, Mode: mesh.ModeFailing}))
		}
	}
	r := t.report
	if left > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d losses of single services were not tried: there are more than %d (--over service tries all)", left, maxServiceLosses))
	}
	if oneSided > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d of the losses are of places that only the new side has and were not compared", oneSided))
	}
	if c.Held() > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d more changes of flows were found and are left out", c.Held()))
	}
	r.Losses = append(r.Losses, c.Losses()...)
	loads, flows := c.Loads(), c.Flows()
	for i := range flows {
		flows[i].Topology = t.name()
		if i < maxCauses {
			flows[i].Cause = t.cause(&flows[i])
			if err := t.maker(t.pair.new.project).overlaidCause(ctx, flows[i].Cause); err != nil {
				return err
			}
		}
	}
	for i := range loads {
		loads[i].Topology = t.name()
	}
	r.Traffic, r.Utilization = append(r.Traffic, flows...), append(r.Utilization, loads...)
	return nil
}

// unknown notes what the models say of how they were reckoned: what is not simulated, and what was assumed.
func (t *traffic) unknown(before, after *flow.Report) {
	for _, note := range slices.Concat(after.Notes, before.Notes) {
		if !slices.Contains(t.report.Notes, note) {
			t.report.Notes = append(t.report.Notes, note)
		}
	}
}

// maxServiceLosses bounds how many losses of services, versions, and services in one region are tried when no flag says which.
const maxServiceLosses = 1000

// losses gives the places whose loss is tried, and how many are left out.
func (t *traffic) losses() (places []mesh.Place, left int) {
	if len(t.flags.over) > 0 {
		return append(t.new.Places(t.flags.over...), t.inRegions(t.flags.over)...), 0
	}
	var services []mesh.Place
	for _, p := range t.new.Places() {
		if p.Kind == mesh.PlaceService {
			services = append(services, p)
		} else {
			places = append(places, p)
		}
	}
	services = append(services, t.inRegions([]string{mesh.PlaceService})...)
	left = max(0, len(services)-maxServiceLosses)
	return append(places, services[:len(services)-left]...), left
}

// inRegions gives the losses of a service in one region, of services that are in several: what failover is for.
func (t *traffic) inRegions(kinds []string) []mesh.Place {
	if !slices.Contains(kinds, mesh.PlaceService) {
		return nil
	}
	var places []mesh.Place
	for _, s := range t.pair.new.project.mesh.Services {
		regions := map[string]bool{}
		for _, p := range s.Placements {
			regions[p.Cluster.Region.Name] = true
		}
		if len(regions) < 2 {
			continue
		}
		for _, region := range slices.Sorted(maps.Keys(regions)) {
			places = append(places, mesh.Place{Kind: mesh.PlaceService, Service: s.Namespace + "/" + s.Name, Region: region})
		}
	}
	return places
}

// name is the topology's where several are compared.
func (t *traffic) name() string { return strings.TrimSuffix(t.pair.prefix, "/") }

// both asks both models at once.
func (t *traffic) both(old, now simulate.Scenario) (before, after *flow.Report) {
	var other sync.WaitGroup
	other.Go(func() { before = t.old.Run(old) })
	after = t.new.Run(now)
	other.Wait()
	return before, after
}

// cause asks both models what decided, and compares the answers.
func (t *traffic) cause(f *review.FlowChange) *review.Cause {
	return review.CauseOf(f, t.explain(t.old, t.pair.old.project, f), t.explain(t.new, t.pair.new.project, f), t.report.Objects)
}

// explain is empty where the side does not have the service or the region.
func (t *traffic) explain(m *simulate.Model, p *project, f *review.FlowChange) []flow.Explanation {
	var s simulate.Scenario
	for _, lost := range f.Lost {
		lost, fails := strings.CutSuffix(lost, review.Failing)
		if fails {
			s.Mode = mesh.ModeFailing
		}
		place, err := p.mesh.Place(lost)
		if err != nil {
			return nil
		}
		s.Lost = append(s.Lost, place)
	}
	list, err := m.Explain(s, f.Service, f.From)
	if err != nil {
		return nil
	}
	for i := range list {
		t.app.locate(p, list[i].DecidedBy)
	}
	return list
}
