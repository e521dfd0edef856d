package simulate

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

func itoa(i int) string { return strconv.Itoa(i) }

// request is what a route's matches look at. An empty path is not known: it matches whatever a route asks for, since a topology
// need not say which page is asked for. A header that is not there matches no route that wants one.
type request struct {
	host, path, method string
	headers            map[string]string // by name in lower case
	port               int
	namespace          string   // the client's, as labels and gateways
	gateways           []string // the Istio Gateways it is a pod of, namespace/name, or mesh
	labels             map[string]string
}

// leg is one way that a part of the requests take from a route.
type leg struct {
	weight float64 // the sum over a route is 1
	host   string  // fully qualified
	subset string
	port   int // 0: the port of the request
}

// routed is what routes do with a request: the parts that go on, the part that an injected fault aborts, and what decided it.
type routed struct {
	legs     []leg
	aborted  float64
	why      string // why nothing goes on, when there is no leg
	object   *object
	field    string
	guessed  bool // the path was not known and the first route was taken
	catchAll bool // the route takes any request
	answered bool // the route answers by itself, and well
}

// virtualServices are in istiod's order: those of one moment by name, then namespace.
type virtualServices []*object

func newVirtualServices(objects []*object) virtualServices {
	list := slices.Clone(objects)
	slices.SortStableFunc(list, func(x, y *object) int { return cmp.Compare(x.name+"."+x.namespace, y.name+"."+y.namespace) })
	return list
}

// sidecars stands for all of them where a VirtualService names gateways.
const sidecars = "mesh"

// gatewaysOf gives the references of a VirtualService as namespace/name, or mesh for all sidecars.
func gatewaysOf(vs *object) []string {
	if refs := gatewayNames(vs.fields["spec"], vs.namespace); len(refs) > 0 {
		return refs
	}
	return []string{sidecars}
}

// gatewayNames reads the field gateways of a VirtualService or of one of its matches.
func gatewayNames(v any, namespace string) []string {
	var names []string
	for _, r := range list(v, "gateways") {
		name, _ := r.(string)
		if name != sidecars && !strings.Contains(name, "/") {
			name = namespace + "/" + name
		}
		names = append(names, name)
	}
	return names
}

// forHost gives the VirtualServices of the most specific host that is met at a gateway (namespace/name, or mesh) by clients of a
// namespace. An empty host, which
// a topology need not say, is met by any.
func (v virtualServices) forHost(host string, gateways []string, namespace string) []*object {
	var found []*object
	best, length := "", -1
	for _, vs := range v {
		if !exported(vs, namespace) || !slices.ContainsFunc(gatewaysOf(vs), func(g string) bool { return slices.Contains(gateways, g) }) {
			continue
		}
		for _, h := range list(vs.fields, "spec", "hosts") {
			pattern, _ := h.(string)
			pattern = fqdn(pattern, vs.namespace)
			switch n := specificity(pattern); {
			case host != "" && !matchesHost(pattern, host):
			case n > length:
				found, best, length = []*object{vs}, pattern, n
			case pattern == best && found[len(found)-1] != vs:
				found = append(found, vs)
			}
		}
	}
	return found
}

// specificity orders hosts: an exact one before every wildcard, a longer wildcard before a shorter.
func specificity(pattern string) int {
	if strings.HasPrefix(pattern, "*") {
		return len(pattern)
	}
	return 1 << 20
}

// sidecarRoute finds what a sidecar does with a request: what the first of the VirtualServices does of which istiod leaves routes for
// this client. It is false where there is none; then requests go to the Service itself.
func (v virtualServices) sidecarRoute(list []*object, r request) (out routed, found bool) {
	for _, vs := range list {
		if concerns(vs, r) {
			out, _ := v.route(vs, r)
			return out, true
		}
	}
	return routed{}, false
}

