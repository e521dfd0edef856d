package lab

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"

	"github.com/meshtopo/meshtopo/e2e/istio/kube"
	"github.com/meshtopo/meshtopo/e2e/istio/pilot"
)

// An Install is Istio as it is installed in a cluster: what Istio's charts make of the rendered values, and the secrets that are asked for.
type Install struct {
	Cluster   string            // as the istiod or the injection of the cluster names it
	Network   string            // that the injection gives pods
	Mesh      []byte            // the mesh configuration of an istiod; nil: no istiod runs in the cluster
	Networks  []byte            // the meshNetworks of an istiod
	Env       map[string]string // of an istiod
	Secrets   []kube.Object     // remote secrets of an istiod, without a kubeconfig; each is named by remoteCluster
	Addressed map[string]string // networks by the addresses of their gateways, as meshNetworks says
	// GatewayPods is how many pods each gateway has at least, by the name of its release.
	GatewayPods map[string]int
	of          string // the cluster whose istiod the injection is told to be served by; "": not said
}

// Primary tells whether an istiod runs in the cluster.
func (i *Install) Primary() bool { return i.Mesh != nil }

// Charts renders Istio's charts; equal values are rendered once.
type Charts struct {
	program string
	mu      sync.Mutex
	known   map[string][]kube.Object
}

// NewCharts gives the charts that a program renders.
func NewCharts(program string) *Charts {
	return &Charts{program: program, known: map[string][]kube.Object{}}
}

// render gives the objects of a release; values are YAML.
func (c *Charts) render(chart, release, namespace string, values []byte) ([]kube.Object, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := strings.Join([]string{chart, release, namespace, string(values)}, "\n")
	if objects, ok := c.known[key]; ok {
		return objects, nil
	}
	run := exec.Command(c.program, chart, release, namespace)
	var stderr bytes.Buffer
	run.Stdin, run.Stderr = bytes.NewReader(values), &stderr
	out, err := run.Output()
	if err != nil {
		return nil, fmt.Errorf("chart %s: %w\n%s", chart, err, &stderr)
	}
	objects, err := kube.Decode(out)
	c.known[key] = objects
	return objects, err
}

// install reads what is rendered to install Istio in a cluster, and gives also the Services of its east-west gateways.
func (c *Charts) install(target string) (*Install, []kube.Object, error) {
	values, err := istiodValues(filepath.Join(target, "install"))
	if err != nil {
		return nil, nil, err
	}
	objects, err := c.render("istio-control/istio-discovery", "istiod", pilot.RootNamespace, values)
	if err != nil {
		return nil, nil, err
	}
	i := &Install{GatewayPods: map[string]int{}}
	for _, o := range objects {
		if err := i.read(o); err != nil {
			return nil, nil, fmt.Errorf("%s: %s: %w", target, o.ID(), err)
		}
	}
	if i.Cluster == "" {
		return nil, nil, fmt.Errorf("%s: nothing says which cluster this is", target)
	}
	gateways, err := c.gateways(target, i.GatewayPods)
	return i, gateways, err
}

// istiodValues gives the values for the chart of istiod: a file of them, or what the object for the Sail operator says, which renders
// the same chart.
func istiodValues(dir string) ([]byte, error) {
	values, err := os.ReadFile(filepath.Join(dir, "istiod-values.yaml"))
	if !errors.Is(err, fs.ErrNotExist) {
		return values, err
	}
	stream, err := os.ReadFile(filepath.Join(dir, "istio.yaml"))
	if err != nil {
		return nil, err
	}
	objects, err := kube.Decode(stream)
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		if o.Kind() == "Istio" {
			given := maps.Clone(o.At("spec", "values"))
			if given == nil {
				given = kube.Object{}
			}
			if profile := o.At("spec")["profile"]; profile != nil {
				given["profile"] = profile
			}
			return yaml.Marshal(given)
		}
	}
	return nil, fmt.Errorf("%s says nothing of istiod", dir)
}

