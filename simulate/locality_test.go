package simulate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/simulate"
)

// zoned is pair with a third region, and zones: of api there are v1 in a/a1 (2), a/a2 (1), b/b1 (2) and c (1), and v2 in a/a1 (1).
func zoned() *mesh.Spec {
	return changed(func(b *mesh.Body) {
		b.Mesh.Version = "1.26.1.1"
		b.Clusters = []mesh.ClusterSpec{{Name: "ca", Region: "a", Zones: []string{"a1", "a2"}}, {Name: "cb", Region: "b", Zones: []string{"b1"}}, {Name: "cc", Region: "c"}}
		b.Services = []mesh.ServiceSpec{
			service("web", in("ca", "v1", 2), in("cb", "v1", 1), in("cc", "v1", 1)),
			service("api", in("ca", "v1", 3), in("ca", "v2", 1), in("cb", "v1", 2), in("cc", "v1", 1)),
		}
		b.Services[0].Calls = []mesh.CallSpec{{Service: "api", Times: 1}}
	})
}

// rule is the DestinationRule of api with a trafficPolicy.
func rule(policy string) string {
	return "{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: api, namespace: default}, spec: {host: api, trafficPolicy: " + policy + "}}"
}

// explained gives what web in a region and zone gets of api.
func (w *world) explained(region, zone string) flow.Explanation {
	w.t.Helper()
	list, err := w.model.Explain(simulate.Scenario{}, "api", region)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, x := range list {
		if x.Client.Service == "default/web" && x.Client.Zone == zone {
			return x
		}
	}
	w.t.Fatalf("web in %s/%s is not explained", region, zone)
	return flow.Explanation{}
}

// localities writes them as region/zone, priority and weight.
func localities(x flow.Explanation) string {
	var list []string
	for _, l := range x.Localities {
		list = append(list, fmt.Sprintf("%s %d:%d", strings.TrimRight(l.Region+"/"+l.Zone, "/"), l.Priority, l.Weight))
	}
	return strings.Join(list, ", ")
}

const plain = "a/a1 0:3, a/a2 0:1, b/b1 0:2, c 0:1"

// What istiod makes of each shape of LocalityLoadBalancerSetting for web in a zone.
func TestLocality(t *testing.T) {
	for _, c := range []struct {
		setting, region, zone string
		want                  string // localities with priority and weight
		weighted              bool
	}{
		// Priorities by place.
		{`{}`, "a", "a1", "a/a1 0:3, a/a2 1:1, b/b1 2:2, c 2:1", false},
		{`{}`, "a", "a2", "a/a1 1:3, a/a2 0:1, b/b1 2:2, c 2:1", false},
		{`{}`, "c", "", "a/a1 1:3, a/a2 1:1, b/b1 1:2, c 0:1", false},
		{`{enabled: true}`, "b", "b1", "a/a1 1:3, a/a2 1:1, b/b1 0:2, c 1:1", false},
		{`{enabled: false}`, "a", "a1", plain, false},
		{`{enabled: false, failover: [{from: a, to: b}]}`, "a", "a1", plain, false},

		// Failover: the first row of the client's region, others come after its target and are not left out.
		{`{failover: [{from: a, to: b}]}`, "a", "a1", "a/a1 0:3, a/a2 1:1, b/b1 2:2, c 3:1", true},
		{`{failover: [{from: b, to: a}, {from: a, to: c}, {from: a, to: b}]}`, "a", "a1", "a/a1 0:3, a/a2 1:1, b/b1 3:2, c 2:1", true},
		{`{failover: [{from: b, to: a}]}`, "a", "a1", "a/a1 0:3, a/a2 1:1, b/b1 2:2, c 2:1", true},
		{`{failover: [{from: a, to: d}]}`, "a", "a1", "a/a1 0:3, a/a2 1:1, b/b1 2:2, c 2:1", true},

		// Labels, in order; a locality is split where its pods differ.
		{`{failoverPriority: [topology.kubernetes.io/region]}`, "a", "a1", "a/a1 0:3, a/a2 0:1, b/b1 1:2, c 1:1", true},
		{`{failoverPriority: [topology.kubernetes.io/region, topology.kubernetes.io/zone]}`, "a", "a1", "a/a1 0:3, a/a2 1:1, b/b1 2:2, c 2:1", true},
		{`{failoverPriority: [topology.istio.io/network, topology.kubernetes.io/region]}`, "a", "a1", "a/a1 0:3, a/a2 0:1, b/b1 1:2, c 1:1", true},
		{`{failoverPriority: [version]}`, "a", "a1", "a/a1 0:2, a/a1 1:1, a/a2 0:1, b/b1 0:2, c 0:1", true},
		{`{failoverPriority: [version=v2]}`, "a", "a1", "a/a1 0:1, a/a1 1:2, a/a2 1:1, b/b1 1:2, c 1:1", true},
		{`{failoverPriority: [version=v1, topology.kubernetes.io/region]}`, "a", "a1", "a/a1 0:2, a/a1 2:1, a/a2 0:1, b/b1 1:2, c 1:1", true},
		{`{failoverPriority: [topology.istio.io/cluster=cb, topology.kubernetes.io/region]}`, "a", "a1", "a/a1 1:3, a/a2 1:1, b/b1 0:2, c 1:1", true},
		{`{failoverPriority: [unheard-of]}`, "a", "a1", plain, true}, // nobody has it, so all are alike
		{`{failoverPriority: [version=v1], failover: [{from: a, to: b}]}`, "a", "a1", "a/a1 0:2, a/a1 4:1, a/a2 1:1, b/b1 2:2, c 3:1", true},

		// Distribute: the first row, pro rata and rounded up; no priorities at all.
		{`{distribute: [{from: a, to: {a: 90, b: 10}}]}`, "a", "a1", "a/a1 0:68, a/a2 0:23, b/b1 0:10", true},
		{`{distribute: [{from: a, to: {a/a1: 70, b: 30}}]}`, "a", "a2", "a/a1 0:70, b/b1 0:30", true},
		{`{distribute: [{from: "a/a2/*", to: {b: 100}}, {from: "a/*", to: {c: 100}}]}`, "a", "a1", "c 0:100", true},
		{`{distribute: [{from: "a/a2/*", to: {b: 100}}, {from: "a/*", to: {c: 100}}]}`, "a", "a2", "b/b1 0:100", true},
		{`{distribute: [{from: "*", to: {b: 100}}, {from: a, to: {c: 100}}]}`, "a", "a1", "b/b1 0:100", true},
		{`{distribute: [{from: "*", to: {"*": 100}}]}`, "b", "b1", "a/a1 0:43, a/a2 0:15, b/b1 0:29, c 0:15", true},
		{`{distribute: [{from: a, to: {"c/*": 100}}]}`, "a", "a1", "c 0:100", true},
		{`{distribute: [{from: a, to: {d: 100}}]}`, "a", "a1", "", true},
		{`{distribute: [{from: b, to: {a: 100}}]}`, "a", "a1", plain, true},
		{`{distribute: [{from: a/a2, to: {a: 100}}]}`, "a", "a1", plain, true},
		{`{distribute: [{from: b, to: {a: 100}}], failover: [{from: a, to: b}]}`, "a", "a1", plain, true},
		{`{distribute: [{from: a, to: {a: 99, c: 1}}], failoverPriority: [version]}`, "a", "a1", "a/a1 0:75, a/a2 0:25, c 0:1", true},
	} {
		for _, detected := range []bool{true, false} {
			policy := "{loadBalancer: {localityLbSetting: " + c.setting + "}"
			want, weighted := c.want, c.weighted
			if detected {
				policy += ", outlierDetection: {}"
			} else if !strings.Contains(c.setting, "distribute") {
				want, weighted = plain, false // without outlierDetection there are no priorities
			}
			x := newWorld(t, zoned(), rule(policy+"}")).explained(c.region, c.zone)
			if d := cmp.Diff(want, localities(x)); d != "" || x.Weighted != weighted {
				t.Errorf("%s for %s/%s, outlierDetection %v: weighted %v, want %v (-want +got):\n%s", c.setting, c.region, c.zone, detected, x.Weighted, weighted, d)
			}
		}
	}
}

