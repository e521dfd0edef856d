package simulate

import (
	"cmp"
	"slices"
	"strings"
)

// object is a rendered object that traffic depends on, and where it stands.
type object struct {
	kind, namespace, name string
	target, file, from    string
	fields                map[string]any
}

func (o *object) String() string {
	if o.namespace == "" {
		return o.kind + " " + o.name
	}
	return o.kind + " " + o.namespace + "/" + o.name
}

// fqdn is a host as an object in a namespace means it: a name without a dot is a Service beside it.
func fqdn(host, namespace string) string {
	if host == "" || strings.ContainsAny(host, ".*") {
		return host
	}
	return host + "." + namespace + ".svc.cluster.local"
}

// rootNamespace is where istiod looks for rules that are for all namespaces, and where gateways run.
const rootNamespace = "istio-system"

// destinationRule is what istiod makes of the DestinationRules of one namespace for one host: subsets of all, and the first
// trafficPolicy.
type destinationRule struct {
	host    string
	parts   []*object // in istiod's order
	policy  *object   // that of parts whose trafficPolicy counts, or nil
	subsets []subsetOf
}

type subsetOf struct {
	name   string
	labels map[string]string
	policy any
	object *object
	index  int
}

// ruleBook holds DestinationRules by namespace, private ones apart, in the order istiod looks hosts up.
type ruleBook struct {
	public, private map[string][]*destinationRule
	found           map[ruleKey]*destinationRule
}

type ruleKey struct{ host, namespace, client string }

// newRuleBook sorts rules as istiod does those of one moment: by name, then namespace.
func newRuleBook(rules []*object) *ruleBook {
	book := &ruleBook{public: map[string][]*destinationRule{}, private: map[string][]*destinationRule{}, found: map[ruleKey]*destinationRule{}}
	rules = slices.Clone(rules)
	slices.SortStableFunc(rules, func(x, y *object) int {
		return cmp.Compare(x.name+"."+x.namespace, y.name+"."+y.namespace)
	})
	for _, r := range rules {
		shelf := book.public
		if exported := list(r.fields, "spec", "exportTo"); len(exported) == 1 && exported[0] == "." {
			shelf = book.private
		}
		shelf[r.namespace] = merge(shelf[r.namespace], r)
	}
	return book
}

func merge(rules []*destinationRule, o *object) []*destinationRule {
	host := fqdn(text(o.fields, "spec", "host"), o.namespace)
	i := slices.IndexFunc(rules, func(r *destinationRule) bool { return r.host == host })
	if i < 0 {
		i, rules = len(rules), append(rules, &destinationRule{host: host})
	}
	r := rules[i]
	r.parts = append(r.parts, o)
	if r.policy == nil && at(o.fields, "spec", "trafficPolicy") != nil {
		r.policy = o
	}
	for j, s := range list(o.fields, "spec", "subsets") {
		name := text(s, "name")
		if !slices.ContainsFunc(r.subsets, func(have subsetOf) bool { return have.name == name }) {
			r.subsets = append(r.subsets, subsetOf{name, labels(s, "labels"), at(s, "trafficPolicy"), o, j})
		}
	}
	return rules
}

// find gives the rule for a service as a client in a namespace sees it, or nil: the client's own namespace first (gateways, which
// are in the root namespace, skip public rules there), then the service's, then the root.
func (b *ruleBook) find(s *service, client string) *destinationRule {
	key := ruleKey{s.host, s.namespace, client}
	if r, known := b.found[key]; known {
		return r
	}
	r := best(b.private[client], s.host)
	if client != rootNamespace {
		own := slices.DeleteFunc(slices.Clone(b.public[client]), func(r *destinationRule) bool { return !r.visible(client) })
		r = best(slices.Concat(b.private[client], own), s.host)
	}
	for _, namespace := range []string{s.namespace, rootNamespace} {
		if r == nil { // the most specific one counts, visible or not
			if r = best(b.public[namespace], s.host); !r.visible(client) {
				r = nil
			}
		}
	}
	b.found[key] = r
	return r
}

// visible says whether clients in a namespace see a rule that is there.
func (r *destinationRule) visible(client string) bool {
	return r != nil && exported(r.parts[0], client)
}

