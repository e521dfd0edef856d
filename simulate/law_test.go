package simulate_test

import (
	"context"
	"math"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/simulate"
	"pgregory.net/rapid"
)

const tiny = 1e-9

func near(x, y float64) bool { return math.Abs(x-y) <= tiny*max(1, math.Abs(x), math.Abs(y)) }

type flowKey struct {
	from flow.Client
	to   string
}

// What every client sends to a service arrives at a pod or is dropped, and what failing pods answer is reported as errors.
func TestConservation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, model := modelOf(t, drawSpec(t), "")
		r := model.Run(drawScenario(t, model))
		sums, errors, dropped := map[flowKey]float64{}, map[flowKey]float64{}, map[flowKey]float64{}
		for _, h := range r.Hops {
			sums[flowKey{h.From, h.To.Service}] += h.Share
			errors[flowKey{h.From, h.To.Service}] += h.Errors
			if h.Share <= 0 || h.Share > 1+tiny || h.Errors < 0 || h.Errors > h.Share+tiny {
				t.Errorf("%+v", h)
			}
		}
		for _, d := range r.Dropped {
			if d.Share <= 0 || d.Share > 1+tiny || d.Why == "" {
				t.Errorf("%+v", d)
			}
			if d.Kind == flow.Errors {
				dropped[flowKey{d.From, d.Service}] += d.Share
			} else {
				sums[flowKey{d.From, d.Service}] += d.Share
			}
		}
		for key, sum := range sums {
			if !near(sum, 1) {
				t.Errorf("%+v: shares add up to %v", key, sum)
			}
			if !near(errors[key], dropped[key]) {
				t.Errorf("%+v: hops have %v errors, drops %v", key, errors[key], dropped[key])
			}
		}
		checkServed(t, r)
	})
}

// checkServed holds what the pods of a service answered and what was dropped on its way there against what was sent.
func checkServed(t *rapid.T, r *flow.Report) {
	asked, got := map[string]float64{}, map[string]float64{}
	for _, h := range r.Hops {
		asked[h.To.Service] += h.RPS
	}
	for _, d := range r.Dropped {
		got[d.Service] += d.RPS
		if d.Kind != flow.Errors {
			asked[d.Service] += d.RPS
		}
	}
	share := map[string]float64{}
	for _, s := range r.EndToEnd {
		got[s.Service] += s.RPS
		share[s.Service] += s.Share
		if s.Share <= 0 || r.Declared && !near(s.Share*asked[s.Service], s.RPS) {
			t.Errorf("%+v of %v requests", s, asked[s.Service])
		}
	}
	for service, sum := range share {
		if sum > 1+tiny {
			t.Errorf("%s serves %v of its requests", service, sum)
		}
	}
	if r.Declared {
		for service := range asked {
			if !near(got[service], asked[service]) {
				t.Errorf("%s: %v requests were sent, and %v served or dropped", service, asked[service], got[service])
			}
		}
	}
	for _, u := range r.Utilization {
		if math.IsNaN(u.Utilization) || math.IsInf(u.Utilization, 0) || u.RPS < 0 || u.Endpoints < 0 {
			t.Errorf("%+v", u)
		}
	}
	for _, d := range r.Drains {
		if !(d.Seconds >= 0) || math.IsInf(d.Seconds, 0) || d.Ejected > d.Failing {
			t.Errorf("%+v", d)
		}
	}
	if s := r.Totals.DroppedShare; !(s >= 0 && s <= 1) {
		t.Errorf("%v of the requests are dropped", s)
	}
}

