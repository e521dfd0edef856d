package lab

import (
	"fmt"
	"reflect"

	"github.com/meshtopo/meshtopo/e2e/istio/kube"
	"github.com/meshtopo/meshtopo/e2e/istio/pilot"
)

const (
	networkLabel = "topology.istio.io/network"
	networkPort  = 15443 // of a Service that is the way into its network
)

// networks is how the clusters of a topology are apart: in which network each is, and where each network is entered.
type networks struct {
	of      map[string]string   // by cluster; a cluster that is not here is in the network ""
	entries map[string]entrance // by address
}

// An entrance is a way into a network, and the cluster that it is in; "": not said.
type entrance struct{ network, cluster string }

func (t *Topology) readNetworks() networks {
	n := networks{map[string]string{}, map[string]entrance{}}
	for cluster, install := range t.Installs {
		n.of[cluster] = install.Network
		for address, network := range install.Addressed {
			n.entries[address] = entrance{network: network}
		}
	}
	for cluster, objects := range t.Clusters {
		for _, o := range objects {
			network := o.Labels()[networkLabel]
			switch {
			case network == "":
			case o.Kind() == "Namespace" && o.Name() == pilot.RootNamespace:
				n.of[cluster] = network
			case o.Kind() == "Service" && hasPort(o, networkPort):
				for _, address := range reached(o) {
					n.entries[address] = entrance{network, cluster}
				}
			}
		}
	}
	return n
}

// reached gives the addresses at which a Service is reached from outside its cluster.
func reached(service kube.Object) []string {
	addresses, _ := service.At("spec")["externalIPs"].([]any)
	balancers, _ := service.At("status", "loadBalancer")["ingress"].([]any)
	for _, b := range balancers {
		balancer, _ := b.(m)
		addresses = append(addresses, balancer["ip"])
	}
	var out []string
	for _, a := range addresses {
		if address, ok := a.(string); ok {
			out = append(out, address)
		}
	}
	return out
}

func hasPort(service kube.Object, number float64) bool {
	ports, _ := service.At("spec")["ports"].([]any)
	for _, p := range ports {
		if port, ok := p.(m); ok && port["port"] == number {
			return true
		}
	}
	return false
}

// behind gives the ways to the pods of a cluster for a client in a network, by the cluster that each enters: those of the pods' own
// cluster if there are any, else all of their network. None: the client reaches the pods themselves.
func (n networks) behind(client, cluster string) map[string]int {
	network := n.of[cluster]
	if network == "" || network == client {
		return nil
	}
	own, all := map[string]int{}, map[string]int{}
	for _, e := range n.entries {
		if e.network != network {
			continue
		}
		all[e.cluster]++
		if e.cluster == cluster {
			own[e.cluster]++
		}
	}
	if len(own) > 0 {
		return own
	}
	return all
}

// seen gives a locality of an expectation, which lists pods, as a client in a network sees it: one endpoint for every way into
// another network that pods are behind.
func (n networks) seen(client string, l Locality) Locality {
	var endpoints []Endpoint
	ways := map[string]int{}
	for _, e := range l.Endpoints {
		behind := n.behind(client, e.Cluster)
		for cluster, count := range behind {
			ways[cluster] = count
		}
		if len(behind) == 0 {
			endpoints = append(endpoints, e)
		}
	}
	for cluster, count := range ways {
		endpoints = append(endpoints, Endpoint{Cluster: cluster, Version: gatewayVersion, Replicas: count})
	}
	l.Endpoints = endpoints
	return l
}

// gatewayVersion stands for a version at endpoints that are ways into a network.
const gatewayVersion = "(gateway of its network)"

// shared tells whether an object of a cluster's target is of the cluster as a whole, not of one topology's namespaces.
func shared(o kube.Object) bool {
	return o.Namespace() == pilot.RootNamespace || o.Kind() == "Namespace" && o.Name() == pilot.RootNamespace
}

// sharedObjects gives those of the clusters of some topologies, each once; topologies that do not agree cannot be served together.
func sharedObjects(topologies []*Topology) (map[string]map[string]kube.Object, error) {
	byCluster := map[string]map[string]kube.Object{}
	for _, t := range topologies {
		for cluster, objects := range t.Clusters {
			if byCluster[cluster] == nil {
				byCluster[cluster] = map[string]kube.Object{}
			}
			for _, o := range objects {
				if !shared(o) {
					continue
				}
				other, known := byCluster[cluster][o.ID()]
				if known && !reflect.DeepEqual(other, o) {
					return nil, fmt.Errorf("%s: another topology has a different %s in cluster %s", t.Name, o.ID(), cluster)
				}
				byCluster[cluster][o.ID()] = o
			}
		}
	}
	return byCluster, nil
}
