package shape

import (
	"maps"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Judge gives the problems of Check and, where there is none, those of Refused.
func Judge(message Message, value any) []Problem {
	if problems := Check(message, value); len(problems) > 0 {
		return problems
	}
	return Refused(message, value)
}

// Refused gives what istiod's validation refuses in a value that has the shape of a message, in the order of Check: an API server without istiod's webhook takes
// it, and istiod then drops the object. It knows the validation of traffic policies (validateTrafficPolicy of Istio 1.31) and of no other part of the API; what
// depends on more than the value is left to others.
func Refused(message Message, value any) []Problem {
	md := message.descriptor()
	if md == nil {
		return nil // Check says so
	}
	var c checker
	c.refused(md, at{name: string(md.Name())}, value)
	return c.problems
}

// refused looks at an object and those below it. What has not the shape is passed over.
func (c *checker) refused(md protoreflect.MessageDescriptor, a at, v any) {
	m, ok := v.(map[string]any)
	if !ok || a.depth > maxDepth || len(c.problems) >= maxProblems {
		return
	}
	if judge := refusals(md.FullName()); judge != nil {
		judge(c, a, m)
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		fd := md.Fields().ByJSONName(name)
		if fd == nil || fd.IsMap() || fd.Message() == nil {
			continue
		}
		list, isList := m[name].([]any)
		if !isList {
			c.refused(fd.Message(), a.field(name), m[name])
		}
		for i, e := range list {
			c.refused(fd.Message(), a.field(name).index(i), e)
		}
	}
}

// refusals gives what judges the fields of a message together.
func refusals(name protoreflect.FullName) func(c *checker, a at, m map[string]any) {
	message, _ := strings.CutPrefix(string(name), "istio.networking.v1alpha3.")
	switch message {
	case "TrafficPolicy":
		return (*checker).trafficPolicy
	case "TrafficPolicy.PortTrafficPolicy":
		return (*checker).portPolicy
	case "TrafficPolicy.TunnelSettings":
		return (*checker).tunnel
	case "OutlierDetection":
		return (*checker).outlierDetection
	case "ClientTLSSettings":
		return (*checker).clientTLS
	case "ConnectionPoolSettings":
		return (*checker).connectionPool
	case "ConnectionPoolSettings.HTTPSettings":
		return (*checker).httpPool
	case "ConnectionPoolSettings.HTTPSettings.ConnectionKeepalive":
		return (*checker).keepAlive
	case "ConnectionPoolSettings.TCPSettings":
		return func(c *checker, a at, m map[string]any) { c.counts(a, m, "maxConnections") }
	case "LoadBalancerSettings":
		return (*checker).loadBalancer
	case "LoadBalancerSettings.ConsistentHashLB":
		return (*checker).consistentHash
	case "LoadBalancerSettings.ConsistentHashLB.HTTPCookie":
		return (*checker).cookie
	case "LoadBalancerSettings.ConsistentHashLB.MagLev":
		return (*checker).maglev
	case "LocalityLoadBalancerSetting":
		return (*checker).locality
	case "ZoneAwareLoadBalancerSetting":
		return (*checker).zoneAware
	case "WarmupConfiguration":
		return (*checker).warmup
	}
	return nil
}

// is says whether a field has a value that counts: protobuf does not tell an empty one from none.
func is(m map[string]any, field string) bool {
	switch v := m[field].(type) {
	case nil:
		return false
	case string:
		return v != ""
	case bool:
		return v
	case []any:
		return len(v) > 0
	case map[string]any:
		return true
	}
	n, ok := asFloat(m[field])
	return ok && n != 0
}

// lacks says whether none of the fields is there.
func lacks(m map[string]any, fields ...string) bool {
	return !slices.ContainsFunc(fields, func(f string) bool { return m[f] != nil })
}

// counts reports fields that are less than zero.
func (c *checker) counts(a at, m map[string]any, fields ...string) {
	for _, name := range fields {
		if n, ok := asFloat(m[name]); ok && n < 0 {
			c.report(a.field(name), "", "%s must be 0 or more, not %v", name, m[name])
		}
	}
}

// percent reports fields that are no percents.
func (c *checker) percent(a at, m map[string]any, fields ...string) {
	for _, name := range fields {
		if n, ok := asFloat(m[name]); ok && (n < 0 || n > 100) {
			c.report(a.field(name), "", "%s must be 0 to 100, not %v", name, m[name])
		}
	}
}

// needs reports fields that are missing.
func (c *checker) needs(a at, m map[string]any, why string, fields ...string) {
	for _, name := range fields {
		if !is(m, name) {
			c.report(a, "add "+name, "%s is missing%s", name, why)
		}
	}
}

// isPrime is Envoy's test, which istiod repeats.
func isPrime(x uint64) bool {
	if x < 4 {
		return x > 0
	}
	if x%2 == 0 {
		return false
	}
	for factor := uint64(3); factor <= uint64(math.Sqrt(float64(x))); factor += 2 {
		if x%factor == 0 {
			return false
		}
	}
	return true
}
