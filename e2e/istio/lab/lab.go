package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/meshtopo/meshtopo/e2e/istio/kube"
	"github.com/meshtopo/meshtopo/e2e/istio/parts"
	"github.com/meshtopo/meshtopo/e2e/istio/pilot"
	"github.com/meshtopo/meshtopo/e2e/istio/process"
)

// A Lab is the servers of some clusters and of one control plane, or of control planes in the clusters. The clusters' names are given later, by Configure: a server is a
// cluster of whatever name the remote secret says.
type Lab struct {
	group    *process.Group
	programs parts.Paths
	dir      string
	control  *kube.Server // nil: control planes are in the clusters
	clusters []*kube.Server

	address func() string
	istiods map[string]*pilot.Istiod // by the names of the clusters whose proxies they serve
	starts  int                      // of istiod, for the names of its files
	servers map[string]*kube.Server  // by the clusters' names, as istiod knows them
	shared  []applied                // by Configure

	mu      sync.Mutex
	applied []applied // since the last Clear
}

type applied struct {
	server *kube.Server
	object kube.Object
}

// Start starts the servers of a control plane and of n clusters, with Istio's definitions in the first. Everything ends with the
// group; files are in the directory. Module is the directory of go.mod.
func Start(ctx context.Context, group *process.Group, programs parts.Paths, module, dir string, n int) (*Lab, error) {
	l, err := start(ctx, group, programs, dir, append([]string{"control"}, clusterNames(n)...))
	if err != nil {
		return nil, err
	}
	l.control, l.clusters = l.clusters[0], l.clusters[1:]
	return l, define(ctx, module, l.control)
}

// StartOwn starts the servers of n clusters, each with Istio's definitions: any may have a control plane of its own.
func StartOwn(ctx context.Context, group *process.Group, programs parts.Paths, module, dir string, n int) (*Lab, error) {
	l, err := start(ctx, group, programs, dir, clusterNames(n))
	if err != nil {
		return nil, err
	}
	return l, define(ctx, module, l.clusters...)
}

func clusterNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("c%d", i+1)
	}
	return names
}

// start starts servers, each with the namespace that istiod is in.
func start(ctx context.Context, group *process.Group, programs parts.Paths, dir string, names []string) (*Lab, error) {
	servers, err := kube.Start(ctx, group, kube.Programs{APIServer: programs.APIServer, Etcd: programs.Etcd}, dir, names...)
	if err != nil {
		return nil, err
	}
	l := &Lab{group: group, programs: programs, dir: dir, clusters: servers, address: addresses()}
	return l, each(ctx, servers, func(ctx context.Context, s *kube.Server) error {
		return s.Apply(ctx, namespaceObject(pilot.RootNamespace))
	})
}

// define gives servers Istio's definitions.
func define(ctx context.Context, module string, servers ...*kube.Server) error {
	definitions, err := kube.Definitions(module)
	if err != nil {
		return err
	}
	return each(ctx, servers, func(ctx context.Context, s *kube.Server) error { return s.Define(ctx, definitions) })
}

// each does something with every server at the same time.
func each(ctx context.Context, servers []*kube.Server, do func(context.Context, *kube.Server) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, s := range servers {
		g.Go(func() error { return do(ctx, s) })
	}
	return g.Wait()
}

// Configure gives the clusters their names, applies what the topologies render for a cluster as a whole (its network, the ways into it),
// makes the Nodes of the topologies and has istiod run with a mesh-wide locality setting (nil: Istio's default). Istiod looks a pod's Node up when it sees the pod's endpoint, so every Node is there before istiod starts.
func (l *Lab) Configure(ctx context.Context, locality json.RawMessage, topologies ...*Topology) error {
	sorted, err := l.clear(topologies)
	if err != nil {
		return err
	}
	if err := l.name(ctx, sorted); err != nil {
		return err
	}
	if err := l.share(ctx, topologies); err != nil {
		return err
	}
	if err := l.nodes(ctx, topologies); err != nil {
		return err
	}
	mesh, err := json.Marshal(m{"rootNamespace": pilot.RootNamespace, "localityLbSetting": setting(locality)})
	if err != nil {
		return err
	}
	istiod, err := l.startIstiod(ctx, pilot.Settings{Kubeconfig: l.control.Kubeconfig, Cluster: "control-plane", Mesh: mesh})
	for name := range l.servers {
		l.istiods[name] = istiod
	}
	return err
}

