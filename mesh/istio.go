package mesh

import (
	"cmp"
	"slices"
	"strings"
)

// Istio is a mesh whose control planes are Istio's own. What was left out is filled in.
type Istio struct {
	MeshID             string
	TrustDomain        string
	TrustDomainAliases []string // by name
	Sail               bool     // objects for the Sail operator instead of values for the charts
	Ambient            bool     // ztunnels instead of sidecars
	MultiNetwork       bool     // the clusters are in several networks
	Addressed          []AddressedNetwork
	EastWest           EastWestSpec

	ExternalRemoteSecrets bool        // ExternalSecrets instead of a script
	ExternalCACerts       bool        // ExternalSecrets instead of nothing
	Store                 SecretStore // of these
}

// AddressedNetwork is a network whose gateways no Service shows. Gateways are by address, then port.
type AddressedNetwork struct {
	Name     string
	Clusters []*Cluster
	Gateways []NetworkGateway
}

// IstioOf gives the version of Istio in a version of ASM, which has one part more: 1.22.6 of 1.22.6.66. Versions of Istio stay as they are.
func IstioOf(version string) string {
	parts := strings.Split(version, ".")
	return strings.Join(parts[:min(len(parts), 3)], ".")
}

// Versions of Istio at which things begin.
const (
	IstioOldest      = "1.22"
	IstioNewest      = "1.31"
	IstioAfter       = "1.32"
	RemoteSince      = "1.24" // the chart istiod has the profile remote
	AmbientSince     = "1.29" // ambient multi-network is beta
	GatewayPortSince = "1.30" // the chart gateway lets the ports of network gateways be chosen
)

// Of names that istiod and its charts know.
const (
	RootNamespace = "istio-system"
	EastWestName  = "eastwestgateway" // of the gateways' pods, as label istio
	NetworkPort   = 15443             // for requests of other networks
	DiscoveryPort = 15012             // for the proxies of remotes
	WebhookPort   = 15017             // for the API servers of remotes
	TunnelPort    = 15008             // for requests of other networks in an ambient mesh
	defaultTrust  = "cluster.local"

	NodesAnnotation = "traffic.istio.io/nodeSelector" // of a Service of type NodePort: the nodes whose addresses are its own
)

func (b *builder) istio() {
	if b.spec.Provider != ProviderIstio {
		return
	}
	s := b.spec.Mesh.IstioSpec
	i := &Istio{
		MeshID: cmp.Or(s.MeshID, b.spec.Mesh.Name), TrustDomain: cmp.Or(s.TrustDomain, defaultTrust), TrustDomainAliases: unique(s.TrustDomainAliases),
		Sail: s.Install == InstallSail, Ambient: s.DataPlane == DataPlaneAmbient,
		ExternalRemoteSecrets: s.RemoteSecrets == SecretsExternal, ExternalCACerts: s.CACerts == SecretsExternal,
	}
	if s.EastWest != nil {
		i.EastWest = *s.EastWest
	}
	if s.SecretStore != nil {
		i.Store = *s.SecretStore
	}
	i.Store.Prefix = cmp.Or(i.Store.Prefix, b.spec.Mesh.Name)
	for _, c := range b.spec.Clusters {
		cluster := b.cluster(c.Name)
		cluster.MeshNetwork = cmp.Or(c.IstioClusterSpec.Network, b.mesh.Name)
		cluster.PilotAddress, cluster.Primary = c.RemotePilotAddress, b.cluster(c.Primary)
	}
	i.MultiNetwork = slices.ContainsFunc(b.mesh.Clusters, func(c *Cluster) bool { return c.MeshNetwork != b.mesh.Clusters[0].MeshNetwork })
	b.mesh.Istio = i
	b.eastWest()
}

