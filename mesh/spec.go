// Package mesh is the model: Spec is what the user wrote, Mesh is what it means.
//
// A Spec may be wrong in every way that a schema cannot see: names that lead nowhere, ranges that overlap. Package check finds
// that. A Mesh is made by Build from a Spec without errors and cannot be wrong: references are pointers, defaults are filled
// in, and every list has one order, whatever order it was written in. Nothing changes a Mesh after Build.
//
// The shapes that belong to Istio (TrafficPolicy, HTTPRoute, Server) stay as written, as generic values: they are passed on
// field for field. The package imports nothing of ours.
package mesh

// APIVersion is the version of a topology that this program reads.
const APIVersion = "meshtopo.dev/v1alpha1"

// Spec is a topology as written. The schema (schemas/topology.cue) documents every field.
type Spec struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Metadata   Metadata `json:"metadata"`
	Spec       Body     `json:"spec"`
}

// Metadata is the KRM metadata of a topology.
type Metadata struct {
	Name string `json:"name"`
}

// Body is the field spec of a topology.
type Body struct {
	Provider   string          `json:"provider"`
	Mesh       ControlPlane    `json:"mesh"`
	Network    *NetworkSpec    `json:"network"`
	Clusters   []ClusterSpec   `json:"clusters"`
	Gateways   []GatewaySpec   `json:"gateways"`
	Routes     []RouteSpec     `json:"routes"`
	Services   []ServiceSpec   `json:"services"`
	Traffic    TrafficSpec     `json:"traffic"`
	Workloads  string          `json:"workloads"`
	Images     Images          `json:"images"`
	Overlays   []OverlaySpec   `json:"overlays"`
	Components []ComponentSpec `json:"components"`
	Waivers    []WaiverSpec    `json:"waivers"`
	Demand     []DemandSpec    `json:"demand"`
	Expect     []ExpectSpec    `json:"expect"`
	Probe      *ProbeSpec      `json:"probe"`
	Delivery   *DeliverySpec   `json:"delivery"`
}

// WaiverSpec silences the findings of a rule at a path. Expires is a day, YYYY-MM-DD, or "".
type WaiverSpec struct {
	Rule    string `json:"rule"`
	Path    string `json:"path"`
	Reason  string `json:"reason"`
	Expires string `json:"expires"`
}

// Images says where the images of known workloads come from.
type Images struct {
	Registry string `json:"registry"`
	Tag      string `json:"tag"`
}

// ControlPlane is the mesh's control plane.
type ControlPlane struct {
	Name      string   `json:"name"`
	ID        string   `json:"id"`
	Version   string   `json:"version"`
	Region    string   `json:"region"`
	VPC       string   `json:"vpc"`
	VSwitches []string `json:"vSwitches"`
	Edition   string   `json:"edition"`
	Existing  bool     `json:"existing"`
	IstioSpec
}

// NetworkSpec is the address plan.
type NetworkSpec struct {
	VPCs       []VPCSpec     `json:"vpcs"`
	VSwitches  []VSwitchSpec `json:"vSwitches"`
	CEN        *CENSpec      `json:"cen"`
	Probe      bool          `json:"probe"`
	ProbeImage string        `json:"probeImage"`
}

// VPCSpec is a virtual private cloud in one region.
type VPCSpec struct {
	Name     string `json:"name"`
	Region   string `json:"region"`
	CIDR     string `json:"cidr"`
	Existing bool   `json:"existing"`
}

// VSwitchSpec is a subnet of a VPC.
type VSwitchSpec struct {
	Name     string `json:"name"`
	VPC      string `json:"vpc"`
	CIDR     string `json:"cidr"`
	Zone     string `json:"zone"`
	Existing bool   `json:"existing"`
}

// CENSpec joins VPCs through one transit router a region.
type CENSpec struct {
	Name           string              `json:"name"`
	TransitRouters []TransitRouterSpec `json:"transitRouters"`
	Links          []LinkSpec          `json:"links"`
	Existing       bool                `json:"existing"`
}

// TransitRouterSpec is the router of one region.
type TransitRouterSpec struct {
	Name     string `json:"name"`
	Region   string `json:"region"`
	Existing bool   `json:"existing"`
}

// LinkSpec joins the transit routers of two regions; the bandwidth is in Mbit/s.
type LinkSpec struct {
	Between       []string `json:"between"`
	BandwidthMbps int      `json:"bandwidthMbps"`
}

// ClusterSpec is a Kubernetes cluster.
type ClusterSpec struct {
	Name         string            `json:"name"`
	ID           string            `json:"id"`
	Region       string            `json:"region"`
	Zones        []string          `json:"zones"`
	VPC          string            `json:"vpc"`
	VSwitches    []string          `json:"vSwitches"`
	CNI          string            `json:"cni"`
	PodCIDR      string            `json:"podCIDR"`
	PodVSwitches []string          `json:"podVSwitches"`
	ServiceCIDR  string            `json:"serviceCIDR"`
	Labels       map[string]string `json:"labels"`
	Existing     bool              `json:"existing"`
	NodePool     *NodePool         `json:"nodePool"`
	IstioClusterSpec
}

// NodePool is the nodes of a cluster. Size is the default of a variable.
type NodePool struct {
	InstanceTypes []string `json:"instanceTypes"`
	Size          int      `json:"size"`
}

