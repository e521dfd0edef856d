package simulate

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A delegate's routes stand in the place of the route that names it: what none of them takes goes on to the next route, and the
// fault of the route is theirs when they have none.
func TestDelegate(t *testing.T) {
	const routes = `
name: root
namespace: default
hosts: ["*"]
gateways: [in]
http:
- match: [{uri: {prefix: /cart}}]
  delegate: {name: cart, namespace: shop}
  fault: {abort: {httpStatus: 503, percentage: {value: 50}}}
- match: [{uri: {prefix: /gone}}]
  delegate: {name: gone}
- match: [{uri: {prefix: /own}}]
  delegate: {name: own}
- route: [{destination: {host: rest}}]
---
name: cart
namespace: shop
http:
- match: [{uri: {prefix: /cart/add}}]
  route: [{destination: {host: add}}]
- match: [{uri: {prefix: /cart/show}}]
  route: [{destination: {host: show.shop.svc.cluster.local}}]
  fault: {abort: {httpStatus: 503, percentage: {value: 1}}}
- match: [{uri: {prefix: /other}}]
  route: [{destination: {host: other}}]
---
name: own
namespace: default
http:
- route: [{destination: {host: own}}]
`
	v := virtual(t, routes)
	root := v.forHost("any.example.com", []string{"default/in"}, "default")
	if len(root) != 1 || root[0].name != "root" {
		t.Fatalf("%v", root)
	}
	for path, want := range map[string]struct {
		host    string
		aborted float64
		object  string
	}{
		"/cart/add":  {"add.shop.svc.cluster.local", 0.5, "cart"},
		"/cart/show": {"show.shop.svc.cluster.local", 0.01, "cart"},
		"/cart":      {"rest.default.svc.cluster.local", 0, "root"},
		"/other":     {"rest.default.svc.cluster.local", 0, "root"},
		"/gone":      {"rest.default.svc.cluster.local", 0, "root"},
		"/own":       {"own.default.svc.cluster.local", 0, "own"},
		"/":          {"rest.default.svc.cluster.local", 0, "root"},
	} {
		out, matched := v.route(root[0], request{path: path})
		if !matched || len(out.legs) != 1 || out.legs[0].host != want.host || out.aborted != want.aborted || out.object.name != want.object {
			t.Errorf("%s: %+v, want %+v", path, out, want)
		}
	}
}

// A route that answers itself sends nothing on; a fault without a percentage aborts nothing.
func TestRouteAnswers(t *testing.T) {
	for route, want := range map[string]struct {
		aborted float64
		why     string
		legs    int
	}{
		`redirect: {uri: /x}`:           {0, "spec.http[0] of VirtualService default/x answers by itself, with status 301", 0},
		`directResponse: {status: 503}`: {0, "spec.http[0] of VirtualService default/x answers by itself, with status 503", 0},
		`{route: [{destination: {host: a}}], fault: {abort: {httpStatus: 503}}}`:                            {0, "", 1},
		`{route: [{destination: {host: a}}], fault: {abort: {httpStatus: 503, percentage: {value: 0}}}}`:    {0, "", 1},
		`{route: [{destination: {host: a}}], fault: {abort: {httpStatus: 503, percentage: {value: 12.5}}}}`: {0.125, "", 1},
		`{route: [{destination: {host: a}}], fault: {abort: {httpStatus: 503, percentage: {value: 100}}}}`:  {1, "", 1},
		`{route: [{destination: {host: a}}], fault: {delay: {fixedDelay: 5s, percentage: {value: 100}}}}`:   {0, "", 1},
		`{}`: {0, "spec.http[0] of VirtualService default/x has no destination", 0},
	} {
		if route[0] != '{' {
			route = "{" + route + "}"
		}
		v := virtual(t, "{name: x, namespace: default, hosts: [a], http: ["+route+"]}")
		out, _ := v.route(v[0], request{})
		if out.aborted != want.aborted || out.why != want.why || len(out.legs) != want.legs {
			t.Errorf("%s: %+v, want %+v", route, out, want)
		}
	}
}

// TLS and TCP routes take what no HTTP route does, by port.
func TestRouteTCP(t *testing.T) {
	v := virtual(t, `
name: x
namespace: default
hosts: [a]
http: [{match: [{port: 80}], route: [{destination: {host: http}}]}]
tls: [{match: [{port: 443, sniHosts: [a]}], route: [{destination: {host: tls}}]}]
tcp:
- match: [{port: 3306}]
  route: [{destination: {host: mysql, port: {number: 13306}}, weight: 25}, {destination: {host: spare}, weight: 75}]
- match: [{port: 6379, gateways: [in]}]
  route: [{destination: {host: redis}}]
`)
	for port, want := range map[int]map[string]float64{80: {"http": 1}, 443: {"tls": 1}, 3306: {"mysql": 0.25, "spare": 0.75}, 6379: {}, 9999: {}} {
		out, matched := v.route(v[0], request{port: port, gateways: []string{sidecars}})
		if d := cmp.Diff(want, legsOf(out)); d != "" || matched != (len(want) > 0) {
			t.Errorf("port %d (-want +got):\n%s", port, d)
		}
	}
	if out, _ := v.route(v[0], request{port: 3306}); out.legs[0].port != 13306 || out.legs[1].port != 0 {
		t.Errorf("%+v", out.legs)
	}
}

