package simulate

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// matchesRequest says whether one of a route's matches, or the lack of any, takes the request.
func matchesRequest(h any, namespace string, r request) (matched, guessed bool) {
	conditions := list(h, "match")
	if len(conditions) == 0 {
		return true, false
	}
	for _, c := range conditions {
		if forClient(c, namespace, r) && matchesCondition(c, r) {
			return true, r.path == "" && at(c, "uri") != nil
		}
	}
	return false, false
}

func matchesCondition(c any, r request) bool {
	fold, _ := at(c, "ignoreUriCase").(bool)
	path, query, _ := strings.Cut(r.path, "?")
	if u := at(c, "uri"); u != nil && r.path != "" && !matchesString(u, path, fold) {
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
	return matchesQuery(c, query) && matchesHeaders(c, r)
}

// matchesQuery looks at the parameters in the path of a request.
func matchesQuery(c any, query string) bool {
	wanted, _ := at(c, "queryParams").(map[string]any)
	have, err := url.ParseQuery(query)
	for name, want := range wanted {
		if values := have[name]; err != nil || len(values) == 0 || !matchesString(want, values[0], false) {
			return false
		}
	}
	return true
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
	return true
}

func header(r request, name string) (string, bool) {
	switch name = strings.ToLower(name); name {
	case ":authority", "host":
		return r.host, r.host != ""
	case ":path":
		return r.path, r.path != ""
	case ":method":
		return cmp.Or(r.method, "GET"), true
	}
	value, there := r.headers[name]
	return value, there
}

// matchesString is Istio's StringMatch; an empty one matches anything. Upper and lower case are one with fold, but not in a regex.
func matchesString(m any, value string, fold bool) bool {
	like := func(s string) string {
		if fold {
			return strings.ToLower(s)
		}
		return s
	}
	switch {
	case at(m, "exact") != nil:
		return like(text(m, "exact")) == like(value)
	case at(m, "prefix") != nil:
		return strings.HasPrefix(like(value), like(text(m, "prefix")))
	case at(m, "regex") != nil:
		re, err := regexp.Compile("^(?:" + text(m, "regex") + ")$")
		return err == nil && re.MatchString(value)
	}
	return true
}

// concerns says whether istiod leaves any route of a VirtualService for a client.
func concerns(vs *object, r request) bool {
	for _, kind := range []string{"http", "tls", "tcp"} {
		if slices.ContainsFunc(list(vs.fields, "spec", kind), func(h any) bool { return matchesClient(h, vs.namespace, r) }) {
			return true
		}
	}
	return false
}

// matchesClient says whether a route is for a client at all, whatever it asks for.
func matchesClient(h any, namespace string, r request) bool {
	conditions := list(h, "match")
	return len(conditions) == 0 || slices.ContainsFunc(conditions, func(c any) bool { return forClient(c, namespace, r) })
}

// forClient looks at what istiod looks at when it makes the routes of one client: the port, and the gateways or, where a match names
// none, the labels and namespace of the client.
func forClient(c any, namespace string, r request) bool {
	if port := whole(c, 0, "port"); port != 0 && r.port != 0 && port != r.port {
		return false
	}
	if gateways := gatewayNames(c, namespace); len(gateways) > 0 {
		return slices.ContainsFunc(gateways, func(g string) bool { return slices.Contains(r.gateways, g) })
	}
	from := text(c, "sourceNamespace")
	return (from == "" || from == r.namespace) && subset(labels(c, "sourceLabels"), r.labels)
}
