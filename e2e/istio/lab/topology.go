package lab

import (
	"fmt"
	"maps"
	"slices"

	"github.com/meshtopo/meshtopo/e2e/istio/kube"
)

// A Topology is a rendered tree and what the tree does not say: where the clusters are and where ASM would run the gateways.
type Topology struct {
	Name string
	*Tree
	Places    map[string]Place // by the cluster's name
	Gateways  []Gateway
	Strangers []Client // that a pod of no service is to be for
}

// A Place is where a cluster's Nodes are. Replica i of a Deployment is on a Node of zone i modulo the number of zones; a cluster
// without zones has Nodes without a zone label.
type Place struct {
	Region string
	Zones  []string
}

// A Gateway is the pods of a gateway in a cluster: one of an IstioGateway, which ASM would make, or as many as the chart's release has.
type Gateway struct{ Namespace, Name, Cluster string }

// A Pod is a pod that a kubelet would run.
type Pod struct {
	Cluster, Namespace, Name, Address string
	Region, Zone, Node                string
	Labels                            map[string]string
	Gateway                           string // the name of its IstioGateway; "" for a workload
	stranger                          bool   // it is of no service
	spec                              map[string]any
}

// Version is the pod's version label.
func (p Pod) Version() string { return p.Labels["version"] }

// pods gives the pods of a topology, in a fixed order; address gives each its own.
func (t *Topology) pods(address func() string) ([]Pod, error) {
	var pods []Pod
	for _, cluster := range slices.Sorted(maps.Keys(t.Clusters)) {
		place, known := t.Places[cluster]
		if !known {
			return nil, fmt.Errorf("%s: where cluster %s is, is not known", t.Name, cluster)
		}
		for _, o := range t.Clusters[cluster] {
			if o.Kind() == "Deployment" {
				pods = append(pods, replicas(o, cluster, place, address)...)
			}
		}
	}
	for _, g := range t.Gateways {
		more, err := t.gatewayPods(g, address)
		if err != nil {
			return nil, err
		}
		pods = append(pods, more...)
	}
	for _, c := range t.Strangers {
		pods = append(pods, stranger(c, address()))
	}
	for _, p := range pods {
		if i := t.Installs[p.Cluster]; i != nil && i.Network != "" {
			p.Labels[networkLabel] = i.Network // as injection does
		}
	}
	return pods, nil
}

// replicas gives the pods of a Deployment: its template, on Nodes of the cluster's zones in turn.
func replicas(deployment kube.Object, cluster string, place Place, address func() string) []Pod {
	n := 1
	if r, ok := deployment.At("spec")["replicas"].(float64); ok {
		n = int(r)
	}
	var pods []Pod
	for i := range n {
		pods = append(pods, pod(Pod{
			Cluster: cluster, Namespace: namespace(deployment), Name: fmt.Sprintf("%s-%d", deployment.Name(), i), Address: address(),
			Labels: kube.Strings(deployment.At("spec", "template", "metadata")["labels"]),
			spec:   deployment.At("spec", "template", "spec"),
		}, place, i))
	}
	return pods
}

func (t *Topology) gatewayPods(g Gateway, address func() string) ([]Pod, error) {
	place, known := t.Places[g.Cluster]
	if !known {
		return nil, fmt.Errorf("%s: where cluster %s of gateway %s is, is not known", t.Name, g.Cluster, g.Name)
	}
	n := 1
	if i := t.Installs[g.Cluster]; i != nil {
		if n = i.GatewayPods["istio-"+g.Name]; n == 0 {
			return nil, fmt.Errorf("%s: nothing installs gateway %s in cluster %s", t.Name, g.Name, g.Cluster)
		}
	}
	var pods []Pod
	for i := range n {
		name := "istio-" + g.Name
		if i > 0 {
			name += fmt.Sprintf("-%d", i)
		}
		pods = append(pods, pod(Pod{
			Cluster: g.Cluster, Namespace: g.Namespace, Name: name, Address: address(), Gateway: g.Name,
			Labels: map[string]string{"app": "istio-" + g.Name, "istio": g.Name},
			spec:   map[string]any{"containers": []any{map[string]any{"name": "istio-proxy", "image": "proxyv2"}}},
		}, place, i))
	}
	return pods, nil
}

// stranger gives a pod in the place of a client.
func stranger(c Client, address string) Pod {
	place := Place{Region: c.Region}
	if c.Zone != "" {
		place.Zones = []string{c.Zone}
	}
	return pod(Pod{
		Cluster: c.Cluster, Namespace: c.Asks, Name: "stranger-" + c.Region + c.Zone, Address: address, Labels: map[string]string{},
		stranger: true, spec: map[string]any{"containers": []any{map[string]any{"name": "app", "image": "app"}}},
	}, place, 0)
}

// pod completes a pod: the Node that replica i is on, and the label that a sidecar's injection adds.
func pod(p Pod, place Place, i int) Pod {
	p.Region, p.Node = place.Region, place.Region
	if len(place.Zones) > 0 {
		p.Zone = place.Zones[i%len(place.Zones)]
		p.Node += "." + p.Zone
	}
	p.Labels = maps.Clone(p.Labels)
	p.Labels["security.istio.io/tlsMode"] = "istio"
	p.spec = maps.Clone(p.spec)
	p.spec["nodeName"] = p.Node
	return p
}

// namespace gives the namespace that an object goes to.
func namespace(o kube.Object) string {
	if n := o.Namespace(); n != "" {
		return n
	}
	return "default"
}
