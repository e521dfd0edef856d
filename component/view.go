package component

import "github.com/meshtopo/meshtopo/mesh"

// Mesh is what components see of the mesh. Its JSON form, and that of the types below, is the components' interface: fields may be
// added, but none is renamed, removed or given another meaning (docs/components.md). All lists are in the order of the names.
type Mesh struct {
	Name     string    `json:"name"` // spec.mesh.name
	Provider string    `json:"provider"`
	Version  string    `json:"version"` // of the control plane
	Region   string    `json:"region"`  // of the control plane
	Regions  []Region  `json:"regions"` // that have a cluster
	Clusters []Cluster `json:"clusters"`
	Services []Service `json:"services"`
	Gateways []Gateway `json:"gateways"`
}

// Region is a region and the names of its clusters.
type Region struct {
	Name     string   `json:"name"`
	Clusters []string `json:"clusters"`
}

// Cluster is a cluster.
type Cluster struct {
	Name   string            `json:"name"`
	ID     string            `json:"id"` // "" when it is not known yet
	Region string            `json:"region"`
	Zones  []string          `json:"zones"`
	Labels map[string]string `json:"labels"`
	// With provider istio; else both are empty.
	Network string `json:"network"` // "" where all clusters are in one
	Primary string `json:"primary"` // the cluster whose istiod it is served by: its own name where it has one
}

// Service is a service of the mesh.
type Service struct {
	Name           string   `json:"name"`
	Namespace      string   `json:"namespace"`
	Host           string   `json:"host"` // NAME.NAMESPACE.svc.cluster.local
	ServiceAccount string   `json:"serviceAccount"`
	Ports          []Port   `json:"ports"`
	Versions       []string `json:"versions"` // that are placed anywhere
	Clusters       []string `json:"clusters"` // where it is placed
}

// Port is a port of a service.
type Port struct {
	Name        string `json:"name"`
	Port        int    `json:"port"`
	TargetPort  int    `json:"targetPort"`
	Protocol    string `json:"protocol"`
	AppProtocol string `json:"appProtocol"` // "" when it is not said
}

// Gateway is a gateway at the edge of the mesh.
type Gateway struct {
	Name      string   `json:"name"`
	Namespace string   `json:"namespace"`
	Clusters  []string `json:"clusters"`
}

// Target is the cluster whose target is rendered: the cluster, and what is placed in it.
type Target struct {
	Cluster
	Services []Placed `json:"services"` // those with a placement here
}

// Placed is a service in one cluster.
type Placed struct {
	Name           string      `json:"name"`
	Namespace      string      `json:"namespace"`
	Host           string      `json:"host"`
	ServiceAccount string      `json:"serviceAccount"`
	Ports          []Port      `json:"ports"`
	Placements     []Placement `json:"placements"` // in this cluster, by version
}

// Placement is a version of a service in one cluster. Its pods are labelled app: SERVICE and version: VERSION.
type Placement struct {
	Version  string `json:"version"`
	Replicas int    `json:"replicas"`
}

func viewOf(m *mesh.Mesh) Mesh {
	v := Mesh{
		Name: m.Control.Name, Provider: m.Provider, Version: m.Control.Version, Region: m.Control.Region,
		Regions: []Region{}, Clusters: []Cluster{}, Services: []Service{}, Gateways: []Gateway{},
	}
	for _, r := range m.Regions {
		v.Regions = append(v.Regions, Region{Name: r.Name, Clusters: namesOf(r.Clusters)})
	}
	for _, c := range m.Clusters {
		v.Clusters = append(v.Clusters, clusterOf(m, c))
	}
	for _, s := range m.Services {
		v.Services = append(v.Services, Service{
			Name: s.Name, Namespace: s.Namespace, Host: s.Host(), ServiceAccount: s.ServiceAccount, Ports: portsOf(s),
			Versions: list(s.Versions), Clusters: placedIn(s),
		})
	}
	for _, g := range m.Gateways {
		v.Gateways = append(v.Gateways, Gateway{Name: g.Name, Namespace: g.Namespace, Clusters: namesOf(g.Clusters)})
	}
	return v
}

// targetOf is what components see of the cluster of a target; nil for a target that is no cluster.
func targetOf(m *mesh.Mesh, c *mesh.Cluster) *Target {
	if c == nil {
		return nil
	}
	t := &Target{Cluster: clusterOf(m, c), Services: []Placed{}}
	for _, s := range m.Services {
		here := s.In(c)
		if len(here) == 0 {
			continue
		}
		placed := Placed{Name: s.Name, Namespace: s.Namespace, Host: s.Host(), ServiceAccount: s.ServiceAccount, Ports: portsOf(s)}
		for _, p := range here {
			placed.Placements = append(placed.Placements, Placement{Version: p.Version, Replicas: p.Replicas})
		}
		t.Services = append(t.Services, placed)
	}
	return t
}

func clusterOf(m *mesh.Mesh, c *mesh.Cluster) Cluster {
	labels := c.Labels
	if labels == nil {
		labels = map[string]string{}
	}
	v := Cluster{Name: c.Name, ID: c.ID, Region: c.Region.Name, Zones: list(c.Zones), Labels: labels}
	if m.Istio == nil {
		return v
	}
	v.Primary = c.Name
	if c.Primary != nil {
		v.Primary = c.Primary.Name
	}
	if m.Istio.MultiNetwork {
		v.Network = c.MeshNetwork
	}
	return v
}

func portsOf(s *mesh.Service) []Port {
	ports := []Port{}
	for _, p := range s.Ports {
		ports = append(ports, Port{Name: p.Name, Port: p.Port, TargetPort: p.TargetPort, Protocol: p.Protocol, AppProtocol: p.AppProtocol})
	}
	return ports
}

// placedIn gives the clusters of a service's placements, which are in their order.
func placedIn(s *mesh.Service) []string {
	clusters := []string{}
	for _, p := range s.Placements {
		if n := len(clusters); n == 0 || clusters[n-1] != p.Cluster.Name {
			clusters = append(clusters, p.Cluster.Name)
		}
	}
	return clusters
}

func namesOf(clusters []*mesh.Cluster) []string {
	names := []string{}
	for _, c := range clusters {
		names = append(names, c.Name)
	}
	return names
}

// list is a list that is never null in JSON.
func list(names []string) []string { return append([]string{}, names...) }