// exported says whether clients in a namespace see an object, by its exportTo.
func exported(o *object, client string) bool {
	to := list(o.fields, "spec", "exportTo")
	return len(to) == 0 || slices.Contains(to, any("*")) || slices.Contains(to, any(client)) || o.namespace == client && slices.Contains(to, any("."))
}

// best is the rule with the most specific host that matches: the host itself, else the longest wildcard.
func best(rules []*destinationRule, host string) *destinationRule {
	var found *destinationRule
	for _, r := range rules {
		switch {
		case r.host == host:
			return r
		case matchesHost(r.host, host) && (found == nil || len(r.host) > len(found.host)):
			found = r
		}
	}
	return found
}

// matchesHost says whether a pattern, a host or one with a * in front, matches a host.
func matchesHost(pattern, host string) bool {
	if suffix, wild := strings.CutPrefix(pattern, "*"); wild {
		return strings.HasSuffix(host, suffix)
	}
	return pattern == host
}

// first is the object that counts where no part has a policy.
func (r *destinationRule) first() *object {
	if r == nil {
		return nil
	}
	return r.parts[0]
}

// subset gives the labels of a subset; found is false when there is none of that name.
func (r *destinationRule) subset(name string) (labels map[string]string, found bool) {
	if r == nil {
		return nil, false
	}
	for _, s := range r.subsets {
		if s.name == name {
			return s.labels, true
		}
	}
	return nil, false
}

// blocks are the parts of a trafficPolicy that decide where requests go, and the fields they stand in.
type blocks struct {
	rule                        *object
	outlier, balancer           any
	tlsMode                     string // as istiod reads it for endpoints; "" when nothing is said
	outlierField, balancerField string
}

// blocks gives what is in force for a subset and port. An entry for the port replaces what stands beside it whole; a subset's policy
// replaces that of the rule block by block, unless it has an entry for the port, which again replaces all.
func (r *destinationRule) blocks(subset string, port int) blocks {
	if r == nil {
		return blocks{}
	}
	b := blocks{rule: r.policy, tlsMode: r.tlsMode(subset, port)}
	if r.policy != nil {
		b.take(at(r.policy.fields, "spec", "trafficPolicy"), "spec.trafficPolicy", port, true)
	}
	for _, s := range r.subsets {
		if s.name == subset && subset != "" && s.policy != nil {
			b.rule = s.object
			b.take(s.policy, "spec.subsets["+s.name+"].trafficPolicy", port, false)
		}
	}
	return b
}

// take lays a policy over the blocks; with all it replaces them even where it says nothing.
func (b *blocks) take(policy any, field string, port int, all bool) {
	if entry, i := portEntry(policy, port); entry != nil {
		policy, all = entry, true
		field += ".portLevelSettings[" + itoa(i) + "]"
	}
	if v := at(policy, "outlierDetection"); v != nil || all {
		b.outlier, b.outlierField = v, field+".outlierDetection"
	}
	if v := at(policy, "loadBalancer"); v != nil || all {
		b.balancer, b.balancerField = v, field+".loadBalancer"
	}
}

// plaintext says whether the policy asks for something else than Istio's mutual TLS.
func (b blocks) plaintext() bool { return b.tlsMode != "" && b.tlsMode != "ISTIO_MUTUAL" }

// tlsMode is the mode of TLS by which istiod decides whether endpoints can be reached through gateways. Other than the rest, it falls
// back from an entry for a port to what stands beside it, and from a subset to the rule.
func (r *destinationRule) tlsMode(subset string, port int) string {
	for _, s := range r.subsets {
		if mode := tlsMode(s.policy, port); s.name == subset && subset != "" && mode != "" {
			return mode
		}
	}
	if r.policy == nil {
		return ""
	}
	return tlsMode(at(r.policy.fields, "spec", "trafficPolicy"), port)
}

func tlsMode(policy any, port int) string {
	for _, e := range list(policy, "portLevelSettings") {
		if whole(e, -1, "port", "number") == port && at(e, "tls") != nil {
			return cmp.Or(text(e, "tls", "mode"), "DISABLE")
		}
	}
	if at(policy, "tls") == nil {
		return ""
	}
	return cmp.Or(text(policy, "tls", "mode"), "DISABLE")
}

func portEntry(policy any, port int) (any, int) {
	for i, e := range list(policy, "portLevelSettings") {
		if whole(e, -1, "port", "number") == port {
			return e, i
		}
	}
	return nil, 0
}
