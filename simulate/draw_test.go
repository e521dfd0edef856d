package simulate_test

import (
	"fmt"
	"slices"

	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/simulate"
	"pgregory.net/rapid"
)

// drawSpec draws a small topology with everything that decides where traffic goes.
func drawSpec(t *rapid.T) *mesh.Spec {
	d := drawer{t: t, regions: names("r", rapid.IntRange(1, 3).Draw(t, "regions"))}
	s := &mesh.Spec{Metadata: mesh.Metadata{Name: "drawn"}}
	b := &s.Spec
	b.Provider, b.Mesh = "asm", mesh.ControlPlane{Name: "m", Version: "1.22.6.66", Region: "r0"}
	b.Traffic = mesh.TrafficSpec{Scope: rapid.SampledFrom([]string{mesh.ScopeMesh, mesh.ScopeService}).Draw(t, "scope"), LocalityRules: d.rules()}
	for _, name := range names("c", rapid.IntRange(len(d.regions), 4).Draw(t, "clusters")) {
		c := mesh.ClusterSpec{Name: name, Region: one(t, "region", d.regions), Zones: d.some("zones", names("z", 3))}
		if i := len(b.Clusters); i < len(d.regions) {
			c.Region = d.regions[i] // none is empty
		}
		b.Clusters, d.clusters = append(b.Clusters, c), append(d.clusters, name)
	}
	d.services = names("s", rapid.IntRange(1, 4).Draw(t, "services"))
	var hosts []string
	for i := range d.services {
		b.Services = append(b.Services, d.service(i))
		hosts = append(hosts, d.services[i]+"."+b.Services[i].Namespace+".svc.cluster.local")
	}
	for _, name := range names("g", one(t, "gateways", []int{1, 2, 0})) {
		g := ingress(name, d.atLeastOne("gateway clusters", d.clusters)...)
		g.Settings = map[string]any{"replicaCount": rapid.IntRange(1, 3).Draw(t, "gateway pods")}
		b.Gateways, b.Routes = append(b.Gateways, g), append(b.Routes, mesh.RouteSpec{Name: name, Namespace: "default", Hosts: []string{"*"}, Gateways: []string{name}, HTTP: d.routes(hosts)})
		if !d.chance("no demand", 4) {
			b.Demand = append(b.Demand, mesh.DemandSpec{Gateway: name, RPS: one(t, "rps", []float64{1, 100, 1e6, 1e9}), Failover: d.some("moves", d.regions)})
		}
	}
	return s
}

type drawer struct {
	t                           *rapid.T
	regions, clusters, services []string
}

func names(prefix string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint(prefix, i)
	}
	return list
}

func (d *drawer) chance(what string, of int) bool { return rapid.IntRange(1, of).Draw(d.t, what) == of }

func one[T any](t *rapid.T, what string, list []T) T { return rapid.SampledFrom(list).Draw(t, what) }

func (d *drawer) some(what string, list []string) []string {
	return rapid.Permutation(list).Draw(d.t, what)[:rapid.IntRange(0, len(list)).Draw(d.t, what+"#")]
}

func (d *drawer) atLeastOne(what string, list []string) []string {
	return rapid.Permutation(list).Draw(d.t, what)[:rapid.IntRange(1, len(list)).Draw(d.t, what+"#")]
}

// service draws one that calls later ones, and now and then earlier ones, so rarely that circles die out.
func (d *drawer) service(i int) mesh.ServiceSpec {
	s := service(d.services[i])
	if d.chance("namespace", 4) {
		s.Namespace = "shop"
	}
	for _, c := range d.clusters {
		for _, v := range []string{"v1", "v2"} {
			if !d.chance("nothing", 3) {
				p := in(c, v, one(d.t, "replicas", []int{1, 2, 3, 4, 0}))
				p.Capacity = one(d.t, "capacity", []float64{0, 100})
				if d.chance("no image", 4) {
					p.Image = ""
				}
				s.Placements = append(s.Placements, p)
			}
		}
	}
	for j, to := range d.services {
		if i != j && d.chance("calls", 2) {
			times := one(d.t, "times", []float64{0.5, 1, 1.5})
			if j < i {
				times = 0.02
			}
			s.Calls = append(s.Calls, mesh.CallSpec{Service: "default/" + to, Times: times}, mesh.CallSpec{Service: "shop/" + to, Times: times})
		}
	}
	s.TrafficPolicy, s.Locality = d.policy(), d.locality()
	if d.chance("own routes", 3) {
		s.HTTP = d.routes([]string{s.Name})
	}
	return s
}

