package random

import (
	"fmt"
	"maps"
	"slices"
)

// A plane is how control planes and networks are laid where the clusters have them.
type plane struct {
	name    string
	members []member
	mesh    m // more of spec.mesh
}

// A member is a cluster of a plane: its network ("" for the one of all), and its primary ("" for itself).
type member struct {
	network, primary string
	closed           bool // it has no east-west gateway, since another cluster of its network has one
}

// planes are the models of Istio: each control plane has its own cluster, or a cluster has that of another one; each network its own
// clusters, or all are in one; and what there is between these where there are three clusters.
func planes() []plane {
	return []plane{
		{name: "multi-primary in one network", members: []member{{}, {}}},
		{name: "multi-primary over two networks", members: []member{{network: "n1"}, {network: "n2"}}},
		{name: "primary and remote in one network", members: []member{{}, {primary: "c1"}}},
		{name: "primary and remote over two networks", members: []member{{network: "n1"}, {network: "n2", primary: "c1"}}},
		{name: "two primaries of a network with one gateway, and another network", members: []member{{network: "n1"}, {network: "n1", closed: true}, {network: "n2"}}},
		{name: "a primary and two remotes of another network", members: []member{{network: "n1"}, {network: "n2", primary: "c1"}, {network: "n2", primary: "c1"}}},
		{
			name: "a network whose gateways have addresses of their own", members: []member{{network: "n1"}, {network: "n2"}},
			mesh: m{"networks": []any{m{"name": "n2", "gateways": []any{m{"address": "203.0.113.1"}, m{"address": "203.0.113.2"}}}}},
		},
		{name: "installed by the Sail operator", members: []member{{network: "n1"}, {network: "n2", primary: "c1"}}, mesh: m{"install": "sail"}},
	}
}

// OwnGroups gives one group for every model of Istio and every kind of mesh-wide setting.
func OwnGroups(seed uint64) []Group {
	kinds := []struct {
		name    string
		traffic func(dice, regions) m
	}{
		{"no mesh-wide setting", nil},
		{"mesh-wide failover", func(d dice, r regions) m { return m{"failover": d.failover(r.names())} }},
		{"mesh-wide distribute", func(d dice, r regions) m { return m{"distribute": d.distribute(r)} }},
	}
	var groups []Group
	for i, p := range planes() {
		kind := kinds[i%len(kinds)]
		d := newDice(seed, uint64(2_000_000+i))
		g := Group{Name: fmt.Sprintf("%s, %s", p.name, kind.name), plane: &p}
		if kind.traffic != nil {
			all := regions{}
			for _, name := range regionNames[:2] {
				g.covers = append(g.covers, name)
				all[name] = zonesOf(name)
			}
			g.traffic = kind.traffic(d, all)
			g.traffic["scope"] = "mesh"
		}
		groups = append(groups, g)
	}
	return groups
}

// describe says in a topology how the control planes and the networks of its clusters are laid.
func (p *plane) describe(spec m, clusters []m) {
	spec["provider"] = "istio"
	mesh := m{"name": "mesh", "version": "1.31.1"}
	maps.Copy(mesh, p.mesh)
	spec["mesh"] = mesh
	for i, c := range clusters {
		each := p.members[i]
		if each.network != "" {
			c["network"] = each.network
		}
		if each.primary != "" {
			c["primary"], c["remotePilotAddress"] = each.primary, "203.0.113.10"
		}
		if each.closed {
			c["eastWest"] = false
		}
	}
}

const clusterLabel = "topology.istio.io/cluster"

// preferPlace has some rules prefer a network or a cluster by its name. Seen from another network, endpoints have the cluster of their gateway.
// Without planes it is left out: of gateways in several clusters for pods in a third, the simulator does not know which counts.
func (k *maker) preferPlace(rule m) {
	labels, ok := rule["failoverPriority"].([]any)
	if k.group.plane == nil || !ok || slices.Contains(labels, any(clusterLabel)) || slices.Contains(labels, any(networkLabel)) || k.chance(50) {
		return
	}
	place := pick(k.dice, clusterLabel+"=c2", networkLabel+"=n1", networkLabel+"=own")
	rule["failoverPriority"] = append([]any{place}, labels...)
}
