package lab

import (
	"context"
	"errors"
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
	answers, err := s.ask(ctx, client, expected)
	if err != nil {
		return nil, err
	}
	var differences []Difference
	for i, e := range expected {
		if diff := cmp.Diff(result{Answer: e.canonical()}, answers[i], cmpopts.EquateEmpty()); diff != "" {
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

// ask gives what istiod tells a client of the Envoy clusters that some expectations are for, in their order.
func (s *Served) ask(ctx context.Context, client Client, about []Explained) ([]result, error) {
	pod, err := s.pod(client)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(about))
	for i, e := range about {
		names[i] = e.EnvoyCluster()
	}
	clusters, err := s.lab.istiod.Fetch(ctx, pilot.Node{
		Gateway: pod.Gateway != "", Pod: pod.Name, Namespace: pod.Namespace, Address: pod.Address, Cluster: pod.Cluster,
		KubernetesNode: pod.Node, Labels: pod.Labels,
	}, names)
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

// pod gives a pod that is the client.
func (s *Served) pod(c Client) (Pod, error) {
	for _, p := range s.Pods {
		if p.Cluster != c.Cluster || p.Region != c.Region || p.Zone != c.Zone {
			continue
		}
		if c.Gateway != "" && c.Gateway == p.Namespace+"/"+p.Gateway {
			return p, nil
		}
		if c.Service != "" && p.Gateway == "" && p.Version() == c.Version && s.selects(c, p) {
			return p, nil
		}
	}
	return Pod{}, fmt.Errorf("%s: no pod is the client %s", s.Name, c)
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

// answer gives what istiod says of an Envoy cluster in the form of an expectation.
func (s *Served) answer(c pilot.Cluster) (Answer, error) {
	if c.Missing {
		return Answer{}, errors.New("CDS does not have it")
	}
	o, err := outlier(c.Outlier)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{PanicThresholdPercent: c.PanicThresholdPercent, LocalityWeighted: c.LocalityWeighted, Outlier: o}
	for _, l := range c.Localities {
		out := Locality{Region: l.Region, Zone: l.Zone, Subzone: l.Subzone, Priority: l.Priority}
		if l.Weight != nil {
			out.Weight = *l.Weight
		}
		counts := map[Endpoint]int{}
		for _, e := range l.Endpoints {
			p, known := s.byAddress(e.Address)
			if !known || !e.Healthy || e.Weight != 1 {
				return Answer{}, fmt.Errorf("an endpoint that no pod explains: %+v", e)
			}
			counts[Endpoint{Cluster: p.Cluster, Version: p.Version()}]++
		}
		for e, n := range counts {
			e.Replicas = n
			out.Endpoints = append(out.Endpoints, e)
		}
		a.Localities = append(a.Localities, out)
	}
	return a.canonical(), nil
}

func (s *Served) byAddress(address string) (Pod, bool) {
	for _, p := range s.Pods {
		if p.Address == address {
			return p, true
		}
	}
	return Pod{}, false
}

// outlier fills in what Envoy does where istiod leaves a field out: its documented defaults, of which the one for gateway errors is
// not to eject. It is an error when istiod has Envoy enforce anything else than the counts that are set.
func outlier(o *pilot.Outlier) (*Outlier, error) {
	if o == nil {
		return nil, nil
	}
	if !enforced(o.ConsecutiveErrors, o.EnforcingErrors) || !enforced(o.ConsecutiveGatewayErrors, o.EnforcingGatewayErrors) ||
		or(o.EnforcingSuccessRate, 100) != 0 {
		return nil, fmt.Errorf("an outlier detection that enforces other things: %+v", *o)
	}
	return &Outlier{
		ConsecutiveErrors: or(o.ConsecutiveErrors, 5), ConsecutiveGatewayErrors: o.ConsecutiveGatewayErrors,
		Interval: or(o.Interval, 10*time.Second).String(), BaseEjectionTime: or(o.BaseEjectionTime, 30*time.Second).String(),
		MaxEjectionPercent: or(o.MaxEjectionPercent, 10),
	}, nil
}

// enforced tells whether a count is enforced as it must be: always when it is set, never when it is 0, and left to Envoy's default
// when it is left out.
func enforced(count, percent *uint32) bool {
	if count == nil {
		return percent == nil
	}
	want := uint32(100)
	if *count == 0 {
		want = 0
	}
	return percent != nil && *percent == want
}

func or[T any](v *T, missing T) T {
	if v == nil {
		return missing
	}
	return *v
}
