package lab

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sync/errgroup"

	"github.com/meshtopo/meshtopo/e2e/istio/pilot"
)

// A Difference is one Envoy cluster of one client that istiod and the expectation do not agree on.
type Difference struct {
	Client  Client
	Cluster string
	Diff    string // -expected +istiod, or why there is no answer
}

func (d Difference) String() string {
	return fmt.Sprintf("%s: %s (-expected +istiod):\n%s", d.Client, d.Cluster, d.Diff)
}

// Compare asks istiod for every Envoy cluster of the expectations, as the client that it is for, until it says what is expected or
// the time is over, and gives the differences that stay. Istiod learns what it was given a moment later, so a difference counts only
// when it lasts.
func (s *Served) Compare(ctx context.Context, expected []Explained, settle time.Duration) ([]Difference, error) {
	deadline := time.Now().Add(settle)
	for wait := 5 * time.Millisecond; ; wait *= 2 {
		differences, err := s.compare(ctx, expected)
		if err != nil || len(differences) == 0 || time.Now().After(deadline) {
			return differences, err
		}
		expected = unsettled(expected, differences)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// unsettled gives the expectations of the clients that have a difference: the others need not be asked again.
func unsettled(expected []Explained, differences []Difference) []Explained {
	again := map[Client]bool{}
	for _, d := range differences {
		again[d.Client] = true
	}
	var out []Explained
	for _, e := range expected {
		if again[e.Client] {
			out = append(out, e)
		}
	}
	return out
}

// compare compares once, with one connection for each client.
func (s *Served) compare(ctx context.Context, expected []Explained) ([]Difference, error) {
	byClient := map[Client][]Explained{}
	var clients []Client
	for _, e := range expected {
		if byClient[e.Client] == nil {
			clients = append(clients, e.Client)
		}
		byClient[e.Client] = append(byClient[e.Client], e)
	}
	found := make([][]Difference, len(clients))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, c := range clients {
		g.Go(func() (err error) {
			found[i], err = s.compareClient(ctx, c, byClient[c])
			return err
		})
	}
	err := g.Wait()
	var differences []Difference
	for _, d := range found {
		differences = append(differences, d...)
	}
	return differences, err
}

func (s *Served) compareClient(ctx context.Context, client Client, expected []Explained) ([]Difference, error) {
	node, err := s.node(client)
	if err != nil {
		return nil, err
	}
	answers, err := s.ask(ctx, client.Cluster, node, expected)
	if err != nil {
		return nil, err
	}
	var differences []Difference
	for i, e := range expected {
		if diff := cmp.Diff(result{Answer: e.seen(s.networks, node.Network).canonical()}, answers[i], cmpopts.EquateEmpty()); diff != "" {
			differences = append(differences, Difference{client, e.EnvoyCluster(), diff})
		}
	}
	return differences, nil
}

// A result is an answer, or why there is none.
type result struct {
	Answer  Answer
	Problem string
}

// ask gives what the istiod of a cluster tells a proxy of the Envoy clusters that some expectations are for, in their order.
func (s *Served) ask(ctx context.Context, cluster string, node pilot.Node, about []Explained) ([]result, error) {
	names := make([]string, len(about))
	for i, e := range about {
		names[i] = e.EnvoyCluster()
	}
	clusters, err := s.lab.istiods[cluster].Fetch(ctx, node, names)
	if err != nil {
		return nil, err
	}
	results := make([]result, len(clusters))
	for i, c := range clusters {
		if results[i].Answer, err = s.answer(c); err != nil {
			results[i] = result{Problem: err.Error()}
		}
	}
	return results, nil
}

// node gives the proxy that is the client.
func (s *Served) node(c Client) (pilot.Node, error) {
	p, ok := s.pod(c)
	if !ok {
		return pilot.Node{}, fmt.Errorf("%s: no pod is the client %s", s.Name, c)
	}
	return pilot.Node{
		Gateway: p.Gateway != "", Pod: p.Name, Namespace: p.Namespace, Address: p.Address, Cluster: p.Cluster, KubernetesNode: p.Node,
		Labels: p.Labels, Network: s.networks.of[p.Cluster],
	}, nil
}

// Has tells whether a pod is a client.
func (s *Served) Has(c Client) bool {
	_, ok := s.pod(c)
	return ok
}

// pod gives a pod that is the client.
func (s *Served) pod(c Client) (Pod, bool) {
	for _, p := range s.Pods {
		if p.Cluster != c.Cluster || p.Region != c.Region || p.Zone != c.Zone {
			continue
		}
		if c.Gateway != "" && c.Gateway == p.Namespace+"/"+p.Gateway {
			return p, true
		}
		if p.stranger && c.Asks == p.Namespace {
			return p, true
		}
		if c.Service != "" && p.Gateway == "" && p.Version() == c.Version && s.selects(c, p) {
			return p, true
		}
	}
	return Pod{}, false
}

// selects tells whether the Service of a client in its cluster selects a pod.
func (s *Served) selects(c Client, p Pod) bool {
	ns, name, _ := strings.Cut(c.Service, "/")
	for _, o := range s.Clusters[c.Cluster] {
		if o.Kind() == "Service" && o.Name() == name && namespace(o) == ns && p.Namespace == ns {
			return matches(selector(o), p.Labels)
		}
	}
	return false
}