// The share of a locality is that of all its pods, also where a rule tells them apart.
func TestLocalityShares(t *testing.T) {
	x := newWorld(t, zoned(), rule("{outlierDetection: {}, loadBalancer: {localityLbSetting: {failoverPriority: [version=v3, topology.kubernetes.io/region]}}}")).explained("a", "a1")
	got := map[string]float64{}
	for _, l := range x.Localities {
		got[l.Region+"/"+l.Zone] = l.Share
	}
	same(t, "shares", map[string]float64{"a/a1": 3.0 / 7, "a/a2": 1.0 / 7, "b/b1": 2.0 / 7, "c/": 1.0 / 7}, got)
}

// trafficDistribution of a Service sets priorities without outlierDetection; a setting of a DestinationRule comes before it, and a
// control plane before 1.25 does not know it.
func TestTrafficDistribution(t *testing.T) {
	object := func(metadata, spec string) string {
		return "{apiVersion: v1, kind: Service, metadata: {name: api, namespace: default" + metadata + "}, spec: {selector: {app: api}, ports: [{name: http, port: 80}]" + spec + "}}\n---\n"
	}
	spec := func(value string) string { return object("", ", trafficDistribution: "+value) }
	annotation := func(value string) string {
		return object(", annotations: {networking.istio.io/traffic-distribution: "+value+"}", "")
	}
	const zones = "a/a1 0:3, a/a2 1:1, b/b1 2:2, c 2:1"
	for _, c := range []struct{ name, objects, version, want string }{
		{"close", spec("PreferClose"), "", zones},
		{"zone", spec("PreferSameZone"), "1.27.0", zones},
		{"node", spec("PreferSameNode"), "1.27.0", zones},
		{"annotation", annotation("PreferClose"), "", zones},
		{"annotation in lower case", annotation("preferclose"), "", zones},
		{"field before annotation", object(", annotations: {networking.istio.io/traffic-distribution: Any}", ", trafficDistribution: PreferClose"), "", zones},
		{"any", annotation("Any"), "", plain},
		{"old", spec("PreferClose"), "1.24.0.1", plain},
		{"rule", spec("PreferClose") + rule("{loadBalancer: {localityLbSetting: {distribute: [{from: a, to: {b: 100}}]}}}"), "", "b/b1 0:100"},
		{"off", spec("PreferClose") + rule("{loadBalancer: {localityLbSetting: {enabled: false}}}"), "", plain},
		{"rule without setting", spec("PreferClose") + rule("{loadBalancer: {simple: RANDOM}}"), "", zones},
	} {
		objects, s := c.objects, zoned()
		if c.version != "" {
			s.Spec.Mesh.Version = c.version
		}
		if !strings.Contains(objects, "DestinationRule") {
			objects += rule("{connectionPool: {tcp: {maxConnections: 1}}}")
		}
		x := newWorld(t, s, objects).explained("a", "a1")
		if d := cmp.Diff(c.want, localities(x)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
		if forced := c.want == zones; x.Weighted != (forced || strings.Contains(c.objects, "distribute")) || x.Outlier != nil {
			t.Errorf("%s: weighted %v, outlierDetection %v", c.name, x.Weighted, x.Outlier)
		}
	}
}
