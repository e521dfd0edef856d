package simulate_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/mesh"
)

// Requests move to the regions of failover, in order, when every gateway that they enter at is lost.
func TestDemandFailover(t *testing.T) {
	three := func(b *mesh.Body) {
		b.Clusters = append(b.Clusters, mesh.ClusterSpec{Name: "cc", Region: "c"})
		b.Gateways = []mesh.GatewaySpec{ingress("in", "ca", "cb"), ingress("out", "cc")}
		b.Routes = append(b.Routes, everything("out", "web"))
		b.Demand = []mesh.DemandSpec{{Region: "a", RPS: 90, Failover: []string{"b", "c"}}}
	}
	for lost, want := range map[string]map[string]float64{
		"":                           {"web v1@a": 90, "api v1@a": 90},
		"region/a":                   {"web v1@b": 90, "api v1@b": 90},
		"gateway/in@cluster/ca":      {"web v1@b": 90, "api v1@b": 90},
		"gateway/in":                 {"web v1@a": 45, "api v1@a": 45, "web v1@b": 45, "api v1@b": 45}, // c prefers neither
		"region/a region/b":          {"web noEndpoint": 90},                                           // it enters in c, which has no pods
		"region/a region/b region/c": {"web lostClient": 90},
	} {
		same(t, lost, want, rates(newWorld(t, changed(three), "").run("removed", strings.Fields(lost)...)))
	}
}

// Demand of a gateway enters evenly in all its clusters; what would enter at a lost one is lost while another is left.
func TestDemandSplit(t *testing.T) {
	everywhere := func(b *mesh.Body) { b.Demand = []mesh.DemandSpec{{Gateway: "in", RPS: 100, Failover: []string{"b"}}} }
	for lost, want := range map[string]map[string]float64{
		"":           {"web v1@a": 50, "api v1@a": 50, "web v1@b": 50, "api v1@b": 50},
		"region/a":   {"web v1@b": 50, "api v1@b": 50, "web lostClient": 50},
		"region/b":   {"web v1@a": 50, "api v1@a": 50, "web lostClient": 50},
		"gateway/in": {"web lostClient": 100},
	} {
		same(t, lost, want, rates(newWorld(t, changed(everywhere), "").run("", strings.Fields(lost)...)))
	}
}

// Two gateways in a region share its demand, and each has its own routes.
func TestDemandTwoGateways(t *testing.T) {
	w := newWorld(t, changed(func(b *mesh.Body) {
		b.Gateways = append(b.Gateways, ingress("second", "ca"))
		b.Routes = append(b.Routes, everything("second", "api"))
		b.Demand = []mesh.DemandSpec{{Region: "a", RPS: 100}}
	}), "")
	same(t, "", map[string]float64{"web v1@a": 50, "api v1@a": 100}, rates(w.run("")))
}

// Without declared demand there are shares and no rates; a gateway with two routes takes half a request each.
func TestDemandUndeclared(t *testing.T) {
	w := newWorld(t, changed(func(b *mesh.Body) {
		b.Demand = nil
		b.Gateways = []mesh.GatewaySpec{ingress("in", "ca")}
		more := everything("in", "api")
		more.Name, more.Hosts = "more", []string{"api.example.com"}
		b.Routes = append(b.Routes, more)
	}), "")
	r := w.run("")
	if r.Declared || !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "declares no demand") }) {
		t.Errorf("declared %v, notes %q", r.Declared, r.Notes)
	}
	for _, h := range r.Hops {
		if h.RPS != 0 {
			t.Errorf("%v has a rate", h)
		}
	}
	same(t, "shares", map[string]float64{"in@a > web v1@ca": 1, "in@a > api v1@ca": 1, "web@a > api v1@ca": 1}, shares(r))
	if got := w.run("", "service/api").Totals.DroppedShare; got != 1 {
		t.Errorf("%v of the requests are dropped without api, want 1", got)
	}
}

// Without gateways requests reach the services that nobody calls at their pods, each as many, and those of lost pods are lost.
func TestDemandWithoutGateways(t *testing.T) {
	bare := func(b *mesh.Body) {
		b.Demand, b.Gateways, b.Routes = nil, nil, nil
		b.Services[0].Placements[1].Replicas = 3
	}
	w := newWorld(t, changed(bare), "")
	for lost, want := range map[string]map[string]float64{
		"":                       {"web@a > api v1@ca": 1, "web@b > api v1@cb": 1},
		"service/web@region/b":   {"web@a > api v1@ca": 1, "web@b > web lostClient": 1},
		"region/a":               {"web@a > web lostClient": 1, "web@b > api v1@cb": 1},
		"2:service/web@region/b": {"web@a > api v1@ca": 1, "web@b > api v1@cb": 1, "web@b > web lostClient": 1},
		"service/api":            {"web@a > api noEndpoint": 1, "web@b > api noEndpoint": 1},
	} {
		same(t, lost, want, shares(w.run("", strings.Fields(lost)...)))
	}
	for lost, dropped := range map[string]float64{"": 0, "region/a": 0.25, "region/b": 0.75, "2:service/web@region/b": 0.5, "service/web": 1} {
		if got := w.run("", strings.Fields(lost)...).Totals.DroppedShare; got != dropped {
			t.Errorf("%s: %v is dropped, want %v", lost, got, dropped)
		}
	}
}

// What no gateway listens for, and what no route takes, is dropped for want of a route.
func TestDemandWithoutRoute(t *testing.T) {
	route := everything("in", "web")
	route.Hosts = []string{"shop.example.com"}
	route.HTTP[0].(map[string]any)["match"] = []any{map[string]any{"uri": map[string]any{"prefix": "/shop"}}}
	base := func(b *mesh.Body) {
		b.Routes = []mesh.RouteSpec{route}
		b.Gateways[0].Listeners[0].Servers[0].(map[string]any)["hosts"] = []any{"*.example.com"}
	}
	for _, c := range []struct {
		host, path string
		drop       string // "" for none
	}{
		{"shop.example.com", "/shop/1", ""},
		{"shop.example.com", "", ""}, // the path is not known: the first route is taken
		{"shop.example.com", "/", "no route of VirtualService default/in matches a request for / to shop.example.com"},
		{"other.example.com", "/shop", "no VirtualService of gateway in takes a request for /shop to other.example.com"},
		{"example.org", "/shop", "gateway in does not listen for host example.org"},
		{"", "/shop", ""},
	} {
		w := newWorld(t, changed(base, func(b *mesh.Body) { b.Demand = []mesh.DemandSpec{{Region: "a", RPS: 10, Host: c.host, Path: c.path}} }), "")
		r := w.run("")
		got := ""
		for _, d := range r.Dropped {
			got = d.Why
			if d.Kind != "noRoute" || d.Share != 1 || d.RPS != 10 {
				t.Errorf("%s%s: %+v", c.host, c.path, d)
			}
		}
		if got != c.drop {
			t.Errorf("%s%s: dropped: %q, want %q", c.host, c.path, got, c.drop)
		}
	}
}
