package random

import (
	"encoding/json"
	"fmt"
)

// overlays gives those of the networks, which must be, and some that change what was rendered.
func (k *maker) overlays() []Overlay {
	list := k.networkOverlays()
	changes := []func(*service) (Overlay, bool){k.changeSubset, k.changePort, k.removeDetection, k.spreadService, k.labelPods, k.scale, k.addRule}
	for i, change := range some(k.dice, k.between(0, 4), changes) {
		if o, ok := change(pick(k.dice, k.services...)); ok {
			o.Name = fmt.Sprintf("overlay-%d", i)
			list = append(list, o)
		}
	}
	return list
}

// networkOverlays say which network each cluster is in, and add the gateways.
func (k *maker) networkOverlays() []Overlay {
	var list []Overlay
	for _, c := range k.clusters {
		network, ok := k.group.networks[c.name]
		if !ok {
			continue
		}
		o := Overlay{Name: "network-" + c.name, Targets: []string{"clusters/" + c.name}, Objects: []m{{
			"apiVersion": "v1", "kind": "Namespace", "metadata": m{"name": "istio-system", "labels": m{networkLabel: network}},
		}}}
		for _, g := range k.group.gateways {
			if g.cluster == c.name {
				o.Objects = append(o.Objects, g.service())
			}
		}
		list = append(list, o)
	}
	return list
}

func (g crossing) service() m {
	return m{
		"apiVersion": "v1", "kind": "Service",
		"metadata": m{"name": "eastwest", "namespace": "istio-system", "labels": m{networkLabel: g.network}},
		"spec":     m{"externalIPs": g.addresses, "ports": []any{m{"name": "tls", "port": 15443, "targetPort": 15443}}},
	}
}

// changeSubset gives a subset a policy.
func (k *maker) changeSubset(s *service) (Overlay, bool) {
	path := fmt.Sprintf("/spec/subsets/%d/trafficPolicy", k.IntN(len(s.versions)))
	return k.changeRule(s, m{"op": "add", "path": path, "value": k.subsetPolicy(s.ports, k.regions)}), true
}

// changePort gives a rule settings for ports.
func (k *maker) changePort(s *service) (Overlay, bool) {
	block := func() m { return k.subsetPolicy(s.ports[:1], k.regions) }
	entries := k.portEntries(s.ports, func() m {
		entry := block()
		delete(entry, "portLevelSettings")
		return entry
	})
	return k.changeRule(s, m{"op": "add", "path": "/spec/trafficPolicy/portLevelSettings", "value": entries}), s.policy != nil
}

// removeDetection takes the outlierDetection away, where that does not leave an empty policy, which istiod refuses.
func (k *maker) removeDetection(s *service) (Overlay, bool) {
	return k.changeRule(s, m{"op": "remove", "path": "/spec/trafficPolicy/outlierDetection"}), s.policy["outlierDetection"] != nil && len(s.policy) > 1
}

// routing names the targets that routing objects stand in.
func (k *maker) routing() []string {
	if k.group.plane != nil {
		return []string{"clusters/*"}
	}
	return []string{"mesh/*"}
}

func (k *maker) changeRule(s *service, operation m) Overlay {
	return Overlay{Targets: k.routing(), Patches: []m{patch("DestinationRule", s.namespace, s.name, operation)}}
}

// spreadService asks for near endpoints on the Service itself.
func (k *maker) spreadService(s *service) (Overlay, bool) {
	value := pick(k.dice, "PreferClose", "PreferSameZone", "PreferSameNode")
	operation := m{"op": "add", "path": "/spec/trafficDistribution", "value": value}
	if k.chance(50) {
		annotation := m{"networking.istio.io/traffic-distribution": pick(k.dice, value, "preferclose", "Any")}
		operation = m{"op": "add", "path": "/metadata/annotations", "value": annotation}
	}
	return Overlay{Targets: []string{"clusters/*"}, Patches: []m{patch("Service", s.namespace, s.name, operation)}}, true
}

// labelPods gives pods of one version a label that failoverPriority may compare.
func (k *maker) labelPods(s *service) (Overlay, bool) {
	p := pick(k.dice, s.placements...)
	operation := m{"op": "add", "path": "/spec/template/metadata/labels/tier", "value": pick(k.dice, "gold", "silver")}
	return Overlay{Targets: []string{"clusters/" + pick(k.dice, p.cluster, "*")}, Patches: []m{patch("Deployment", s.namespace, s.name+"-"+p.version, operation)}}, true
}

// scale changes how many pods a Deployment has.
func (k *maker) scale(s *service) (Overlay, bool) {
	p := pick(k.dice, s.placements...)
	operation := m{"op": "add", "path": "/spec/replicas", "value": k.between(0, 6)}
	return Overlay{Targets: []string{"clusters/" + p.cluster}, Patches: []m{patch("Deployment", s.namespace, s.name+"-"+p.version, operation)}}, true
}

// addRule adds a DestinationRule that competes with those that are rendered: in the clients' namespace, for many hosts, for all
// namespaces, or for some namespaces only.
func (k *maker) addRule(s *service) (Overlay, bool) {
	client := pick(k.dice, k.name+"-a", k.name+"-b", "istio-system")
	if client == s.namespace {
		return Overlay{}, false // two rules for one host in one namespace are merged by their age
	}
	host := pick(k.dice, s.host(), "*."+s.namespace+".svc.cluster.local", "*."+k.name+"-a.svc.cluster.local")
	spec := m{"host": host, "trafficPolicy": k.subsetPolicy(s.ports, k.regions)}
	if k.chance(40) {
		spec["exportTo"] = []any{pick(k.dice, ".", "*", s.namespace, k.name+"-b")}
	}
	var subsets []any
	for _, version := range s.versions {
		if k.chance(80) {
			subsets = append(subsets, m{"name": version, "labels": m{"version": version}})
		}
	}
	if len(subsets) > 0 {
		spec["subsets"] = subsets
	}
	rule := m{
		"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule",
		"metadata": m{"name": "added-" + k.name, "namespace": client}, "spec": spec,
	}
	return Overlay{Targets: k.routing(), Objects: []m{rule}}, true
}

// patch gives a kustomize patch of one object by one operation.
func patch(kind, namespace, name string, operation m) m {
	text, err := json.Marshal([]m{operation})
	if err != nil {
		text = []byte(err.Error()) // kustomize refuses it
	}
	return m{"target": m{"kind": kind, "name": name, "namespace": namespace}, "patch": string(text)}
}
