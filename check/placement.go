package check

import (
	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkPlacements holds each placement against the clusters: exactly one way of choosing, a cluster that is there, and no
// version twice in one cluster.
func (c *checker) checkPlacements() {
	for _, s := range c.order {
		first := map[[2]string]diag.Path{}
		for j, p := range s.Placements {
			at := s.path.Key("placements").Index(j)
			if !c.checkChoice(p, at) {
				continue
			}
			for _, cl := range c.chosen(p) {
				key := [2]string{cl.Name, p.Version}
				if other, ok := first[key]; ok {
					c.add(diag.New(diag.PlacementTwice, at, "version %s of service %s is placed in cluster %s twice", p.Version, s.Name, cl.Name).
						WithFix("remove one of the two; replicas says how many pods run").WithRelated(other, "it is placed there first here"))
					break
				}
				first[key] = at
			}
		}
	}
}

func (c *checker) checkChoice(p mesh.PlacementSpec, at diag.Path) bool {
	n := 0
	for _, set := range []bool{p.Cluster != "", p.Region != "", p.ClusterSelector != nil} {
		if set {
			n++
		}
	}
	switch {
	case n != 1:
		c.add(diag.New(diag.PlacementChoice, at, "a placement must name exactly one of cluster, region and clusterSelector; this one names %d", n).
			WithFix("keep one of the three"))
		return false
	case p.Cluster != "":
		return refer(c, "cluster", p.Cluster, c.clusters, at.Key("cluster"))
	case len(c.chosen(p)) > 0:
		return true
	case p.Region != "":
		c.add(diag.New(diag.PlacementNowhere, at.Key("region"), "there is no cluster in region %s", p.Region).WithFix("name a region with a cluster: %s", some(sortedKeys(c.regions))))
	default:
		c.add(diag.New(diag.PlacementNowhere, at.Key("clusterSelector"), "no cluster has these labels").WithFix("correct the labels, or label the clusters meant"))
	}
	return false
}
