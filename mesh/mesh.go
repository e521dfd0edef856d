package mesh

import (
	"net/netip"
	"sort"
)

// Mesh is a topology as meant. All lists are in canonical order: by name, or as the field's comment says.
type Mesh struct {
	Name       string // metadata.name
	Provider   string
	Control    ControlPlane
	Istio      *Istio     // nil with provider asm
	Network    *Network   // nil when the topology does not say
	VPC        *VPC       // of the control plane, or nil
	VSwitches  []*VSwitch // of the control plane
	Regions    []*Region
	Clusters   []*Cluster
	Gateways   []*Gateway
	Routes     []*Route
	Services   []*Service // by namespace, then name
	Traffic    Traffic
	Overlays   []Overlay     // as in spec.overlays, which is the order of application
	Components []Component   // in the order of spec.components
	Demand     []Demand      // by gateway, region, host and path
	Expect     []Expectation // in the order of spec.expect
	Probe      *Probe        // nil when the topology does not say how to tell answers apart
	Delivery   *Delivery     // nil when rendered targets are brought into clusters by other means

	Workloads string // the known application, or ""
}

// Region is a region that has a cluster.
type Region struct {
	Name     string
	Clusters []*Cluster
}

// Cluster is a Kubernetes cluster.
type Cluster struct {
	Name   string
	ID     string // "" when it is not known yet
	Region *Region
	Zones  []string // by name; empty when the topology does not say. Replica i of a Deployment is taken to be in zone i modulo their number
	Labels map[string]string

	VPC          *VPC         // nil when the topology does not say
	VSwitches    []*VSwitch   // of its nodes
	CNI          string       // flannel or terway
	PodCIDR      netip.Prefix // with flannel; the zero Prefix when it is not said
	PodVSwitches []*VSwitch   // with terway; those of the nodes when no others are said
	ServiceCIDR  netip.Prefix
	Existing     bool
	NodePool     *NodePool // nil when the topology does not say

	// With provider istio only.
	MeshNetwork  string   // clusters of one network reach each other's pods directly
	Primary      *Cluster // whose istiod serves it; nil when it has its own
	PilotAddress string   // where a remote reaches that istiod; "" when it is not known yet
	EastWest     bool     // it has a gateway for requests from other networks, or for remotes
}

// Gateway is a gateway at the edge of the mesh.
type Gateway struct {
	Name        string
	Namespace   string
	Clusters    []*Cluster
	Annotations map[string]string
	Labels      map[string]string
	Type        string         // ingress or egress
	Settings    map[string]any // the provider's fields, as written; ports by number, then protocol
	Overrides   []Override     // by cluster
	Listeners   []*Listener    // by namespace, then name
}

// GatewayEgress is the type of a gateway that lets traffic out.
const GatewayEgress = "egress"

// Override is what differs in one cluster.
type Override struct {
	Cluster  *Cluster
	Settings map[string]any
}

// Listener is what a gateway listens to. Servers have Istio's shape.
type Listener struct {
	Name      string
	Namespace string
	Servers   []any // as written
}

// Route is a VirtualService. HTTP, TCP and TLS have Istio's shapes.
type Route struct {
	Name      string
	Namespace string
	Hosts     []string // as written
	Gateways  []string // listeners as namespace/name, or mesh
	HTTP      []any
	TCP       []any
	TLS       []any
}

// DefaultNamespace is where a service is that is named without a namespace.
const DefaultNamespace = "default"

// Service is a service of the mesh.
type Service struct {
	Name           string
	Namespace      string
	Ports          []Port // by number, then protocol; TargetPort filled in
	Versions       []string
	Placements     []*Placement   // by cluster, then version
	Calls          []Call         // by namespace, name, port, path, method and headers
	ServiceAccount string         // that of its pods: the service's name, or bookinfo-<name> as Istio's sample has it
	TrafficPolicy  map[string]any // Istio's shape, as written; nil when there is none
	Locality       *Locality      // the rule that goes into its DestinationRule; nil when there is none
	HTTP           []any

	TrafficDistribution string // as Kubernetes names it, or ""
}

// Host is the service's full DNS name, as DestinationRules name it.
func (s *Service) Host() string { return s.Name + "." + s.Namespace + ".svc.cluster.local" }

// Placement is a version of a service in one cluster.
type Placement struct {
	Cluster  *Cluster
	Version  string
	Replicas int
	Capacity float64 // requests per second that one pod serves; 0 when the topology does not say
	Image    string  // "" when its Deployment is not ours to render
}

// In gives the placements in one cluster.
func (s *Service) In(c *Cluster) []*Placement {
	from := sort.Search(len(s.Placements), func(i int) bool { return s.Placements[i].Cluster.Name >= c.Name })
	to := from
	for to < len(s.Placements) && s.Placements[to].Cluster == c {
		to++
	}
	return s.Placements[from:to]
}

// Traffic is the mesh-wide rule: Locality is nil when there is none, or when it went into the services.
type Traffic struct {
	Scope    string
	Locality *Locality
}

// Locality is one locality rule: Enabled, and at most one of the lists, which are sorted by From and To (FailoverPriority as written).
type Locality struct {
	Own     bool // written at the service, not taken from spec.traffic
	Enabled bool
	LocalityRules
}

// Overlay is a kustomize Component and the targets it is for, by their names.
type Overlay struct {
	Path    string
	Targets []string
}

// Component is objects of the user's own, and the targets they are for, by their names.
type Component struct {
	Name    string // "" when the topology does not say
	Path    string
	Values  map[string]any // plain values as written; empty when there are none
	Targets []string
}

// From is the entry of spec.components, known by what stays the same in whatever order the list is written.
func (c Component) From() string {
	if c.Name != "" {
		return "spec.components[name=" + c.Name + "]"
	}
	return "spec.components[path=" + c.Path + "]"
}
