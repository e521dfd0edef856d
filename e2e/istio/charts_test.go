package istio

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/meshtopo/meshtopo/e2e/istio/kube"
)

// release is one of Istio's charts with values of ours.
type release struct {
	file      string // that the values are in
	cluster   string // the directory of the cluster's target
	chart     string
	name      string
	namespace string
	values    map[string]any
}

// TestCharts renders Istio's charts with all values that are rendered, for Helm and inside the Sail operator's objects. What they make must
// name the cluster, the network and the ports of the topology, and every value must be read by a template: one that is not was misspelt, or is of another version.
func TestCharts(t *testing.T) {
	c := &charts{known: map[string]string{}}
	t.Run("an invented value is found", func(t *testing.T) {
		for _, path := range [][]string{{"global", "networks"}, {"pilot", "envs"}, {"trustDomain"}} {
			r := release{chart: "istio-control/istio-discovery", name: "istiod", namespace: "istio-system", values: map[string]any{}}
			set(r.values, path, "x")
			if unread := c.unread(t, r); len(unread) != 1 {
				t.Errorf("%v: unread are %v", path, unread)
			}
		}
	})
	leaves, releases := 0, 0
	for name, topology := range installations(t) {
		t.Run(name, func(t *testing.T) {
			for _, r := range releasesOf(t, render(t, topology)) {
				releases++
				leaves += len(leavesOf(r.values))
				for _, path := range c.unread(t, r) {
					t.Errorf("%s: no template of chart %s reads %s", r.file, r.chart, strings.Join(path, "."))
				}
				c.names(t, r)
			}
		})
	}
	if releases < 40 || leaves < 150 {
		t.Errorf("only %d releases with %d values", releases, leaves)
	}
	fmt.Printf("measured: charts: %d releases, %d values, each read by a template; %d renders\n", releases, leaves, len(c.known))
}

// installations gives the topologies of provider istio: the examples, and the models that are rendered and not refused.
func installations(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, example := range ownExamples(t) {
		all[filepath.Base(example)] = example
	}
	files, err := filepath.Glob(filepath.Join(repository, "cmd", "meshtopo", "testdata", "models", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatal(err, len(files))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, topology, _ := strings.Cut(string(text), "-- topology.yaml --\n")
		topology, rest, _ := strings.Cut(topology, "\n-- ")
		if strings.HasPrefix(rest, "refused --") {
			continue
		}
		dir := filepath.Join(t.TempDir(), strings.TrimSuffix(filepath.Base(file), ".txtar"))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "topology.yaml"), []byte(topology+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(dir)] = dir
	}
	return all
}

// releasesOf gives what a tree installs with charts.
func releasesOf(t *testing.T, tree string) (all []release) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(tree, "clusters", "*", "install", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r := release{file: strings.TrimPrefix(file, tree+"/"), cluster: filepath.Dir(filepath.Dir(file)), namespace: "istio-system"}
		switch kind, isValues := strings.CutSuffix(filepath.Base(file), "-values.yaml"); {
		case isValues:
			r.chart, r.name = chartOf(kind)
			if err := yaml.UnmarshalStrict(text, &r.values); err != nil {
				t.Fatal(err)
			}
			all = append(all, r)
		case filepath.Base(file) == "istio.yaml":
			objects, err := kube.Decode(text)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range objects {
				own := r
				own.chart, own.name = map[string]string{"Istio": "istio-control/istio-discovery", "IstioCNI": "istio-cni", "ZTunnel": "ztunnel"}[o.Kind()], strings.ToLower(o.Kind())
				own.values = o.At("spec", "values")
				if o.Kind() == "ZTunnel" { // the operator gives the chart what is below ztunnel
					own.values = o.At("spec", "values", "ztunnel")
				}
				if own.values = maps.Clone(own.values); own.values == nil {
					own.values = map[string]any{}
				}
				if profile, ok := o.At("spec")["profile"].(string); ok { // the operator applies it as the charts do
					set(own.values, []string{"profile"}, profile)
				}
				all = append(all, own)
			}
		}
	}
	return all
}

// chartOf gives the chart and the release of a file of values.
func chartOf(file string) (chart, name string) {
	switch file {
	case "istiod":
		return "istio-control/istio-discovery", "istiod"
	case "cni":
		return "istio-cni", "istio-cni"
	case "base", "ztunnel":
		return file, file
	}
	return "gateway", strings.TrimPrefix(file, "gateway-")
}

// charts renders charts; equal values are rendered once.
type charts struct{ known map[string]string }

// render gives the objects of a release, or what is wrong with it.
func (c *charts) render(t *testing.T, r release, values map[string]any) (string, error) {
	t.Helper()
	data, err := yaml.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	key := strings.Join([]string{r.chart, r.name, string(data)}, "\n")
	if text, ok := c.known[key]; ok {
		return text, nil
	}
	cmd := exec.Command(programs.Chart, r.chart, r.name, r.namespace)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(data), &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("chart %s: %w\n%s", r.chart, err, &stderr)
	}
	c.known[key] = string(out)
	return string(out), nil
}

