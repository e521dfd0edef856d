package random

import (
	"fmt"
	"slices"
)

// A maker makes one topology.
type maker struct {
	dice
	group    Group
	name     string
	clusters []cluster
	regions  regions // those of the clusters
	services []*service
	gateways []m
	routes   []m
}

type cluster struct {
	name, region string
	zones        []string
}

type service struct {
	name, namespace string
	ports           []int
	versions        []string
	placements      []placement
	policy          m
	locality        m
	calls, http     []any
}

type placement struct {
	cluster, version string
	replicas         int
}

// Topology gives topology number n of the group. Namespaces and gateways are its own, so that it can be served beside others.
func (g Group) Topology(seed uint64, n int) *Case {
	k := &maker{dice: newDice(seed, uint64(n)), group: g, name: fmt.Sprintf("t%d", n), regions: regions{}}
	k.makeClusters()
	k.makeServices()
	k.makeCalls()
	if k.chance(50) {
		k.makeGateway()
	}
	spec := m{
		"provider": "asm", "mesh": m{"name": "mesh", "version": "1.31.0", "region": k.clusters[0].region},
		"clusters": k.clusterList(), "services": k.serviceList(),
	}
	if g.plane != nil {
		g.plane.describe(spec, spec["clusters"].([]m))
	}
	if len(k.gateways) > 0 {
		spec["gateways"], spec["routes"] = k.gateways, k.routes
	}
	switch {
	case g.traffic != nil:
		spec["traffic"] = g.traffic
	case k.chance(40):
		traffic := k.locality(k.regions)
		if traffic["enabled"] == nil { // which is for services alone
			traffic["scope"] = "service"
			spec["traffic"] = traffic
		}
	}
	name := k.name
	if g.plane != nil {
		name = "own" // it names the network of clusters that say none
	}
	return &Case{Name: k.name, Overlays: k.overlays(), Topology: m{
		"apiVersion": "meshtopo.dev/v1alpha1", "kind": "MeshTopology", "metadata": m{"name": name}, "spec": spec,
	}}
}

// makeClusters covers the regions of the group first. With networks or control planes every cluster is there, since they are of the group.
func (k *maker) makeClusters() {
	n := k.between(max(1, len(k.group.covers)), len(Clusters))
	if k.group.networks != nil {
		n = len(Clusters)
	}
	if k.group.plane != nil {
		n = len(k.group.plane.members)
	}
	for i, name := range Clusters[:n] {
		region := pick(k.dice, regionNames...)
		if i < len(k.group.covers) {
			region = k.group.covers[i]
		}
		zones := slices.Sorted(slices.Values(some(k.dice, k.between(0, 3), zonesOf(region))))
		k.clusters = append(k.clusters, cluster{name, region, zones})
		for _, zone := range zones {
			if !slices.Contains(k.regions[region], zone) {
				k.regions[region] = append(k.regions[region], zone)
			}
		}
		if k.regions[region] == nil {
			k.regions[region] = []string{}
		}
	}
}

func (k *maker) clusterList() []m {
	var list []m
	for _, c := range k.clusters {
		entry := m{"name": c.name, "region": c.region}
		if len(c.zones) > 0 {
			entry["zones"] = c.zones
		}
		list = append(list, entry)
	}
	return list
}

func (k *maker) makeServices() {
	for i := range k.between(2, 5) {
		s := &service{name: fmt.Sprintf("s%d", i), namespace: k.name + pick(k.dice, "-a", "-a", "-b")}
		s.ports = []int{80, 9090, 7000}[:k.between(1, 3)]
		s.versions = []string{"v1", "v2", "v3"}[:pick(k.dice, 1, 1, 2, 2, 3)]
		for _, version := range s.versions {
			for _, c := range some(k.dice, k.between(1, len(k.clusters)), k.clusters) {
				s.placements = append(s.placements, placement{c.name, version, pick(k.dice, 0, 1, 1, 1, 2, 2, 3, 5)})
			}
		}
		if k.chance(85) {
			s.policy = k.policy(s.ports)
		}
		if k.chance(45) {
			s.locality = k.locality(k.regions)
			k.preferPlace(s.locality)
		}
		k.services = append(k.services, s)
	}
}

// makeCalls has services call later ones, on any of their ports, and spreads some by subset.
func (k *maker) makeCalls() {
	for i, s := range k.services {
		later := k.services[i+1:]
		for _, to := range some(k.dice, k.between(0, 3), later) {
			call := m{"service": to.namespace + "/" + to.name, "times": pick(k.dice, 0.5, 1, 2)}
			if k.chance(50) {
				call["port"] = pick(k.dice, to.ports...)
			}
			s.calls = append(s.calls, call)
		}
		if k.chance(30) {
			s.http = []any{m{"route": k.subsets(s)}}
		}
	}
}

// subsets gives destinations of a service, by version.
func (k *maker) subsets(s *service) []any {
	var route []any
	versions := some(k.dice, k.between(1, len(s.versions)), s.versions)
	for i, weight := range k.parts(len(versions)) {
		destination := m{"host": s.host(), "subset": versions[i]}
		if len(s.ports) > 1 {
			destination["port"] = m{"number": pick(k.dice, s.ports...)}
		}
		route = append(route, m{"destination": destination, "weight": weight})
	}
	return route
}

func (s *service) host() string { return s.name + "." + s.namespace + ".svc.cluster.local" }

func (k *maker) serviceList() []m {
	var list []m
	for _, s := range k.services {
		var ports, placements []any
		for i, port := range s.ports {
			ports = append(ports, m{"name": []string{"http", "grpc", "http-admin"}[i], "port": port, "targetPort": 8000 + i})
		}
		for _, p := range s.placements {
			placements = append(placements, m{"cluster": p.cluster, "version": p.version, "replicas": p.replicas, "image": "registry.example.com/app:1"})
		}
		entry := m{"name": s.name, "namespace": s.namespace, "ports": ports, "placements": placements}
		for field, value := range map[string]m{"trafficPolicy": s.policy, "locality": s.locality} {
			if value != nil {
				entry[field] = value
			}
		}
		for field, value := range map[string][]any{"calls": s.calls, "http": s.http} {
			if value != nil {
				entry[field] = value
			}
		}
		list = append(list, entry)
	}
	return list
}

// makeGateway lets traffic for some service in.
func (k *maker) makeGateway() {
	var clusters []string
	for _, c := range some(k.dice, k.between(1, 3), k.clusters) {
		clusters = append(clusters, c.name)
	}
	s := pick(k.dice, k.services...)
	route := []any{m{"destination": m{"host": s.host(), "port": m{"number": pick(k.dice, s.ports...)}}}}
	if k.chance(40) {
		route = k.subsets(s)
	}
	gateway := "in-" + k.name
	k.gateways = []m{{
		"name": gateway, "clusters": clusters, "ports": []any{m{"name": "http", "port": 80, "targetPort": 8080}},
		"listeners": []any{m{"name": gateway, "servers": []any{m{"port": m{"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": []string{k.name + ".example.com"}}}}},
	}}
	k.routes = []m{{
		"name": gateway, "namespace": k.name + "-a", "hosts": []string{k.name + ".example.com"}, "gateways": []string{"default/" + gateway},
		"http": []any{m{"route": route}},
	}}
}
