package random

import "fmt"

// Clusters are the names that clusters may have.
var Clusters = []string{"c1", "c2", "c3", "c4"}

// A Group is what topologies that are served at the same time have in common, since it is of the mesh as a whole.
type Group struct {
	Name     string
	covers   []string // regions that every topology has
	traffic  m        // spec.traffic for the whole mesh; nil: every topology has its own, or none
	networks m        // network by cluster, for some of them; nil: one network, without a name
	gateways []crossing
	plane    *plane // of control planes in the clusters; nil: a managed one
}

// A crossing is the Service that makes a cluster a way into its network.
type crossing struct {
	cluster, network string
	addresses        []any
}

// Groups gives one group for every kind of mesh-wide setting, without networks and with them.
func Groups(seed uint64) []Group {
	kinds := []struct {
		name    string
		covers  int
		traffic func(dice, regions) m
	}{
		{"no mesh-wide setting", 0, nil},
		{"mesh-wide failover", 3, func(d dice, r regions) m { return m{"failover": d.failover(r.names())} }},
		{"mesh-wide distribute", 3, func(d dice, r regions) m { return m{"distribute": d.distribute(r)} }},
		{"mesh-wide distribute, regions only", 2, func(d dice, r regions) m {
			for region := range r {
				r[region] = nil
			}
			return m{"distribute": d.distribute(r)}
		}},
	}
	var groups []Group
	for _, kind := range kinds {
		for _, networks := range []bool{false, true} {
			d := newDice(seed, uint64(1_000_000+len(groups)))
			g := Group{Name: kind.name + " in one network"}
			all := regions{}
			for _, name := range regionNames[:kind.covers] {
				g.covers = append(g.covers, name)
				all[name] = zonesOf(name)
			}
			if kind.traffic != nil {
				g.traffic = kind.traffic(d, all)
				g.traffic["scope"] = "mesh"
			}
			if networks {
				g.Name = kind.name + " over several networks"
				g.layNetworks(d)
			}
			groups = append(groups, g)
		}
	}
	return groups
}

// layNetworks puts clusters into networks, and gateways into some clusters. A gateway has a few addresses.
func (g *Group) layNetworks(d dice) {
	g.networks = m{}
	for i, cluster := range Clusters {
		network := pick(d, "n1", "n1", "n2", "n2", "n3", "")
		if network == "" {
			continue // nobody said which
		}
		g.networks[cluster] = network
		if d.chance(65) {
			gateway := crossing{cluster: cluster, network: network}
			for j := range d.between(1, 3) {
				gateway.addresses = append(gateway.addresses, fmt.Sprintf("198.51.%d.%d", 100+i, j+1))
			}
			g.gateways = append(g.gateways, gateway)
		}
	}
}

var regionNames = []string{"r1", "r2", "r3", "r4"}

// zonesOf gives the zones that a region has.
func zonesOf(region string) []string { return []string{region + "-a", region + "-b", region + "-c"} }
