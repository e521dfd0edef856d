package dataplane

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/meshtopo/meshtopo/e2e/istio/lab"
)

const endpointType = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"

// Told waits until istiod tells a client of this place, by EDS, exactly the localities, priorities, weights and endpoints that are
// expected. The error of a context that ends has the difference.
func (mesh *Mesh) Told(ctx context.Context, place Place, expected []lab.Explained, endpoints []Endpoint) error {
	conn, err := grpc.NewClient(mesh.Istiod, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	stream, err := discovery.NewAggregatedDiscoveryServiceClient(conn).StreamAggregatedResources(ctx)
	if err != nil {
		return err
	}
	request, err := subscription(place, expected)
	if err != nil {
		return err
	}
	told, difference := map[string][]lab.Locality{}, "nothing was said"
	for {
		if err := stream.Send(request); err != nil {
			return err
		}
		answer, err := stream.Recv()
		if err != nil {
			return fmt.Errorf("%w; (-expected +istiod):\n%s", err, difference)
		}
		if err := hear(told, answer, endpoints); err != nil {
			return err
		}
		if difference = differ(expected, told); difference == "" {
			return nil
		}
		request.VersionInfo, request.ResponseNonce = answer.VersionInfo, answer.Nonce // an ACK
	}
}

// subscription asks for the endpoints of the Envoy clusters that are expected.
func subscription(place Place, expected []lab.Explained) (*discovery.DiscoveryRequest, error) {
	data, err := json.Marshal(node(place))
	if err != nil {
		return nil, err
	}
	request := &discovery.DiscoveryRequest{Node: new(core.Node), TypeUrl: endpointType}
	for _, e := range expected {
		request.ResourceNames = append(request.ResourceNames, e.EnvoyCluster())
	}
	return request, protojson.Unmarshal(data, request.Node)
}

// hear adds what an answer says to what was told before: istiod repeats only what has changed.
func hear(told map[string][]lab.Locality, answer *discovery.DiscoveryResponse, endpoints []Endpoint) error {
	for _, resource := range answer.Resources {
		var a endpoint.ClusterLoadAssignment
		if err := resource.UnmarshalTo(&a); err != nil {
			return err
		}
		told[a.ClusterName] = nil
		for _, l := range a.Endpoints {
			if len(l.LbEndpoints) > 0 {
				told[a.ClusterName] = append(told[a.ClusterName], locality(l, endpoints))
			}
		}
	}
	return nil
}

// locality gives a locality in the form of what simulate explains. An address of no endpoint is one of the cluster "unknown".
func locality(l *endpoint.LocalityLbEndpoints, endpoints []Endpoint) lab.Locality {
	counts := map[lab.Endpoint]int{}
	for _, e := range l.LbEndpoints {
		of := lab.Endpoint{Cluster: "unknown"}
		for _, known := range endpoints {
			if known.Address == e.GetEndpoint().GetAddress().GetSocketAddress().GetAddress() {
				of = lab.Endpoint{Cluster: known.Cluster, Version: known.Version}
			}
		}
		counts[of]++
	}
	out := lab.Locality{
		Region: l.GetLocality().GetRegion(), Zone: l.GetLocality().GetZone(), Subzone: l.GetLocality().GetSubZone(),
		Priority: l.GetPriority(), Weight: l.GetLoadBalancingWeight().GetValue(),
	}
	for e, n := range counts {
		e.Replicas = n
		out.Endpoints = append(out.Endpoints, e)
	}
	return out
}

// differ compares what is expected with what was told.
func differ(expected []lab.Explained, told map[string][]lab.Locality) string {
	want, got := map[string][]lab.Locality{}, map[string][]lab.Locality{}
	for _, e := range expected {
		want[e.EnvoyCluster()], got[e.EnvoyCluster()] = e.Localities, told[e.EnvoyCluster()]
	}
	return gocmp.Diff(want, got, cmpopts.EquateEmpty(),
		cmpopts.SortSlices(func(x, y lab.Locality) int {
			return cmp.Or(cmp.Compare(x.Region, y.Region), cmp.Compare(x.Zone, y.Zone))
		}),
		cmpopts.SortSlices(func(x, y lab.Endpoint) int {
			return cmp.Or(cmp.Compare(x.Cluster, y.Cluster), cmp.Compare(x.Version, y.Version))
		}))
}