// ClusterSelector chooses clusters by their labels; one without labels chooses all.
type ClusterSelector struct {
	MatchLabels map[string]string `json:"matchLabels"`
}

// Matches says whether a cluster with these labels is chosen.
func (s ClusterSelector) Matches(labels map[string]string) bool {
	for k, v := range s.MatchLabels {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	return true
}

// ServiceSpec is a service, where it runs and whom it calls.
type ServiceSpec struct {
	Name          string          `json:"name"`
	Namespace     string          `json:"namespace"`
	Ports         []Port          `json:"ports"`
	Placements    []PlacementSpec `json:"placements"`
	Capacity      float64         `json:"capacity"`
	Calls         []CallSpec      `json:"calls"`
	TrafficPolicy map[string]any  `json:"trafficPolicy"`
	Locality      *LocalitySpec   `json:"locality"`
	HTTP          []any           `json:"http"`

	TrafficDistribution string `json:"trafficDistribution"`
}

// Port is a port of a Service; TargetPort 0 is the same as Port.
type Port struct {
	Name        string `json:"name"`
	Port        int    `json:"port"`
	TargetPort  int    `json:"targetPort"`
	AppProtocol string `json:"appProtocol"`
	Protocol    string `json:"protocol"`
}

// PlacementSpec is a version of a service in one or several clusters.
type PlacementSpec struct {
	Cluster         string           `json:"cluster"`
	Region          string           `json:"region"`
	ClusterSelector *ClusterSelector `json:"clusterSelector"`
	Version         string           `json:"version"`
	Replicas        int              `json:"replicas"`
	Capacity        float64          `json:"capacity"`
	Image           string           `json:"image"`
}

// Chosen says whether the placement is for the cluster.
func (p PlacementSpec) Chosen(c ClusterSpec) bool {
	switch {
	case p.Cluster != "":
		return p.Cluster == c.Name
	case p.Region != "":
		return p.Region == c.Region
	default:
		return p.ClusterSelector != nil && p.ClusterSelector.Matches(c.Labels)
	}
}

// LocalityRules is Istio's LocalityLoadBalancerSetting: at most one of the three is set.
type LocalityRules struct {
	Failover         []Failover   `json:"failover"`
	Distribute       []Distribute `json:"distribute"`
	FailoverPriority []string     `json:"failoverPriority"`
}

// Empty says whether no rule is set.
func (l LocalityRules) Empty() bool {
	return len(l.Failover) == 0 && len(l.Distribute) == 0 && len(l.FailoverPriority) == 0
}

// Failover sends a region's traffic to another region when it has no healthy endpoint.
type Failover struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Distribute spreads the traffic of clients in From by weight; the weights of To add up to 100.
type Distribute struct {
	From string         `json:"from"`
	To   map[string]int `json:"to"`
}

// TrafficSpec is the mesh-wide traffic rule. Scope is "mesh" or "service".
type TrafficSpec struct {
	Scope string `json:"scope"`
	LocalityRules
}

// LocalitySpec is one service's own traffic rule. Enabled false switches locality load balancing off.
type LocalitySpec struct {
	Enabled *bool `json:"enabled"`
	LocalityRules
}

// Scopes of TrafficSpec.
const (
	ScopeMesh    = "mesh"
	ScopeService = "service"
)

// RouteSpec is a VirtualService that is not of one service. HTTP, TCP and TLS have Istio's shapes.
type RouteSpec struct {
	Name      string   `json:"name"`
	Namespace string   `json:"namespace"`
	Hosts     []string `json:"hosts"`
	Gateways  []string `json:"gateways"`
	HTTP      []any    `json:"http"`
	TCP       []any    `json:"tcp"`
	TLS       []any    `json:"tls"`
}

// GatewaySpec is a gateway at the edge of the mesh. Settings holds the fields of the provider's gateway object as written
// (schema definition #GatewaySettings).
type GatewaySpec struct {
	Name        string            `json:"name"`
	Namespace   string            `json:"namespace"`
	Clusters    []string          `json:"clusters"`
	Annotations map[string]string `json:"annotations"`
	Labels      map[string]string `json:"labels"`
	GatewayType string            `json:"gatewayType"`
	Overrides   []GatewayOverride `json:"overrides"`
	Listeners   []ListenerSpec    `json:"listeners"`
	Settings    map[string]any    `json:"-"`
}

// GatewayOverride holds the settings of a gateway that differ in one cluster.
type GatewayOverride struct {
	Cluster  string         `json:"cluster"`
	Settings map[string]any `json:"-"`
}

// ListenerSpec is an Istio Gateway object. Servers have Istio's shape.
type ListenerSpec struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	Servers   []any  `json:"servers"`
}

// OverlaySpec chooses targets for a kustomize Component.
type OverlaySpec struct {
	Path string `json:"path"`
	TargetChoice
}

// ComponentSpec chooses targets for objects of the user's own. Name is "" where it is not said; Values are plain values.
type ComponentSpec struct {
	Name   string         `json:"name"`
	Path   string         `json:"path"`
	Values map[string]any `json:"values"`
	TargetChoice
}

// TargetChoice chooses targets: those that meet every condition that is there.
type TargetChoice struct {
	Targets         []string         `json:"targets"`
	Regions         []string         `json:"regions"`
	ClusterSelector *ClusterSelector `json:"clusterSelector"`
}
