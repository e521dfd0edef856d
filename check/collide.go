package check

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkGatewayCollisions holds gateways of one cluster against each other and against services: what stands for them there must have a name, and ports of the nodes,
// of its own.
func (c *checker) checkGatewayCollisions() {
	c.checkNodePorts()
	for i, g := range c.Gateways {
		if s := c.services[g.Namespace+"/"+mesh.GatewayService(g.Name)]; s != nil {
			c.add(diag.New(diag.DuplicateName, specPath.Key("gateways").Index(i).Key("name"), "the Service of gateway %s is called %s, like service %s of the same namespace", g.Name, s.Name, s.Name).
				WithFix("rename one of the two").WithRelated(s.path.Key("name"), "the service"))
		}
	}
}

// checkNodePorts reports a port of the nodes that two gateways of a cluster ask for.
func (c *checker) checkNodePorts() {
	taken, told := map[string]diag.Path{}, map[diag.Path]bool{}
	for i, g := range c.Gateways {
		at := specPath.Key("gateways").Index(i)
		for _, cluster := range g.Clusters {
			list, where := portsIn(g, cluster, at)
			for j, p := range list {
				n, ok := dig(p, "nodePort").(int64)
				if !ok || n == 0 {
					continue
				}
				protocol, _ := dig(p, "protocol").(string)
				key, place := fmt.Sprintf("%s/%d/%s", cluster, n, cmp.Or(protocol, "TCP")), where.Index(j).Key("nodePort")
				first, again := taken[key]
				if !again {
					taken[key] = place
				}
				if !again || first == place || told[place] {
					continue
				}
				told[place] = true
				c.add(diag.New(diag.DuplicateName, place, "nodePort %d stands twice in cluster %s; an API server refuses the second Service", n, cluster).
					WithFix("use another one, or leave it to the cluster").WithRelated(first, "it stands here first"))
			}
		}
	}
}

// portsIn gives the ports of a gateway's Service in a cluster, and where they are written.
func portsIn(g mesh.GatewaySpec, cluster string, at diag.Path) (ports []any, where diag.Path) {
	i := slices.IndexFunc(g.Overrides, func(o mesh.GatewayOverride) bool { return o.Cluster == cluster && o.Settings["ports"] != nil })
	if i >= 0 {
		ports, _ = g.Overrides[i].Settings["ports"].([]any)
		return ports, at.Key("overrides").Index(i).Key("ports")
	}
	ports, _ = g.Settings["ports"].([]any)
	return ports, at.Key("ports")
}
