package probe_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/probe"
)

func served(region, version string, rps float64) flow.Served {
	return flow.Served{Service: "shop/reviews", Region: region, Version: version, RPS: rps}
}

func lost(from flow.Client, service, kind string, rps float64) flow.Drop {
	return flow.Drop{From: from, Service: service, Kind: kind, RPS: rps}
}

func at(share float64) probe.Range          { return probe.Range{Low: share, High: share} }
func between(low, high float64) probe.Range { return probe.Range{Low: low, High: high} }

var (
	door   = flow.Client{Gateway: "in", Region: "east"}
	inside = flow.Client{Service: "page", Region: "east"}
)

// The classes are v2 in west, v2, east, no sign and failed.
func TestPredict(t *testing.T) {
	signs, err := probe.NewSigns([]mesh.Marker{
		{Service: reviews, Version: "v2", Region: "west", Pattern: "a"},
		{Service: reviews, Version: "v2", Pattern: "b"},
		{Service: reviews, Region: "east", Pattern: "c"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name      string
		served    []flow.Served
		dropped   []flow.Drop
		tolerated float64
		want      []probe.Range
	}{
		{
			name:   "the first marker that is true counts, and without losses shares are known",
			served: []flow.Served{served("west", "v2", 0.1), served("east", "v2", 0.2), served("east", "v1", 0.3), served("west", "v1", 0.4)},
			want:   []probe.Range{at(0.1), at(0.2), at(0.3), at(0.4), at(0)},
		},
		{
			name:   "noise of arithmetic is none",
			served: []flow.Served{served("east", "v1", 0.1+0.2), served("east", "v3", 0.7), served("west", "v2", 1e-12)},
			want:   []probe.Range{at(0), at(0), at(1), at(0), at(0)},
		},
		{
			name:    "what the gateway has no endpoint for fails, and what it has no route for has no sign",
			served:  []flow.Served{served("east", "v2", 0.5)},
			dropped: []flow.Drop{lost(door, "page", flow.NoEndpoint, 0.1), lost(door, "page", flow.LostClient, 0.1), lost(door, "", flow.NoRoute, 0.3)},
			want:    []probe.Range{at(0), at(0.5), at(0), at(0.3), at(0.2)},
		},
		{
			name:    "a fault has the status that it has",
			served:  []flow.Served{served("east", "v2", 0.6)},
			dropped: []flow.Drop{lost(door, "page", flow.Fault, 0.4)},
			want:    []probe.Range{at(0), at(0.6), at(0), between(0, 0.4), between(0, 0.4)},
		},
		{
			name:    "a page without the service is a page or an error",
			served:  []flow.Served{served("east", "v2", 0.6)},
			dropped: []flow.Drop{lost(inside, "shop/reviews", flow.NoEndpoint, 0.4)},
			want:    []probe.Range{at(0), at(0.6), at(0), between(0, 0.4), between(0, 0.4)},
		},
		{
			name:    "what was answered with an error may be tried again",
			served:  []flow.Served{served("east", "v2", 0.6)},
			dropped: []flow.Drop{lost(inside, "shop/reviews", flow.Errors, 0.4)},
			want:    []probe.Range{at(0), between(0.6, 1), at(0), between(0, 0.4), between(0, 0.4)},
		},
		{
			name:    "without another service the page may suffer",
			served:  []flow.Served{served("east", "v2", 0.3), served("west", "v1", 0.7)},
			dropped: []flow.Drop{lost(inside, "details", flow.NoEndpoint, 0.4)},
			want:    []probe.Range{at(0), between(0, 0.3), at(0), between(0.3, 1), between(0, 0.4)},
		},
		{
			name:      "failures that are tolerated take from every class",
			served:    []flow.Served{served("east", "v2", 0.6), served("west", "v1", 0.4)},
			tolerated: 0.05,
			want:      []probe.Range{at(0), between(0.55, 0.6), at(0), between(0.35, 0.4), between(0, 0.05)},
		},
	} {
		r := &flow.Report{EndToEnd: append(c.served, flow.Served{Service: "page", RPS: 9}), Dropped: c.dropped}
		want := []probe.Prediction{{Classes: c.want}}
		if diff := cmp.Diff(want, signs.Predict(&mesh.Mesh{}, r, c.tolerated), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// A service that one request asks for more often than once is not judged, whoever asks.
func TestPredictOnce(t *testing.T) {
	call := func(s *mesh.Service, times float64) mesh.Call { return mesh.Call{Service: s, Times: times} }
	for _, c := range []struct {
		name    string
		calls   func(a, b, c *mesh.Service)
		skipped bool
	}{
		{"once", func(a, b, c *mesh.Service) { a.Calls = []mesh.Call{call(c, 1)} }, false},
		{"every other time", func(a, b, c *mesh.Service) { a.Calls = []mesh.Call{call(c, 0.5)} }, false},
		{"twice", func(a, b, c *mesh.Service) { a.Calls = []mesh.Call{call(c, 2)} }, true},
		{"by two ways", func(a, b, c *mesh.Service) {
			a.Calls, b.Calls = []mesh.Call{call(b, 1), call(c, 1)}, []mesh.Call{call(c, 1)}
		}, true},
		{"by two ways that are half as long", func(a, b, c *mesh.Service) {
			a.Calls, b.Calls = []mesh.Call{call(b, 0.5), call(c, 0.5)}, []mesh.Call{call(c, 1)}
		}, false},
		{"in a circle that dies out", func(a, b, c *mesh.Service) {
			a.Calls, c.Calls = []mesh.Call{call(c, 1)}, []mesh.Call{call(c, 0.1)}
		}, true},
		{"beside a circle", func(a, b, c *mesh.Service) {
			a.Calls, b.Calls = []mesh.Call{call(b, 1), call(c, 1)}, []mesh.Call{call(b, 0.5)}
		}, false},
		{"beside a circle without an end", func(a, b, c *mesh.Service) {
			a.Calls, b.Calls = []mesh.Call{call(b, 1), call(c, 1)}, []mesh.Call{call(b, 1)}
		}, true},
		{"not at all", func(a, b, c *mesh.Service) {}, false},
	} {
		a, b, last := &mesh.Service{Name: "a", Namespace: "default"}, &mesh.Service{Name: "b", Namespace: "default"}, &mesh.Service{Name: "c", Namespace: "default"}
		c.calls(a, b, last)
		signs, err := probe.NewSigns([]mesh.Marker{{Service: last, Version: "v1", Pattern: "x"}})
		if err != nil {
			t.Fatal(err)
		}
		r := &flow.Report{Hops: []flow.Hop{{From: door, To: flow.Server{Service: "a"}}}}
		got := signs.Predict(&mesh.Mesh{Services: []*mesh.Service{a, b, last}}, r, 0)[0]
		if skipped := got.Skipped != ""; skipped != c.skipped {
			t.Errorf("%s: skipped is %v, want %v", c.name, skipped, c.skipped)
		}
	}
}

// Without a loss one class may still be served more than once, by routes that the calls do not show.
func TestPredictServedTwice(t *testing.T) {
	signs, err := probe.NewSigns([]mesh.Marker{{Service: reviews, Version: "v1", Pattern: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	got := signs.Predict(&mesh.Mesh{}, &flow.Report{EndToEnd: []flow.Served{served("east", "v1", 1.5)}}, 0)[0]
	if !strings.Contains(got.Skipped, "more than once") {
		t.Errorf("got %+v", got)
	}
}