// injectionPath is where the API server of a remote asks for injection.
var injectionPath = regexp.MustCompile(`^/inject/cluster/([^/]+)(?:/net/([^/]+))?$`)

// read reads one object of the chart of istiod.
func (i *Install) read(o kube.Object) error {
	switch {
	case o.Kind() == "ConfigMap" && o.Name() == "istio":
		data := kube.Strings(o["data"])
		i.Mesh, i.Networks = []byte(data["mesh"]), []byte(data["meshNetworks"])
		return i.readNetworks()
	case o.Kind() == "ConfigMap" && o.Name() == "istio-sidecar-injector":
		var values struct{ Global struct{ Network string } }
		if err := json.Unmarshal([]byte(kube.Strings(o["data"])["values"]), &values); err != nil {
			return err
		}
		i.Network = values.Global.Network
	case o.Kind() == "Deployment" && o.Name() == "istiod":
		i.Env = literals(o)
		i.Cluster = i.Env["CLUSTER_ID"]
	case o.Kind() == "MutatingWebhookConfiguration":
		webhooks, _ := o["webhooks"].([]any)
		for _, w := range webhooks {
			webhook, _ := w.(m)
			path, _ := kube.Object(webhook).At("clientConfig", "service")["path"].(string)
			if parts := injectionPath.FindStringSubmatch(path); parts != nil {
				i.Cluster, i.Network = parts[1], parts[2]
			}
		}
	}
	return nil
}

// readNetworks reads the addresses of gateways that meshNetworks has.
func (i *Install) readNetworks() error {
	var mesh struct {
		Networks map[string]struct{ Gateways []struct{ Address string } }
	}
	if err := yaml.Unmarshal(i.Networks, &mesh); err != nil {
		return err
	}
	i.Addressed = map[string]string{}
	for name, network := range mesh.Networks {
		for _, g := range network.Gateways {
			i.Addressed[g.Address] = name
		}
	}
	return nil
}

// literals gives the environment of a Deployment's first container, less what is taken from elsewhere.
func literals(deployment kube.Object) map[string]string {
	env := map[string]string{}
	containers, _ := deployment.At("spec", "template", "spec")["containers"].([]any)
	for _, c := range containers[:min(1, len(containers))] {
		container, _ := c.(m)
		list, _ := container["env"].([]any)
		for _, e := range list {
			entry, _ := e.(m)
			name, _ := entry["name"].(string)
			if value, ok := entry["value"].(string); ok {
				env[name] = value
			}
		}
	}
	return env
}

// gateways gives the Services of a cluster's east-west gateways, by the chart, and notes how many pods each gateway has.
func (c *Charts) gateways(target string, pods map[string]int) ([]kube.Object, error) {
	files, err := filepath.Glob(filepath.Join(target, "install", "gateway-*-values.yaml"))
	if err != nil {
		return nil, err
	}
	var services []kube.Object
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var values struct{ Name, NetworkGateway string }
		if err := yaml.Unmarshal(data, &values); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		objects, err := c.render("gateway", values.Name, pilot.RootNamespace, data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, o := range objects {
			pods[values.Name] = max(pods[values.Name], atLeast(o))
			if o.Kind() == "Service" && values.NetworkGateway != "" {
				services = append(services, o)
			}
		}
	}
	return services, nil
}

// atLeast gives how many pods a Deployment has, or a HorizontalPodAutoscaler leaves it; 0 for other objects.
func atLeast(o kube.Object) int {
	switch o.Kind() {
	case "Deployment":
		return replicasOf(o.At("spec")["replicas"])
	case "HorizontalPodAutoscaler":
		return replicasOf(o.At("spec")["minReplicas"])
	}
	return 0
}

// replicasOf gives a number of pods, which is 1 when it is not said.
func replicasOf(value any) int {
	if n, ok := value.(float64); ok {
		return int(n)
	}
	return 1
}

// equal tells whether two are the same but for gateways, which are of topologies.
func (i *Install) equal(other *Install) bool {
	a, b := *i, *other
	a.GatewayPods, b.GatewayPods = nil, nil
	return reflect.DeepEqual(a, b)
}
