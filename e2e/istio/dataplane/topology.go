// Package dataplane sends real calls through a mesh: a real istiod tells gRPC clients where requests go, by xDS, and they call echo
// servers on loopback that say who they are. What is rendered of a topology is applied as it stands; only its pods are replaced, by
// a server and a WorkloadEntry each, since an API server refuses EndpointSlices with addresses of loopback.
//
// A gRPC client is not an Envoy. It follows istiod's priorities, weights, subsets and routes; it has no outlierDetection, and leaves a
// priority only when it can connect to none of its endpoints.
package dataplane

import (
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

// A Place is where an endpoint or a client is.
type Place struct {
	Region string `json:"region"`
	Zone   string `json:"zone"`
}

// An Endpoint is a pod of a service.
type Endpoint struct {
	Place
	Service string `json:"service"`
	Cluster string `json:"cluster"`
	Version string `json:"version"`
	Name    string `json:"name"`    // of the pod
	Address string `json:"address"` // of loopback, without a port; "" until a server listens
}

// Endpoints reads the placements of a topology in YAML that uses only cluster, version and replicas in them. Replica i is in zone i
// modulo the number of zones.
func Endpoints(file string) ([]Endpoint, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var topology struct{ Spec spec }
	if err := yaml.Unmarshal(data, &topology); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var endpoints []Endpoint
	for _, s := range topology.Spec.Services {
		for _, p := range s.Placements {
			more, err := topology.Spec.endpoints(s.Name, p)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			endpoints = append(endpoints, more...)
		}
	}
	return endpoints, nil
}

type spec struct {
	Clusters []struct {
		Name, Region string
		Zones        []string
	}
	Services []struct {
		Name       string
		Placements []placement
	}
}

type placement struct {
	Cluster, Version string
	Replicas         *int
}

func (s spec) endpoints(service string, p placement) ([]Endpoint, error) {
	version, replicas := "v1", 1
	if p.Version != "" {
		version = p.Version
	}
	if p.Replicas != nil {
		replicas = *p.Replicas
	}
	for _, c := range s.Clusters {
		if c.Name != p.Cluster || len(c.Zones) == 0 {
			continue
		}
		endpoints := make([]Endpoint, replicas)
		for i := range endpoints {
			endpoints[i] = Endpoint{
				Place: Place{c.Region, c.Zones[i%len(c.Zones)]}, Service: service, Cluster: c.Name, Version: version,
				Name: fmt.Sprintf("%s-%s-%s-%d", service, c.Name, version, i),
			}
		}
		return endpoints, nil
	}
	return nil, fmt.Errorf("service %s is placed in %q, which is no cluster with zones", service, p.Cluster)
}
