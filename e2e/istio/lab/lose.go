package lab

import (
	"context"
	"slices"

	"github.com/meshtopo/meshtopo/e2e/istio/kube"
)

// Lose takes the pods of a service (namespace/name) in a cluster away, as when its Deployments are scaled down. It tells how many went.
func (s *Served) Lose(ctx context.Context, service, cluster string) (int, error) {
	return s.take(ctx, cluster, func(p Pod) bool { return s.selects(Client{Service: service, Cluster: cluster}, p) })
}

// LoseRegion takes all pods of a region away. It tells how many went.
func (s *Served) LoseRegion(ctx context.Context, region string) (int, error) {
	lost := 0
	for cluster, place := range s.Places {
		if place.Region != region || s.Clusters[cluster] == nil {
			continue
		}
		n, err := s.take(ctx, cluster, func(Pod) bool { return true })
		if lost += n; err != nil {
			return lost, err
		}
	}
	return lost, nil
}

// take takes pods of a cluster away: the EndpointSlices that had them have them no more, and the Pods go. It tells how many went.
func (s *Served) take(ctx context.Context, cluster string, goes func(Pod) bool) (int, error) {
	var lost []kube.Object
	var left []Pod
	for _, p := range s.Pods {
		if p.Cluster == cluster && goes(p) {
			lost = append(lost, p.object())
		} else {
			left = append(left, p)
		}
	}
	s.Pods = left
	endpoints, err := endpointSlices(s.own(cluster), cluster, left)
	if err != nil {
		return 0, err
	}
	server := s.lab.servers[cluster]
	if err := kube.Each(ctx, endpoints, server.Replace); err != nil {
		return 0, err
	}
	return len(lost), kube.Each(ctx, lost, server.Delete)
}

// Restore gives back all pods that were taken away.
func (s *Served) Restore(ctx context.Context) error {
	gone := map[string][]Pod{}
	for _, p := range s.all {
		if !slices.ContainsFunc(s.Pods, func(q Pod) bool { return q.Address == p.Address }) {
			gone[p.Cluster] = append(gone[p.Cluster], p)
		}
	}
	s.Pods = s.all
	for cluster, pods := range gone {
		if err := s.lab.run(ctx, s.lab.servers[cluster], pods); err != nil {
			return err
		}
		endpoints, err := endpointSlices(s.own(cluster), cluster, s.all)
		if err != nil {
			return err
		}
		if err := kube.Each(ctx, endpoints, s.lab.servers[cluster].Replace); err != nil {
			return err
		}
	}
	return nil
}