// startIstiod starts an istiod under a name that none had before.
func (l *Lab) startIstiod(ctx context.Context, s pilot.Settings) (*pilot.Istiod, error) {
	l.mu.Lock()
	l.starts++
	s.Name = fmt.Sprintf("istiod-%d", l.starts)
	l.mu.Unlock()
	return pilot.Start(ctx, l.group, l.programs.Istiod, l.dir, s)
}

// clear stops every istiod and gives the names of the topologies' clusters, in order, of which there may be as many as servers.
func (l *Lab) clear(topologies []*Topology) ([]string, error) {
	for _, i := range l.istiods {
		i.Stop()
	}
	l.istiods = map[string]*pilot.Istiod{}
	names := map[string]bool{}
	for _, t := range topologies {
		for name := range t.Clusters {
			names[name] = true
		}
	}
	sorted := slices.Sorted(maps.Keys(names))
	if len(sorted) > len(l.clusters) {
		return nil, fmt.Errorf("%d clusters (%q) and only %d servers", len(sorted), sorted, len(l.clusters))
	}
	return sorted, nil
}

// setting gives the mesh-wide setting that is in force when none was rendered: Istio's default, which is ASM's as well.
func setting(locality json.RawMessage) json.RawMessage {
	if locality == nil {
		return json.RawMessage(`{"enabled": true}`)
	}
	return locality
}

// name gives every server a remote secret under a name; secrets of other names go.
func (l *Lab) name(ctx context.Context, names []string) error {
	for name := range l.servers {
		if err := l.control.Delete(ctx, secret(name, nil)); err != nil {
			return err
		}
	}
	l.servers = map[string]*kube.Server{}
	for i, name := range names {
		l.servers[name] = l.clusters[i]
		if err := l.control.Apply(ctx, secret(name, l.clusters[i].Kubeconfig)); err != nil {
			return err
		}
	}
	return nil
}

// share applies what is of a cluster as a whole, instead of what was.
func (l *Lab) share(ctx context.Context, topologies []*Topology) error {
	objects, err := sharedObjects(topologies)
	if err != nil {
		return err
	}
	for _, a := range l.shared {
		if a.object.Kind() == "Namespace" {
			err = a.server.Apply(ctx, namespaceObject(a.object.Name()))
		} else {
			err = a.server.Delete(ctx, a.object)
		}
		if err != nil {
			return err
		}
	}
	l.shared = nil
	for cluster, byID := range objects {
		for _, id := range slices.Sorted(maps.Keys(byID)) { // Namespace before Service
			l.shared = append(l.shared, applied{l.servers[cluster], byID[id]})
			if err := l.give(ctx, l.servers[cluster], byID[id]); err != nil {
				return err
			}
		}
	}
	return nil
}

// give applies an object, and sets its status as its controller would, if it has one.
func (l *Lab) give(ctx context.Context, server *kube.Server, o kube.Object) error {
	if err := server.Apply(ctx, o); err != nil || o["status"] == nil {
		return err
	}
	return server.SetStatus(ctx, o)
}

// nodes makes the Nodes of every pod of the topologies.
func (l *Lab) nodes(ctx context.Context, topologies []*Topology) error {
	nodes := map[*kube.Server][]kube.Object{}
	made := map[string]bool{}
	for _, t := range topologies {
		pods, err := t.pods(func() string { return "" })
		if err != nil {
			return err
		}
		for _, p := range pods {
			if key := p.Cluster + " " + p.Node; !made[key] {
				made[key] = true
				server := l.servers[p.Cluster]
				nodes[server] = append(nodes[server], p.node())
			}
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	for server, list := range nodes {
		g.Go(func() error { return kube.Each(ctx, list, server.Apply) })
	}
	return g.Wait()
}

func namespaceObject(name string) kube.Object {
	return kube.Object{"apiVersion": "v1", "kind": "Namespace", "metadata": m{"name": name}}
}
