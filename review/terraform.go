package review

import (
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
)

// block is one block of a Terraform configuration: a resource, a variable. Terraform reads all files of a directory as one, so it does
// not matter which file a block stands in.
type block struct {
	path  diag.Path
	keys  []string
	file  string
	value any
}

// blockDepth is how many keys name a block: https://developer.hashicorp.com/terraform/language/syntax/json. What is not here may
// stand in several files, and is a block of its file.
func blockDepth(kind string) (depth int, ofFile bool) {
	switch kind {
	case "resource", "data":
		return 3, false
	case "variable", "output", "module":
		return 2, false
	}
	return 1, true
}

// blocks reads a file into its blocks, by address.
func blocks(s *source, into map[string]block) error {
	values, err := document{s, 1, unixLines(s.data)}.parse()
	if err != nil {
		return err
	}
	for _, v := range values {
		top, ok := v.any.(map[string]any)
		if !ok {
			return s.errorf(v.line, "not an object, as a Terraform configuration is")
		}
		for kind, inner := range top {
			depth, ofFile := blockDepth(kind)
			file := ""
			if ofFile {
				file = s.path
			}
			collect(block{diag.Path("").Key(kind), []string{kind}, s.path, inner}, depth-1, file, into)
		}
	}
	return nil
}

func collect(b block, depth int, file string, into map[string]block) {
	inner, ok := b.value.(map[string]any)
	if depth == 0 || !ok {
		address := string(b.path) + " " + file
		if _, found := into[address]; found {
			address += b.file // two of one address: Terraform refuses that, and each is shown where it stands
		}
		into[address] = b
		return
	}
	for key, v := range inner {
		collect(block{b.path.Key(key), append(slices.Clip(b.keys), key), b.file, v}, depth-1, file, into)
	}
}

// terraformDifferences compares Terraform files that differ, block by block. A file that came or went is changed too, by its blocks: they
// may stand in another one now.
func terraformDifferences(target string, files [][2]*source) ([]*difference, error) {
	var sides [2]map[string]block
	byFile := map[string]*difference{}
	for i := range sides {
		sides[i] = map[string]block{}
	}
	for _, pair := range files {
		for i, s := range pair {
			if s != nil {
				if err := blocks(s, sides[i]); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, address := range unionKeys(sides[0], sides[1]) {
		o, inOld := sides[0][address]
		n, inNew := sides[1][address]
		at := n
		if !inNew {
			at = o
		}
		w := differ{kind: fileKind, insideJSON: true, path: at.path, keys: at.keys}
		if inOld && inNew {
			w.value(o.value, n.value)
		} else {
			w.add(o.value, n.value, [2]bool{inOld, inNew})
		}
		if len(w.found) == 0 {
			continue
		}
		for i := range w.found {
			f := &w.found[i]
			f.block = inOld != inNew
			if f.forcesNew = !f.block && forcesNewResource(f.keys, n.value); f.forcesNew {
				f.note = "forces a new resource"
			}
		}
		if byFile[at.file] == nil {
			byFile[at.file] = newFile(Changed, target, at.file)
		}
		byFile[at.file].fields = append(byFile[at.file].fields, w.found...)
	}
	var all []*difference
	for _, path := range unionKeys(byFile, nil) {
		all = append(all, byFile[path])
	}
	return all, nil
}

// forcesNew are the arguments whose change makes Terraform destroy a resource and create another: "ForceNew" in the provider's
// documentation, https://registry.terraform.io/providers/aliyun/alicloud/latest/docs. Of a VPC the CIDR block is changed in place.
var forcesNew = [...]struct{ resource, arguments string }{
	{"alicloud_vswitch", "vpc_id cidr_block zone_id availability_zone"},
	{"alicloud_cs_managed_kubernetes", "pod_cidr service_cidr node_cidr_mask cluster_domain proxy_mode ip_stack profile is_enterprise_security_group service_account_issuer api_audiences"},
	{"alicloud_cs_kubernetes_node_pool", "cluster_id"},
	{"alicloud_cen_transit_router", "cen_id"},
	{"alicloud_cen_transit_router_peer_attachment", "cen_id transit_router_id peer_transit_router_id peer_transit_router_region_id"},
	{"alicloud_cen_transit_router_vpc_attachment", "vpc_id transit_router_id"},
	{"alicloud_cen_transit_router_route_table", "transit_router_id"},
	{"alicloud_cen_transit_router_route_table_association", "transit_router_attachment_id transit_router_route_table_id"},
	{"alicloud_cen_transit_router_route_table_propagation", "transit_router_attachment_id transit_router_route_table_id"},
	{"alicloud_service_mesh_service_mesh", "edition network network.vpc_id network.vswitche_list mesh_config.enable_locality_lb load_balancer.api_server_public_eip"},
	{"alicloud_security_group_rule", "nic_type policy priority cidr_ip source_security_group_id source_group_owner_account"},
}

// forcesNewResource says whether a field, by its path of keys, is such an argument, unless the resource ignores changes of it.
func forcesNewResource(keys string, resource any) bool {
	rest, found := strings.CutPrefix(keys, "resource.")
	if !found {
		return false
	}
	kind, rest, _ := strings.Cut(rest, ".")
	_, argument, found := strings.Cut(rest, ".")
	if !found || ignoresChanges(resource, argument) {
		return false
	}
	for _, f := range forcesNew {
		if f.resource == kind {
			return slices.Contains(strings.Fields(f.arguments), argument)
		}
	}
	return false
}

// ignoresChanges reads lifecycle.ignore_changes of a resource.
func ignoresChanges(resource any, argument string) bool {
	fields, _ := resource.(map[string]any)
	lifecycle, _ := fields["lifecycle"].(map[string]any)
	ignored, _ := lifecycle["ignore_changes"].([]any)
	return slices.Contains(ignored, any(argument))
}
