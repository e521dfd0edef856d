package dataplane

import (
	"context"
	"maps"
	"slices"

	"github.com/meshtopo/meshtopo/e2e/istio/kube"
	"github.com/meshtopo/meshtopo/e2e/istio/lab"
	"github.com/meshtopo/meshtopo/e2e/istio/parts"
	"github.com/meshtopo/meshtopo/e2e/istio/process"
)

// m is a JSON object.
type m = map[string]any

// A Mesh is an API server, which is the control plane's and every cluster's, and an istiod that reads it.
type Mesh struct {
	Istiod string // the address of its xDS server
	server *kube.Server
}

// Start starts the servers; they end with the group. Module is the directory of go.mod.
func Start(ctx context.Context, group *process.Group, programs parts.Paths, module, dir string) (*Mesh, error) {
	servers, err := kube.Start(ctx, group, kube.Programs{APIServer: programs.APIServer, Etcd: programs.Etcd}, dir, "dataplane")
	if err != nil {
		return nil, err
	}
	mesh := &Mesh{server: servers[0]}
	definitions, err := kube.Definitions(module)
	if err != nil {
		return nil, err
	}
	if err := mesh.server.Define(ctx, definitions); err != nil {
		return nil, err
	}
	if err := mesh.server.Apply(ctx, namespace(rootNamespace)); err != nil {
		return nil, err
	}
	mesh.Istiod, err = startIstiod(ctx, group, programs.Istiod, dir, mesh.server.Kubeconfig)
	return mesh, err
}

// Apply applies every object of a rendered tree by server-side apply. What several clusters have, such as a Service, is applied once.
func (mesh *Mesh) Apply(ctx context.Context, tree *lab.Tree) error {
	all := slices.Clone(tree.Mesh)
	for _, cluster := range slices.Sorted(maps.Keys(tree.Clusters)) {
		all = append(all, tree.Clusters[cluster]...)
	}
	known := map[string]bool{}
	var namespaces, objects []kube.Object
	for _, o := range all {
		switch {
		case known[o.ID()]:
		case o.Kind() == "Namespace":
			namespaces = append(namespaces, o)
		default:
			objects = append(objects, o)
		}
		known[o.ID()] = true
	}
	if err := kube.Each(ctx, namespaces, mesh.server.Apply); err != nil {
		return err
	}
	return kube.Each(ctx, objects, mesh.server.Apply)
}

// Register makes endpoints known.
func (mesh *Mesh) Register(ctx context.Context, endpoints []Endpoint) error {
	return kube.Each(ctx, entries(endpoints), mesh.server.Apply)
}

// Deregister removes endpoints from the lists, as when Deployments are scaled down.
func (mesh *Mesh) Deregister(ctx context.Context, endpoints []Endpoint) error {
	return kube.Each(ctx, entries(endpoints), mesh.server.Delete)
}

// entries gives a WorkloadEntry for each endpoint, with the labels that a rendered Deployment's pods have.
func entries(endpoints []Endpoint) []kube.Object {
	objects := make([]kube.Object, len(endpoints))
	for i, e := range endpoints {
		objects[i] = kube.Object{
			"apiVersion": "networking.istio.io/v1", "kind": "WorkloadEntry",
			"metadata": m{"name": e.Name, "namespace": "default"},
			"spec": m{
				"address": e.Address, "locality": e.Region + "/" + e.Zone, "serviceAccount": e.Service,
				"labels": m{"app": e.Service, "version": e.Version},
			},
		}
	}
	return objects
}

func namespace(name string) kube.Object {
	return kube.Object{"apiVersion": "v1", "kind": "Namespace", "metadata": m{"name": name}}
}
