package simulate

import (
	"maps"
	"slices"
	"strings"
)

// networks is how clusters reach each other where they are in several networks: through gateways. It is off, and everything is
// reached directly, until a rendered Service is the gateway of a network.
type networks struct {
	names     map[int]string // of clusters
	byCluster map[int]string // the label topology.istio.io/network of a cluster's pods, else of its namespace istio-system
	gateways  []networkGateway
}

// networkGateway is the gateway of a network in one cluster, and at how many addresses it is reached.
type networkGateway struct {
	network   string
	cluster   int // addressed: none
	addresses int
}

// addressed stands for the cluster of gateways whose address alone is known: they are for all pods of the network.
const addressed = -2

// meshNetworks takes the gateways whose addresses the configuration of the mesh gives.
func (b *builder) meshNetworks(values any) {
	networks, _ := at(values, "global", "meshNetworks").(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(networks)) {
		if gateways := list(networks[name], "gateways"); len(gateways) > 0 {
			b.model.networks.gateways = append(b.model.networks.gateways, networkGateway{name, addressed, len(gateways)})
		}
	}
}

func (n *networks) on() bool { return len(n.gateways) > 0 }

// of is the network of a cluster's pods; "" when it is not said.
func (n *networks) of(cluster int) string { return n.byCluster[cluster] }

// add takes the network and the gateways of a cluster from what is rendered for it.
func (n *networks) add(cluster int, name string, files []*contents) {
	if n.byCluster == nil {
		n.byCluster, n.names = map[int]string{}, map[int]string{}
	}
	n.names[cluster] = name
	for _, f := range files {
		if f.network != "" {
			n.byCluster[cluster] = f.network
		}
		for _, network := range f.crossings {
			n.gateways = append(n.gateways, networkGateway{network, cluster, 1})
		}
		for _, s := range f.services {
			if network := labels(s.object.fields, "metadata", "labels")[labelNetwork]; network != "" && crossesNetworks(s.object) {
				n.gateways = append(n.gateways, networkGateway{network, cluster, addresses(s.object)})
			}
		}
	}
}

// networkPort is the port of a Service that makes it the gateway of its network, unless a label names another.
const networkPort = 15443

// crossing is the network that a Gateway is the gateway of in an ambient mesh; "" of any other object.
func crossing(o *object) string {
	if o.kind != "Gateway" || !strings.HasPrefix(text(o.fields, "apiVersion"), "gateway.networking.k8s.io/") || text(o.fields, "spec", "gatewayClassName") != "istio-east-west" {
		return ""
	}
	return labels(o.fields, "metadata", "labels")[labelNetwork]
}

func crossesNetworks(service *object) bool {
	if labels(service.fields, "metadata", "labels")["networking.istio.io/gatewayPort"] != "" {
		return true
	}
	return slices.ContainsFunc(list(service.fields, "spec", "ports"), func(p any) bool { return whole(p, 0, "port") == networkPort })
}

// addresses is how many addresses a gateway's Service has. That of a load balancer is not known before it is there; it is taken to
// be one.
func addresses(service *object) int { return max(1, len(list(service.fields, "spec", "externalIPs"))) }

// behind gives the gateways for pods of a network in a cluster: those in the cluster, else all of the network.
func (n *networks) behind(network string, cluster int) int {
	own, all := 0, 0
	for _, g := range n.gateways {
		if g.network == network {
			all += g.addresses
			if g.cluster == cluster {
				own += g.addresses
			}
		}
	}
	if own > 0 {
		return own
	}
	return all
}

// standIn gives the labels of the gateways that are for pods of a network in a cluster, nil when there are none. They have the cluster of
// the gateway, not of the pods; one whose address alone is known has none. Of gateways in several other clusters, between which
// a rule for one of these by name would tell, it is not known here which a request takes: they keep the cluster of the pods.
func (n *networks) standIn(network string, cluster int) map[string]string {
	var in []int
	for _, g := range n.gateways {
		if g.network == network && !slices.Contains(in, g.cluster) {
			in = append(in, g.cluster)
		}
	}
	switch {
	case len(in) == 0:
		return nil
	case len(in) == 1 && in[0] == addressed:
		return map[string]string{labelNetwork: network}
	case len(in) == 1:
		cluster = in[0]
	}
	return map[string]string{labelNetwork: network, labelCluster: n.names[cluster]}
}

// ambiguous says whether pods of a network in a cluster are reached through gateways in several other clusters.
func (n *networks) ambiguous(network string, cluster int) bool {
	in := map[int]bool{}
	for _, g := range n.gateways {
		if g.network == network {
			in[g.cluster] = true
		}
	}
	return len(in) > 1 && !in[cluster]
}

