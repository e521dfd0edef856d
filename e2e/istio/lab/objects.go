package lab

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/meshtopo/meshtopo/e2e/istio/kube"
)

// m is a JSON object.
type m = map[string]any

// object gives the Pod as a scheduler leaves it.
func (p Pod) object() kube.Object {
	return kube.Object{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": m{"name": p.Name, "namespace": p.Namespace, "labels": anyMap(p.Labels)},
		"spec":     p.spec,
	}
}

// status gives the Pod with the status of a kubelet whose pod is ready.
func (p Pod) status() kube.Object {
	conditions := []any{}
	for _, kind := range []string{"Initialized", "Ready", "ContainersReady", "PodScheduled"} {
		conditions = append(conditions, m{"type": kind, "status": "True"})
	}
	return kube.Object{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": m{"name": p.Name, "namespace": p.Namespace},
		"status": m{
			"phase": "Running", "podIP": p.Address, "podIPs": []any{m{"ip": p.Address}}, "conditions": conditions,
		},
	}
}

// node gives the Node that the pod is on, with the labels of a cloud.
func (p Pod) node() kube.Object {
	labels := m{"kubernetes.io/hostname": p.Node, "topology.kubernetes.io/region": p.Region}
	if p.Zone != "" {
		labels["topology.kubernetes.io/zone"] = p.Zone
	}
	return kube.Object{"apiVersion": "v1", "kind": "Node", "metadata": m{"name": p.Node, "labels": labels}}
}

// endpointSlices gives the EndpointSlices of the Services among a cluster's objects.
func endpointSlices(objects []kube.Object, cluster string, pods []Pod) ([]kube.Object, error) {
	var list []kube.Object
	for _, o := range objects {
		if o.Kind() != "Service" {
			continue
		}
		s, err := slice(o, cluster, pods)
		if err != nil {
			return nil, err
		}
		if s != nil {
			list = append(list, s)
		}
	}
	return list, nil
}

// slice gives the EndpointSlice of a Service as the endpoint controller would write it from the pods of its cluster, and nil for a
// Service that selects nothing.
func slice(service kube.Object, cluster string, pods []Pod) (kube.Object, error) {
	spec := service.At("spec")
	if len(selector(service)) == 0 {
		return nil, nil
	}
	ports, err := slicePorts(spec)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", service.ID(), err)
	}
	endpoints := []any{}
	for _, p := range pods {
		if p.Cluster == cluster && p.Namespace == namespace(service) && matches(selector(service), p.Labels) {
			endpoints = append(endpoints, p.endpoint())
		}
	}
	labels := maps.Clone(service.Labels())
	if labels == nil {
		labels = map[string]string{}
	}
	labels["kubernetes.io/service-name"] = service.Name()
	return kube.Object{
		"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
		"metadata":    m{"name": service.Name() + "-e2e", "namespace": namespace(service), "labels": anyMap(labels)},
		"addressType": "IPv4", "endpoints": endpoints, "ports": ports,
	}, nil
}

func (p Pod) endpoint() m {
	e := m{
		"addresses": []any{p.Address}, "nodeName": p.Node,
		"conditions": m{"ready": true, "serving": true, "terminating": false},
		"targetRef":  m{"kind": "Pod", "namespace": p.Namespace, "name": p.Name},
	}
	if p.Zone != "" {
		e["zone"] = p.Zone
	}
	return e
}

// slicePorts gives the ports that pods listen on; a port by name needs the pods' containers and is not known here.
func slicePorts(spec kube.Object) ([]any, error) {
	declared, _ := spec["ports"].([]any)
	var ports []any
	for _, d := range declared {
		port, _ := d.(m)
		number, ok := port["targetPort"].(float64)
		if !ok {
			if number, ok = port["port"].(float64); !ok || port["targetPort"] != nil {
				return nil, fmt.Errorf("the target port %v of port %v is no number", port["targetPort"], port["port"])
			}
		}
		name, _ := port["name"].(string)
		protocol, _ := port["protocol"].(string)
		if protocol == "" {
			protocol = "TCP"
		}
		ports = append(ports, m{"name": name, "port": number, "protocol": protocol})
	}
	return ports, nil
}

func selector(service kube.Object) map[string]string {
	return kube.Strings(service.At("spec")["selector"])
}

func matches(selector, labels map[string]string) bool {
	for k, v := range selector {
		if labels[k] != v {
			return false
		}
	}
	return true
}

func anyMap(in map[string]string) m {
	out := make(m, len(in))
	for k, v := range in {
		out[k] = v
	}
	return out
}

// addresses gives addresses of 10.128.0.0/9, each once; the servers give Services addresses of 10.96.0.0/12.
func addresses() func() string {
	n := 10<<24 | 128<<16
	return func() string {
		n++
		return strconv.Itoa(n>>24) + "." + strconv.Itoa(n>>16&255) + "." + strconv.Itoa(n>>8&255) + "." + strconv.Itoa(n&255)
	}
}
