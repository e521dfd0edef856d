package render

import (
	"strings"

	"github.com/meshtopo/meshtopo/mesh"
)

// security lets every pair of clusters that talk in to each other, all protocols, as the tutorial does: from the range of the
// peer's pods with flannel, from its vSwitches with terway.
func (p *networkPlan) security() {
	peers := map[*mesh.Cluster][]*mesh.Cluster{}
	for _, pair := range p.mesh.Talk() {
		peers[pair[0]] = append(peers[pair[0]], pair[1])
		peers[pair[1]] = append(peers[pair[1]], pair[0])
	}
	for _, c := range p.mesh.Clusters {
		if len(peers[c]) > 0 {
			p.letIn(c, peers[c])
		}
	}
}

// letIn adds the rules on the security group of a cluster: one block whose ranges stand a line each. A range that two peers have,
// clusters on one vSwitch, stands once: a security group has a rule once.
func (p *networkPlan) letIn(c *mesh.Cluster, peers []*mesh.Cluster) {
	ranges, known := block{}, map[any]bool{}
	for _, peer := range peers {
		from := p.origins(peer)
		for _, name := range sortedKeys(from) {
			if !known[from[name]] {
				ranges[name] = from[name]
			}
			known[from[name]] = true
		}
	}
	s := p.source("security-"+c.Name+".tf.json", fromEntry("clusters", "", c.Name))
	p.resource(s, c.Region.Name, "alicloud_security_group_rule", terraformName(c.Name), block{
		"for_each": ranges, "cidr_ip": expression("each.value"), "description": expression("each.key"),
		"security_group_id": p.securityGroup(c), "type": "ingress", "ip_protocol": "all", "port_range": "-1/-1", "nic_type": "intranet",
		"policy": "accept", "priority": 1,
	})
}

// origins gives the ranges that requests of a cluster come from: by its name, or by the names of its vSwitches, which no other
// cluster's ranges are called by.
func (p *networkPlan) origins(c *mesh.Cluster) block {
	if c.CNI != "terway" || len(c.PodVSwitches) == 0 {
		return block{"cluster " + c.Name: p.podRange(c)}
	}
	ranges := block{}
	for _, list := range [][]*mesh.VSwitch{c.VSwitches, c.PodVSwitches} {
		for _, v := range list {
			ranges["vSwitch "+v.Name] = v.CIDR.String()
		}
	}
	return ranges
}

// securityGroup is the group of a cluster's nodes and control plane.
func (p *networkPlan) securityGroup(c *mesh.Cluster) expression {
	if made(c) {
		return expression("alicloud_cs_managed_kubernetes." + terraformName(c.Name) + ".security_group_id")
	}
	return p.variable(block{"type": "string", "description": "id of the security group of cluster " + c.Name}, "cluster", c.Name, "security", "group", "id")
}

// hclQuote gives a string as a string literal inside an expression.
func hclQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "${", "$${", "%{", "%%{").Replace(s) + `"`
}
