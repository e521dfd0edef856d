package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/meshtopo/meshtopo/e2e/istio/kube"
	"github.com/meshtopo/meshtopo/e2e/istio/pilot"
)

// A Served topology is one whose objects the servers have.
type Served struct {
	*Topology
	Pods    []Pod
	Objects int // rendered objects that were applied

	lab      *Lab
	all      []Pod // those that were taken away as well
	networks networks
}

// Serve gives the servers what a topology rendered, by server-side apply, each target to its own server, and what the controllers
// of the clusters would add. What is of a cluster as a whole is there since Configure. Istiod knows it a moment later.
func (l *Lab) Serve(ctx context.Context, t *Topology) (*Served, error) {
	s := &Served{Topology: t, lab: l, networks: t.readNetworks()}
	var err error
	l.mu.Lock()
	s.Pods, err = t.pods(l.address)
	s.all = s.Pods
	l.mu.Unlock()
	if err != nil {
		return nil, err
	}
	g, inner := errgroup.WithContext(ctx)
	if t.Installs == nil {
		g.Go(func() error { return l.apply(inner, l.control, t.Mesh) })
	}
	for cluster := range t.Clusters {
		g.Go(func() error { return l.applyCluster(inner, s.Pods, cluster, s.own(cluster)) })
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("%s: %w", t.Name, err)
	}
	s.Objects = len(t.Mesh)
	for _, objects := range t.Clusters {
		s.Objects += len(objects)
	}
	return s, nil
}

// own gives the objects of a cluster that are not of the cluster as a whole.
func (s *Served) own(cluster string) []kube.Object {
	return slices.DeleteFunc(slices.Clone(s.Clusters[cluster]), shared)
}

// applyCluster applies a cluster's target and then, in the order in which a cluster would make them, its Pods and EndpointSlices.
func (l *Lab) applyCluster(ctx context.Context, pods []Pod, cluster string, objects []kube.Object) error {
	server := l.servers[cluster]
	if err := l.apply(ctx, server, objects); err != nil {
		return err
	}
	own := slices.DeleteFunc(slices.Clone(pods), func(p Pod) bool { return p.Cluster != cluster })
	endpoints, err := endpointSlices(objects, cluster, pods)
	if err != nil {
		return err
	}
	for _, name := range missing(objects, podObjects(own)) { // a stranger's
		if err := server.Apply(ctx, namespaceObject(name)); err != nil {
			return err
		}
	}
	if err := l.run(ctx, server, own); err != nil {
		return err
	}
	return l.create(ctx, server, endpoints)
}

// run makes pods that are ready.
func (l *Lab) run(ctx context.Context, server *kube.Server, pods []Pod) error {
	if err := l.create(ctx, server, podObjects(pods)); err != nil {
		return err
	}
	ready := make([]kube.Object, len(pods))
	for i, p := range pods {
		ready[i] = p.status()
	}
	return kube.Each(ctx, ready, server.SetStatus)
}

func podObjects(pods []Pod) []kube.Object {
	objects := make([]kube.Object, len(pods))
	for i, p := range pods {
		objects[i] = p.object()
	}
	return objects
}

// create creates what controllers would.
func (l *Lab) create(ctx context.Context, server *kube.Server, objects []kube.Object) error {
	l.remember(server, objects)
	return kube.Each(ctx, objects, server.Create)
}

// remember keeps objects for Clear.
func (l *Lab) remember(server *kube.Server, objects []kube.Object) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range objects {
		l.applied = append(l.applied, applied{server, o})
	}
}

// apply applies objects by server-side apply, the Namespaces that they are in first, and remembers them for Clear.
func (l *Lab) apply(ctx context.Context, server *kube.Server, objects []kube.Object) error {
	var first, rest []kube.Object
	for _, o := range objects {
		if o.Kind() == "Namespace" {
			first = append(first, o)
		} else {
			rest = append(rest, o)
		}
	}
	for _, name := range missing(first, rest) {
		first = append(first, namespaceObject(name))
	}
	if err := kube.Each(ctx, first, server.Apply); err != nil {
		return err
	}
	l.remember(server, rest)
	return kube.Each(ctx, rest, server.Apply)
}

// missing gives the namespaces that objects are in and none of the others makes, but for those that a cluster always has. A control
// plane's target has no Namespaces, those of its clusters have them.
func missing(others, objects []kube.Object) []string {
	known := []string{"default", "kube-system", pilot.RootNamespace}
	for _, o := range others {
		if o.Kind() == "Namespace" {
			known = append(known, o.Name())
		}
	}
	var names []string
	for _, o := range objects {
		if n := o.Namespace(); n != "" && !slices.Contains(known, n) {
			known, names = append(known, n), append(names, n)
		}
	}
	return names
}

// Clear deletes everything that was served, but for Namespaces and Nodes, which stay.
func (l *Lab) Clear(ctx context.Context) error {
	return l.remove(ctx, l.forget(func(kube.Object) bool { return true }))
}

// Retire deletes of what was served only what makes Envoy clusters and policy, so that what is served next in other namespaces is
// as if alone. It takes a fifth of the time of Clear.
func (l *Lab) Retire(ctx context.Context) error {
	return l.remove(ctx, l.forget(func(o kube.Object) bool {
		return o.Kind() == "Service" || strings.HasSuffix(strings.Split(o.APIVersion(), "/")[0], ".istio.io")
	}))
}

// forget gives what was applied and is of a kind, and drops it.
func (l *Lab) forget(kind func(kube.Object) bool) []applied {
	l.mu.Lock()
	defer l.mu.Unlock()
	var gone, kept []applied
	for _, a := range l.applied {
		if kind(a.object) {
			gone = append(gone, a)
		} else {
			kept = append(kept, a)
		}
	}
	l.applied = kept
	return gone
}

func (l *Lab) remove(ctx context.Context, gone []applied) error {
	byServer := map[*kube.Server][]kube.Object{}
	for _, a := range gone {
		byServer[a.server] = append(byServer[a.server], a.object)
	}
	g, ctx := errgroup.WithContext(ctx)
	for server, objects := range byServer {
		g.Go(func() error { return kube.Each(ctx, objects, server.Delete) })
	}
	return g.Wait()
}

// TakesControl tells whether the control plane's API takes the objects of a YAML stream; they do not stay.
func (l *Lab) TakesControl(ctx context.Context, stream []byte) error {
	objects, err := kube.Decode(stream)
	if err != nil {
		return err
	}
	return errors.Join(kube.Each(ctx, objects, l.control.Apply), kube.Each(ctx, objects, l.control.Delete))
}
