package render_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/render"
	"go.yaml.in/yaml/v3"
)

// terraformRoot is all files of a network target as one: block type, labels, body.
type terraformRoot map[string]map[string]any

// readTerraform merges the files of a network target as Terraform does. A block that stands twice is a failure.
func readTerraform(t *testing.T, r *render.Rendering) terraformRoot {
	t.Helper()
	root := terraformRoot{}
	for target, err := range r.Targets("network") {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range target.Files {
			var file map[string]map[string]any
			if err := json.Unmarshal(f.Data, &file); err != nil || !strings.HasSuffix(f.Path, ".tf.json") || path.Dir(f.Path) != "." {
				t.Fatalf("%s: %v", f.Path, err)
			}
			for kind, blocks := range file {
				if root[kind] == nil {
					root[kind] = map[string]any{}
				}
				mergeBlocks(t, f.Path+": "+kind, root[kind], blocks, kind == "resource" || kind == "data")
			}
		}
	}
	return root
}

func mergeBlocks(t *testing.T, at string, into, from map[string]any, types bool) {
	t.Helper()
	for name, body := range from {
		inner, ok := into[name].(map[string]any)
		switch {
		case into[name] == nil:
			into[name] = body
		case types && ok:
			mergeBlocks(t, at+" "+name, inner, body.(map[string]any), false)
		default:
			t.Errorf("%s %s stands in another file too", at, name)
		}
	}
}

// networkTopologies are the inputs of the tests: name to directory and file.
func networkTopologies(t *testing.T) map[string]*render.Rendering {
	t.Helper()
	list := map[string]*render.Rendering{
		"bookinfo-failover": prepare(t, "../topologies/bookinfo-failover", "topology.yaml"),
		"bookinfo":          prepare(t, "../topologies/bookinfo", "topology.json"),
	}
	for _, name := range []string{"terway", "existing", "gaps"} {
		list[name] = prepare(t, "testdata/network", name+".yaml")
	}
	return list
}

// TestNetworkProvider holds every block and every reference against the provider's table.
func TestNetworkProvider(t *testing.T) {
	table := readProvider(t)
	for name, r := range networkTopologies(t) {
		for _, problem := range table.problems(readTerraform(t, r)) {
			t.Errorf("%s: %s", name, problem)
		}
	}
}

// TestNetworkProviderNotices breaks every rendered block in every way that the table must notice.
func TestNetworkProviderNotices(t *testing.T) {
	table := readProvider(t)
	broken := 0
	for name, r := range networkTopologies(t) {
		whole, err := json.Marshal(readTerraform(t, r))
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range breakages(whole) {
			root := terraformRoot{}
			if err := json.Unmarshal(whole, &root); err != nil {
				t.Fatal(err)
			}
			b.do(root)
			broken++
			if len(table.problems(root)) == 0 {
				t.Errorf("%s: not noticed: %s", name, b.what)
			}
		}
	}
	if broken < 500 {
		t.Errorf("only %d ways to break it were tried", broken)
	}
}

type breakage struct {
	what string
	do   func(terraformRoot)
}

// breakages misspells every type and argument, takes every argument away that must be there, and gives every argument a value of
// another kind and a reference that leads nowhere.
func breakages(whole []byte) []breakage {
	table, list := provider{}, []breakage{}
	data, _ := os.ReadFile("testdata/provider/alicloud.yaml")
	_ = yaml.Unmarshal(data, &table)
	root := terraformRoot{}
	_ = json.Unmarshal(whole, &root)
	for kind, types := range map[string]map[string]providerType{"resource": table.Resources, "data": table.Data} {
		for typeName, names := range root[kind] {
			list = append(list, breakage{kind + " " + typeName + " misspelt", func(r terraformRoot) {
				r[kind][typeName+"s"] = r[kind][typeName]
				delete(r[kind], typeName)
			}})
			for name, body := range names.(map[string]any) {
				at := fmt.Sprintf("%s %s.%s", kind, typeName, name)
				of := func(r terraformRoot) map[string]any {
					return r[kind][typeName].(map[string]any)[name].(map[string]any)
				}
				list = append(list, breakArguments(at, body.(map[string]any), types[typeName], of)...)
			}
		}
	}
	for _, kind := range []string{"variable", "provider"} {
		list = append(list, breakage{kind + " taken away", func(r terraformRoot) { delete(r, kind) }})
	}
	return list
}

func breakArguments(at string, body map[string]any, spec providerType, of func(terraformRoot) map[string]any) []breakage {
	var list []breakage
	for arg := range body {
		if arg == "//" || arg == "lifecycle" || arg == "for_each" || arg == "depends_on" {
			continue
		}
		list = append(list, breakage{at + ": " + arg + " misspelt", func(r terraformRoot) {
			of(r)[arg+"x"] = of(r)[arg]
			delete(of(r), arg)
		}})
		list = append(list, breakage{at + ": " + arg + " of another kind", func(r terraformRoot) { of(r)[arg] = map[string]any{"a": []any{1.5}} }})
		list = append(list, breakage{at + ": " + arg + " refers to nothing", func(r terraformRoot) { of(r)[arg] = "${var.nothing}" }})
		if slices.Contains(slices.Concat(spec.Required, spec.Effective), arg) || arg == "provider" {
			list = append(list, breakage{at + ": " + arg + " taken away", func(r terraformRoot) { delete(of(r), arg) }})
		}
		if inner, ok := spec.Blocks[arg]; ok {
			element := func(r terraformRoot) map[string]any { return of(r)[arg].([]any)[0].(map[string]any) }
			list = append(list, breakArguments(at+" "+arg, body[arg].([]any)[0].(map[string]any), inner, element)...)
		}
	}
	return list
}