// A removed pod gets nothing, and one that is lost and still in EDS answers with errors only.
func TestLostServers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, model := modelOf(t, drawSpec(t), "")
		s := drawScenario(t, model)
		frozen := false
		for _, p := range s.Lost {
			frozen = frozen || p.Kind == mesh.PlaceMesh
		}
		r := model.Run(s)
		for _, p := range s.Lost {
			for _, h := range r.Hops {
				if !holds(p, h.To) {
					continue
				}
				removed := s.Mode == mesh.ModeRemoved || s.Mode == "" && p.Kind == mesh.PlaceService
				if removed && !frozen {
					t.Errorf("%s is removed: %+v", p, h)
				}
				if !near(h.Errors, h.Share) {
					t.Errorf("%s is lost: %+v", p, h)
				}
			}
			for _, served := range r.EndToEnd {
				if p.Kind == mesh.PlaceRegion && served.Region == p.Region {
					t.Errorf("%s is lost: %+v", p, served)
				}
			}
		}
	})
}

// holds says whether all pods of a server are in a place.
func holds(p mesh.Place, s flow.Server) bool {
	switch p.Kind {
	case mesh.PlaceRegion:
		return s.Region == p.Region
	case mesh.PlaceCluster:
		return s.Cluster == p.Cluster
	case mesh.PlaceService:
		return p.Count == 0 && mesh.Qualified(s.Service, mesh.DefaultNamespace) == p.Service && (p.Version == "" || s.Version == p.Version)
	}
	return false
}

// A sweep reports what Run does, and its harms agree with the reports, with one worker or several.
func TestSweepAgrees(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	rapid.Check(t, func(t *rapid.T) {
		_, model := modelOf(t, drawSpec(t), "")
		kinds := rapid.Permutation(simulate.Kinds()).Draw(t, "kinds")[:3]
		o := simulate.SweepOptions{Depth: rapid.IntRange(1, 2).Draw(t, "depth"), Kinds: kinds, Mode: mesh.ModeFailing}
		runtime.GOMAXPROCS(1)
		reports, harms := sweep(t, model, o)
		runtime.GOMAXPROCS(4)
		again, harmsAgain := sweep(t, model, o)
		if d := cmp.Diff(reports, again); d != "" {
			t.Fatal(d)
		}
		if d := cmp.Diff(harms, harmsAgain); d != "" {
			t.Fatal(d)
		}
		for _, r := range reports {
			checkHarm(t, r, harms)
		}
		if len(harms) != len(reports) {
			t.Errorf("%d harms of %d reports", len(harms), len(reports))
		}
	})
}

func sweep(t *rapid.T, model *simulate.Model, o simulate.SweepOptions) (reports []*flow.Report, harms []flow.Harm) {
	places := map[string]mesh.Place{}
	for _, p := range model.Places(o.Kinds...) {
		places[p.String()] = p
	}
	o.Each = func(r *flow.Report) error {
		s := simulate.Scenario{Mode: o.Mode}
		for _, name := range r.Lost {
			s.Lost = append(s.Lost, places[name])
		}
		if d := cmp.Diff(model.Run(s), r); d != "" {
			t.Errorf("%v (-run +sweep):\n%s", r.Lost, d)
		}
		reports = append(reports, r)
		return nil
	}
	harms, err := model.Sweep(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return reports, harms
}

func checkHarm(t *rapid.T, r *flow.Report, harms []flow.Harm) {
	for _, h := range harms {
		if !cmp.Equal(h.Lost, r.Lost) {
			continue
		}
		if !near(h.DroppedShare, r.Totals.DroppedShare) || !near(h.CrossRegionRPS, r.Totals.CrossRegionRPS) || !near(h.MaxUtilization, r.Totals.MaxUtilization) {
			t.Errorf("%v: harm %+v, totals %+v", r.Lost, h, r.Totals)
		}
		outside := 0.0
		for _, d := range r.Dropped {
			if d.Kind == flow.LostClient {
				outside += d.RPS
			}
		}
		if r.Declared && !near(h.LostDemand*r.Totals.RPS, outside) {
			t.Errorf("%v: %v cannot enter, and %v requests of %v are dropped there", r.Lost, h.LostDemand, outside, r.Totals.RPS)
		}
		return
	}
	t.Errorf("%v has no harm", r.Lost)
}