// unread gives the values that no template reads: another value there makes no difference. All values under global and some others are
// handed on to the injection as they are, so for them the injection's own template is asked.
func (c *charts) unread(t *testing.T, r release) (paths [][]string) {
	t.Helper()
	text, err := c.render(t, r, r.values)
	if err != nil {
		t.Fatalf("%s: %v", r.file, err)
	}
	with, injection := withoutValues(t, text)
	for _, path := range leavesOf(r.values) {
		changed, err := c.render(t, r, change(t, r.values, path))
		if err != nil {
			continue // a template looked at it
		}
		if without, _ := withoutValues(t, changed); without == with && !strings.Contains(injection, ".Values."+strings.Join(path, ".")) {
			paths = append(paths, path)
		}
	}
	return paths
}

// withoutValues gives objects less the values that the chart hands on to the injection, and the injection's template.
func withoutValues(t *testing.T, text string) (rest, injection string) {
	t.Helper()
	objects, err := kube.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, o := range objects {
		if data, _ := o["data"].(map[string]any); data != nil && o.Kind() == "ConfigMap" {
			if config, ok := data["config"].(string); ok && data["values"] != nil {
				injection += config
				delete(data, "values")
				delete(data, "original-values")
				delete(data, "merged-values")
			}
		}
		if o.Kind() == "ConfigMap" && o.Name() == "values" {
			continue // the values as they were given, for people
		}
		encoded, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(append(encoded, '\n'))
	}
	return all.String(), injection
}

// leavesOf gives the paths of all values that are no mappings. Lists are values as a whole.
func leavesOf(values map[string]any) (paths [][]string) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if inner, ok := values[key].(map[string]any); ok && len(inner) > 0 {
			for _, path := range leavesOf(inner) {
				paths = append(paths, append([]string{key}, path...))
			}
			continue
		}
		paths = append(paths, []string{key})
	}
	return paths
}

// change gives a copy of values in which one is another.
func change(t *testing.T, values map[string]any, path []string) map[string]any {
	t.Helper()
	data, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	var changed map[string]any
	if err := json.Unmarshal(data, &changed); err != nil {
		t.Fatal(err)
	}
	var old any = changed
	for _, key := range path {
		old = old.(map[string]any)[key]
	}
	var other any
	switch v := old.(type) {
	case string:
		other = v + "x"
	case float64:
		other = v + 1
	case bool:
		other = !v
	default:
		other = nil
	}
	set(changed, path, other)
	return changed
}

func set(values map[string]any, path []string, value any) {
	for _, key := range path[:len(path)-1] {
		inner, _ := values[key].(map[string]any)
		if inner == nil {
			inner = map[string]any{}
			values[key] = inner
		}
		values = inner
	}
	values[path[len(path)-1]] = value
}

// names holds what a chart makes against the topology: cluster, network, and the ports by which networks reach each other.
func (c *charts) names(t *testing.T, r release) {
	t.Helper()
	text, err := c.render(t, r, r.values)
	if err != nil {
		t.Fatal(err)
	}
	objects, err := kube.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	cluster, network := filepath.Base(r.cluster), networkOf(t, r.cluster)
	for _, o := range objects {
		env := envOf(o)
		for _, name := range []string{"CLUSTER_ID", "ISTIO_META_CLUSTER_ID"} {
			if value, ok := env[name]; ok && value != cluster {
				t.Errorf("%s: %s says that %s is %q", r.file, o.ID(), name, value)
			}
		}
		for _, name := range []string{"NETWORK", "ISTIO_META_NETWORK", "ISTIO_META_REQUESTED_NETWORK_VIEW"} {
			if value, ok := env[name]; ok && network != "" && value != network {
				t.Errorf("%s: %s says that %s is %q, and the network is %q", r.file, o.ID(), name, value, network)
			}
		}
		if label, ok := kube.Strings(o.At("metadata")["labels"])["topology.istio.io/network"]; ok && network != "" && label != network {
			t.Errorf("%s: %s is labelled with network %q, and it is %q", r.file, o.ID(), label, network)
		}
		if o.Kind() == "Service" && r.values["networkGateway"] != nil {
			if ports := portsOf(o); !slices.Contains(ports, 15443) || !slices.Contains(ports, 15021) || !slices.Contains(ports, 15012) || !slices.Contains(ports, 15017) {
				t.Errorf("%s: the Service of a network's gateway has ports %v", r.file, ports)
			}
		}
	}
	if r.name == "istiod" && r.values["global"] != nil && !strings.Contains(text, cluster) {
		t.Errorf("%s: nothing that the chart makes names cluster %s", r.file, cluster)
	}
}

// networkOf gives the network that the root namespace of a cluster is labelled with; "" where there is one network.
func networkOf(t *testing.T, cluster string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(cluster, "namespaces.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	objects, err := kube.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		if o.Name() == "istio-system" {
			return kube.Strings(o.At("metadata")["labels"])["topology.istio.io/network"]
		}
	}
	t.Fatalf("%s has no istio-system", cluster)
	return ""
}

// envOf gives the literal environment of the containers of a workload.
func envOf(o kube.Object) map[string]string {
	env := map[string]string{}
	containers, _ := o.At("spec", "template", "spec")["containers"].([]any)
	for _, c := range containers {
		container, _ := c.(map[string]any)
		list, _ := container["env"].([]any)
		for _, e := range list {
			entry, _ := e.(map[string]any)
			name, _ := entry["name"].(string)
			if value, ok := entry["value"].(string); ok {
				env[name] = value
			}
		}
	}
	return env
}

func portsOf(service kube.Object) (ports []int) {
	list, _ := service.At("spec")["ports"].([]any)
	for _, p := range list {
		port, _ := p.(map[string]any)
		number, _ := port["port"].(float64)
		ports = append(ports, int(number))
	}
	return ports
}