// TestNetworkRules says who is let in from where.
func TestNetworkRules(t *testing.T) {
	got := map[string]any{}
	for _, name := range []string{"terway", "existing", "gaps"} {
		rules, _ := readTerraform(t, prepare(t, "testdata/network", name+".yaml"))["resource"]["alicloud_security_group_rule"].(map[string]any)
		for cluster, rule := range rules {
			got[name+" "+cluster] = rule.(map[string]any)["for_each"]
		}
	}
	vSwitches := map[string]any{"vSwitch 1nodes-a": "10.0.0.0/20", "vSwitch 1nodes-b": "10.0.16.0/20", "vSwitch 1pods-a": "10.1.0.0/16", "vSwitch 1pods-b": "10.2.0.0/16"}
	with := func(m map[string]any, key, value string) map[string]any {
		m = maps.Clone(m)
		m[key] = value
		return m
	}
	want := map[string]any{
		"terway _1a":       map[string]any{"cluster 1b": "172.24.0.0/16", "vSwitch west-a": "10.32.0.0/16", "cluster alone": "172.25.0.0/16"},
		"terway _1b":       with(vSwitches, "cluster alone", "172.25.0.0/16"),
		"terway west":      with(vSwitches, "cluster alone", "172.25.0.0/16"),
		"terway alone":     with(with(vSwitches, "cluster 1b", "172.24.0.0/16"), "vSwitch west-a", "10.32.0.0/16"),
		"existing known":   map[string]any{"vSwitch east-a": "10.0.0.0/16"},
		"existing made":    map[string]any{"vSwitch east-a": "10.0.0.0/16"},
		"existing unknown": map[string]any{"cluster known": "172.24.0.0/16", "cluster made": "172.25.0.0/16"},
		"gaps a":           map[string]any{"cluster b": "${var.cluster_b_pod_cidr}"},
		"gaps b":           map[string]any{"cluster a": "${var.cluster_a_pod_cidr}"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestNetworkExisting: what is there already is named by a variable without default, or by the id that the topology knows, and is
// not made.
func TestNetworkExisting(t *testing.T) {
	root := readTerraform(t, prepare(t, "testdata/network", "existing.yaml"))
	for _, kind := range []string{"alicloud_vpc", "alicloud_cen_instance", "alicloud_cen_transit_router", "alicloud_service_mesh_service_mesh"} {
		if root["resource"][kind] != nil {
			t.Errorf("%s is made", kind)
		}
	}
	var names []string
	for name, body := range root["variable"] {
		if _, ok := body.(map[string]any)["default"]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	want := []string{
		"cen_cen_id", "cluster_known_security_group_id", "cluster_unknown_security_group_id", "router_beijing_id", "router_hangzhou_id",
		"vpc_control_id", "vpc_east_id", "vpc_north_id", "vswitch_control-a_id", "vswitch_east-a_id", "vswitch_north-a_id",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("variables without default (-want +got):\n%s", diff)
	}
}

// TestNetworkText: text of the topology that looks like Terraform stays text.
func TestNetworkText(t *testing.T) {
	root := readTerraform(t, prepare(t, "testdata/network", "terway.yaml"))
	pool := root["resource"]["alicloud_cs_kubernetes_node_pool"].(map[string]any)["_1a"].(map[string]any)
	if diff := cmp.Diff([]any{"ecs.$${c7}.xlarge", "%%{if}ecs.g7.xlarge"}, pool["instance_types"]); diff != "" {
		t.Error(diff)
	}
}

// TestNetworkMesh: the locality setting, which makes the instance anew when it changes, is neither set nor looked at.
func TestNetworkMesh(t *testing.T) {
	for name, cluster := range map[string]string{"bookinfo-failover": "asm-bookinfo"} {
		root := readTerraform(t, prepare(t, "../topologies/"+name, "topology.yaml"))
		body := root["resource"]["alicloud_service_mesh_service_mesh"].(map[string]any)[cluster].(map[string]any)
		if body["mesh_config"] != nil {
			t.Errorf("mesh_config is set: %v", body["mesh_config"])
		}
		if diff := cmp.Diff(map[string]any{"ignore_changes": []any{"mesh_config[0].enable_locality_lb"}}, body["lifecycle"]); diff != "" {
			t.Error(diff)
		}
		if list := body["depends_on"].([]any); len(list) != 10 {
			t.Errorf("the instance waits for %d of the 10 routes", len(list))
		}
	}
}
