package simulate_test

import (
	"testing"

	"github.com/meshtopo/meshtopo/mesh"
)

// apiRoutes is the VirtualService of api, for sidecars.
func apiRoutes(http string) string {
	return "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: api, namespace: default}, spec: {hosts: [api], http: " + http + "}}\n---\n"
}

// Where the calls of web in region a to api go, with routes of api.
func TestWays(t *testing.T) {
	versions := func(b *mesh.Body) {
		b.Services[0].Calls = []mesh.CallSpec{{Service: "api", Times: 1, Path: "/v", Method: "POST", Headers: map[string]string{"X-User": "jason"}}}
		b.Services[1].Placements = []mesh.PlacementSpec{in("ca", "v1", 1), in("ca", "v2", 1), in("cb", "v2", 1)}
		b.Services = append(b.Services, service("spare", in("cb", "v1", 1)))
	}
	for _, c := range []struct {
		name, http string
		want       map[string]float64
	}{
		{"none", `[]`, map[string]float64{"api v1@ca": 0.5, "api v2@ca": 0.5}},
		{"subsets", `[{route: [{destination: {host: api, subset: v1}, weight: 90}, {destination: {host: api, subset: v2}, weight: 10}]}]`, map[string]float64{"api v1@ca": 0.9, "api v2@ca": 0.1}},
		{"weight 0", `[{route: [{destination: {host: api, subset: v1}, weight: 0}, {destination: {host: api, subset: v2}, weight: 100}]}]`, map[string]float64{"api v2@ca": 1}},
		{"a subset that is nowhere", `[{route: [{destination: {host: api, subset: v1}, weight: 75}, {destination: {host: api, subset: v9}, weight: 25}]}]`, map[string]float64{"api v1@ca": 0.75, "api noRoute": 0.25}},
		{"a host that is nowhere", `[{route: [{destination: {host: api, subset: v1}, weight: 75}, {destination: {host: nobody}, weight: 25}]}]`, map[string]float64{"api v1@ca": 0.75, "api noRoute": 0.25}},
		{"another service", `[{route: [{destination: {host: api, subset: v2}, weight: 75}, {destination: {host: spare.default.svc.cluster.local}, weight: 25}]}]`, map[string]float64{"api v2@ca": 1, "spare v1@cb": 1}},
		{"fault", `[{fault: {abort: {httpStatus: 503, percentage: {value: 25}}}, route: [{destination: {host: api, subset: v2}}]}]`, map[string]float64{"api v2@ca": 0.75, "api fault": 0.25}},
		{"all faults", `[{fault: {abort: {httpStatus: 503, percentage: {value: 100}}}, route: [{destination: {host: api, subset: v2}}]}]`, map[string]float64{"api fault": 1}},
		{"redirect", `[{redirect: {uri: /}}]`, map[string]float64{"api answered": 1}},
		{"an answer that is an error", `[{directResponse: {status: 503}}]`, map[string]float64{"api noRoute": 1}},
		{"header", `[{match: [{headers: {x-user: {exact: anna}}}], route: [{destination: {host: api, subset: v1}}]}, {match: [{headers: {x-user: {exact: jason}}, method: {exact: POST}, uri: {exact: /v}}], route: [{destination: {host: api, subset: v2}}]}]`, map[string]float64{"api v2@ca": 1}},
		{"no route matches", `[{match: [{uri: {exact: /w}}], route: [{destination: {host: api}}]}]`, map[string]float64{"api noRoute": 1}},
		{"no route is for these clients", `[{match: [{sourceLabels: {app: other}}], route: [{destination: {host: nobody}}]}]`, map[string]float64{"api v1@ca": 0.5, "api v2@ca": 0.5}},
		{"source labels", `[{match: [{sourceLabels: {app: web, version: v1}}], route: [{destination: {host: api, subset: v1}}]}, {route: [{destination: {host: api, subset: v2}}]}]`, map[string]float64{"api v1@ca": 1}},
	} {
		r := newWorld(t, changed(versions), apiRoutes(c.http)).run("")
		same(t, c.name, c.want, only("web@a", shares(r)))
	}
}

// Requests that a route takes to another service count there: that service is asked, and the one that was meant is not.
func TestWaysElsewhere(t *testing.T) {
	spare := func(b *mesh.Body) {
		b.Services = append(b.Services, service("spare", in("cb", "v1", 1)))
		b.Services[2].TrafficPolicy = ejecting(10)
	}
	routes := apiRoutes(`[{route: [{destination: {host: api}, weight: 1}, {destination: {host: spare}, weight: 3}]}]`)
	w := newWorld(t, changed(spare), routes)
	same(t, "up", map[string]float64{"web v1@a": 100, "web v1@b": 100, "api v1@a": 25, "api v1@b": 25, "spare v1@b": 150}, rates(w.run("")))
	same(t, "lost", map[string]float64{"web v1@a": 100, "web v1@b": 100, "api v1@a": 25, "api v1@b": 25, "spare errors": 150}, rates(w.run(mesh.ModeFailing, "service/spare")))
}

// A subset is an Envoy cluster of its own: the ejection limit counts its endpoints, and failover stays in it.
func TestWaysSubset(t *testing.T) {
	versions := func(b *mesh.Body) {
		b.Services[1].Placements = []mesh.PlacementSpec{in("ca", "v1", 1), in("ca", "v2", 4), in("cb", "v2", 2), in("cb", "v1", 1)}
		b.Services[1].TrafficPolicy = ejecting(50)
	}
	v1 := apiRoutes(`[{route: [{destination: {host: api, subset: v1}}]}]`)
	w := newWorld(t, changed(versions), v1)
	same(t, "up", map[string]float64{"api v1@ca": 1}, only("web@a", shares(w.run(""))))
	same(t, "1 of 2 is 50 %", map[string]float64{"api v1@cb": 1}, only("web@a", shares(w.run(mesh.ModeFailing, "service/api@cluster/ca"))))
	same(t, "no v1", map[string]float64{"api noEndpoint": 1}, only("web@a", shares(w.run("", "service/api@version/v1"))))
	all := newWorld(t, changed(versions), "")
	same(t, "5 of 8 fail, 4 may go", map[string]float64{
		"api v1@ca": 0.28 / 5, "api v1@ca !": 0.28 / 5, "api v2@ca": 0.28 * 4 / 5, "api v2@ca !": 0.28 * 4 / 5, "api errors": 0.28, "api v1@cb": 0.24, "api v2@cb": 0.48,
	}, only("web@a", shares(all.run(mesh.ModeFailing, "service/api@cluster/ca"))))
}
