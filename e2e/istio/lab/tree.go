// Package lab puts rendered trees before a real mesh: a kube-apiserver for the control plane and one for each cluster, an istiod
// that reads them all, and what the controllers and kubelets of a cluster would add, Pods, EndpointSlices and Nodes. Then it asks
// istiod what each client's Envoy would be told.
package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/meshtopo/meshtopo/e2e/istio/kube"
	"github.com/meshtopo/meshtopo/e2e/istio/pilot"
)

// A Tree is what a render yields, as far as Kubernetes takes it.
type Tree struct {
	Clusters map[string][]kube.Object // by the cluster's name, each in the order of its kustomization
	Mesh     []kube.Object            // of the control plane's target
	Locality json.RawMessage          // the mesh-wide localityLbSetting; nil when nothing was rendered
	Installs map[string]*Install      // by the cluster's name, where the control planes are in the clusters; nil: there is one of its own
}

// Read reads a rendered tree.
func Read(dir string) (*Tree, error) {
	t := &Tree{Clusters: map[string][]kube.Object{}}
	clusters, err := filepath.Glob(filepath.Join(dir, "clusters", "*"))
	if err != nil {
		return nil, err
	}
	for _, c := range clusters {
		if t.Clusters[filepath.Base(c)], err = Objects(c); err != nil {
			return nil, err
		}
	}
	meshes, err := filepath.Glob(filepath.Join(dir, "mesh", "*"))
	if err != nil {
		return nil, err
	}
	if len(meshes) != 1 || len(clusters) == 0 {
		return nil, fmt.Errorf("%s has %d control planes and %d clusters", dir, len(meshes), len(clusters))
	}
	if t.Mesh, err = Objects(meshes[0]); err != nil {
		return nil, err
	}
	t.Locality, err = locality(meshes[0])
	return t, err
}

// ReadOwn reads a rendered tree whose control planes are in the clusters. The Services of its east-west gateways are among the
// clusters' objects, and have the addresses that a cloud would give them. Of what is for the External Secrets Operator and the Sail operator there
// is what those would make.
func ReadOwn(dir string, charts *Charts) (*Tree, error) {
	t := &Tree{Clusters: map[string][]kube.Object{}, Installs: map[string]*Install{}}
	targets, err := filepath.Glob(filepath.Join(dir, "clusters", "*"))
	if err != nil || len(targets) == 0 {
		return nil, fmt.Errorf("%s has no clusters: %w", dir, err)
	}
	for i, target := range targets {
		if err := t.readOwn(target, charts, fmt.Sprintf("198.51.100.%d", i+1)); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// readOwn reads the target of one cluster.
func (t *Tree) readOwn(target string, charts *Charts, address string) error {
	all, err := Objects(target)
	if err != nil {
		return err
	}
	install, gateways, err := charts.install(target)
	if err != nil {
		return err
	}
	var objects, external []kube.Object
	for _, o := range all {
		switch group, _, _ := strings.Cut(o.APIVersion(), "/"); group {
		case "external-secrets.io":
			external = append(external, o)
		case "sailoperator.io": // its values are read by install
		default:
			objects = append(objects, o)
		}
		if o.Kind() == "Namespace" && o.Name() == pilot.RootNamespace {
			install.of = o.Annotations()["topology.istio.io/controlPlaneClusters"]
		}
	}
	for _, g := range gateways {
		objects = append(objects, balanced(g, address))
	}
	scripted, err := fromScript(target)
	if err != nil {
		return err
	}
	stored, err := fromStore(external)
	install.Secrets = append(scripted, stored...)
	name := filepath.Base(target)
	t.Clusters[name], t.Installs[name] = objects, install
	return err
}

// balanced gives a Service with the address that a cloud gives a load balancer.
func balanced(service kube.Object, address string) kube.Object {
	if service.At("spec")["type"] != "LoadBalancer" {
		return service
	}
	out := maps.Clone(service)
	out["status"] = m{"loadBalancer": m{"ingress": []any{m{"ip": address}}}}
	return out
}

// Objects gives the objects of a target, in the order of its kustomization.
func Objects(target string) ([]kube.Object, error) {
	files, err := Files(target)
	if err != nil {
		return nil, err
	}
	var objects []kube.Object
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		more, err := kube.Decode(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		objects = append(objects, more...)
	}
	return objects, nil
}

// Files gives the manifests of a target, in the order of its kustomization.
func Files(target string) ([]string, error) {
	data, err := os.ReadFile(filepath.Join(target, "kustomization.yaml"))
	if err != nil {
		return nil, err
	}
	var list struct{ Resources []string }
	if err := yaml.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", target, err)
	}
	files := make([]string, len(list.Resources))
	for i, name := range list.Resources {
		files[i] = filepath.Join(target, name)
	}
	return files, nil
}

// locality gives what ASM's UpdateMeshFeature request sets, as Istio's localityLbSetting.
func locality(mesh string) (json.RawMessage, error) {
	data, err := os.ReadFile(filepath.Join(mesh, "update-mesh-feature.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var request struct {
		LocalityLoadBalancing bool
		LocalityLBConf        string // JSON
	}
	if err := json.Unmarshal(data, &request); err != nil {
		return nil, err
	}
	setting := map[string]any{}
	if request.LocalityLBConf != "" {
		if err := json.Unmarshal([]byte(request.LocalityLBConf), &setting); err != nil {
			return nil, fmt.Errorf("LocalityLBConf: %w", err)
		}
	}
	setting["enabled"] = request.LocalityLoadBalancing
	return json.Marshal(setting)
}
