package simulate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/manifest"
)

// virtual reads VirtualServices.
func virtual(t *testing.T, text string) virtualServices {
	t.Helper()
	documents, err := manifest.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var list []*object
	for _, fields := range documents {
		list = append(list, newObject(manifest.Target{}, manifest.File{}, manifest.Object{Fields: map[string]any{
			"kind": "VirtualService", "metadata": map[string]any{"name": fields["name"], "namespace": fields["namespace"]}, "spec": fields,
		}}))
	}
	return newVirtualServices(list)
}

// legsOf writes destinations as host or host:subset by weight.
func legsOf(out routed) map[string]float64 {
	legs := map[string]float64{}
	for _, l := range out.legs {
		name, _, _ := strings.Cut(l.host, ".")
		if l.subset != "" {
			name += ":" + l.subset
		}
		legs[name] += l.weight
	}
	return legs
}

// The weights of a route are parts of their sum, and a single destination takes all.
func TestRouteWeights(t *testing.T) {
	for destinations, want := range map[string]map[string]float64{
		`[{destination: {host: a}}]`:            {"a": 1},
		`[{destination: {host: a}, weight: 0}]`: {"a": 1},
		`[{destination: {host: a}, weight: 7}]`: {"a": 1},
		`[{destination: {host: a, subset: v1}, weight: 90}, {destination: {host: a, subset: v2}, weight: 10}]`: {"a:v1": 0.9, "a:v2": 0.1},
		`[{destination: {host: a}, weight: 1}, {destination: {host: b}, weight: 3}]`:                           {"a": 0.25, "b": 0.75},
		`[{destination: {host: a}, weight: 0}, {destination: {host: b}, weight: 5}]`:                           {"b": 1},
		`[{destination: {host: a}}, {destination: {host: b}, weight: 5}]`:                                      {"b": 1},
		`[{destination: {host: a}}, {destination: {host: b}}]`:                                                 {},
		`[]`: {},
		`[{destination: {host: a, subset: v1}, weight: 1000000}, {destination: {host: a, subset: v2}, weight: 3000000}]`:     {"a:v1": 0.25, "a:v2": 0.75},
		`[{destination: {host: a}, weight: 20}, {destination: {host: a}, weight: 20}, {destination: {host: b}, weight: 40}]`: {"a": 0.5, "b": 0.5},
	} {
		v := virtual(t, "name: x\nnamespace: default\nhosts: [a]\nhttp:\n- route: "+destinations)
		out, _ := v.route(v[0], request{})
		if d := cmp.Diff(want, legsOf(out)); d != "" || len(want) == 0 && out.why == "" {
			t.Errorf("%s: %q (-want +got):\n%s", destinations, out.why, d)
		}
	}
}

// The first route of which a match takes the request; all conditions of a match, one match of a route.
func TestRouteMatches(t *testing.T) {
	r := request{
		host: "shop.example.com", path: "/Cart/7", method: "POST", headers: map[string]string{"x-user": "jason"}, port: 80, namespace: "shop",
		gateways: []string{"default/in"}, labels: map[string]string{"app": "web", "version": "v1"},
	}
	for match, want := range map[string]bool{
		`{}`:                      true,
		`{uri: {exact: /Cart/7}}`: true,
		`{uri: {exact: /cart/7}}`: false,
		`{uri: {exact: /cart/7}, ignoreUriCase: true}`:                        true,
		`{uri: {prefix: /CART/}, ignoreUriCase: true}`:                        true,
		`{uri: {prefix: /Cart}}`:                                              true,
		`{uri: {prefix: /cart}}`:                                              false,
		`{uri: {regex: "/Cart/[0-9]+"}}`:                                      true,
		`{uri: {regex: "/Cart"}}`:                                             false, // the whole path
		`{uri: {regex: "/Cart/[0-9]+"}, ignoreUriCase: true}`:                 true,  // a regex minds upper and lower case all the same
		`{uri: {regex: "/cart/[0-9]+"}, ignoreUriCase: true}`:                 false,
		`{uri: {regex: "("}}`:                                                 false,
		`{method: {exact: POST}}`:                                             true,
		`{method: {exact: GET}}`:                                              false,
		`{authority: {exact: shop.example.com}}`:                              true,
		`{authority: {prefix: api.}}`:                                         false,
		`{scheme: {exact: https}}`:                                            false,
		`{headers: {X-User: {exact: jason}}}`:                                 true,
		`{headers: {x-user: {regex: "jas.*"}}}`:                               true,
		`{headers: {x-user: {}}}`:                                             true, // it is there
		`{headers: {x-user: {exact: JASON}}}`:                                 false,
		`{headers: {x-other: {}}}`:                                            false,
		`{withoutHeaders: {x-user: {exact: jason}}}`:                          false,
		`{withoutHeaders: {x-user: {exact: anna}}}`:                           true,
		`{withoutHeaders: {x-user: {}}}`:                                      false,
		`{withoutHeaders: {x-other: {}}}`:                                     true,
		`{queryParams: {q: {exact: a}}}`:                                      false,
		`{port: 80}`:                                                          true,
		`{port: 81}`:                                                          false,
		`{sourceLabels: {app: web}}`:                                          true,
		`{sourceLabels: {app: web, version: v2}}`:                             false,
		`{sourceNamespace: shop}`:                                             true,
		`{sourceNamespace: default}`:                                          false,
		`{gateways: [in]}`:                                                    true,
		`{gateways: [default/in, mesh]}`:                                      true,
		`{gateways: [mesh]}`:                                                  false,
		`{gateways: [in], sourceLabels: {app: other}}`:                        true, // of a client at a gateway that is named nothing else is asked
		`{uri: {prefix: /Cart}, method: {exact: GET}}`:                        false,
		`{uri: {prefix: /Cart}, headers: {x-user: {exact: jason}}, port: 80}`: true,
	} {
		v := virtual(t, "name: x\nnamespace: default\nhosts: ['*']\nhttp:\n- match: ["+match+"]\n  route: [{destination: {host: a}}]")
		if out, got := v.route(v[0], r); got != want || got == (out.why != "") {
			t.Errorf("%s: matches %v (%q), want %v", match, got, out.why, want)
		}
	}
	v := virtual(t, `{name: x, namespace: default, hosts: ["*"], http: [
		{match: [{method: {exact: GET}}, {uri: {prefix: /Cart}}], route: [{destination: {host: either}}]}, {route: [{destination: {host: rest}}]}]}`)
	for path, want := range map[string]string{"/Cart/1": "either", "/": "rest"} {
		r.path = path
		if out, _ := v.route(v[0], r); legsOf(out)[want] != 1 {
			t.Errorf("%s goes to %v, want %s", path, out.legs, want)
		}
	}
}

// Without a path a route with one is taken, and that is said.
func TestRouteGuess(t *testing.T) {
	v := virtual(t, `{name: x, namespace: default, hosts: ["*"], http: [
		{match: [{headers: {a: {}}}], route: [{destination: {host: a}}]}, {match: [{uri: {exact: /b}}], route: [{destination: {host: b}}]}, {route: [{destination: {host: c}}]}]}`)
	out, _ := v.route(v[0], request{})
	if legsOf(out)["b"] != 1 || !out.guessed || out.field != "spec.http[1]" {
		t.Errorf("%+v", out)
	}
}