// gatewayRoute finds what a gateway does with a request. It joins the routes of several VirtualServices for one host, and tries those
// that take any request last.
func (v virtualServices) gatewayRoute(list []*object, r request) routed {
	var rest routed // what takes any request, or why nothing does
	for i, vs := range list {
		out, matched := v.route(vs, r)
		if matched && !out.catchAll {
			return out
		}
		if i == 0 || matched && !rest.catchAll {
			rest = out
		}
	}
	return rest
}

// route finds what a VirtualService does with a request, and whether one of its routes matches.
func (v virtualServices) route(vs *object, r request) (out routed, matched bool) {
	for i, h := range list(vs.fields, "spec", "http") {
		matched, guessed := matchesRequest(h, vs.namespace, r)
		if !matched {
			continue
		}
		if at(h, "delegate") != nil && len(list(h, "route")) == 0 {
			if out, found := v.delegate(vs, h, r); found {
				out.guessed = out.guessed || guessed
				return out, true
			}
			continue // istiod puts the delegate's routes in its place
		}
		out := take(vs, h, "spec.http["+itoa(i)+"]", r)
		out.guessed, out.catchAll = guessed, len(list(h, "match")) == 0
		return out, true
	}
	for _, kind := range []string{"tls", "tcp"} {
		for i, t := range list(vs.fields, "spec", kind) {
			if matchesClient(t, vs.namespace, r) {
				return take(vs, t, "spec."+kind+"["+itoa(i)+"]", r), true
			}
		}
	}
	return routed{object: vs, field: "spec.http", why: "no route of " + vs.String() + " matches " + r.String()}, false
}

func (r request) String() string {
	what := "a request"
	if r.path != "" {
		what += " for " + r.path
	}
	if r.host != "" {
		what += " to " + r.host
	}
	return what
}

// delegate follows an HTTP route that leaves the rest to another VirtualService, one step, as Istio does.
func (v virtualServices) delegate(vs *object, h any, r request) (out routed, found bool) {
	namespace := cmp.Or(text(h, "delegate", "namespace"), vs.namespace)
	for _, other := range v {
		if other.namespace != namespace || other.name != text(h, "delegate", "name") {
			continue
		}
		for i, inner := range list(other.fields, "spec", "http") {
			if matched, guessed := matchesRequest(inner, other.namespace, r); matched {
				out := take(other, inner, "spec.http["+itoa(i)+"]", r)
				if at(inner, "fault") == nil {
					out.aborted = aborts(h)
				}
				out.guessed = guessed
				return out, true
			}
		}
	}
	return routed{}, false
}

// take reads the destinations of a route.
func take(vs *object, h any, field string, r request) routed {
	out := routed{object: vs, field: field}
	if answer := at(h, "directResponse"); answer != nil || at(h, "redirect") != nil {
		status := whole(answer, 301, "status")
		out.why, out.answered = field+" of "+vs.String()+" answers by itself, with status "+itoa(status), status < 500
		return out
	}
	out.aborted = aborts(h)
	out.legs = destinations(vs, h)
	if len(out.legs) == 0 {
		out.why = field + " of " + vs.String() + " has no destination"
	}
	return out
}

// aborts is the part of the requests that an injected fault aborts; without a percentage, none.
func aborts(h any) float64 {
	percent, _ := number(h, "fault", "abort", "percentage", "value")
	return min(max(percent, 0), 100) / 100
}

// destinations gives the destinations with weights that add up to 1. A single one without weight takes all; beside others, none.
func destinations(vs *object, h any) []leg {
	routes := list(h, "route")
	var legs []leg
	total := 0.0
	for _, d := range routes {
		weight, said := number(d, "weight")
		if !said && len(routes) == 1 {
			weight = 1
		}
		if weight <= 0 && len(routes) > 1 {
			continue
		}
		weight = max(weight, 1e-9)
		legs = append(legs, leg{
			weight: weight, host: fqdn(text(d, "destination", "host"), vs.namespace), subset: text(d, "destination", "subset"),
			port: whole(d, 0, "destination", "port", "number"),
		})
		total += weight
	}
	for i := range legs {
		legs[i].weight /= total
	}
	return legs
}