// noteStrangers says of a policy that compares clusters where the answer is not to be relied on.
func (m *Model) noteStrangers(p *policy) {
	if !slices.Contains(p.setting.keys(p.outlier != nil), labelCluster) {
		return
	}
	for _, c := range p.cells {
		if m.networks.ambiguous(c.network, c.cluster) {
			m.note("service %s compares %s, and its pods in cluster %s are reached from other networks through gateways in several other clusters: these are taken to be in the cluster of the pods",
				p.service.ref(), labelCluster, m.networks.names[c.cluster])
		}
	}
}

// scale is what istiod multiplies all weights with, so that those of a gateway's pods can be split over its addresses: the least
// common multiple of the numbers of addresses, of each network and of each cluster in it.
func (n *networks) scale() int {
	type part struct {
		network string
		cluster int // -1: all
	}
	counts := map[part]int{}
	for _, g := range n.gateways {
		counts[part{g.network, -1}] += g.addresses
		counts[part{g.network, g.cluster}] += g.addresses
	}
	scale := 1
	for _, count := range counts {
		scale = scale / gcd(scale, count) * count
	}
	return scale
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// counts are the endpoints in a policy's cells as a client sees them: hosts of its Envoy, those that fail, and their weight. A
// gateway of another network is one host that stands for the pods behind it.
type counts struct {
	hosts, failing, weight []int
	pods                   []int     // by cell; more than hosts behind a gateway
	behind                 []float64 // by cell, the part of the pods behind a gateway that fail; nil without networks
	bad                    bool      // some fail
	fewer                  bool      // some are gone from EDS
}

// count adds up pods by cell.
func (p *policy) count(present, failing []int) *counts {
	n := len(p.cells)
	ints := make([]int, 2*n)
	c := &counts{hosts: ints[:n], failing: ints[n:]}
	c.weight, c.pods = c.hosts, c.hosts
	for i := range p.cells {
		for _, g := range p.cells[i].groups {
			c.hosts[i] += present[g]
			c.fewer = c.fewer || present[g] != p.service.groups[g].pods
			if failing != nil {
				c.failing[i] += failing[g]
				c.bad = c.bad || failing[g] > 0
			}
		}
	}
	return c
}

// seen gives the counts as a client of some network sees them: pods of other networks are replaced by their gateways, which share
// their weight. Without mutual TLS nothing goes there.
func (n *networks) seen(c *counts, p *policy, client class) *counts {
	if !n.on() {
		return c
	}
	scale := n.scale()
	cells := len(c.hosts)
	ints := make([]int, 3*cells)
	out := &counts{hosts: ints[:cells], failing: ints[cells : 2*cells], weight: ints[2*cells:], pods: c.pods, behind: make([]float64, cells), bad: c.bad, fewer: c.fewer}
	own := client.labels[labelNetwork]
	for i, cell := range p.cells {
		gateways := n.behind(cell.network, cell.cluster)
		switch direct := cell.network == "" || cell.network == own || gateways == 0; {
		case c.pods[i] == 0:
		case direct:
			out.hosts[i], out.failing[i], out.weight[i] = c.hosts[i], c.failing[i], c.hosts[i]*scale
		case p.plaintext:
		default:
			out.hosts[i], out.weight[i] = gateways, c.pods[i]*scale/gateways*gateways
			if out.behind[i] = float64(c.failing[i]) / float64(c.pods[i]); c.failing[i] == c.pods[i] {
				out.failing[i] = gateways
			}
		}
	}
	return out
}

// beyond makes all hosts fail that are on the other side of a cut link.
func (c *counts) beyond(st *state, p *policy, client locality) *counts {
	cut := *c
	cut.failing = slices.Clone(c.failing)
	for i := range p.cells {
		if st.isCut(client.region, p.cells[i].locality.region) {
			cut.failing[i], cut.bad = cut.hosts[i], true
		}
	}
	return &cut
}

// perPod is what one pod of a cell gets of a client's requests.
func (o *outcome) perPod(cell int) float64 {
	if o.behind == nil {
		return o.perHost[cell]
	}
	if o.pods[cell] == 0 {
		return 0
	}
	return o.cells[cell] / float64(o.pods[cell])
}

// seenFrom gives the labels of a cell's endpoints: a gateway of another network has its network and cluster only.
func (c *cell) seenFrom(client class) map[string]string {
	if own := client.labels[labelNetwork]; c.gateway == nil || c.network == "" || c.network == own {
		return c.labels
	}
	return c.gateway
}
