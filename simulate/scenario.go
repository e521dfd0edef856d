package simulate

import (
	"math"
	"slices"

	"github.com/meshtopo/meshtopo/mesh"
)

// Scenario is what is lost, and how: mesh.ModeRemoved, mesh.ModeFailing, or "" for what is usual for each place, which is removed for
// services and failing for regions, zones and clusters, since a dead region does not deregister its endpoints.
type Scenario struct {
	Lost []mesh.Place
	Mode string
}

// state is what a scenario leaves of the mesh. What is nil is as in the base.
type state struct {
	model    *Model
	present  [][]int      // by service, then group: pods that EDS holds
	failing  [][]int      // of these, those that answer with errors
	dead     [][]bool     // by gateway, then class: lost
	cut      [][2]string  // pairs of regions without a link
	regions  []string     // lost whole
	frozen   bool         // the control plane is lost: EDS keeps what is gone
	outcomes [][]*outcome // by policy, then client; nil where not reckoned yet
	counts   []*counts    // by policy, of those that have outcomes
}

// newState applies a scenario. The control plane is looked at first, since without it nothing is removed from EDS.
func (m *Model) newState(s Scenario) *state {
	st := &state{model: m, present: make([][]int, len(m.services)), failing: make([][]int, len(m.services)), outcomes: make([][]*outcome, len(m.base.policies)), counts: make([]*counts, len(m.base.policies))}
	for _, p := range s.Lost {
		st.frozen = st.frozen || p.Kind == mesh.PlaceMesh
	}
	st.frozen = st.frozen || m.lostPrimaries(s.Lost)
	for _, p := range s.Lost {
		st.lose(p, s.Mode)
	}
	return st
}

func (st *state) lose(p mesh.Place, mode string) {
	switch p.Kind {
	case mesh.PlaceLink:
		st.cut = append(st.cut, [2]string{p.Region, p.To})
	case mesh.PlaceGateway:
		st.loseGateways(func(g *gateway, _ class) bool {
			return g.of.Name == p.Gateway && (p.Cluster == "" || st.model.clusterName(g.cluster) == p.Cluster)
		})
	case mesh.PlaceService:
		st.loseService(p, removes(mode, true))
	case mesh.PlaceRegion, mesh.PlaceZone, mesh.PlaceCluster:
		st.losePlace(p, removes(mode, false))
	}
}

// removes says whether a mode takes endpoints away, where "" is the usual one.
func removes(mode string, usual bool) bool {
	if mode == "" {
		return usual
	}
	return mode == mesh.ModeRemoved
}

func (st *state) loseGateways(lost func(*gateway, class) bool) {
	if st.dead == nil {
		st.dead = make([][]bool, len(st.model.gateways))
	}
	for i, g := range st.model.gateways {
		for j, c := range g.classes {
			if lost(g, c) {
				if st.dead[i] == nil {
					st.dead[i] = make([]bool, len(g.classes))
				}
				st.dead[i][j] = true
			}
		}
	}
}

// losePlace takes a region, zone or cluster with all that is in it.
func (st *state) losePlace(p mesh.Place, removed bool) {
	if p.Kind == mesh.PlaceRegion {
		st.regions = append(st.regions, p.Region)
	}
	cluster := -1
	if p.Kind == mesh.PlaceCluster {
		cluster = st.model.clusterIndex(p.Cluster)
	}
	in := func(l locality, c int) bool {
		switch p.Kind {
		case mesh.PlaceCluster:
			return c == cluster
		case mesh.PlaceZone:
			return l.region == p.Region && l.zone == p.Zone
		}
		return l.region == p.Region
	}
	st.loseGateways(func(g *gateway, c class) bool { return in(c.locality, g.cluster) })
	for i, s := range st.model.services {
		for j := range s.groups {
			if g := &s.groups[j]; g.pods > 0 && in(g.locality, g.cluster) {
				st.take(i, j, g.pods, removed)
			}
		}
	}
}

// loseService takes pods of a service: all that the place names, or so many of them, one from each group in turn.
func (st *state) loseService(p mesh.Place, removed bool) {
	for i, s := range st.model.services {
		if s.namespace+"/"+s.name != p.Service {
			continue
		}
		var chosen []int
		total := 0
		for j, g := range s.groups {
			if st.names(p, g) {
				chosen, total = append(chosen, j), total+g.pods
			}
		}
		left := total
		switch {
		case p.Count > 0:
			left = min(p.Count, total)
		case p.Percent > 0:
			left = min(total, int(math.Ceil(p.Percent*float64(total)/100-1e-9)))
		}
		st.takeEach(i, chosen, left, removed)
	}
}

// names says whether a place of a service takes in a group.
func (st *state) names(p mesh.Place, g group) bool {
	return (p.Cluster == "" || st.model.clusterName(g.cluster) == p.Cluster) && (p.Region == "" || g.locality.region == p.Region) && (p.Version == "" || g.version == p.Version)
}

func (st *state) takeEach(service int, groups []int, left int, removed bool) {
	taken := make([]int, len(groups))
	for left > 0 {
		before := left
		for k, j := range groups {
			if left > 0 && taken[k] < st.model.services[service].groups[j].pods {
				taken[k]++
				left--
			}
		}
		if left == before {
			break
		}
	}
	for k, n := range taken {
		if n > 0 {
			st.take(service, groups[k], n, removed)
		}
	}
}

// take makes pods of a group fail, or removes them. What two places take is not counted twice where one takes all.
func (st *state) take(service, group, n int, removed bool) {
	if st.present[service] == nil {
		st.present[service] = slices.Clone(st.model.base.pods[service])
		st.failing[service] = make([]int, len(st.present[service]))
	}
	present, failing := st.present[service], st.failing[service]
	if removed && !st.frozen {
		present[group] = max(0, present[group]-n)
		failing[group] = min(failing[group], present[group])
		return
	}
	failing[group] = min(present[group], failing[group]+n)
}

// isCut says whether nothing goes between two regions.
func (st *state) isCut(a, b string) bool {
	for _, c := range st.cut {
		if c == [2]string{a, b} || c == [2]string{b, a} {
			return true
		}
	}
	return false
}