func (d *drawer) policy() map[string]any {
	if d.chance("no policy", 4) {
		return nil
	}
	return map[string]any{"outlierDetection": map[string]any{
		"maxEjectionPercent": one(d.t, "max", []int{0, 10, 34, 50, 67, 100}), "minHealthPercent": one(d.t, "min", []int{0, 0, 50, 100}),
		"consecutive5xxErrors": one(d.t, "errors", []int{0, 1, 5}),
	}}
}

func (d *drawer) locality() *mesh.LocalitySpec {
	switch rapid.IntRange(0, 3).Draw(d.t, "locality") {
	case 0:
		off := false
		return &mesh.LocalitySpec{Enabled: &off}
	case 1:
		return &mesh.LocalitySpec{LocalityRules: d.rules()}
	}
	return nil
}

// rules draws a setting of one of its shapes.
func (d *drawer) rules() mesh.LocalityRules {
	var r mesh.LocalityRules
	switch rapid.IntRange(0, 3).Draw(d.t, "rules") {
	case 0:
		for _, from := range d.some("from", d.regions) {
			if to := one(d.t, "to", d.regions); to != from {
				r.Failover = append(r.Failover, mesh.Failover{From: from, To: to})
			}
		}
	case 1:
		for _, from := range d.some("from", d.regions) {
			r.Distribute = append(r.Distribute, mesh.Distribute{From: from, To: d.shares()})
		}
	case 2:
		r.FailoverPriority = d.some("priority", []string{"topology.kubernetes.io/region", "topology.kubernetes.io/zone", "version=v1", "version", "topology.istio.io/cluster", "topology.istio.io/network"})
	}
	return r
}

func (d *drawer) shares() map[string]int {
	to := map[string]int{}
	left := 100
	list := d.atLeastOne("to", d.regions)
	for i, region := range list {
		n := left
		if i < len(list)-1 {
			n = rapid.IntRange(1, left-(len(list)-1-i)).Draw(d.t, "share")
		}
		to[region], left = n, left-n
	}
	return to
}

// routes draws HTTP routes to services, by weight and version, and faults.
func (d *drawer) routes(to []string) []any {
	var destinations []any
	for range rapid.IntRange(1, 3).Draw(d.t, "destinations") {
		destination := map[string]any{"host": one(d.t, "host", to)}
		if d.chance("subset", 2) {
			destination["subset"] = one(d.t, "version", []string{"v1", "v2"})
		}
		destinations = append(destinations, map[string]any{"weight": rapid.IntRange(1, 100).Draw(d.t, "weight"), "destination": destination})
	}
	route := map[string]any{"route": destinations}
	if d.chance("fault", 5) {
		route["fault"] = map[string]any{"abort": map[string]any{"httpStatus": 503, "percentage": map[string]any{"value": 12.5}}}
	}
	return []any{route}
}

// drawScenario draws up to three places, or parts of a service, and a mode.
func drawScenario(t *rapid.T, m *simulate.Model) simulate.Scenario {
	places := m.Places()
	s := simulate.Scenario{Mode: rapid.SampledFrom([]string{"", mesh.ModeRemoved, mesh.ModeFailing}).Draw(t, "mode")}
	for range rapid.IntRange(0, 3).Draw(t, "lost") {
		p := rapid.SampledFrom(places).Draw(t, "place")
		if p.Kind == mesh.PlaceService {
			p.Count = rapid.IntRange(0, 3).Draw(t, "count")
		}
		if !slices.Contains(s.Lost, p) {
			s.Lost = append(s.Lost, p)
		}
	}
	return s
}
