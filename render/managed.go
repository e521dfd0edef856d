package render

import (
	"regexp"
	"slices"

	"github.com/meshtopo/meshtopo/mesh"
)

// What a topology does not say of nodes: a small type of today, on the disks that today's types take.
const (
	nodeCPUs       = 4
	nodeMemoryGiB  = 8
	nodeDisk       = "cloud_essd"
	nodeDiskGiB    = 40
	nodePoolSize   = 2
	clusterSpec    = "ack.pro.small"
	flannelAddon   = "flannel"
	terwayAddon    = "terway-eniip"
	nodeKeyPairVar = "node_key_name"
)

// made says whether Terraform makes a cluster: it is not there, and the topology says where its nodes are.
func made(c *mesh.Cluster) bool { return !c.Existing && len(c.VSwitches) > 0 }

// cluster adds a managed cluster and its node pool.
func (p *networkPlan) cluster(c *mesh.Cluster) {
	if !made(c) {
		return
	}
	s := p.source("cluster-"+c.Name+".tf.json", fromEntry("clusters", "", c.Name))
	body := block{
		"name": c.Name, "cluster_spec": clusterSpec, "vswitch_ids": p.vswitchIDs(c.VSwitches), "service_cidr": p.serviceRange(c),
		"new_nat_gateway": true, "slb_internet_enabled": false, "skip_set_certificate_authority": true,
	}
	if c.CNI == "terway" {
		body["pod_vswitch_ids"], body["addons"] = p.vswitchIDs(c.PodVSwitches), []block{{"name": terwayAddon}}
	} else {
		body["pod_cidr"], body["addons"] = p.podRange(c), []block{{"name": flannelAddon}}
	}
	p.resource(s, c.Region.Name, "alicloud_cs_managed_kubernetes", terraformName(c.Name), body)
	p.nodePool(s, c)
}

// nodePool adds the nodes. Their number is a variable; the topology's is its default.
func (p *networkPlan) nodePool(s *source, c *mesh.Cluster) {
	size := nodePoolSize
	if c.NodePool != nil {
		size = c.NodePool.Size
	}
	body := block{
		"cluster_id": p.clusterID(c), "node_pool_name": c.Name, "vswitch_ids": p.vswitchIDs(c.VSwitches),
		"desired_size":         p.variable(block{"type": "number", "default": size, "description": "nodes of cluster " + c.Name}, "cluster", c.Name, "size"),
		"system_disk_category": nodeDisk, "system_disk_size": nodeDiskGiB,
		"key_name": expression("var." + nodeKeyPairVar),
	}
	p.variables[nodeKeyPairVar] = block{"type": "string", "default": nil, "description": "name of a key pair, in every region, for logging in to nodes"}
	if c.NodePool != nil {
		body["instance_types"] = c.NodePool.InstanceTypes
	} else {
		name := terraformName(c.Name)
		p.data(s, c.Region.Name, "alicloud_instance_types", name, block{
			"availability_zone": p.zoneOf(c.VSwitches[0]), "cpu_core_count": nodeCPUs, "memory_size": nodeMemoryGiB,
			"kubernetes_node_role": "Worker", "system_disk_category": nodeDisk,
		})
		body["//"] = "the list of types changes; the nodes keep theirs"
		body["instance_types"] = []expression{expression("data.alicloud_instance_types." + name + ".instance_types[0].id")}
		body["lifecycle"] = block{"ignore_changes": []string{"instance_types"}}
	}
	p.resource(s, c.Region.Name, "alicloud_cs_kubernetes_node_pool", terraformName(c.Name), body)
}

// clusterID is the id in the topology or a variable for a cluster that is not made here.
func (p *networkPlan) clusterID(c *mesh.Cluster) any {
	switch {
	case !made(c) && c.ID != "":
		return c.ID
	case !made(c):
		return p.id("cluster", c.Name, "cluster")
	}
	return expression("alicloud_cs_managed_kubernetes." + terraformName(c.Name) + ".id")
}

// podRange is the range of a cluster's pods; one that the topology leaves out is a variable.
func (p *networkPlan) podRange(c *mesh.Cluster) any {
	if c.PodCIDR.IsValid() {
		return c.PodCIDR.String()
	}
	return p.variable(block{"type": "string", "description": "range of the pods of cluster " + c.Name}, "cluster", c.Name, "pod", "cidr")
}

func (p *networkPlan) serviceRange(c *mesh.Cluster) any {
	if c.ServiceCIDR.IsValid() {
		return c.ServiceCIDR.String()
	}
	return p.variable(block{"type": "string", "description": "range of the Services of cluster " + c.Name}, "cluster", c.Name, "service", "cidr")
}

// serviceMesh adds the ASM instance with all clusters, after the routes to them: ASM cannot add a cluster that it cannot reach.
func (p *networkPlan) serviceMesh() {
	m := p.mesh
	if m.Control.Existing || m.VPC == nil || len(m.VSwitches) == 0 {
		return
	}
	edition := "Pro"
	if m.Control.Edition == "standard" {
		edition = "Default"
	}
	body := block{
		"//": "where traffic goes when a region fails travels by API (mesh/" + m.Control.Name + "/" + scriptFile + "): the provider has no field for it, and " +
			"enable_locality_lb makes the instance anew when it changes, so it is neither set nor looked at here",
		"service_mesh_name": m.Control.Name, "edition": edition, "cluster_spec": m.Control.Edition, "version": p.meshVersion(),
		"network":     []block{{"vpc_id": p.vpcID(m.VPC), "vswitche_list": p.vswitchIDs(m.VSwitches)}},
		"cluster_ids": p.meshClusters(),
		"lifecycle":   block{"ignore_changes": []string{"mesh_config[0].enable_locality_lb"}},
	}
	if len(p.routes) > 0 {
		body["depends_on"] = slices.Sorted(slices.Values(p.routes))
	}
	p.resource(p.source("mesh.tf.json", "spec.mesh"), m.Control.Region, "alicloud_service_mesh_service_mesh", terraformName(m.Control.Name), body)
}

// meshClusters are the ids of all clusters; those that are made here come from their node pools, since a cluster without nodes cannot
// be added.
func (p *networkPlan) meshClusters() []any {
	var ids []any
	for _, c := range p.mesh.Clusters {
		if made(c) {
			ids = append(ids, expression("alicloud_cs_kubernetes_node_pool."+terraformName(c.Name)+".cluster_id"))
		} else {
			ids = append(ids, p.clusterID(c))
		}
	}
	return ids
}

// meshVersion is a variable: ASM's own name of a version has a commit in it, which a topology cannot know.
func (p *networkPlan) meshVersion() expression {
	m := p.mesh.Control
	pattern := "^v?" + regexp.QuoteMeta(m.Version) + "([^0-9]|$)"
	return p.variable(block{
		"type":        "string",
		"description": "full name of version " + m.Version + " of ASM, as data.alicloud_service_mesh_versions or the console lists it",
		"validation": block{
			"condition":     expression("can(regex(" + hclQuote(pattern) + ", var." + terraformName("mesh", m.Name, "version") + "))"),
			"error_message": "This must be version " + m.Version + ", which the topology names.",
		},
	}, "mesh", m.Name, "version")
}
