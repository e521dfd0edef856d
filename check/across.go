package check

import (
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkAcross holds services that are called from other networks, or fail over between regions, against what goes wrong there.
func (c *checker) checkAcross() {
	if !c.isIstio() {
		return
	}
	for _, s := range c.order {
		c.checkConnectTimeout(s)
	}
	m := c.meshOf()
	if !m.Istio.MultiNetwork || m.Istio.Ambient || len(c.clusters) < len(c.Clusters) {
		return
	}
	for _, r := range c.scopes() {
		c.checkPriorityAcross(r)
	}
	for _, s := range c.order {
		if pods := c.beyond(m, s); pods > 0 {
			c.checkPlaintext(s)
			c.checkConnections(s, pods)
		}
	}
}

// beyond gives how many pods of a service the callers of another network can reach behind one network's gateways, at most; 0 when
// nobody calls it from another network.
func (c *checker) beyond(m *mesh.Mesh, s *service) int {
	pods := map[string]int{}
	for _, p := range s.Placements {
		for _, cl := range c.chosen(p) {
			pods[c.networkOf(m, cl.Name)] += p.Replicas
		}
	}
	most := 0
	for _, from := range c.clientNetworks(m, s) {
		for network, n := range pods {
			if network != from {
				most = max(most, n)
			}
		}
	}
	return most
}

func (c *checker) networkOf(m *mesh.Mesh, cluster string) string {
	for _, cl := range m.Clusters {
		if cl.Name == cluster {
			return cl.MeshNetwork
		}
	}
	return ""
}

// clientNetworks gives the networks of a service's callers, and of the gateways that route to it.
func (c *checker) clientNetworks(m *mesh.Mesh, s *service) []string {
	var names []string
	for _, caller := range c.order {
		if slices.ContainsFunc(caller.Calls, func(call mesh.CallSpec) bool { return mesh.Qualified(call.Service, caller.Namespace) == s.ref() }) {
			for _, p := range caller.Placements {
				for _, cl := range c.chosen(p) {
					names = append(names, c.networkOf(m, cl.Name))
				}
			}
		}
	}
	for _, cluster := range c.gatewayClusters(s) {
		names = append(names, c.networkOf(m, cluster))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (c *checker) checkPriorityAcross(r rules) {
	for i, label := range r.FailoverPriority {
		key, _, _ := strings.Cut(label, "=")
		if key == "topology.istio.io/network" || key == "topology.istio.io/cluster" {
			continue
		}
		c.add(diag.New(diag.PriorityAcross, r.path.Key("failoverPriority").Index(i), "endpoints of other networks have no label %s: seen from there they are gateways, with the labels of their network and cluster alone", key).
			WithFix("compare topology.istio.io/network or topology.istio.io/cluster, or use failover, which goes by region"))
	}
}

func (c *checker) checkPlaintext(s *service) {
	blocks, paths := []any{s.TrafficPolicy}, []diag.Path{s.path.Key("trafficPolicy")}
	entries, _ := s.TrafficPolicy["portLevelSettings"].([]any)
	for i, e := range entries {
		blocks, paths = append(blocks, e), append(paths, s.path.Key("trafficPolicy").Key("portLevelSettings").Index(i))
	}
	for i, b := range blocks {
		if dig(b, "tls") == nil {
			continue
		}
		mode, _ := dig(b, "tls", "mode").(string)
		if mode == "ISTIO_MUTUAL" {
			continue
		}
		if mode == "" {
			mode = "DISABLE"
		}
		c.add(atKey(diag.New(diag.PlaintextAcross, paths[i].Key("tls"), "service %s is called from other networks, and tls mode %s keeps requests from them", s.Name, mode).
			WithFix("remove tls, or write mode: ISTIO_MUTUAL")))
	}
}

// checkConnections warns of connections that last for ever, where several pods are behind a gateway.
func (c *checker) checkConnections(s *service, pods int) {
	http := slices.ContainsFunc(s.Ports, func(p mesh.Port) bool {
		protocol, _, _ := strings.Cut(p.Name, "-")
		if p.AppProtocol != "" {
			protocol = p.AppProtocol
		}
		return slices.Contains([]string{"http", "http2", "grpc", "grpcweb", "https"}, protocol)
	})
	if pods < 2 || !http || dig(s.TrafficPolicy, "connectionPool", "http", "maxRequestsPerConnection") != nil {
		return
	}
	at := s.path
	if s.TrafficPolicy != nil {
		at = at.Key("trafficPolicy")
	}
	c.add(atKey(diag.New(diag.ConnectionsAcross, at, "requests from other networks to service %s stay on one of %d pods for as long as their connection lasts: an east-west gateway spreads connections", s.Name, pods).
		WithFix("set trafficPolicy.connectionPool.http.maxRequestsPerConnection, to 100 or so")))
}

// checkConnectTimeout warns of the usual connect timeout where a region that is gone must be noticed.
func (c *checker) checkConnectTimeout(s *service) {
	if c.effective(s).Empty() || len(s.endpoints) < 2 || s.TrafficPolicy == nil || dig(s.TrafficPolicy, "connectionPool", "tcp", "connectTimeout") != nil {
		return
	}
	c.add(atKey(diag.New(diag.ConnectTimeout, s.path.Key("trafficPolicy"), "when a region is gone, each request to service %s that is sent there waits 10 s for a connection before anything is ejected", s.Name).
		WithFix("add connectionPool: {tcp: {connectTimeout: 1s}}")))
}
