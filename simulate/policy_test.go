package simulate_test

import (
	"fmt"
	"testing"

	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/simulate"
)

// destinationRule writes one.
func destinationRule(namespace, name, spec string) string {
	return fmt.Sprintf("{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: %s, namespace: %s}, spec: {%s}}\n---\n", name, namespace, spec)
}

// way sends all calls of api to a subset.
func way(subset string) string {
	return "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: api, namespace: default}, spec: {hosts: [api], http: [{route: [{destination: {host: api, subset: " + subset + "}}]}]}}\n---\n"
}

// inForce says what of a policy is: the limit of outlierDetection ("-" without), and how localities are chosen.
func (w *world) inForce() string {
	x := w.explained("a", "")
	outlier := "-"
	if x.Outlier != nil {
		outlier = fmt.Sprint(x.Outlier.MaxEjectionPercent)
	}
	locality := "plain"
	for _, l := range x.Localities {
		switch {
		case l.Priority > 0:
			locality = "failover"
		case l.Weight > 50:
			locality = "distribute"
		}
	}
	return outlier + " " + locality
}

const (
	ejects = "outlierDetection: {maxEjectionPercent: 20}"
	spread = "loadBalancer: {localityLbSetting: {distribute: [{from: a, to: {a: 40, b: 60}}]}}"
	random = "loadBalancer: {simple: RANDOM}"
	off    = "loadBalancer: {localityLbSetting: {enabled: false}}"
)

