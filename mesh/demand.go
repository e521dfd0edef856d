package mesh

import (
	"cmp"
	"slices"
)

// DemandSpec is requests that come into the mesh, as written: through a gateway, in a region, or both.
type DemandSpec struct {
	Gateway  string            `json:"gateway"`
	Region   string            `json:"region"`
	RPS      float64           `json:"rps"`
	Host     string            `json:"host"`
	Path     string            `json:"path"`
	Method   string            `json:"method"`
	Headers  map[string]string `json:"headers"`
	Failover []string          `json:"failover"`
}

// Demand is requests that come into the mesh. Those of a gateway enter evenly in all its clusters, those of a region in all
// clusters there that have an ingress gateway; with both, in the gateway's clusters in the region.
type Demand struct {
	Gateway  *Gateway // nil: any ingress gateway of Region
	Region   string   // "": all regions of Gateway
	RPS      float64  // requests per second
	Host     string   // "" when the topology does not say, as with Path and Method
	Path     string
	Method   string
	Headers  map[string]string // by name in lower case
	Failover []string          // regions where it enters when every gateway that it enters at is lost, the first that has one counts
}

// Entry is where requests enter: a gateway in one cluster.
type Entry struct {
	Gateway *Gateway
	Cluster *Cluster
}

// Entries gives where the demand enters while nothing is lost, by gateway, then cluster.
func (m *Mesh) Entries(d Demand) []Entry { return m.ingress(d.Gateway, d.Region) }

// EntriesIn gives where demand can enter in a region: at every ingress gateway there, by gateway, then cluster.
func (m *Mesh) EntriesIn(region string) []Entry { return m.ingress(nil, region) }

// ingress gives the places of one gateway or of all ingress gateways, in one region or in all.
func (m *Mesh) ingress(only *Gateway, region string) []Entry {
	var list []Entry
	for _, g := range m.Gateways {
		if only != nil && g != only || g.Type == GatewayEgress {
			continue
		}
		for _, c := range g.Clusters {
			if region == "" || c.Region.Name == region {
				list = append(list, Entry{Gateway: g, Cluster: c})
			}
		}
	}
	return list
}

func (b *builder) demand() {
	for _, d := range b.spec.Demand {
		g := b.gateway(d.Gateway)
		if d.Gateway != "" && g == nil || d.Gateway == "" && d.Region == "" {
			continue
		}
		b.mesh.Demand = append(b.mesh.Demand, Demand{
			Gateway: g, Region: d.Region, RPS: d.RPS, Host: d.Host, Path: d.Path, Method: d.Method,
			Headers: lowerNames(d.Headers), Failover: d.Failover,
		})
	}
	slices.SortStableFunc(b.mesh.Demand, compareDemand)
}

func compareDemand(x, y Demand) int {
	return cmp.Or(cmp.Compare(x.Gateway.name(), y.Gateway.name()), cmp.Compare(x.Region, y.Region), cmp.Compare(x.Host, y.Host), cmp.Compare(x.Path, y.Path),
		cmp.Compare(x.Method, y.Method), compareHeaders(x.Headers, y.Headers), cmp.Compare(x.RPS, y.RPS), slices.Compare(x.Failover, y.Failover))
}

// name is the gateway's name, or "" of no gateway.
func (g *Gateway) name() string {
	if g == nil {
		return ""
	}
	return g.Name
}

// gateway gives the gateway of a name, or nil.
func (b *builder) gateway(name string) *Gateway {
	i, ok := slices.BinarySearchFunc(b.mesh.Gateways, name, func(g *Gateway, n string) int { return cmp.Compare(g.Name, n) })
	if !ok {
		return nil
	}
	return b.mesh.Gateways[i]
}
