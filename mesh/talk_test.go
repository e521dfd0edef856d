package mesh_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/meshtopo/meshtopo/mesh"
	"pgregory.net/rapid"
)

// pairs writes pairs of clusters as a-b.
func pairs(list [][2]*mesh.Cluster) []string {
	var names []string
	for _, p := range list {
		names = append(names, p[0].Name+"-"+p[1].Name)
	}
	return names
}

func in(clusters ...string) []mesh.PlacementSpec {
	var list []mesh.PlacementSpec
	for _, c := range clusters {
		list = append(list, mesh.PlacementSpec{Cluster: c, Version: "v1", Replicas: 1})
	}
	return list
}

// calls gives one call of each service.
func calls(services ...string) []mesh.CallSpec {
	var list []mesh.CallSpec
	for _, s := range services {
		list = append(list, mesh.CallSpec{Service: s, Times: 1})
	}
	return list
}

func to(hosts ...string) []any {
	var list []any
	for _, h := range hosts {
		list = append(list, map[string]any{"destination": map[string]any{"host": h}})
	}
	return []any{map[string]any{"route": list}}
}

// talkSpec is three clusters and a web in a that calls api in b; change makes something else of it.
func talkSpec(change func(*mesh.Body)) *mesh.Spec {
	s := &mesh.Spec{}
	s.Spec.Clusters = []mesh.ClusterSpec{{Name: "c", Region: "r3"}, {Name: "b", Region: "r2"}, {Name: "a", Region: "r1"}}
	s.Spec.Services = []mesh.ServiceSpec{
		{Name: "web", Namespace: "default", Placements: in("a"), Calls: calls("api")},
		{Name: "api", Namespace: "default", Placements: in("b")},
		{Name: "db", Namespace: "data", Placements: in("c")},
	}
	change(&s.Spec)
	return s
}

func TestTalk(t *testing.T) {
	gateway := func(b *mesh.Body, clusters ...string) {
		b.Gateways = []mesh.GatewaySpec{{Name: "in", Clusters: clusters, Listeners: []mesh.ListenerSpec{{Name: "l", Namespace: "edge"}}}}
	}
	for _, c := range []struct {
		name   string
		change func(*mesh.Body)
		want   []string
	}{
		{"a call", func(*mesh.Body) {}, []string{"a-b"}},
		{"both in one cluster", func(b *mesh.Body) { b.Services[1].Placements = in("a") }, nil},
		{"everywhere", func(b *mesh.Body) {
			b.Services[0].Placements, b.Services[1].Placements = in("a", "b", "c"), in("c", "a", "b")
		}, []string{"a-b", "a-c", "b-c"}},
		{"scaled to nothing for now", func(b *mesh.Body) { b.Services[1].Placements[0].Replicas = 0 }, []string{"a-b"}},
		{"another namespace", func(b *mesh.Body) { b.Services[0].Calls = calls("data/db") }, []string{"a-c"}},
		{"a gateway", func(b *mesh.Body) {
			gateway(b, "a", "b")
			b.Routes = []mesh.RouteSpec{{Name: "r", Namespace: "default", Gateways: []string{"edge/l"}, HTTP: to("db.data.svc.cluster.local")}}
		}, []string{"a-b", "a-c", "b-c"}},
		{"a gateway of no route", func(b *mesh.Body) {
			gateway(b, "a", "b")
			b.Routes = []mesh.RouteSpec{{Name: "r", Namespace: "default", Gateways: []string{"l"}, HTTP: to("db.data.svc.cluster.local")}}
		}, []string{"a-b"}},
		{"a route of the callee", func(b *mesh.Body) { b.Services[1].HTTP = to("api", "db.data.svc.cluster.local") }, []string{"a-b", "a-c"}},
		{"a mirror", func(b *mesh.Body) {
			b.Services[1].HTTP = []any{map[string]any{"mirror": map[string]any{"host": "db.data.svc.cluster.local"}}}
		}, []string{"a-b", "a-c"}},
		{"mirrors", func(b *mesh.Body) {
			b.Services[1].HTTP = []any{map[string]any{"mirrors": []any{map[string]any{"destination": map[string]any{"host": "db.data.svc.cluster.local"}}}}}
		}, []string{"a-b", "a-c"}},
		{"a route of all sidecars", func(b *mesh.Body) {
			b.Routes = []mesh.RouteSpec{{Name: "r", Namespace: "data", Gateways: []string{"mesh"}, Hosts: []string{"api.default.svc.cluster.local"}, TCP: to("db")}}
		}, []string{"a-b", "a-c"}},
		{"a route of all sidecars for others", func(b *mesh.Body) {
			b.Routes = []mesh.RouteSpec{{Name: "r", Namespace: "data", Gateways: []string{"mesh"}, Hosts: []string{"api"}, TCP: to("db")}}
		}, []string{"a-b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := pairs(mesh.Build(talkSpec(c.change)).Talk()); !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

// TestTalkIsAllPairs holds Talk against loops over callers, callees and their placements.
func TestTalkIsAllPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := mesh.Build(drawSpec(t))
		want := map[string]bool{}
		add := func(x, y *mesh.Cluster) {
			if x != y {
				want[min(x.Name, y.Name)+"-"+max(x.Name, y.Name)] = true
			}
		}
		for _, s := range m.Services {
			for _, call := range s.Calls {
				for _, p := range s.Placements {
					for _, q := range call.Service.Placements {
						add(p.Cluster, q.Cluster)
					}
				}
			}
		}
		got := pairs(m.Talk())
		if !slices.IsSorted(got) || len(got) != len(want) {
			t.Fatalf("%v, want %v", got, want)
		}
		for _, p := range got {
			if !want[p] {
				t.Fatalf("%s does not talk", p)
			}
		}
	})
}

// TestTalkOfAFleet: a thousand clusters, and five hundred services that all run in each of them.
func TestTalkOfAFleet(t *testing.T) {
	s := &mesh.Spec{}
	for i := range 1000 {
		s.Spec.Clusters = append(s.Spec.Clusters, mesh.ClusterSpec{Name: fmt.Sprintf("c%04d", i), Region: "r"})
	}
	everywhere := []mesh.PlacementSpec{{ClusterSelector: &mesh.ClusterSelector{}}}
	for i := range 500 {
		s.Spec.Services = append(s.Spec.Services, mesh.ServiceSpec{Name: fmt.Sprint("s", i), Placements: everywhere, Calls: calls(fmt.Sprint("s", i/2))})
	}
	if got := len(mesh.Build(s).Talk()); got != 1000*999/2 {
		t.Errorf("%d pairs", got)
	}
}
