package lab

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/meshtopo/meshtopo/e2e/istio/kube"
	"github.com/meshtopo/meshtopo/e2e/istio/pilot"
)

// Install does what Configure does for topologies whose control planes are in the clusters: an istiod for every primary, with the
// configuration, the environment and the cluster ID that Istio's chart makes of the rendered values, reads its own API server, and
// those of other clusters by the remote secrets that are asked for. What is installed must be the same for all the topologies.
func (l *Lab) Install(ctx context.Context, topologies ...*Topology) error {
	names, err := l.clear(topologies)
	if err != nil {
		return err
	}
	l.servers = map[string]*kube.Server{}
	for i, name := range names {
		l.servers[name] = l.clusters[i]
	}
	if err := l.share(ctx, topologies); err != nil {
		return err
	}
	if err := l.nodes(ctx, topologies); err != nil {
		return err
	}
	installs, err := installsOf(topologies)
	if err != nil {
		return err
	}
	for name, install := range installs {
		if err := l.admit(ctx, l.servers[name], install); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return l.startAll(ctx, installs)
}

// installsOf gives what is installed in each cluster.
func installsOf(topologies []*Topology) (map[string]*Install, error) {
	installs := map[string]*Install{}
	for _, t := range topologies {
		for name, install := range t.Installs {
			if other := installs[name]; other != nil && !other.equal(install) {
				return nil, fmt.Errorf("%s: another topology installs something else in cluster %s", t.Name, name)
			}
			if install.Cluster != name {
				return nil, fmt.Errorf("%s: what is installed in cluster %s calls it %s", t.Name, name, install.Cluster)
			}
			installs[name] = install
		}
	}
	return installs, nil
}

// admit gives the server of a primary its remote secrets, with a kubeconfig of ours in each. They are of the cluster as a whole.
func (l *Lab) admit(ctx context.Context, server *kube.Server, install *Install) error {
	for _, s := range install.Secrets {
		other, known := l.servers[reads(s)]
		if !known {
			return fmt.Errorf("%s is of a cluster that is not there", s.ID())
		}
		s = filled(s, other.Kubeconfig)
		l.shared = append(l.shared, applied{server, s})
		if err := server.Apply(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// startAll starts the istiods of all primaries at the same time.
func (l *Lab) startAll(ctx context.Context, installs map[string]*Install) error {
	g, inner := errgroup.WithContext(ctx)
	started := map[string]**pilot.Istiod{}
	for name, i := range installs {
		if !i.Primary() {
			continue
		}
		place := new(*pilot.Istiod)
		started[name] = place
		g.Go(func() (err error) {
			*place, err = l.startIstiod(inner, pilot.Settings{
				Kubeconfig: l.servers[name].Kubeconfig, Cluster: i.Cluster, Mesh: i.Mesh, Networks: i.Networks, Env: i.Env,
			})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for name := range installs {
		primary, err := primaryOf(name, installs)
		if err != nil {
			return err
		}
		l.istiods[name] = *started[primary]
	}
	return nil
}

// primaryOf gives the cluster whose istiod serves the proxies of a cluster: its own, else the one that its namespace names, else the
// only one that reads it.
func primaryOf(cluster string, installs map[string]*Install) (string, error) {
	i := installs[cluster]
	if i.Primary() {
		return cluster, nil
	}
	var readers []string
	for _, name := range slices.Sorted(maps.Keys(installs)) {
		if slices.ContainsFunc(installs[name].Secrets, func(s kube.Object) bool { return reads(s) == cluster }) {
			readers = append(readers, name)
		}
	}
	switch {
	case slices.Contains(readers, i.of):
		return i.of, nil
	case i.of == "" && len(readers) == 1:
		return readers[0], nil
	}
	return "", fmt.Errorf("cluster %s is to be served by %q, and is read by %q", cluster, i.of, readers)
}

// Survives tells whether every cluster outside a region keeps its istiod when the region is gone.
func (t *Topology) Survives(region string) (bool, error) {
	for cluster, place := range t.Places {
		if place.Region == region {
			continue
		}
		primary, err := primaryOf(cluster, t.Installs)
		if err != nil || t.Places[primary].Region == region {
			return false, err
		}
	}
	return true, nil
}
