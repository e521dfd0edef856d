// Package lab puts rendered trees before a real mesh: a kube-apiserver for the control plane and one for each cluster, an istiod
// that reads them all, and what the controllers and kubelets of a cluster would add, Pods, EndpointSlices and Nodes. Then it asks
// istiod what each client's Envoy would be told.
package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"

	"github.com/meshtopo/meshtopo/e2e/istio/kube"
)

// A Tree is what a render yields, as far as Kubernetes takes it.
type Tree struct {
	Clusters map[string][]kube.Object // by the cluster's name, each in the order of its kustomization
	Mesh     []kube.Object            // of the control plane's target
	Locality json.RawMessage          // the mesh-wide localityLbSetting; nil when nothing was rendered
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
