package simulate_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/simulate"
	"pgregory.net/rapid"
)

// The order of no input list shows in a report, nor whether the model was asked before.
func TestOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		_, model := modelOf(t, spec, "")
		s := drawScenario(t, model)
		want := model.Run(s)
		if d := cmp.Diff(want, model.Run(s)); d != "" {
			t.Fatalf("asked again:\n%s", d)
		}
		explained, err := model.Explain(s, "*", "")
		if err != nil {
			t.Fatal(err)
		}
		shuffle(t, spec)
		_, other := modelOf(t, spec, "")
		if d := cmp.Diff(want, other.Run(s)); d != "" {
			t.Fatalf("shuffled:\n%s", d)
		}
		again, err := other.Explain(s, "*", "")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(explained, again); d != "" {
			t.Fatalf("shuffled, explained:\n%s", d)
		}
	})
}

// shuffle changes the order of every list whose order means nothing.
func shuffle(t *rapid.T, s *mesh.Spec) {
	b := &s.Spec
	for i := range b.Services {
		v := &b.Services[i]
		v.Calls, v.Placements = shuffled(t, v.Calls), shuffled(t, v.Placements)
		if v.Locality != nil {
			v.Locality.Failover, v.Locality.Distribute = shuffled(t, v.Locality.Failover), shuffled(t, v.Locality.Distribute)
		}
	}
	for i := range b.Gateways {
		b.Gateways[i].Clusters = shuffled(t, b.Gateways[i].Clusters)
	}
	for i := range b.Clusters {
		b.Clusters[i].Zones = shuffled(t, b.Clusters[i].Zones)
	}
	b.Traffic.Failover, b.Traffic.Distribute = shuffled(t, b.Traffic.Failover), shuffled(t, b.Traffic.Distribute)
	b.Clusters, b.Services, b.Gateways = shuffled(t, b.Clusters), shuffled(t, b.Services), shuffled(t, b.Gateways)
	b.Routes, b.Demand = shuffled(t, b.Routes), shuffled(t, b.Demand)
}

func shuffled[T any](t *rapid.T, list []T) []T {
	if len(list) < 2 {
		return list
	}
	return rapid.Permutation(list).Draw(t, "order")
}

// Where a client has one way to a service, explain and Run give the same shares.
func TestExplainAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, model := modelOf(t, drawSpec(t), "")
		s := drawScenario(t, model)
		list, err := model.Explain(s, "*", "")
		if err != nil {
			t.Fatal(err)
		}
		ways := map[flowKey][]flow.Explanation{}
		for _, x := range list {
			key := flowKey{clientOf(x.Client), x.Service}
			ways[key] = append(ways[key], x)
			checkExplanation(t, x)
		}
		hops := map[flowKey]map[string]float64{}
		for _, h := range model.Run(s).Hops {
			key := flowKey{h.From, h.To.Service}
			if hops[key] == nil {
				hops[key] = map[string]float64{}
			}
			hops[key][h.To.Region] += h.Share
		}
		for key, want := range hops {
			list := ways[key]
			if len(list) == 0 {
				t.Errorf("%+v is not explained", key)
			}
			if len(list) != 1 || list[0].Weight < 1 {
				continue
			}
			got := map[string]float64{}
			for _, l := range list[0].Localities {
				if l.Share > 0 {
					got[l.Region] += l.Share
				}
			}
			if d := cmp.Diff(want, got, close9); d != "" {
				t.Errorf("%+v (-hops +explained):\n%s", key, d)
			}
		}
	})
}

func clientOf(c flow.Caller) flow.Client {
	if c.Gateway != "" {
		return flow.Client{Gateway: last(c.Gateway), Region: c.Region}
	}
	return flow.Client{Service: reference(c.Service), Region: c.Region}
}

// checkExplanation holds one against what Envoy takes: priorities without gaps, weights above 0, states of pods that add up.
func checkExplanation(t *rapid.T, x flow.Explanation) {
	seen, highest, sum := map[int]bool{}, -1, 0.0
	for _, l := range x.Localities {
		seen[l.Priority], highest, sum = true, max(highest, l.Priority), sum+l.Share
		if l.Weight <= 0 {
			t.Errorf("%+v has no weight", l)
		}
		for _, e := range l.Endpoints {
			if e.Replicas <= 0 || e.Failing < 0 || e.Failing > e.Replicas || e.Ejected < 0 || e.Ejected > e.Failing {
				t.Errorf("%+v", e)
			}
		}
	}
	if len(seen) != highest+1 {
		t.Errorf("priorities of %+v have gaps", x.Localities)
	}
	if sum > 1+tiny {
		t.Errorf("%+v gives %v of the requests", x, sum)
	}
}

// Nothing that is lost makes a mesh without failing pods answer with errors, and a mesh that lost nothing drops only what routes
// drop or no pod is there for.
func TestNothingLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, model := modelOf(t, drawSpec(t), "")
		for _, d := range model.Run(simulate.Scenario{}).Dropped {
			if d.Kind == flow.Errors {
				t.Errorf("%+v", d)
			}
		}
	})
}

// It makes no difference which of several places is lost first.
func TestOrderOfLosses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, model := modelOf(t, drawSpec(t), "")
		s := drawScenario(t, model)
		want := model.Run(s)
		slices.Reverse(s.Lost)
		got := model.Run(s)
		want.Lost, got.Lost = nil, nil
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}
