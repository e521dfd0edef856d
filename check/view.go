package check

import (
	"slices"

	"github.com/meshtopo/meshtopo/mesh"
)

// view is a service as the Envoys of one network see it: hosts by region. In another network a host is the gateway that stands for the
// pods of a locality, however many these are.
type view struct {
	network string // "" when there is one network
	hosts   map[string]int
	total   int
}

// drains is the least maxEjectionPercent that lets the region with the most hosts be ejected whole, and that region, the first by name
// of several: Envoy counts all hosts of the service.
func (v view) drains() (percent int, region string) {
	for _, r := range sortedKeys(v.hosts) {
		if v.hosts[r] > v.hosts[region] {
			region = r
		}
	}
	if v.total == 0 {
		return 0, region
	}
	return (100*v.hosts[region] + v.total - 1) / v.total, region
}

// worst is the view in which the most must be ejected, the first by network of several.
func (s *service) worst() view {
	worst := view{hosts: s.endpoints, total: s.total}
	for i, v := range s.views {
		if i == 0 {
			worst = v
			continue
		}
		most, _ := worst.drains()
		if percent, _ := v.drains(); percent > most {
			worst = v
		}
	}
	return worst
}

// look works out the views of a service, of clients in each network and under each row of distribute, which leaves regions out.
func (c *checker) look(s *service) {
	if !c.isIstio() || s.views != nil {
		return
	}
	m, rows := c.meshOf(), c.rows(rules{LocalityRules: c.effective(s), service: s})
	if !m.Istio.MultiNetwork && len(rows) == 0 {
		return
	}
	networks := c.clientNetworks(m, s)
	if len(networks) == 0 {
		networks = c.networkNames()
	}
	for _, network := range networks {
		if len(rows) == 0 {
			s.views = append(s.views, c.view(s, m, network, nil))
		}
		for i, row := range rows {
			if slices.ContainsFunc(m.Clusters, func(cl *mesh.Cluster) bool { return cl.MeshNetwork == network && row.For(cl.Region.Name) }) {
				s.views = append(s.views, c.view(s, m, network, &rows[i]))
			}
		}
	}
}

// view is what clients in a network see of a service, under a row or without one.
func (c *checker) view(s *service, m *mesh.Mesh, network string, row *mesh.Distribute) view {
	v := view{hosts: map[string]int{}}
	if m.Istio.MultiNetwork {
		v.network = network
	}
	for _, cl := range m.Clusters {
		if row == nil || row.Reaches(cl.Region.Name) {
			n := c.hosts(s, cl, cl.MeshNetwork == network)
			v.hosts[cl.Region.Name] += n
			v.total += n
		}
	}
	return v
}

// hosts gives the hosts that a service's pods in a cluster are: themselves, or from another network one gateway for each of their
// zones. Pod i of a Deployment is taken to be in zone i modulo their number.
func (c *checker) hosts(s *service, cl *mesh.Cluster, direct bool) int {
	pods, zones := 0, 0
	for _, p := range s.Placements {
		if slices.ContainsFunc(c.chosen(p), func(chosen mesh.ClusterSpec) bool { return chosen.Name == cl.Name }) {
			pods += p.Replicas
			zones = max(zones, min(p.Replicas, max(1, len(cl.Zones))))
		}
	}
	if direct {
		return pods
	}
	return zones
}
