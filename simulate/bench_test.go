package simulate_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/render"
	"github.com/meshtopo/meshtopo/simulate"
)

// fleet is 100 clusters in 10 regions with 500 services in each: 50,000 placements. Each service calls two others.
func fleet(b *testing.B) *simulate.Model {
	b.Helper()
	s := &mesh.Spec{Metadata: mesh.Metadata{Name: "fleet"}}
	s.Spec = mesh.Body{Provider: "asm", Mesh: mesh.ControlPlane{Name: "mesh", Version: "1.22.6.66", Region: "region-0"}, Traffic: mesh.TrafficSpec{Scope: mesh.ScopeMesh}}
	for i := range 100 {
		s.Spec.Clusters = append(s.Spec.Clusters, mesh.ClusterSpec{Name: fmt.Sprintf("c%02d", i), Region: fmt.Sprintf("region-%d", i%10), Zones: []string{fmt.Sprintf("z%d", i%2)}})
	}
	for i := range 10 {
		s.Spec.Traffic.Failover = append(s.Spec.Traffic.Failover, mesh.Failover{From: fmt.Sprintf("region-%d", i), To: fmt.Sprintf("region-%d", (i+1)%10)})
	}
	const services = 500
	for i := range services {
		service := mesh.ServiceSpec{
			Name: fmt.Sprintf("s%03d", i), Namespace: "default", Ports: []mesh.Port{{Name: "http", Port: 80, Protocol: "TCP"}}, Capacity: 100,
			Placements:    []mesh.PlacementSpec{{ClusterSelector: &mesh.ClusterSelector{}, Version: "v1", Replicas: 2, Image: "registry.example.com/s:1"}},
			TrafficPolicy: map[string]any{"outlierDetection": map[string]any{"maxEjectionPercent": int64(50)}},
		}
		for _, to := range []int{2*i + 1, 2*i + 2} {
			if to < services {
				service.Calls = append(service.Calls, mesh.CallSpec{Service: fmt.Sprintf("s%03d", to), Times: 1})
			}
		}
		s.Spec.Services = append(s.Spec.Services, service)
	}
	m := mesh.Build(s)
	r, findings, err := render.Prepare(context.Background(), m, render.Options{})
	if err != nil || len(findings) > 0 {
		b.Fatal(err, findings)
	}
	model, err := simulate.New(m, r.Targets(""))
	if err != nil {
		b.Fatal(err)
	}
	return model
}

// One scenario of 100 clusters and 500 services: the goal is under 50 ms.
func BenchmarkScenario(b *testing.B) {
	model := fleet(b)
	lost := model.Places(mesh.PlaceRegion)[:1]
	b.ReportAllocs()
	for b.Loop() {
		model.Run(simulate.Scenario{Lost: lost})
	}
}

// Every single loss of a region, zone or cluster: the goal is under 2 s.
func BenchmarkSweepOne(b *testing.B) {
	model := fleet(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := model.Sweep(context.Background(), simulate.SweepOptions{Depth: 1, Kinds: []string{mesh.PlaceRegion, mesh.PlaceZone, mesh.PlaceCluster}}); err != nil {
			b.Fatal(err)
		}
	}
}

// Every pair of clusters, 4,950 scenarios: the goal is under 60 s and 500 MB.
func BenchmarkSweepTwo(b *testing.B) {
	model := fleet(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := model.Sweep(context.Background(), simulate.SweepOptions{Depth: 2, Kinds: []string{mesh.PlaceCluster}}); err != nil {
			b.Fatal(err)
		}
	}
}
