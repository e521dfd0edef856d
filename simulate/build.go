package simulate

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/mesh"
)

// build makes the model of what was read.
func (b *builder) build() *Model {
	m := b.model
	m.rules, m.routes = newRuleBook(b.rules), newVirtualServices(b.routes)
	m.byHost = b.services
	m.services = slices.SortedFunc(maps.Values(b.services), func(x, y *service) int {
		return cmp.Or(cmp.Compare(x.namespace, y.namespace), cmp.Compare(x.name, y.name))
	})
	m.keys = b.keys()
	for i, s := range m.services {
		s.index = i
		s.sortGroups()
		s.classes = m.classify(s)
		m.listServers(s)
	}
	b.gateways()
	if m.mesh.Istio != nil && m.mesh.Istio.Ambient {
		m.note("the mesh is ambient: ztunnels are taken to choose endpoints as sidecars do")
	}
	policies := newPolicies(m)
	for _, ms := range m.mesh.Services {
		if s := m.serviceOf(ms); s != nil {
			m.calls(s, ms, policies)
		}
	}
	m.order = m.callOrder()
	m.entrances(policies)
	m.addStrangers(policies)
	m.base = newBase(m, policies)
	m.base.reckon(m)
	return m
}

func (s *service) sortGroups() {
	slices.SortStableFunc(s.groups, func(x, y group) int {
		return cmp.Or(cmp.Compare(x.locality.String(), y.locality.String()), cmp.Compare(x.cluster, y.cluster), cmp.Compare(x.version, y.version))
	})
}

// listServers notes the versions in clusters that the groups are of.
func (m *Model) listServers(s *service) {
	at := map[flow.Server]int{}
	for _, g := range s.groups {
		server := flow.Server{Service: s.ref(), Region: g.locality.region, Cluster: m.clusterName(g.cluster), Version: g.version}
		if _, known := at[server]; !known {
			at[server] = 0
			s.servers = append(s.servers, server)
		}
		s.sized = s.sized || g.capacity > 0
	}
	slices.SortFunc(s.servers, func(x, y flow.Server) int {
		return cmp.Or(cmp.Compare(x.Region, y.Region), cmp.Compare(x.Cluster, y.Cluster), cmp.Compare(x.Version, y.Version))
	})
	for i, server := range s.servers {
		at[server] = i
	}
	for _, g := range s.groups {
		s.serverOf = append(s.serverOf, at[flow.Server{Service: s.ref(), Region: g.locality.region, Cluster: m.clusterName(g.cluster), Version: g.version}])
	}
}

