package render_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/render"
	"go.yaml.in/yaml/v3"
)

// provider is testdata/provider/alicloud.yaml: what the provider takes.
type provider struct {
	Resources map[string]providerType
	Data      map[string]providerType
}

type providerType struct {
	Required, Effective []string
	Arguments           map[string]string
	Blocks              map[string]providerType
	Attributes          map[string]any // a kind, or the fields of the elements of a list
}

func readProvider(t *testing.T) provider {
	t.Helper()
	data, err := os.ReadFile("testdata/provider/alicloud.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var p provider
	if err := yaml.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

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

// problems gives what the provider, or Terraform, would refuse.
func (p provider) problems(root terraformRoot) []string {
	l := &terraformLint{provider: p, root: root}
	for _, kind := range []string{"resource", "data"} {
		types := p.Resources
		if kind == "data" {
			types = p.Data
		}
		for typeName, names := range root[kind] {
			spec, known := types[typeName]
			if !known {
				l.add("%s %s: no such type", kind, typeName)
				continue
			}
			for name, body := range names.(map[string]any) {
				l.block(fmt.Sprintf("%s %s.%s", kind, typeName, name), name, body.(map[string]any), spec)
			}
		}
	}
	l.variables()
	return l.found
}

type terraformLint struct {
	provider provider
	root     terraformRoot
	found    []string
	used     map[string]bool // variables
}

func (l *terraformLint) add(format string, args ...any) {
	l.found = append(l.found, fmt.Sprintf(format, args...))
}

var blockName = regexp.MustCompile(`^[a-z_][-a-z0-9_]*$`)

// block holds a resource or a data source against its type.
func (l *terraformLint) block(at, name string, body map[string]any, spec providerType) {
	if !blockName.MatchString(name) {
		l.add("%s: not a name for a block", at)
	}
	l.alias(at, body["provider"])
	each, _ := body["for_each"].(map[string]any)
	body = maps.Clone(body)
	for _, meta := range []string{"provider", "for_each"} {
		l.references(at+" "+meta, body[meta], false)
		delete(body, meta)
	}
	if list, ok := body["depends_on"].([]any); ok {
		for _, address := range list {
			l.reference(at+" depends_on", address.(string), false)
		}
		delete(body, "depends_on")
	}
	if lifecycle, ok := body["lifecycle"].(map[string]any); ok {
		l.ignored(at, lifecycle, spec)
		delete(body, "lifecycle")
	}
	l.arguments(at, body, spec, each != nil)
}

func (l *terraformLint) alias(at string, v any) {
	aliases, _ := l.root["provider"]["alicloud"].([]any)
	for _, a := range aliases {
		if a := a.(map[string]any); v == "alicloud."+a["alias"].(string) && a["region"] != "" {
			return
		}
	}
	l.add("%s: provider %v is not declared", at, v)
}

// ignored holds ignore_changes against the type's arguments.
func (l *terraformLint) ignored(at string, lifecycle map[string]any, spec providerType) {
	list, ok := lifecycle["ignore_changes"].([]any)
	if len(lifecycle) != 1 || !ok {
		l.add("%s: a lifecycle of another shape", at)
	}
	for _, v := range list {
		if first := regexp.MustCompile(`[.\[]`).Split(v.(string), 2)[0]; spec.Arguments[first] == "" {
			l.add("%s: ignore_changes names no argument: %v", at, v)
		}
	}
}

func (l *terraformLint) arguments(at string, body map[string]any, spec providerType, each bool) {
	for _, r := range slices.Concat(spec.Required, spec.Effective) {
		if v, ok := body[r]; !ok || v == nil || v == "" {
			l.add("%s: %s is missing", at, r)
		}
	}
	for arg, v := range body {
		if arg == "//" {
			continue
		}
		kind, known := spec.Arguments[arg]
		inner, listed := spec.Blocks[arg]
		switch {
		case !known:
			l.add("%s: no argument %s", at, arg)
		case kind == "blocks" && !listed:
			l.add("%s: the table does not list the block %s", at, arg)
		case kind == "blocks":
			l.blocks(at+" "+arg, v, inner, each)
		default:
			l.kind(at+" "+arg, v, kind)
			l.references(at+" "+arg, v, each)
		}
	}
}

func (l *terraformLint) blocks(at string, v any, spec providerType, each bool) {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		l.add("%s: not a list of blocks", at)
	}
	for _, e := range list {
		body, ok := e.(map[string]any)
		if !ok {
			l.add("%s: not a block", at)
		}
		l.arguments(at, body, spec, each)
	}
}

// kind holds a value against a kind; an interpolation may be of any.
func (l *terraformLint) kind(at string, v any, kind string) {
	text, isText := v.(string)
	if isText && strings.HasPrefix(text, "${") {
		return
	}
	ok := false
	switch kind {
	case "string":
		ok = isText && text != ""
	case "int":
		n, isNumber := v.(float64)
		ok = isNumber && n == float64(int(n))
	case "float":
		_, ok = v.(float64)
	case "bool":
		_, ok = v.(bool)
	case "map":
		_, ok = v.(map[string]any)
	case "strings":
		list, isList := v.([]any)
		ok = isList && len(list) > 0
		for _, e := range list {
			l.kind(at, e, "string")
		}
	}
	if !ok {
		l.add("%s: %v is not of kind %s", at, v, kind)
	}
}

var interpolation = regexp.MustCompile(`(^|[^$])\$\{([^}]*)\}`)

// references resolves what stands in interpolations.
func (l *terraformLint) references(at string, v any, each bool) {
	switch v := v.(type) {
	case string:
		for _, m := range interpolation.FindAllStringSubmatch(v, -1) {
			l.reference(at, m[2], each)
		}
	case []any:
		for _, e := range v {
			l.references(at, e, each)
		}
	case map[string]any:
		for _, e := range v {
			l.references(at, e, each)
		}
	}
}

var index = regexp.MustCompile(`\[\d+\]$`)

func (l *terraformLint) reference(at, ref string, each bool) {
	parts := strings.Split(ref, ".")
	switch {
	case parts[0] == "each" && len(parts) == 2:
		if !each || parts[1] != "key" && parts[1] != "value" {
			l.add("%s: %s outside for_each", at, ref)
		}
	case parts[0] == "var" && len(parts) == 2:
		if l.root["variable"][parts[1]] == nil {
			l.add("%s: %s is not declared", at, ref)
		}
		if l.used == nil {
			l.used = map[string]bool{}
		}
		l.used[parts[1]] = true
	case parts[0] == "data" && len(parts) > 3:
		l.attribute(at, ref, l.provider.Data[parts[1]], l.root["data"], parts[1:])
	default:
		l.attribute(at, ref, l.provider.Resources[parts[0]], l.root["resource"], parts)
	}
}

// attribute resolves type.name, type.name.attribute and type.name.list[0].field.
func (l *terraformLint) attribute(at, ref string, spec providerType, blocks map[string]any, parts []string) {
	names, _ := blocks[parts[0]].(map[string]any)
	if len(parts) < 2 || names[parts[1]] == nil {
		l.add("%s: %s is not declared", at, ref)
		return
	}
	switch attribute := ""; len(parts) {
	case 2:
		if !strings.HasSuffix(at, "depends_on") {
			l.add("%s: %s is all of a block", at, ref)
		}
	case 3:
		attribute = parts[2]
		if _, ok := spec.Attributes[attribute]; !ok && attribute != "id" && spec.Arguments[attribute] == "" {
			l.add("%s: %s has no attribute %s", at, ref, attribute)
		}
	default:
		list := index.ReplaceAllString(parts[2], "")
		fields, ok := spec.Attributes[list].([]any)
		if !ok || list == parts[2] || !slices.Contains(fields, any(parts[3])) {
			l.add("%s: %s has no %s", at, ref, strings.Join(parts[2:], "."))
		}
	}
}

// variables looks for variables that nothing uses, and for other fields than variables have.
func (l *terraformLint) variables() {
	for name, body := range l.root["variable"] {
		if !l.used[name] {
			l.add("variable %s: not used", name)
		}
		for field := range body.(map[string]any) {
			if !slices.Contains([]string{"type", "default", "description", "validation"}, field) {
				l.add("variable %s: no field %s", name, field)
			}
		}
	}
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
