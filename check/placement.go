package check

import (
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkPlacements holds each placement against the clusters: exactly one way of choosing, a cluster that is there, and no
// version twice in one cluster.
func (c *checker) checkPlacements() {
	for _, s := range c.order {
		first := map[[2]string]int{}
		for j, p := range s.Placements {
			at := s.path.Key("placements").Index(j)
			if !c.checkChoice(p, at) {
				continue
			}
			if len(s.Placements) == 1 {
				continue
			}
			for _, cl := range c.chosen(p) {
				key := [2]string{cl.Name, p.Version}
				if other, ok := first[key]; ok {
					c.add(diag.New(diag.PlacementTwice, at, "version %s of service %s is placed in cluster %s twice", p.Version, s.Name, cl.Name).
						WithFix("remove one of the two; if more pods were meant, write replicas: %d in the other", p.Replicas+s.Placements[other].Replicas).
						WithRelated(s.path.Key("placements").Index(other), "it is placed there first here"))
					break
				}
				first[key] = j
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
	case n == 0:
		c.add(diag.New(diag.PlacementChoice, at, "the placement does not say where: it names none of cluster, region and clusterSelector").
			WithFix("add cluster: with one of %s", some(sortedKeys(c.clusters), "or")))
		return false
	case n > 1:
		c.add(diag.New(diag.PlacementChoice, at, "the placement names %d of cluster, region and clusterSelector; it must name one", n).
			WithFix("keep one of them"))
		return false
	case p.Cluster != "":
		return refer(c, "cluster", p.Cluster, c.clusters, at.Key("cluster"))
	case len(c.chosen(p)) > 0:
		return true
	case p.Region != "":
		c.add(suggest(diag.New(diag.PlacementNowhere, at.Key("region"), "there is no cluster in region %s", p.Region), "cluster in region", p.Region, sortedKeys(c.regions)))
	default:
		c.add(atKey(diag.New(diag.PlacementNowhere, at.Key("clusterSelector"), "no cluster has the labels %s", labels(p.ClusterSelector.MatchLabels)).
			WithFix("correct the labels, or add them to clusters[].labels of the clusters meant")))
	}
	return false
}

// labels writes labels as they stand in a topology.
func labels(m map[string]string) string {
	var list []string
	for _, k := range sortedKeys(m) {
		list = append(list, k+": "+m[k])
	}
	return "{" + strings.Join(list, ", ") + "}"
}