// An entry for the port replaces a policy whole, a subset's policy replaces it block by block, and a subset's entry for the port
// replaces all.
func TestPolicyBlocks(t *testing.T) {
	port := func(number int, policy string) string {
		return fmt.Sprintf("portLevelSettings: [{port: {number: 81}, %s}, {port: {number: %d}, %s}]", off, number, policy)
	}
	for _, c := range []struct {
		name, top, subset string // trafficPolicy of the rule, and of the subset
		want              string
	}{
		{"rule", ejects, "", "20 failover"},
		{"rule with setting", ejects + ", " + spread, "", "20 distribute"},
		{"port of another", ejects + ", " + port(82, spread), "", "20 failover"},
		{"port", ejects + ", " + port(80, spread), "", "- distribute"},
		{"port loses the setting", ejects + ", " + spread + ", " + port(80, "outlierDetection: {maxEjectionPercent: 30}"), "", "30 failover"},
		{"port loses failover", ejects + ", " + port(80, random), "", "- plain"},

		{"subset without policy", ejects, "none", "20 failover"},
		{"subset keeps what it does not say", ejects, spread, "20 distribute"},
		{"subset keeps the setting", spread, "outlierDetection: {maxEjectionPercent: 30}", "30 distribute"},
		{"subset replaces a block whole", ejects + ", " + spread, random, "20 failover"},
		{"subset alone", "", "outlierDetection: {maxEjectionPercent: 30}", "30 failover"},
		{"subset switches off", ejects, off, "20 plain"},
		{"subset over port", port(80, "outlierDetection: {maxEjectionPercent: 30}"), spread, "30 distribute"},
		{"port of subset clears all", ejects + ", " + spread, random + ", " + port(80, random), "- plain"},
		{"port of subset", ejects, port(80, spread), "- distribute"},
		{"other port of subset", ejects, "outlierDetection: {maxEjectionPercent: 30}, " + port(82, spread), "30 failover"},
	} {
		spec, objects := "host: api", ""
		if c.top != "" {
			spec += ", trafficPolicy: {" + c.top + "}"
		}
		if c.subset != "" {
			objects, spec = way("v1"), spec+", subsets: [{name: v1, labels: {version: v1}"
			if c.subset != "none" {
				spec += ", trafficPolicy: {" + c.subset + "}"
			}
			spec += "}]"
		}
		w := newWorld(t, pair(), objects+destinationRule("default", "api", spec))
		if got := w.inForce(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// The rule of the client's namespace comes before that of the service's, and that before the root's, whatever their hosts; of one
// namespace the most specific host counts. Some rules are not for all namespaces.
func TestPolicyLookup(t *testing.T) {
	const host = "api.default.svc.cluster.local"
	dr := func(namespace, name, host string, percent int, more string) string {
		return destinationRule(namespace, name, fmt.Sprintf("host: %q, trafficPolicy: {outlierDetection: {maxEjectionPercent: %d}}%s", host, percent, more))
	}
	gone := "{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: api, namespace: default}}\n---\n"
	for _, c := range []struct{ name, objects, want string }{
		{"none", gone, "- plain"},
		{"service's", gone + dr("default", "x", "api", 20, ""), "20 failover"},
		{"root's", gone + dr("istio-system", "x", host, 20, ""), "20 failover"},
		{"a short name is of the rule's namespace", gone + dr("istio-system", "x", "api", 20, ""), "- plain"},
		{"another's", gone + dr("other", "x", host, 20, ""), "- plain"},
		{"client's first", gone + dr("default", "x", "api", 20, "") + dr("front", "x", host, 30, ""), "30 failover"},
		{"client's wildcard before service's exact", gone + dr("default", "x", "api", 20, "") + dr("front", "x", "*.svc.cluster.local", 30, ""), "30 failover"},
		{"service's before root's", gone + dr("default", "x", "*.default.svc.cluster.local", 20, "") + dr("istio-system", "x", host, 30, ""), "20 failover"},
		{"exact before wildcards", gone + dr("default", "a", "*", 30, "") + dr("default", "b", "api", 20, "") + dr("default", "c", "*.local", 30, ""), "20 failover"},
		{"the longest wildcard", gone + dr("default", "a", "*", 30, "") + dr("default", "b", "*.default.svc.cluster.local", 20, "") + dr("default", "c", "*.local", 30, ""), "20 failover"},
		{"a wildcard that does not match", gone + dr("default", "a", "*.shop.svc.cluster.local", 30, ""), "- plain"},
		{"private", gone + dr("default", "x", "api", 20, ", exportTo: [.]"), "- plain"},
		{"private of the client's", gone + dr("front", "x", host, 20, ", exportTo: [.]"), "20 failover"},
		{"for all", gone + dr("default", "x", "api", 20, `, exportTo: ["*"]`), "20 failover"},
		{"for the client", gone + dr("default", "x", "api", 20, ", exportTo: [other, front]"), "20 failover"},
		{"for another", gone + dr("default", "x", "api", 20, ", exportTo: [other]"), "- plain"},
		{"client's, for another", gone + dr("front", "x", host, 30, ", exportTo: [default]") + dr("default", "x", "api", 20, ""), "20 failover"},
		{"client's, for itself by name", gone + dr("front", "x", host, 30, ", exportTo: [front]") + dr("default", "x", "api", 20, ""), "30 failover"},
		{"private, then root's", gone + dr("default", "x", "api", 20, ", exportTo: [.]") + dr("istio-system", "x", host, 30, ""), "30 failover"},
		{"the most specific is not for the client", gone + dr("default", "x", "api", 20, ", exportTo: [other]") + dr("default", "y", "*.default.svc.cluster.local", 30, ""), "- plain"},
		{"for some workloads", gone + dr("default", "x", "api", 20, ", workloadSelector: {matchLabels: {app: web}}"), "- plain"},
	} {
		w := newWorld(t, changed(func(b *mesh.Body) {
			b.Services[0].Namespace = "front"
			b.Services[0].Calls[0].Service = "default/api"
			b.Routes[0].HTTP = everything("in", "web.front.svc.cluster.local").HTTP
		}), c.objects)
		list, err := w.model.Explain(simulate.Scenario{}, "api", "a")
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %v %v", c.name, list, err)
		}
		got := "- plain"
		if o := list[0].Outlier; o != nil {
			got = fmt.Sprintf("%d failover", o.MaxEjectionPercent)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// A gateway, which is in the root namespace, finds the rule of the service's namespace before a public one of the root, and before both
// what is private to the root.
func TestPolicyOfGateway(t *testing.T) {
	root := func(percent int, more string) string {
		return destinationRule("istio-system", "all", fmt.Sprintf("host: \"*.local\", trafficPolicy: {outlierDetection: {maxEjectionPercent: %d}}%s", percent, more))
	}
	for objects, want := range map[string]int{root(30, ""): 100, root(30, ", exportTo: [.]"): 30, "": 100} {
		list, err := newWorld(t, pair(), objects).model.Explain(simulate.Scenario{}, "web", "a")
		if err != nil || len(list) != 1 || list[0].Client.Gateway == "" || list[0].Outlier.MaxEjectionPercent != want {
			t.Errorf("%s: %+v, %v, want %d", objects, list, err, want)
		}
	}
}

// Several rules of a namespace for one host are joined in the order of their names: all subsets, the first of a name, and the first
// trafficPolicy.
func TestPolicyMerge(t *testing.T) {
	gone := "{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: api, namespace: default}}\n---\n"
	objects := gone + destinationRule("default", "c", "host: api, trafficPolicy: {outlierDetection: {maxEjectionPercent: 30}}, subsets: [{name: two, labels: {version: v9}}]") +
		destinationRule("default", "b", "host: api.default.svc.cluster.local, trafficPolicy: {outlierDetection: {maxEjectionPercent: 20}}, subsets: [{name: two, labels: {version: v1}}]") +
		destinationRule("default", "a", "host: api, subsets: [{name: one, labels: {version: v1}, trafficPolicy: {"+spread+"}}]")
	for subset, want := range map[string]string{"one": "20 distribute", "two": "20 failover", `""`: "20 failover"} {
		if got := newWorld(t, pair(), objects+way(subset)).inForce(); got != want {
			t.Errorf("subset %s: %s, want %s", subset, got, want)
		}
	}
	r := newWorld(t, pair(), objects+way("three")).run("")
	same(t, "a subset that no rule has", map[string]float64{"api noRoute": 1}, only("web@a", shares(r)))
}

// The setting of a rule replaces that of the mesh whole.
func TestPolicyOverMesh(t *testing.T) {
	failover := func(b *mesh.Body) {
		b.Mesh.Version = "1.24.6.1"
		b.Clusters = append(b.Clusters, mesh.ClusterSpec{Name: "cc", Region: "c"})
		b.Services[1].Placements = append(b.Services[1].Placements, in("cc", "v1", 2))
		b.Traffic.Failover = []mesh.Failover{{From: "a", To: "c"}, {From: "b", To: "a"}, {From: "c", To: "b"}}
	}
	for policy, want := range map[string]string{
		"{" + ejects + "}": "a 0:2, b 2:2, c 1:2",
		"{" + random + "}": "a 0:2, b 0:2, c 0:2",
		"{" + ejects + ", loadBalancer: {localityLbSetting: {failover: [{from: b, to: c}]}}}": "a 0:2, b 1:2, c 1:2",
		"{" + ejects + ", " + off + "}": "a 0:2, b 0:2, c 0:2",
	} {
		if got := localities(newWorld(t, changed(failover), rule(policy)).explained("a", "")); got != want {
			t.Errorf("%s: %s, want %s", policy, got, want)
		}
	}
}

// minHealthPercent is Envoy's panic threshold, except of a Service with trafficDistribution.
func TestPolicyPanic(t *testing.T) {
	const service = "{apiVersion: v1, kind: Service, metadata: {name: api, namespace: default}, spec: {selector: {app: api}, ports: [{name: http, port: 80}], trafficDistribution: PreferClose}}\n---\n"
	for objects, want := range map[string]int{
		rule("{outlierDetection: {}}"):                               0,
		rule("{outlierDetection: {minHealthPercent: 40}}"):           40,
		service + rule("{outlierDetection: {minHealthPercent: 40}}"): 0,
	} {
		s := pair()
		s.Spec.Mesh.Version = "1.26.1.1"
		if x := newWorld(t, s, objects).explained("a", ""); x.Panic == nil || *x.Panic != want {
			t.Errorf("%s: panic threshold %v, want %d", objects, x.Panic, want)
		}
	}
	unset := newWorld(t, pair(), rule("{loadBalancer: {simple: RANDOM}}")).explained("a", "")
	if unset.Panic != nil {
		t.Errorf("a panic threshold of %d without outlierDetection", *unset.Panic)
	}
}
