package pilot

import (
	"context"
	"fmt"
	"slices"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/types/known/structpb"
)

const (
	clusterType  = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
	endpointType = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
)

// A Node is a proxy as it presents itself: the pod it is in. Its locality is left out, because istiod takes it from the pod's Node.
type Node struct {
	Gateway        bool // a gateway's proxy, else a sidecar
	Pod, Namespace string
	Address        string            // of the pod
	Cluster        string            // the ID of the pod's cluster
	KubernetesNode string            // the Node's name
	Labels         map[string]string // of the pod
	Network        string            // as injection sets it; "" when nobody said
}

func (n Node) proto() (*core.Node, error) {
	role := "sidecar"
	if n.Gateway {
		role = "router"
	}
	labels := map[string]any{}
	for k, v := range n.Labels {
		labels[k] = v
	}
	fields := map[string]any{
		"CLUSTER_ID": n.Cluster, "NAMESPACE": n.Namespace, "NAME": n.Pod, "NODE_NAME": n.KubernetesNode,
		"LABELS": labels, "ISTIO_VERSION": "1.31.1", "MESH_ID": "cluster.local", "INSTANCE_IPS": n.Address,
	}
	if n.Network != "" {
		fields["NETWORK"] = n.Network
	}
	metadata, err := structpb.NewStruct(fields)
	if err != nil {
		return nil, err
	}
	id := fmt.Sprintf("%s~%s~%s.%s~%s.svc.cluster.local", role, n.Address, n.Pod, n.Namespace, n.Namespace)
	return &core.Node{Id: id, Cluster: n.Pod, Metadata: metadata}, nil
}

// Fetch asks for the Envoy clusters of these names as a node would see them: what CDS says of each and what EDS says, in the order
// of the names. A name that CDS does not have is in the answer with Missing set.
func (i *Istiod) Fetch(ctx context.Context, node Node, names []string) ([]Cluster, error) {
	proto, err := node.proto()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop() // ends the stream
	s, err := discovery.NewAggregatedDiscoveryServiceClient(i.conn).DeltaAggregatedResources(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Cluster, len(names))
	clusters := make(map[string]*Cluster, len(names))
	for i, name := range names {
		out[i] = Cluster{Name: name, Missing: true}
		clusters[name] = &out[i]
	}
	definitions, err := ask(s, proto, clusterType, nil)
	if err != nil {
		return nil, fmt.Errorf("CDS for %s: %w", node.Pod, err)
	}
	if err := define(clusters, definitions); err != nil {
		return nil, err
	}
	served := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return clusters[name].Missing })
	if len(served) == 0 {
		return out, nil
	}
	assignments, err := ask(s, proto, endpointType, served)
	if err != nil {
		return nil, fmt.Errorf("EDS for %s: %w", node.Pod, err)
	}
	return out, assign(clusters, assignments)
}

type stream = discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesClient

// ask asks for the resources of a type, all (nil) or by name, and gives the first answer. Its resources carry their names, so that
// the many that are of no interest need not be decoded.
func ask(s stream, node *core.Node, typeURL string, names []string) ([]*discovery.Resource, error) {
	request := &discovery.DeltaDiscoveryRequest{Node: node, TypeUrl: typeURL, ResourceNamesSubscribe: names}
	if err := s.Send(request); err != nil {
		return nil, err
	}
	for {
		answer, err := s.Recv()
		if err != nil {
			return nil, err
		}
		if answer.TypeUrl == typeURL { // anything else is a push of what was asked for before
			return answer.Resources, nil
		}
	}
}
