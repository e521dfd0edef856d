package simulate_test

import (
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/simulate"
)

// What is expected of pair, and what is said where it does not hold; "" where it does.
func TestExpect(t *testing.T) {
	percent := func(f float64) *float64 { return &f }
	lost := func(mode string, places ...string) mesh.WhenSpec { return mesh.WhenSpec{Lost: places, Mode: mode} }
	for _, c := range []struct {
		name   string
		expect mesh.ExpectSpec
		want   string
	}{
		{"all", mesh.ExpectSpec{Service: "api", To: map[string]float64{"a": 50, "b": 50}}, ""},
		{"a region's clients", mesh.ExpectSpec{Service: "api", From: "a", To: map[string]float64{"a": 100}}, ""},
		{"wrong region", mesh.ExpectSpec{Service: "api", From: "a", To: map[string]float64{"b": 100}}, "of the requests from a to api, 0 % go to b and not 100 %"},
		{"within half a point", mesh.ExpectSpec{Service: "api", To: map[string]float64{"a": 50.4}}, ""},
		{"beyond half a point", mesh.ExpectSpec{Service: "api", To: map[string]float64{"a": 51}}, "50 % go to a and not 51 % (a 50 %, b 50 %)"},
		{"versions", mesh.ExpectSpec{Service: "web", Versions: map[string]float64{"v1": 100}}, ""},
		{"another version", mesh.ExpectSpec{Service: "web", Versions: map[string]float64{"v2": 100}}, "0 % go to version v2 and not 100 %"},
		{"moved", mesh.ExpectSpec{Service: "api", From: "a", When: lost("", "service/api@cluster/ca"), To: map[string]float64{"b": 100}, MaxDropped: percent(0)}, ""},
		{"not moved", mesh.ExpectSpec{Service: "api", From: "a", When: lost("failing", "1:service/api"), To: map[string]float64{"a": 70, "b": 30}}, ""},
		{"dropped", mesh.ExpectSpec{Service: "api", When: lost("removed", "service/api"), MaxDropped: percent(10)}, "with service/api lost (removed): of the requests to api, 100 % get no good answer, and 10 % may"},
		{"what may be dropped", mesh.ExpectSpec{Service: "api", When: lost("removed", "service/api"), MaxDropped: percent(100)}, ""},
		{"clients are lost", mesh.ExpectSpec{Service: "api", From: "a", When: lost("", "region/a"), To: map[string]float64{"b": 100}}, "no client is left in a"},
		{"demand is lost", mesh.ExpectSpec{Service: "web", When: lost("", "region/a"), MaxDropped: percent(49)}, "50 % get no good answer"},
		{"load", mesh.ExpectSpec{Service: "api", MaxUtilization: percent(50)}, ""},
		{"overload", mesh.ExpectSpec{Service: "api", MaxUtilization: percent(49)}, "version v1 in cluster ca is at 50 % of its capacity, and 49 % is allowed"},
		{"nobody gets that far", mesh.ExpectSpec{Service: "api", When: lost("", "service/web"), To: map[string]float64{"a": 100}}, "no request gets that far"},
	} {
		_, model := modelOf(t, changed(func(b *mesh.Body) {
			b.Services[1].Capacity = 100
			b.Expect = []mesh.ExpectSpec{c.expect}
		}), "")
		got := ""
		for _, f := range model.Expect() {
			got = f.Message
		}
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// An overlay that takes outlierDetection away breaks what was expected.
func TestExpectOverlaid(t *testing.T) {
	spec := changed(func(b *mesh.Body) {
		b.Expect = []mesh.ExpectSpec{{Service: "api", From: "a", When: mesh.WhenSpec{Lost: []string{"service/api@cluster/ca"}, Mode: "failing"}, To: map[string]float64{"b": 100}}}
	})
	if _, model := modelOf(t, spec, ""); len(model.Expect()) != 0 {
		t.Errorf("%v", model.Expect())
	}
	_, model := modelOf(t, spec, rule("{loadBalancer: {simple: RANDOM}}"))
	if found := model.Expect(); len(found) != 1 || !strings.Contains(found[0].Message, "without outlierDetection none is ejected") {
		t.Errorf("%v", found)
	}
}

// What is asked about must be there.
func TestExplainUnknown(t *testing.T) {
	_, model := modelOf(t, pair(), "")
	for _, c := range []struct{ service, region, want string }{
		{"nobody", "", `there is no service "nobody" in the topology`},
		{"other/api", "", `there is no service "other/api" in the topology`},
		{"api", "d", `there is no region "d" in the topology`},
	} {
		if _, err := model.Explain(simulate.Scenario{}, c.service, c.region); err == nil || err.Error() != c.want {
			t.Errorf("%s in %s: %v, want %s", c.service, c.region, err, c.want)
		}
	}
	for service, want := range map[string]int{"*": 4, "api": 2, "default/web": 2} {
		if list, err := model.Explain(simulate.Scenario{}, service, ""); err != nil || len(list) != want {
			t.Errorf("%s: %d explanations, %v, want %d", service, len(list), err, want)
		}
	}
}
