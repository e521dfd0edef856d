package review_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/review"
)

// sent is what the gateway in region a gets from web: a share by region, and what is dropped.
func sent(lost string, shares map[string]float64, dropped float64) *flow.Report {
	r := &flow.Report{Totals: flow.Totals{DroppedShare: dropped}}
	if lost != "" {
		r.Lost = []string{lost}
	}
	from := flow.Client{Gateway: "in", Region: "a"}
	for _, region := range []string{"a", "b", "c"} {
		if shares[region] > 0 {
			r.Hops = append(r.Hops, flow.Hop{From: from, To: flow.Server{Service: "web", Region: region, Cluster: "c-" + region, Version: "v1"}, Share: shares[region]})
		}
	}
	if dropped > 0 {
		r.Dropped = append(r.Dropped, flow.Drop{From: from, Service: "web", Kind: flow.NoEndpoint, Share: dropped, Why: "no endpoint is left"})
	}
	return r
}

type region = map[string]float64

func TestFlows(t *testing.T) {
	type scenario struct{ before, after *flow.Report }
	for name, test := range map[string]struct {
		scenarios []scenario
		want      []string
	}{
		"nothing":                {[]scenario{{sent("", region{"a": 1}, 0), sent("", region{"a": 1}, 0)}}, nil},
		"less than anybody sees": {[]scenario{{sent("", region{"a": 0.9, "b": 0.1}, 0), sent("", region{"a": 0.9001, "b": 0.0999}, 0)}}, nil},
		"weights, and the losses that have no part in it": {[]scenario{
			{sent("", region{"a": 0.9, "b": 0.1}, 0), sent("", region{"a": 0.7, "b": 0.3}, 0)},
			{sent("region/c", region{"a": 0.9, "b": 0.1}, 0), sent("region/c", region{"a": 0.7, "b": 0.3}, 0)},
			{sent("region/b", region{"a": 1}, 0), sent("region/b", region{"a": 1}, 0)},
		}, []string{"traffic [] []: web in a: was 90 % a, 10 % b, now 70 % a, 30 % b"}},
		"an outage, and what else has it": {[]scenario{
			{sent("", region{"a": 1}, 0), sent("", region{"a": 1}, 0)},
			{sent("region/a", region{"b": 1}, 0), sent("region/a", nil, 1)},
			{sent("cluster/c-a", region{"b": 1}, 0), sent("cluster/c-a", nil, 1)},
			{sent("region/b", region{"a": 1}, 0), sent("region/b", region{"a": 0.5}, 0.5)},
		}, []string{
			"outage [region/a] [[cluster/c-a]]: web in a: was 100 % b, now dropped",
			"outage [region/b] []: web in a: was 100 % a, now 50 % a, 50 % dropped",
		}},
		"an outage that is over": {[]scenario{{sent("", nil, 1), sent("", region{"a": 1}, 0)}}, []string{"traffic [] []: web in a: was dropped, now 100 % a"}},
		"clients that begin and end": {[]scenario{
			{&flow.Report{}, sent("", region{"a": 1}, 0)},
			{&flow.Report{Lost: []string{"region/b"}}, sent("region/b", region{"a": 1}, 0)},
		}, []string{"additive [] []: web in a: new, 100 % a"}},
		"a service that nobody asks any more": {[]scenario{{sent("", region{"a": 1}, 0), &flow.Report{}}}, []string{"removal [] []: web in a: was 100 % a, now no such request is made"}},
		"what enters elsewhere and is dropped": {[]scenario{
			{sent("", region{"a": 1}, 0), sent("", region{"a": 1}, 0)},
			{&flow.Report{Lost: []string{"region/b"}}, sent("region/b", nil, 1)},
		}, []string{"outage [region/b] []: web in a: was answered elsewhere, now dropped"}},
	} {
		t.Run(name, func(t *testing.T) {
			var c review.TrafficComparison
			for _, s := range test.scenarios {
				c.Add(s.before, s.after)
			}
			var got []string
			for _, f := range c.Flows() {
				got = append(got, fmt.Sprintf("%s %v %v: %s", f.Risk, f.Lost, f.Alike, f.Says))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A load that crosses its capacity is told once, with the loss that is worst and the others that have it, too.
func TestLoads(t *testing.T) {
	report := func(lost string, utilization float64) *flow.Report {
		r := &flow.Report{Utilization: []flow.Utilization{{Server: flow.Server{Service: "web", Cluster: "c", Version: "v1"}, Utilization: utilization}}}
		if lost != "" {
			r.Lost = []string{lost}
		}
		return r
	}
	var c review.TrafficComparison
	c.Add(report("", 0.4), report("", 0.8))
	c.Add(report("region/a", 0.7), report("region/a", 1.4))
	c.Add(report("region/b", 0.8), report("region/b", 1.6))
	c.Add(report("region/c", 1.2), report("region/c", 2.4))
	c.Add(report("region/d", 1.2), report("region/d", 0.6))
	var got []string
	for _, l := range c.Loads() {
		got = append(got, fmt.Sprintf("%s %v %v %.1f -> %.1f", l.Risk, l.Lost, l.Alike, l.Before, l.After))
	}
	want := []string{"outage [region/b] [[region/a]] 0.8 -> 1.6", "none [region/d] [] 1.2 -> 0.6"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The cause is what stands in the explanations of one side only, and first of it what is changed.
func TestCause(t *testing.T) {
	f := &review.FlowChange{Service: "web", From: "a", Clients: []string{"gateway in"}, Before: &review.Shares{}, After: &review.Shares{}}
	explained := func(client string, decisions ...flow.Decision) []flow.Explanation {
		return []flow.Explanation{{Client: flow.Caller{Gateway: client, Region: "a"}, DecidedBy: decisions}}
	}
	route := flow.Decision{Rule: "the route", Object: "VirtualService default/web", Target: "mesh/m"}
	eject := flow.Decision{Rule: "ejects", Object: "DestinationRule default/web", Target: "mesh/m", Field: "spec.trafficPolicy.outlierDetection", From: "spec.services[name=web]", Place: "t.yaml:3:4"}
	never := flow.Decision{Rule: "never", Object: "DestinationRule default/web", Target: "mesh/m", Field: "spec.trafficPolicy"}
	changes := []review.Change{
		{Targets: []string{"clusters/c"}, Kind: "Deployment", Namespace: "default", Name: "web-v1", Change: review.Changed, Risk: review.Traffic, Fields: []review.Field{{Path: "spec.replicas"}}},
		{Targets: []string{"mesh/m"}, Kind: "DestinationRule", Namespace: "default", Name: "web", Change: review.Changed, Risk: review.Traffic},
	}
	for name, test := range map[string]struct {
		before, after []flow.Explanation
		want          string
	}{
		"a decision that is new":            {explained("ns/in", route, eject), explained("ns/in", route, never), "never of DestinationRule default/web"},
		"one that is gone":                  {explained("in", route, eject), explained("in", route), "no longer: ejects of DestinationRule default/web"},
		"other clients do not count":        {explained("other", eject), explained("other", never), "Deployment web-v1 is changed of Deployment default/web-v1"},
		"nothing differs but what is there": {explained("in", route), explained("in", route), "Deployment web-v1 is changed of Deployment default/web-v1"},
	} {
		c := review.CauseOf(f, test.before, test.after, changes)
		if c == nil || c.Says+" of "+c.Object != test.want {
			t.Errorf("%s: %+v, want %s", name, c, test.want)
		}
	}
	if c := review.CauseOf(f, nil, nil, nil); c != nil {
		t.Errorf("out of nothing: %+v", c)
	}
}
