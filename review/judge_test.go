package review_test

import (
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/review"
	"pgregory.net/rapid"
)

func flowOf(risk review.Risk, says string, lost ...string) review.FlowChange {
	return review.FlowChange{Risk: risk, Says: says, Lost: lost}
}

func object(risk review.Risk, change, name string, targets ...string) review.Change {
	kind, name, _ := strings.Cut(name, " ")
	return review.Change{Risk: risk, Change: change, Kind: kind, Namespace: "default", Name: name, Targets: targets, Why: "who may call changes"}
}

var tried = []string{"region/cn-a", "region/cn-b"}

// The first line says first what is worst.
func TestVerdicts(t *testing.T) {
	dropped := "reviews in cn-a: was 100 % cn-b, now dropped"
	moved := "reviews in cn-a: was 90 % v1, 10 % v2, now 70 % v1, 30 % v2"
	for _, c := range []struct {
		name   string
		report review.Report
		want   string
	}{
		{"nothing", review.Report{Losses: tried}, "no difference"},
		{"nothing, traffic unknown", review.Report{NoTraffic: "neither side has a topology"}, "no difference; traffic was not compared: neither side has a topology"},
		{"all is silenced", review.Report{Ignored: []review.Ignored{{Fields: 2}, {Fields: 1}}}, "no difference; 3 differences are silenced"},
		{"outage while all is up", review.Report{Losses: tried, Traffic: []review.FlowChange{flowOf(review.Outage, dropped), flowOf(review.Traffic, moved)}},
			"outage: " + dropped},
		{"outage under a loss", review.Report{Losses: tried, Traffic: []review.FlowChange{flowOf(review.Outage, dropped, "region/cn-b"), flowOf(review.Outage, moved, "region/cn-b"), flowOf(review.Traffic, moved)}},
			"outage: if cn-b is lost, " + dropped + " (and 1 more); 1 flow changes while all is up"},
		{"outage of a part", review.Report{Losses: tried, Traffic: []review.FlowChange{flowOf(review.Outage, dropped, "service/reviews@region/cn-b@version/v1")}},
			"outage: if reviews v1 in cn-b is lost, " + dropped + "; while all is up traffic stays as it is"},
		{"several at once, of one topology of several", review.Report{Losses: tried, Traffic: []review.FlowChange{{Topology: "shop", Risk: review.Outage, Says: dropped, Lost: []string{"cluster/c1", "gateway/in@cluster/c2"}}}},
			"outage: shop: if cluster c1 and gateway in in c2 are lost, " + dropped + "; while all is up traffic stays as it is"},
		{"traffic", review.Report{Losses: tried, Traffic: []review.FlowChange{flowOf(review.Traffic, moved)}, Objects: []review.Change{object(review.Traffic, review.Changed, "VirtualService reviews", "mesh/asm")}},
			"traffic: " + moved + "; no loss becomes an outage; VirtualService default/reviews changes in mesh/asm"},
		{"identity, with traffic", review.Report{Losses: tried, Traffic: []review.FlowChange{flowOf(review.Traffic, moved)}, Objects: []review.Change{object(review.Identity, review.Changed, "AuthorizationPolicy allow", "clusters/a", "clusters/b"), object(review.Traffic, review.Changed, "VirtualService reviews", "mesh/asm")}},
			"identity: AuthorizationPolicy default/allow changes in 2 clusters: who may call changes; 1 flow changes; no loss becomes an outage; 2 objects change in 3 targets"},
		{"broken expectation", review.Report{Losses: tried, Expectations: []review.Expectation{{Expect: "reviews: to cn-a 100 %", Change: review.Broken, Why: "50 % go to cn-b", Risk: review.Outage}, {Change: review.Mended}}},
			`outage: the expectation "reviews: to cn-a 100 %" no longer holds: 50 % go to cn-b`},
		{"withdrawn expectations", review.Report{Losses: tried, Expectations: []review.Expectation{{Change: review.Withdrawn, Risk: review.Removal}, {Change: review.Withdrawn, Risk: review.Removal}}, Objects: []review.Change{object(review.Removal, review.Removed, "Service reviews", "clusters/a")}},
			"removal: Service default/reviews is removed in clusters/a; 2 expectations are taken out"},
		{"overload", review.Report{Losses: tried, Utilization: []review.LoadChange{{Lost: []string{"zone/cn-a/a1"}, Service: "reviews", Version: "v1", Cluster: "c", Before: .8, After: 1.2, Risk: review.Outage}}},
			"outage: if zone cn-a/a1 is lost, reviews v1 in c goes from 80 % to 120 % of its capacity"},
		{"a cluster comes", review.Report{Losses: tried, Targets: []review.TargetDelta{{Target: "clusters/ack-beijing", Change: review.Added, Risk: review.Additive, Objects: 12}}},
			"additive: cluster ack-beijing is added (12 objects); traffic stays as it is"},
		{"clusters come and go", review.Report{Losses: tried, Targets: []review.TargetDelta{{Target: "clusters/a", Change: review.Removed, Risk: review.Removal, Objects: 1}, {Target: "clusters/b", Change: review.Added, Risk: review.Additive, Objects: 1200}, {Target: "mesh/c", Change: review.Added, Risk: review.Additive}}},
			"removal: cluster a is removed (1 object); cluster b and mesh c are added (1,200 objects); traffic stays as it is"},
		{"a cluster comes, and more changes with it", review.Report{Losses: tried, Targets: []review.TargetDelta{{Target: "clusters/a", Change: review.Added, Risk: review.Additive, Objects: 3}},
			Objects: []review.Change{object(review.Traffic, review.Changed, "File cen.tf.json", "network"), object(review.Traffic, review.Changed, "File b", "network"), object(review.Traffic, review.Changed, "File c", "network")}},
			"traffic: cluster a is added (3 objects); file cen.tf.json changes in network: who may call changes (and 2 more objects); traffic stays as it is"},
		{"a cluster comes, and another is made anew", review.Report{Losses: tried, Targets: []review.TargetDelta{{Target: "clusters/a", Change: review.Added, Risk: review.Additive, Objects: 3}}, Objects: []review.Change{object(review.Outage, review.Changed, "File cen.tf.json", "network")}},
			"outage: file cen.tf.json changes in network: who may call changes; cluster a is added (3 objects); traffic stays as it is"},
		{"mixed objects", review.Report{Losses: tried, Objects: []review.Change{object(review.Additive, review.Added, "Service a", "clusters/a"), object(review.Additive, review.Added, "Service b", "clusters/a"), object(review.None, review.Changed, "Service c", "clusters/b")}},
			"additive: Service default/a is added in clusters/a: who may call changes (and 1 more object); 3 objects differ in 2 clusters (1 changed, 2 added); traffic stays as it is"},
		{"no risk", review.Report{Losses: tried, Objects: []review.Change{object(review.None, review.Changed, "ConfigMap notes", "clusters/a", "clusters/b")}},
			"ConfigMap default/notes changes in 2 clusters; traffic stays as it is"},
		{"version alone", review.Report{Losses: tried, Version: []review.Change{object(review.None, review.Changed, "Gateway a", "mesh/asm")}},
			"1 object differs in mesh/asm whatever the topology says (rendered by another version, or edited); traffic stays as it is"},
		{"manifests without targets", review.Report{NoTraffic: "neither side has a topology", Objects: []review.Change{object(review.Identity, review.Changed, "Service a", ".")}},
			"identity: Service default/a changes: who may call changes; traffic was not compared: neither side has a topology"},
		{"names that act", review.Report{Traffic: []review.FlowChange{flowOf(review.Traffic, "a\x1b[2J\nb\u202e")}}, `traffic: a\x1b[2J b\u202e`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.report.Judge(); c.report.Verdict != c.want {
				t.Errorf("the verdict is\n%s\nwant\n%s", c.report.Verdict, c.want)
			}
			if c.report.Changed == c.report.Same() {
				t.Error("Changed is not what Same denies")
			}
		})
	}
}

// Whatever a report holds, its verdict is one line, not endless, that begins with the highest risk there is.
func TestVerdictsOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawReport(t)
		checkText(t, "x"+r.Verdict)
		if strings.Contains(r.Verdict, "\n") || r.Verdict == "" || len([]rune(r.Verdict)) > 600 {
			t.Fatalf("%q", r.Verdict)
		}
		if r.Risk > review.None && !strings.HasPrefix(r.Verdict, r.Risk.String()+": ") {
			t.Fatalf("risk %s: %q", r.Risk, r.Verdict)
		}
		for _, f := range r.Traffic {
			if f.Risk > r.Risk {
				t.Fatalf("%s is higher than %s", f.Risk, r.Risk)
			}
		}
	})
}
