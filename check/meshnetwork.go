package check

import (
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkMeshNetworks holds the networks of an Istio mesh against the gateways between them.
func (c *checker) checkMeshNetworks() {
	if !c.isIstio() || len(c.clusters) < len(c.Clusters) { // two clusters of one name are one in the mesh
		return
	}
	m := c.meshOf()
	named := map[string]bool{}
	for i, n := range c.Mesh.Networks {
		if named[n.Name] {
			c.add(diag.New(diag.DuplicateName, specPath.Key("mesh").Key("networks").Index(i).Key("name"), "network %s has two entries", n.Name).WithFix("write all gateways of the network into one entry"))
		}
		named[n.Name] = true
		at := specPath.Key("mesh").Key("networks").Index(i).Key("name")
		switch {
		case !slices.ContainsFunc(m.Clusters, func(cl *mesh.Cluster) bool { return cl.MeshNetwork == n.Name }):
			c.add(suggest(diag.New(diag.EmptyNetwork, at, "no cluster is in network %s", n.Name), "network", n.Name, c.networkNames()))
		case !m.Istio.MultiNetwork:
			c.add(diag.New(diag.UnusedGateways, at, "all clusters are in network %s, and nobody comes to it through its gateways", n.Name))
		}
	}
	c.checkNetworkAddresses()
	c.checkUnusedGateways(m)
	c.checkBalancers()
	c.checkCollisions(m)
	c.checkRemoteGateways(m)
	if !m.Istio.MultiNetwork {
		return
	}
	for _, name := range c.networkNames() {
		c.checkNetworkGateways(m, name)
	}
}

// checkUnusedGateways reports settings of east-west gateways in a mesh that has none.
func (c *checker) checkUnusedGateways(m *mesh.Mesh) {
	if c.Mesh.EastWest == nil || m.Istio.Ambient || slices.ContainsFunc(m.Clusters, func(cl *mesh.Cluster) bool { return cl.EastWest }) {
		return
	}
	c.add(atKey(diag.New(diag.UnusedGateways, specPath.Key("mesh").Key("eastWest"), "no cluster has an east-west gateway")))
}

// checkRemoteGateways reports primaries that proxies of their remotes cannot reach.
func (c *checker) checkRemoteGateways(m *mesh.Mesh) {
	for _, cl := range m.Clusters {
		if m.ServesRemotes(cl) && !cl.EastWest {
			c.add(diag.New(diag.NetworkWithoutGateway, c.clusterPath(cl.Name).Key("eastWest"), "the istiod of cluster %s serves remotes, and there is no east-west gateway through which their proxies reach it", cl.Name).
				WithFix("remove eastWest: false"))
		}
	}
}

func (c *checker) networkNames() []string {
	var names []string
	for _, cl := range c.meshOf().Clusters {
		names = append(names, cl.MeshNetwork)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// checkNetworkGateways reports a network that nobody gets into, and one whose clusters are not told apart from outside.
func (c *checker) checkNetworkGateways(m *mesh.Mesh, name string) {
	if c.hidden(m, name) {
		return
	}
	var with, without []string
	for _, cl := range m.Clusters {
		if cl.MeshNetwork != name {
			continue
		}
		if cl.EastWest && !m.Istio.IsAddressed(name) {
			with = append(with, cl.Name)
		} else {
			without = append(without, cl.Name)
		}
	}
	switch {
	case len(without) == 0:
	case len(with) == 0 && !m.Istio.IsAddressed(name):
		c.add(diag.New(diag.NetworkWithoutGateway, c.clusterPath(without[0]).Key("eastWest"), "network %s has no east-west gateway: requests of other networks do not reach the pods of %s", name, some(without, "and")).
			WithFix("remove eastWest: false, or give the addresses of gateways of your own under mesh.networks"))
	case len(with)+len(without) > 1 && c.ruled():
		at := c.clusterPath(without[0])
		if len(with) > 0 {
			at = at.Key("eastWest")
		}
		c.add(diag.New(diag.SharedNetworkGateway, at, "clusters %s share network %s, and from outside %s is reached through a gateway that also stands for the others, so that locality rules are not kept there",
			sentence(slices.Sorted(slices.Values(slices.Concat(with, without)))), name, without[0]).
			WithFix("let each cluster have its own east-west gateway, or its own network"))
	}
}

// hidden reports, and says, that a network's gateways have Services without an address that other networks reach. istiod takes a
// gateway's address from its load balancer, or from the nodes that an annotation names.
func (c *checker) hidden(m *mesh.Mesh, name string) bool {
	settings := c.Mesh.EastWest
	if settings == nil || m.Istio.IsAddressed(name) || !slices.ContainsFunc(m.Clusters, func(cl *mesh.Cluster) bool { return cl.MeshNetwork == name && cl.EastWest }) {
		return false
	}
	_, nodes := settings.ServiceAnnotations[mesh.NodesAnnotation]
	switch {
	case settings.ServiceType == "ClusterIP":
	case settings.ServiceType == "NodePort" && !nodes && !m.Istio.Ambient:
	default:
		return false
	}
	c.add(diag.New(diag.NetworkWithoutGateway, specPath.Key("mesh").Key("eastWest").Key("serviceType"), "a Service of type %s shows no address of the gateway of network %s: requests of other networks go to the addresses of pods and do not reach them", settings.ServiceType, name).
		WithFix("remove serviceType, or give the addresses at which the gateways are reached under mesh.networks"))
	return true
}

// ruled says whether any locality rule is in force.
func (c *checker) ruled() bool {
	return slices.ContainsFunc(c.order, func(s *service) bool { return !c.effective(s).Empty() })
}

// checkBalancers looks for annotations that ask for a load balancer which does not pass TLS on.
func (c *checker) checkBalancers() {
	if c.Mesh.EastWest == nil {
		return
	}
	at := specPath.Key("mesh").Key("eastWest").Key("serviceAnnotations")
	for _, key := range sortedKeys(c.Mesh.EastWest.ServiceAnnotations) {
		value := c.Mesh.EastWest.ServiceAnnotations[key]
		if readsHTTP(key, value) {
			c.add(diag.New(diag.EastWestBalancer, at.Key(key), "%s: %s asks for a load balancer that ends TLS, or reads HTTP, in front of the east-west gateways", key, value).
				WithFix("remove the annotation, or ask for TCP"))
		}
	}
}

// readsHTTP says whether an annotation of a Service makes a cloud's load balancer end TLS or speak HTTP. Sources: the annotations of the
// cloud controllers of AWS, Alibaba Cloud, DigitalOcean, Linode, Hetzner and Oracle.
func readsHTTP(key, value string) bool {
	value = strings.ToLower(value)
	http := strings.HasPrefix(value, "http")
	switch key {
	case "service.beta.kubernetes.io/aws-load-balancer-backend-protocol":
		return value != "tcp"
	case "service.beta.kubernetes.io/aws-load-balancer-ssl-cert", "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-cert-id", "service.beta.kubernetes.io/alicloud-loadbalancer-cert-id",
		"service.beta.kubernetes.io/do-loadbalancer-certificate-id", "load-balancer.hetzner.cloud/http-certificates":
		return true
	case "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-protocol-port", "service.beta.kubernetes.io/alicloud-loadbalancer-protocol-port":
		return http || strings.Contains(value, ",http")
	case "service.beta.kubernetes.io/do-loadbalancer-protocol", "service.beta.kubernetes.io/linode-loadbalancer-default-protocol", "load-balancer.hetzner.cloud/protocol", "oci.oraclecloud.com/load-balancer-backend-protocol", "service.beta.kubernetes.io/oci-load-balancer-backend-protocol":
		return http
	}
	return false
}

// checkCollisions holds gateways against the east-west gateway of the same cluster.
func (c *checker) checkCollisions(m *mesh.Mesh) {
	taken := map[int64]string{mesh.NetworkPort: "requests of other networks", mesh.DiscoveryPort: "proxies of remotes", mesh.WebhookPort: "API servers of remotes"}
	if m.Istio.Ambient {
		taken = map[int64]string{mesh.TunnelPort: "requests of other networks"}
	}
	for i, g := range c.Gateways {
		at := specPath.Key("gateways").Index(i)
		shared := slices.DeleteFunc(slices.Clone(g.Clusters), func(name string) bool {
			return !slices.ContainsFunc(m.Clusters, func(cl *mesh.Cluster) bool { return cl.Name == name && cl.EastWest })
		})
		if len(shared) == 0 {
			continue
		}
		if g.Name == mesh.EastWestName {
			c.add(diag.New(diag.DuplicateName, at.Key("name"), "gateway %s has the name of the east-west gateway of cluster %s", g.Name, shared[0]).WithFix("rename the gateway"))
		}
		for _, p := range portsOf(g, at) {
			if whose, ok := taken[p.number]; ok {
				c.add(diag.New(diag.EastWestCollision, p.path, "port %d of gateway %s is that of the east-west gateway in cluster %s, for %s", p.number, g.Name, shared[0], whose).
					WithFix("use another port"))
			}
		}
	}
}

// numbered is a port number, and where it is written.
type numbered struct {
	number int64
	path   diag.Path
}

// portsOf gives the ports of a gateway's Service, and those of listeners where the Service has its usual ones.
func portsOf(g mesh.GatewaySpec, at diag.Path) []numbered {
	var list []numbered
	ports, _ := g.Settings["ports"].([]any)
	for i, p := range ports {
		if n, ok := dig(p, "port").(int64); ok {
			list = append(list, numbered{n, at.Key("ports").Index(i).Key("port")})
		}
	}
	for j, l := range g.Listeners {
		for k, server := range l.Servers {
			if n, ok := dig(server, "port", "number").(int64); ok && len(ports) == 0 {
				list = append(list, numbered{n, at.Key("listeners").Index(j).Key("servers").Index(k).Key("port").Key("number")})
			}
		}
	}
	return list
}