// eastWest says which clusters have an east-west gateway, and which networks are reached at given addresses.
func (b *builder) eastWest() {
	for _, c := range b.spec.Clusters {
		cluster := b.cluster(c.Name)
		cluster.EastWest = (c.EastWestGateway == nil || *c.EastWestGateway) && (b.mesh.Istio.MultiNetwork || b.mesh.ServesRemotes(cluster))
	}
	if !b.mesh.Istio.MultiNetwork {
		return // nobody comes from another network
	}
	for _, n := range sorted(b.spec.Mesh.Networks, func(n MeshNetworkSpec) string { return n.Name }) {
		network := AddressedNetwork{Name: n.Name, Gateways: slices.Clone(n.Gateways)}
		slices.SortFunc(network.Gateways, func(x, y NetworkGateway) int {
			return cmp.Or(cmp.Compare(x.Address, y.Address), cmp.Compare(x.Port, y.Port))
		})
		for _, c := range b.mesh.Clusters {
			if c.MeshNetwork == n.Name {
				network.Clusters = append(network.Clusters, c)
			}
		}
		b.mesh.Istio.Addressed = append(b.mesh.Istio.Addressed, network)
	}
}

// IsPrimary says whether an istiod runs in the cluster. With provider asm none does.
func (m *Mesh) IsPrimary(c *Cluster) bool { return m.Istio != nil && c.Primary == nil }

// Primaries gives the clusters with an istiod, by name.
func (m *Mesh) Primaries() []*Cluster {
	return slices.DeleteFunc(slices.Clone(m.Clusters), func(c *Cluster) bool { return !m.IsPrimary(c) })
}

// ServesRemotes says whether the istiod of a cluster serves other clusters too.
func (m *Mesh) ServesRemotes(c *Cluster) bool {
	return slices.ContainsFunc(m.Clusters, func(r *Cluster) bool { return r.Primary == c })
}

// IsAddressed says whether the gateways of a network are reached at addresses that the topology gives.
func (i *Istio) IsAddressed(network string) bool {
	return slices.ContainsFunc(i.Addressed, func(n AddressedNetwork) bool { return n.Name == network })
}

// Shared gives the services whose requests come from, or go to, more than one cluster.
func (m *Mesh) Shared() map[*Service]bool {
	shared := map[*Service]bool{}
	for s, clusters := range m.participants() {
		shared[s] = len(clusters) > 1
	}
	return shared
}

// AcrossNetworks gives the services whose requests come from, or go to, more than one network, in the order of the mesh.
func (m *Mesh) AcrossNetworks() []*Service {
	participants := m.participants()
	return slices.DeleteFunc(slices.Clone(m.Services), func(s *Service) bool {
		networks := map[string]bool{}
		for c := range participants[s] {
			networks[c.MeshNetwork] = true
		}
		return len(networks) < 2
	})
}

// participants gives the clusters that requests to each service come from or go to.
func (m *Mesh) participants() map[*Service]map[*Cluster]bool {
	t := talkers{mesh: m, at: m.clusterIndex(), byRef: m.servicesByRef()}
	in := map[*Service]map[*Cluster]bool{}
	note := func(services []*Service, lists ...[]*Cluster) {
		for _, s := range services {
			if in[s] == nil {
				in[s] = map[*Cluster]bool{}
			}
			for _, c := range slices.Concat(lists...) {
				in[s][c] = true
			}
		}
	}
	for _, s := range m.Services {
		note([]*Service{s}, s.clusters())
		for _, call := range s.Calls {
			note(t.answering(call.Service), s.clusters())
		}
	}
	for _, r := range m.Routes {
		note(t.destinations(r.Namespace, r.HTTP, r.TCP, r.TLS), m.entries(r)...)
	}
	return in
}

// ZoneAware says whether the policy of a service, or of one of its ports, has zoneAwareLbSetting.
func (s *Service) ZoneAware() bool {
	has := func(policy map[string]any) bool {
		balancer, _ := policy["loadBalancer"].(map[string]any)
		return balancer["zoneAwareLbSetting"] != nil
	}
	ports, _ := s.TrafficPolicy["portLevelSettings"].([]any)
	return has(s.TrafficPolicy) || slices.ContainsFunc(ports, func(e any) bool {
		entry, _ := e.(map[string]any)
		return has(entry)
	})
}

// GatewayService is the name of a gateway's Service, and of all else that stands for the gateway in its cluster: ASM and Istio's chart name them so.
func GatewayService(gateway string) string { return "istio-" + gateway }