// keys gives the labels of clients that any rule compares.
func (b *builder) keys() []string {
	found := map[string]bool{}
	note := func(priority []any) {
		for _, p := range priority {
			if text, ok := p.(string); ok {
				key, _, _ := strings.Cut(text, "=")
				found[key] = true
			}
		}
	}
	for _, r := range b.rules {
		eachPolicy(r.fields, func(policy any) { note(list(policy, "loadBalancer", "localityLbSetting", "failoverPriority")) })
	}
	if b.model.networks.on() {
		found[labelNetwork] = true
	}
	if set := b.model.meshSetting; set != nil {
		for _, p := range set.priority {
			note([]any{p})
		}
	}
	for _, s := range b.services {
		for _, key := range s.distribution().keys(true) {
			found[key] = true
		}
	}
	for _, vs := range b.routes {
		for _, kind := range []string{"http", "tcp", "tls"} {
			for _, h := range list(vs.fields, "spec", kind) {
				for _, c := range list(h, "match") {
					for key := range labels(c, "sourceLabels") {
						found[key] = true
					}
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// eachPolicy visits every trafficPolicy of a DestinationRule, and its entries for ports.
func eachPolicy(rule map[string]any, visit func(policy any)) {
	policies := []any{at(rule, "spec", "trafficPolicy")}
	for _, s := range list(rule, "spec", "subsets") {
		policies = append(policies, at(s, "trafficPolicy"))
	}
	for _, p := range policies {
		visit(p)
		for _, e := range list(p, "portLevelSettings") {
			visit(e)
		}
	}
}

// classify gives the classes of pods as clients, and notes in each group which one it is of.
func (m *Model) classify(s *service) []class {
	var classes []class
	byKey := map[string]int{}
	for i := range s.groups {
		g := &s.groups[i]
		key := m.classKey(g.locality, g.labels) + m.unresolved(s, g.cluster)
		at, known := byKey[key]
		if !known {
			at = len(classes)
			byKey[key] = at
			classes = append(classes, class{locality: g.locality, labels: g.labels})
		}
		g.class = at
		if c := &classes[at]; !slices.Contains(c.clusters, g.cluster) {
			c.clusters = append(c.clusters, g.cluster)
		}
	}
	return classes
}

// unresolved names what a service calls and finds no Service for in a cluster.
func (m *Model) unresolved(s *service, cluster int) string {
	names := ""
	if s.meant == nil {
		return ""
	}
	for _, c := range s.meant.Calls {
		if to := m.byHost[c.Service.Host()]; to == nil || !to.in[cluster] {
			names += "\x00" + c.Service.Host()
		}
	}
	return names
}

func (m *Model) classKey(l locality, labels map[string]string) string {
	key := l.String()
	for _, k := range m.keys {
		key += "\x00" + labels[k]
	}
	return key
}

// gateways gives each gateway of the topology its pods in each cluster, and the Istio Gateways that choose them.
func (b *builder) gateways() {
	m := b.model
	for _, g := range m.mesh.Gateways {
		if g.Type == mesh.GatewayEgress {
			continue
		}
		own := gatewayLabels(g)
		heard := b.listeners(own)
		for _, c := range g.Clusters {
			i := m.clusterIndex(c.Name)
			gw := &gateway{of: g, cluster: i, listens: heard.names, hosts: heard.hosts, port: heard.port, https: heard.https, pods: replicas(g, c)}
			if m.mesh.Istio != nil {
				maps.Copy(own, g.Labels) // the chart puts them on the pods too
			}
			groups := b.zones(i, "", own, max(gw.pods, 1), 0)
			for _, zone := range groups {
				if zone.pods > 0 {
					gw.classes = append(gw.classes, class{locality: zone.locality, labels: zone.labels, clusters: []int{i}})
					gw.parts = append(gw.parts, float64(zone.pods)/float64(max(gw.pods, 1)))
				}
			}
			m.gateways = append(m.gateways, gw)
		}
	}
}

// gatewayLabels are the labels of a gateway's pods, which ASM sets.
func gatewayLabels(g *mesh.Gateway) map[string]string {
	own := map[string]string{"istio": g.Name, "app": mesh.GatewayService(g.Name)}
	maps.Copy(own, labels(g.Settings, "podLabels"))
	return own
}

// replicas is how many pods a gateway has in a cluster; with an autoscaler, the fewest.
func replicas(g *mesh.Gateway, c *mesh.Cluster) int {
	n := whole(g.Settings, 1, "replicaCount")
	if scaled, _ := g.Settings["autoscaleEnabled"].(bool); scaled {
		n = whole(g.Settings, 1, "minReplicas")
	}
	for _, o := range g.Overrides {
		if o.Cluster == c {
			n = whole(o.Settings, n, "replicaCount")
		}
	}
	return n
}

// heard is what the Istio Gateways that choose a gateway's pods listen to.
type heard struct {
	names, hosts []string
	port         int
	https        bool
}

// listeners gives what pods with these labels listen to.
func (b *builder) listeners(own map[string]string) heard {
	var out heard
	for _, l := range b.listens {
		if !subset(labels(l.fields, "spec", "selector"), own) {
			continue
		}
		out.names = append(out.names, l.namespace+"/"+l.name)
		for _, s := range list(l.fields, "spec", "servers") {
			out.server(s)
		}
	}
	return out
}

func (o *heard) server(s any) {
	if plain := slices.Contains([]string{"HTTP", "HTTP2", "GRPC"}, text(s, "port", "protocol")); o.port == 0 && plain {
		o.port = whole(s, 0, "port", "number")
		o.https, _ = at(s, "tls", "httpsRedirect").(bool)
	}
	for _, h := range list(s, "hosts") {
		host, _ := h.(string)
		if _, after, qualified := strings.Cut(host, "/"); qualified {
			host = after
		}
		o.hosts = append(o.hosts, host)
	}
}
