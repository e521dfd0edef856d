package render

import (
	"strings"

	"github.com/meshtopo/meshtopo/mesh"
)

// security lets every pair of clusters that talk in to each other, all protocols, as the tutorial does: from the range of the
// peer's pods with flannel, from its vSwitches with terway.
func (p *networkPlan) security() {
	for _, pair := range p.mesh.Talk() {
		p.letIn(pair[0], pair[1])
		p.letIn(pair[1], pair[0])
	}
}

// letIn adds the rules on the security group of a cluster for requests from a peer. A range that another peer brought stands once:
// a security group has a rule once.
func (p *networkPlan) letIn(c, peer *mesh.Cluster) {
	s := p.source("security-"+c.Name+".tf.json", fromEntry("clusters", "", c.Name))
	rules, _ := s.root["resource"].(block)
	known, _ := rules["alicloud_security_group_rule"].(block)
	for _, from := range p.origins(peer) {
		if hasRange(known, from.cidr) {
			continue
		}
		p.resource(s, c.Region.Name, "alicloud_security_group_rule", terraformName(append([]string{c.Name, peer.Name}, from.labels...)...), block{
			"security_group_id": p.securityGroup(c), "type": "ingress", "ip_protocol": "all", "port_range": "-1/-1", "nic_type": "intranet",
			"policy": "accept", "priority": 1, "cidr_ip": from.cidr, "description": "meshtopo: pods of " + peer.Name,
		})
	}
}

func hasRange(rules block, cidr any) bool {
	for _, r := range rules {
		if body, ok := r.(block); ok && body["cidr_ip"] == cidr {
			return true
		}
	}
	return false
}

// origin is a range that requests of a cluster come from, and what tells it from the others of that cluster.
type origin struct {
	cidr   any
	labels []string
}

func (p *networkPlan) origins(c *mesh.Cluster) []origin {
	if c.CNI != "terway" || len(c.VSwitches)+len(c.PodVSwitches) == 0 {
		return []origin{{cidr: p.podRange(c)}}
	}
	var list []origin
	seen := map[*mesh.VSwitch]bool{}
	for _, v := range append(append([]*mesh.VSwitch{}, c.PodVSwitches...), c.VSwitches...) {
		if !seen[v] {
			seen[v] = true
			list = append(list, origin{cidr: v.CIDR.String(), labels: []string{v.Name}})
		}
	}
	return list
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
