package simulate_test

import "github.com/meshtopo/meshtopo/mesh"

// pair is regions a and b with a cluster each, in which the gateway in, web and api run, two pods of api and one of web. The gateway
// sends to web, web calls api. Each region takes 100 requests a second.
func pair() *mesh.Spec {
	s := &mesh.Spec{Metadata: mesh.Metadata{Name: "pair"}}
	s.Spec = mesh.Body{
		Provider: "asm", Mesh: mesh.ControlPlane{Name: "m", Version: "1.22.6.66", Region: "a"}, Traffic: mesh.TrafficSpec{Scope: mesh.ScopeMesh},
		Clusters: []mesh.ClusterSpec{{Name: "ca", Region: "a"}, {Name: "cb", Region: "b"}},
		Gateways: []mesh.GatewaySpec{ingress("in", "ca", "cb")},
		Routes:   []mesh.RouteSpec{everything("in", "web")},
		Services: []mesh.ServiceSpec{
			service("web", in("ca", "v1", 1), in("cb", "v1", 1)),
			service("api", in("ca", "v1", 2), in("cb", "v1", 2)),
		},
		Demand: []mesh.DemandSpec{{Gateway: "in", Region: "a", RPS: 100}, {Gateway: "in", Region: "b", RPS: 100}},
	}
	s.Spec.Services[0].Calls = []mesh.CallSpec{{Service: "api", Times: 1}}
	s.Spec.Services[0].TrafficPolicy, s.Spec.Services[1].TrafficPolicy = ejecting(100), ejecting(100)
	return s
}

// ejecting is a trafficPolicy that may eject so many per cent of the endpoints.
func ejecting(percent int) map[string]any {
	return map[string]any{"outlierDetection": map[string]any{"maxEjectionPercent": percent, "consecutive5xxErrors": 1}}
}

// ingress is a gateway that listens for all hosts.
func ingress(name string, clusters ...string) mesh.GatewaySpec {
	return mesh.GatewaySpec{
		Name: name, Namespace: "istio-system", GatewayType: "ingress", Clusters: clusters,
		Listeners: []mesh.ListenerSpec{{Name: name, Namespace: "default", Servers: []any{
			map[string]any{"port": map[string]any{"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": []any{"*"}},
		}}},
	}
}

// everything is a route from a gateway to a service, for all requests.
func everything(gateway, service string) mesh.RouteSpec {
	return mesh.RouteSpec{Name: gateway, Namespace: "default", Hosts: []string{"*"}, Gateways: []string{gateway}, HTTP: []any{
		map[string]any{"route": []any{map[string]any{"destination": map[string]any{"host": service}}}},
	}}
}

func service(name string, placements ...mesh.PlacementSpec) mesh.ServiceSpec {
	return mesh.ServiceSpec{Name: name, Namespace: "default", Ports: []mesh.Port{{Name: "http", Port: 80, Protocol: "TCP"}}, Placements: placements}
}

func in(cluster, version string, replicas int) mesh.PlacementSpec {
	return mesh.PlacementSpec{Cluster: cluster, Version: version, Replicas: replicas, Image: "registry.example.com/s:1"}
}

// changed gives pair with changes.
func changed(changes ...func(*mesh.Body)) *mesh.Spec {
	s := pair()
	for _, change := range changes {
		change(&s.Spec)
	}
	return s
}
