package simulate

import (
	"cmp"
	"regexp"
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
	namespace          string // the client's, as labels
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
	legs    []leg
	aborted float64
	why     string // why nothing goes on, when there is no leg
	object  *object
	field   string
	guessed bool // the path was not known and the first route was taken
}

// virtualServices are in istiod's order: those of one moment by name, then namespace.
type virtualServices []*object

func newVirtualServices(objects []*object) virtualServices {
	list := slices.Clone(objects)
	slices.SortStableFunc(list, func(x, y *object) int { return cmp.Compare(x.name+"."+x.namespace, y.name+"."+y.namespace) })
	return list
}

// gateways gives the references of a VirtualService as namespace/name, or mesh for all sidecars.
func gatewaysOf(vs *object) []string {
	refs := list(vs.fields, "spec", "gateways")
	if len(refs) == 0 {
		return []string{"mesh"}
	}
	var names []string
	for _, r := range refs {
		name, _ := r.(string)
		if name != "mesh" && !strings.Contains(name, "/") {
			name = vs.namespace + "/" + name
		}
		names = append(names, name)
	}
	return names
}

// forHost gives the VirtualService for a host at a gateway (namespace/name, or mesh): the one with the most specific host. An
// empty host, which a topology need not say, is met by any.
func (v virtualServices) forHost(host string, gateways []string) *object {
	var found *object
	length := -1
	for _, vs := range v {
		if !slices.ContainsFunc(gatewaysOf(vs), func(g string) bool { return slices.Contains(gateways, g) }) {
			continue
		}
		for _, h := range list(vs.fields, "spec", "hosts") {
			pattern, _ := h.(string)
			pattern = fqdn(pattern, vs.namespace)
			if (host == "" || matchesHost(pattern, host)) && specificity(pattern) > length {
				found, length = vs, specificity(pattern)
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

// route finds what a VirtualService does with a request.
func (v virtualServices) route(vs *object, r request) routed {
	for i, h := range list(vs.fields, "spec", "http") {
		matched, guessed := matchesRequest(h, r)
		if !matched {
			continue
		}
		field := "spec.http[" + itoa(i) + "]"
		if out, delegated := v.delegate(vs, h, r); delegated {
			return out
		}
		out := take(vs, h, field, r)
		out.guessed = guessed
		return out
	}
	for _, kind := range []string{"tls", "tcp"} {
		for i, t := range list(vs.fields, "spec", kind) {
			if matchesPort(t, r.port) {
				return take(vs, t, "spec."+kind+"["+itoa(i)+"]", r)
			}
		}
	}
	return routed{object: vs, field: "spec.http", why: "no route of " + vs.String() + " matches " + r.String()}
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
func (v virtualServices) delegate(vs *object, h any, r request) (routed, bool) {
	to := at(h, "delegate")
	if to == nil || len(list(h, "route")) > 0 {
		return routed{}, false
	}
	namespace := cmp.Or(text(to, "namespace"), vs.namespace)
	for _, other := range v {
		if other.namespace != namespace || other.name != text(to, "name") {
			continue
		}
		for i, inner := range list(other.fields, "spec", "http") {
			if matched, guessed := matchesRequest(inner, r); matched {
				out := take(other, inner, "spec.http["+itoa(i)+"]", r)
				out.guessed = guessed
				return out, true
			}
		}
	}
	return routed{object: vs, field: "spec.http", why: "the delegate of " + vs.String() + " has no route for " + r.String()}, true
}

// take reads the destinations of a route.
func take(vs *object, h any, field string, r request) routed {
	out := routed{object: vs, field: field}
	if at(h, "redirect") != nil || at(h, "directResponse") != nil {
		out.why = vs.String() + " answers " + r.String() + " itself"
		return out
	}
	if abort := at(h, "fault", "abort"); abort != nil {
		out.aborted = 1
		if percent, ok := number(abort, "percentage", "value"); ok {
			out.aborted = min(max(percent, 0), 100) / 100
		}
	}
	out.legs = destinations(vs, h)
	if len(out.legs) == 0 {
		out.why = field + " of " + vs.String() + " has no destination"
	}
	return out
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

// matchesRequest says whether one of a route's matches, or the lack of any, takes the request.
func matchesRequest(h any, r request) (matched, guessed bool) {
	conditions := list(h, "match")
	if len(conditions) == 0 {
		return true, false
	}
	for _, c := range conditions {
		if matchesCondition(c, r) {
			return true, r.path == "" && at(c, "uri") != nil
		}
	}
	return false, false
}

func matchesCondition(c any, r request) bool {
	fold, _ := at(c, "ignoreUriCase").(bool)
	if u := at(c, "uri"); u != nil && r.path != "" && !matchesString(u, r.path, fold) {
		return false
	}
	if method := at(c, "method"); method != nil && !matchesString(method, cmp.Or(r.method, "GET"), false) {
		return false
	}
	if a := at(c, "authority"); a != nil && r.host != "" && !matchesString(a, r.host, false) {
		return false
	}
	if s := at(c, "scheme"); s != nil && !matchesString(s, "http", false) {
		return false
	}
	return matchesPortField(c, r.port) && matchesHeaders(c, r)
}

func matchesHeaders(c any, r request) bool {
	wanted, _ := at(c, "headers").(map[string]any)
	for name, want := range wanted {
		if value, there := header(r, name); !there || !matchesString(want, value, false) {
			return false
		}
	}
	without, _ := at(c, "withoutHeaders").(map[string]any)
	for name, want := range without {
		if value, there := header(r, name); there && matchesString(want, value, false) {
			return false
		}
	}
	if from := text(c, "sourceNamespace"); from != "" && from != r.namespace {
		return false
	}
	return at(c, "queryParams") == nil && subset(labels(c, "sourceLabels"), r.labels) // a request has no parameters that are known
}

func header(r request, name string) (string, bool) {
	value, there := r.headers[strings.ToLower(name)]
	return value, there
}

// matchesString is Istio's StringMatch; an empty one matches anything.
func matchesString(m any, value string, fold bool) bool {
	if fold {
		value = strings.ToLower(value)
	}
	like := func(s string) string {
		if fold {
			return strings.ToLower(s)
		}
		return s
	}
	switch {
	case at(m, "exact") != nil:
		return like(text(m, "exact")) == value
	case at(m, "prefix") != nil:
		return strings.HasPrefix(value, like(text(m, "prefix")))
	case at(m, "regex") != nil:
		re, err := regexp.Compile("^(?:" + text(m, "regex") + ")$")
		return err == nil && re.MatchString(value)
	}
	return true
}

func matchesPortField(c any, port int) bool {
	want := whole(c, 0, "port")
	return want == 0 || port == 0 || want == port
}

func matchesPort(t any, port int) bool {
	conditions := list(t, "match")
	return len(conditions) == 0 || slices.ContainsFunc(conditions, func(c any) bool { return matchesPortField(c, port) })
}
