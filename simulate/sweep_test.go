package simulate_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/simulate"
	"pgregory.net/rapid"
)

// The places of pair with zones and versions, kind by kind.
func TestPlaces(t *testing.T) {
	w := newWorld(t, changed(func(b *mesh.Body) {
		b.Clusters = []mesh.ClusterSpec{{Name: "ca", Region: "a", Zones: []string{"a2", "a1"}}, {Name: "cb", Region: "b"}, {Name: "cc", Region: "a", Zones: []string{"a1"}}}
		b.Services[1].Placements = append(b.Services[1].Placements, in("cb", "v2", 1))
		b.Services = append(b.Services, service("idle"))
	}), "")
	for kind, want := range map[string]string{
		"region": "region/a region/b", "zone": "zone/a/a1 zone/a/a2", "cluster": "cluster/ca cluster/cb cluster/cc",
		"gateway": "gateway/in@cluster/ca gateway/in@cluster/cb", "service": "service/api service/web",
		"version": "service/api@version/v1 service/api@version/v2", "link": "link/a-b", "mesh": "mesh", "unknown": "",
	} {
		var names []string
		for _, p := range w.model.Places(kind) {
			names = append(names, p.String())
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
	if all := w.model.Places(); len(all) != 15 || len(simulate.Kinds()) != 8 {
		t.Errorf("%v", all)
	}
}

// The worst losses come first, with what breaks.
func TestSweepRanks(t *testing.T) {
	w := newWorld(t, changed(func(b *mesh.Body) {
		b.Services[1].TrafficPolicy = ejecting(10)
		b.Services[1].Capacity = 60
		b.Services[1].Placements[1].Replicas = 1 // 60 requests a second in b, and 120 in a
	}), "")
	harms, err := w.model.Sweep(context.Background(), simulate.SweepOptions{Depth: 1, Kinds: []string{"service", "cluster", "link"}, Mode: mesh.ModeFailing})
	if err != nil {
		t.Fatal(err)
	}
	none := []string{}
	want := []flow.Harm{
		{Lost: []string{"service/api"}, DroppedShare: 1, BlackHoles: []string{"api"}, Overloaded: none, StuckFailovers: none},
		{Lost: []string{"service/web"}, DroppedShare: 1, BlackHoles: []string{"web"}, Overloaded: none, StuckFailovers: none},
		{Lost: []string{"cluster/ca"}, DroppedShare: 0.5, LostDemand: 0.5, MaxUtilization: 100.0 / 60, BlackHoles: none, Overloaded: []string{"api"}, StuckFailovers: none},
		{Lost: []string{"cluster/cb"}, DroppedShare: 0.5, LostDemand: 0.5, MaxUtilization: 100.0 / 120, BlackHoles: none, Overloaded: none, StuckFailovers: none},
		{Lost: []string{"link/a-b"}, MaxUtilization: 100.0 / 60, BlackHoles: none, Overloaded: []string{"api"}, StuckFailovers: none},
	}
	if d := cmp.Diff(want, harms, cmpopts.EquateApprox(0, 1e-12)); d != "" {
		t.Error(d)
	}
}

// A failover that cannot happen is named: healthy pods elsewhere get nothing, since none of 4 may be ejected.
func TestSweepStuck(t *testing.T) {
	for percent, want := range map[int][]string{10: {"api"}, 24: {"api"}, 25: {}, 50: {}} {
		w := newWorld(t, changed(func(b *mesh.Body) {
			b.Services[1].Placements[1].Version = "v2"
			b.Services[1].TrafficPolicy = ejecting(percent)
		}), "")
		harms, err := w.model.Sweep(context.Background(), simulate.SweepOptions{Depth: 1, Kinds: []string{"version"}, Mode: mesh.ModeFailing})
		if err != nil || len(harms) != 2 {
			t.Fatal(harms, err)
		}
		for _, h := range harms {
			if d := cmp.Diff(want, h.StuckFailovers); d != "" {
				t.Errorf("%d %%, %v (-want +got):\n%s", percent, h.Lost, d)
			}
		}
	}
}

// A sweep is refused, stopped, and told about.
func TestSweepEnds(t *testing.T) {
	model := newWorld(t, pair(), "").model
	if _, err := model.Sweep(context.Background(), simulate.SweepOptions{Depth: 3}); err == nil || !strings.Contains(err.Error(), "1 or 2 places at once, not 3") {
		t.Error(err)
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	if _, err := model.Sweep(stopped, simulate.SweepOptions{Depth: 2}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	full := errors.New("full")
	if _, err := model.Sweep(context.Background(), simulate.SweepOptions{Depth: 1, Each: func(*flow.Report) error { return full }}); !errors.Is(err, full) {
		t.Error(err)
	}
	last, total := 0, 0
	harms, err := model.Sweep(context.Background(), simulate.SweepOptions{Depth: 2, Progress: func(done, of int) {
		if done <= last || done > of {
			t.Errorf("%d of %d after %d", done, of, last)
		}
		last, total = done, of
	}})
	if err != nil || last != total || total != len(harms) {
		t.Errorf("%d of %d, %d harms, %v", last, total, len(harms), err)
	}
	if none, err := model.Sweep(context.Background(), simulate.SweepOptions{Depth: 1, Kinds: []string{"zone"}}); err != nil || len(none) != 0 {
		t.Error(none, err)
	}
}

// A pair that a sweep leaves out does what one of its places does alone.
func TestSweepPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, model := modelOf(t, drawSpec(t), "")
		mode := rapid.SampledFrom([]string{"", mesh.ModeRemoved, mesh.ModeFailing}).Draw(t, "mode")
		harms, err := model.Sweep(context.Background(), simulate.SweepOptions{Depth: 2, Mode: mode})
		if err != nil {
			t.Fatal(err)
		}
		tried := map[string]bool{}
		for _, h := range harms {
			tried[strings.Join(h.Lost, " ")] = true
		}
		places := model.Places()
		run := func(lost ...mesh.Place) *flow.Report {
			r := model.Run(simulate.Scenario{Lost: lost, Mode: mode})
			r.Lost = nil
			return r
		}
		for i, p := range places {
			for _, q := range places[i+1:] {
				if tried[p.String()+" "+q.String()] {
					continue
				}
				both := run(p, q)
				if !slices.ContainsFunc([]mesh.Place{p, q}, func(one mesh.Place) bool { return cmp.Equal(both, run(one)) }) {
					t.Errorf("%s and %s are left out", p, q)
				}
			}
		}
	})
}
