package simulate_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/mesh"
)

// Calls are made for each request that is served, and not for those that failed.
func TestCallsMultiply(t *testing.T) {
	chain := func(b *mesh.Body) {
		b.Services = append(b.Services, service("db", in("ca", "v1", 1), in("cb", "v1", 1)))
		b.Services[0].Calls = []mesh.CallSpec{{Service: "api", Times: 2.5}, {Service: "api", Times: 0.5, Path: "/health"}, {Service: "db", Times: 1}}
		b.Services[1].Calls = []mesh.CallSpec{{Service: "db", Times: 4}}
		b.Services[1].TrafficPolicy = ejecting(10)
		b.Demand = b.Demand[:1]
	}
	for lost, want := range map[string]map[string]float64{
		"":              {"web v1@a": 100, "api v1@a": 300, "db v1@a": 650, "db v1@b": 650}, // db has no outlierDetection: both regions alike
		"1:service/api": {"web v1@a": 100, "api v1@a": 150, "api errors": 150, "db v1@a": 350, "db v1@b": 350},
		"service/api":   {"web v1@a": 100, "api errors": 300, "db v1@a": 50, "db v1@b": 50},
		"service/web":   {"web noEndpoint": 100},
	} {
		mode := mesh.ModeFailing
		same(t, lost, want, rates(newWorld(t, changed(chain), "").run(mode, strings.Fields(lost)...)))
	}
}

// A circle of calls that dies out is summed up exactly: with half a call back for each, there are twice as many.
func TestCallsCircle(t *testing.T) {
	for _, back := range []float64{0.5, 0.9, 0.99, 0.001} {
		w := newWorld(t, changed(func(b *mesh.Body) {
			b.Services[1].Calls = []mesh.CallSpec{{Service: "web", Times: back}}
			b.Demand = b.Demand[:1]
		}), "")
		sum := 100 / (1 - back)
		got := rates(w.run(""))
		for _, name := range []string{"web v1@a", "api v1@a"} {
			if math.Abs(got[name]-sum) > 1e-6*sum {
				t.Errorf("%v back: %s serves %v, want %v", back, name, got[name], sum)
			}
		}
	}
}

// A service that calls itself is a circle too. One that does not die out, which a rule refuses, ends all the same.
func TestCallsItself(t *testing.T) {
	itself := func(times float64) *mesh.Spec {
		return changed(func(b *mesh.Body) {
			b.Services[1].Calls = []mesh.CallSpec{{Service: "api", Times: times}}
			b.Demand = b.Demand[:1]
		})
	}
	same(t, "dies out", map[string]float64{"web v1@a": 100, "api v1@a": 400}, rates(newWorld(t, itself(0.75), "").run("")))
	newWorld(t, itself(2), "").run("")
}

// Where no Service is rendered for the callee the name does not resolve; its pods elsewhere make no difference.
func TestCallsWithoutService(t *testing.T) {
	gone := "{apiVersion: v1, kind: Service, metadata: {name: api, namespace: default}}"
	w := newWorld(t, pair(), gone)
	r := w.run("")
	same(t, "no Service", map[string]float64{
		"in@a > web v1@ca": 1, "web@a > api noRoute": 1, "in@b > web v1@cb": 1, "web@b > api noRoute": 1,
	}, shares(r))
	if !slices.ContainsFunc(r.Notes, func(n string) bool {
		return strings.Contains(n, "service web calls api, of which no Service is rendered")
	}) {
		t.Errorf("%q", r.Notes)
	}
}

// Pods come from the rendered Deployments, and from placements that have no image; 0 pods are none.
func TestEndpoints(t *testing.T) {
	for _, c := range []struct {
		name    string
		a, b    mesh.PlacementSpec
		objects string
		want    map[string]float64
	}{
		{"without image", mesh.PlacementSpec{Cluster: "ca", Version: "v1", Replicas: 2}, in("cb", "v1", 2), "", map[string]float64{"api v1@ca": 1}},
		{"0 pods", in("ca", "v1", 0), in("cb", "v1", 2), "", map[string]float64{"api v1@cb": 1}},
		{"0 pods without image", mesh.PlacementSpec{Cluster: "ca", Version: "v1"}, in("cb", "v1", 2), "", map[string]float64{"api v1@cb": 1}},
		{"0 pods at all", in("ca", "v1", 0), in("cb", "v1", 0), "", map[string]float64{"api noEndpoint": 1}},
		{"Deployments are gone", in("ca", "v1", 1), in("cb", "v1", 1), "{apiVersion: apps/v1, kind: Deployment, metadata: {name: api-v1, namespace: default}}", map[string]float64{"api noEndpoint": 1}},
		{"two versions", in("ca", "v1", 1), in("ca", "v2", 3), "", map[string]float64{"api v1@ca": 0.25, "api v2@ca": 0.75}},
	} {
		w := newWorld(t, changed(func(b *mesh.Body) { b.Services[1].Placements = []mesh.PlacementSpec{c.a, c.b} }), c.objects)
		same(t, c.name, c.want, only("web@a", shares(w.run(""))))
	}
	bare := newWorld(t, changed(func(b *mesh.Body) { b.Services[1].Placements = nil }), "")
	same(t, "no placement", map[string]float64{"api noEndpoint": 1}, only("web@a", shares(bare.run(""))))
}

// Rates of any size are shares of them.
func TestRates(t *testing.T) {
	for _, rps := range []float64{1e-3, 1, 1e6, 1e9} {
		w := newWorld(t, changed(func(b *mesh.Body) {
			b.Demand[0].RPS, b.Demand[1].RPS = rps, 0
			b.Services[1].Placements[0].Capacity = 100
		}), "")
		r := w.run(mesh.ModeFailing, "1:service/api@cluster/ca")
		same(t, fmt.Sprint(rps), map[string]float64{"web v1@a": rps, "api v1@a": 0.7 * rps, "api v1@b": 0.3 * rps}, rates(r))
		if want := 0.7 * rps / 100; math.Abs(r.Totals.MaxUtilization-want) > 1e-9*want || math.Abs(r.Totals.CrossRegionRPS-0.3*rps) > 1e-9*rps {
			t.Errorf("%v: %+v, want a utilization of %v", rps, r.Totals, want)
		}
		if want := 4 / rps; len(r.Drains) != 1 || r.Drains[0].Ejected != 1 || r.Drains[0].Seconds <= 0 || r.Drains[0].Seconds > want {
			t.Errorf("%v: %+v", rps, r.Drains)
		}
	}
}