const several = `
{name: b-late, namespace: default, hosts: [shop.example.com], gateways: [in], http: [{match: [{uri: {prefix: /late}}], route: [{destination: {host: late}}]}, {route: [{destination: {host: never}}]}]}
---
{name: a-early, namespace: default, hosts: [shop.example.com], gateways: [default/in], http: [{match: [{uri: {prefix: /early}}], route: [{destination: {host: early}}]}, {route: [{destination: {host: rest}}]}]}
---
{name: wild, namespace: default, hosts: ["*.example.com"], gateways: [in, mesh], http: [{route: [{destination: {host: wild}}]}]}
---
{name: all, namespace: default, hosts: ["*"], gateways: [other], http: [{route: [{destination: {host: other}}]}]}
---
{name: none, namespace: default, hosts: [none.example.com], gateways: [in], http: [{match: [{uri: {prefix: /x}}], route: [{destination: {host: x}}]}]}
`

// A gateway joins the routes of all VirtualServices of its most specific host, in the order of their names, and tries those that
// take everything last.
func TestGatewayRoute(t *testing.T) {
	v := virtual(t, several)
	for _, c := range []struct{ gateway, host, path, want string }{
		{"default/in", "shop.example.com", "/early", "early"},
		{"default/in", "shop.example.com", "/late", "late"},
		{"default/in", "shop.example.com", "/", "rest"},
		{"default/in", "none.example.com", "/x", "x"},
		{"default/in", "none.example.com", "/", "no route of VirtualService default/none matches a request for / to none.example.com"},
		{"default/in", "api.example.com", "/", "wild"},
		{"default/other", "api.example.com", "/", "other"},
		{"default/in", "example.org", "/", "no VirtualService"},
		{"shop/in", "shop.example.com", "/", "no VirtualService"},
	} {
		list := v.forHost(c.host, []string{c.gateway}, "default")
		if len(list) == 0 {
			if c.want != "no VirtualService" {
				t.Errorf("%+v: no VirtualService", c)
			}
			continue
		}
		out := v.gatewayRoute(list, request{host: c.host, path: c.path, gateways: []string{c.gateway}})
		if out.why != c.want && legsOf(out)[c.want] != 1 {
			t.Errorf("%+v: %+v", c, out)
		}
	}
}

// A sidecar takes the first VirtualService that has routes for it, whether one of them matches or not; where none has, requests go
// to the Service itself.
func TestSidecarRoute(t *testing.T) {
	v := virtual(t, `
{name: b, namespace: default, hosts: [api], http: [{match: [{uri: {prefix: /b}}], route: [{destination: {host: b}}]}]}
---
{name: a, namespace: default, hosts: [api.default.svc.cluster.local], gateways: [mesh, in], http: [{match: [{sourceLabels: {app: web}}], route: [{destination: {host: a}}]}]}
---
{name: c, namespace: default, hosts: [ratings], http: [{match: [{sourceNamespace: shop}], route: [{destination: {host: c}}]}]}
---
{name: d, namespace: default, hosts: [at-gateways], gateways: [in], http: [{route: [{destination: {host: d}}]}]}
---
{name: e, namespace: default, hosts: [db], tcp: [{match: [{port: 3306}], route: [{destination: {host: e}}]}]}
`)
	for _, c := range []struct {
		host, app, path string
		want            string // "" for the Service itself
	}{
		{"api", "web", "/b", "a"},
		{"api", "other", "/b", "b"},
		{"api", "other", "/", "no route of VirtualService default/b matches a request for / to api.default.svc.cluster.local"},
		{"ratings", "web", "/", ""},
		{"at-gateways", "web", "/", ""},
		{"db", "web", "/", ""},
	} {
		host := fqdn(c.host, "default")
		r := request{host: host, path: c.path, port: 80, namespace: "default", gateways: []string{sidecars}, labels: map[string]string{"app": c.app}}
		out, found := v.sidecarRoute(v.forHost(host, r.gateways, "default"), r)
		if found != (c.want != "") || found && out.why != c.want && legsOf(out)[c.want] != 1 {
			t.Errorf("%+v: %v %+v", c, found, out)
		}
	}
}
