package lab

import (
	"context"

	"github.com/meshtopo/meshtopo/e2e/istio/kube"
)

// Lose takes the pods of a service (namespace/name) in a cluster away, as when its Deployments are scaled down: the EndpointSlices that
// had them have them no more, and the Pods go. It tells how many went.
func (s *Served) Lose(ctx context.Context, service, cluster string) (int, error) {
	var lost []kube.Object
	var left []Pod
	for _, p := range s.Pods {
		if p.Cluster == cluster && s.selects(Client{Service: service, Cluster: cluster}, p) {
			lost = append(lost, p.object())
		} else {
			left = append(left, p)
		}
	}
	s.Pods = left
	endpoints, err := endpointSlices(s.Clusters[cluster], cluster, left)
	if err != nil {
		return 0, err
	}
	server := s.lab.servers[cluster]
	if err := kube.Each(ctx, endpoints, server.Replace); err != nil {
		return 0, err
	}
	return len(lost), kube.Each(ctx, lost, server.Delete)
}
