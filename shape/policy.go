package shape

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Each function here repeats one of istiod's validate functions in pkg/config/validation of Istio 1.31.

// domainName has labels of at most 63 characters.
var domainName = regexp.MustCompile(`^[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)*\.?$`)

func (c *checker) trafficPolicy(a at, m map[string]any) {
	if !slices.ContainsFunc(slices.Collect(maps.Values(m)), says) {
		c.report(a, "remove trafficPolicy", "trafficPolicy is empty; istiod refuses it")
	}
	if m["tunnel"] != nil && m["proxyProtocol"] != nil {
		c.report(a.field("proxyProtocol"), "keep one of the two", "tunnel and proxyProtocol exclude each other")
	}
}

// says whether a value is more than an empty list.
func says(v any) bool {
	list, isList := v.([]any)
	return !isList || len(list) > 0
}

func (c *checker) portPolicy(a at, m map[string]any) {
	if m["port"] == nil {
		c.report(a, "add port: {number: N}", "the entry of portLevelSettings does not say for which port it is")
	}
	if lacks(m, "outlierDetection", "connectionPool", "loadBalancer", "tls") {
		c.report(a, "remove the entry, or add what it is to set", "the entry of portLevelSettings sets nothing; istiod refuses it")
	}
}

func (c *checker) tunnel(a at, m map[string]any) {
	if protocol, _ := m["protocol"].(string); protocol != "" && protocol != "CONNECT" && protocol != "POST" {
		c.report(a.field("protocol"), "write CONNECT or POST", "protocol must be CONNECT or POST, not %s", protocol)
	}
	c.needs(a, m, "", "targetHost", "targetPort")
	host, _ := m["targetHost"].(string)
	if _, err := netip.ParseAddr(host); err != nil && host != "" && !domainName.MatchString(host) {
		c.report(a.field("targetHost"), "write an IP address or a DNS name", "targetHost is neither an IP address nor a DNS name")
	}
}

func (c *checker) outlierDetection(a at, m map[string]any) {
	if is(m, "consecutiveLocalOriginFailures") && !is(m, "splitExternalLocalOriginErrors") {
		c.report(a.field("consecutiveLocalOriginFailures"), "add splitExternalLocalOriginErrors: true, or remove consecutiveLocalOriginFailures", "consecutiveLocalOriginFailures needs splitExternalLocalOriginErrors: true; istiod refuses one without the other")
	}
	c.percent(a, m, "maxEjectionPercent", "minHealthPercent")
}

func (c *checker) clientTLS(a at, m map[string]any) {
	mode, _ := m["mode"].(string)
	if mode != "SIMPLE" && mode != "MUTUAL" {
		return
	}
	if is(m, "insecureSkipVerify") {
		with := []string{"caCertificates", "subjectAltNames"}
		if mode == "SIMPLE" {
			with = append(with, "credentialName")
		}
		for _, name := range with {
			if is(m, name) {
				c.report(a.field(name), "keep one of the two", "%s says what to verify, and insecureSkipVerify says not to", name)
			}
		}
	}
	switch {
	case is(m, "credentialName"):
		for _, name := range []string{"clientCertificate", "privateKey", "caCertificates", "caCrl"} {
			if is(m, name) {
				c.report(a.field(name), "keep one of the two", "%s stands beside credentialName, which holds it", name)
			}
		}
	case mode == "MUTUAL":
		c.needs(a, m, ", and mode MUTUAL needs it, or credentialName", "clientCertificate", "privateKey")
	}
}

func (c *checker) connectionPool(a at, m map[string]any) {
	if lacks(m, "http", "tcp") {
		c.report(a, "add http or tcp, or remove connectionPool", "connectionPool is empty; istiod refuses it")
	}
}

func (c *checker) httpPool(a at, m map[string]any) {
	c.counts(a, m, "http1MaxPendingRequests", "http2MaxRequests", "maxConcurrentStreams", "maxRequestsPerConnection", "maxRetries")
	if m["h2UpgradePolicy"] == "UPGRADE" && is(m, "useClientProtocol") {
		c.report(a.field("useClientProtocol"), "keep one of the two", "useClientProtocol keeps the client's protocol, and h2UpgradePolicy UPGRADE changes it")
	}
}

func (c *checker) keepAlive(a at, m map[string]any) { c.needs(a, m, "", "interval", "timeout") }

func (c *checker) loadBalancer(a at, m map[string]any) {
	if m["localityLbSetting"] != nil && m["zoneAwareLbSetting"] != nil {
		c.report(a.field("zoneAwareLbSetting"), "keep one of the two", "localityLbSetting and zoneAwareLbSetting exclude each other")
	}
}

func (c *checker) consistentHash(a at, m map[string]any) {
	if is(m, "minimumRingSize") && !lacks(m, "maglev", "ringHash") {
		c.report(a.field("minimumRingSize"), "keep one of the two", "minimumRingSize stands beside maglev or ringHash, which say it")
	}
}

func (c *checker) cookie(a at, m map[string]any) {
	c.needs(a, m, "", "name")
	names := map[any]bool{}
	attributes, _ := m["attributes"].([]any)
	for i, e := range attributes {
		attribute, _ := e.(map[string]any)
		at := a.field("attributes").index(i)
		c.needs(at, attribute, "", "name")
		if name := attribute["name"]; is(attribute, "name") && names[name] {
			c.report(at.field("name"), "remove one of the two", "the cookie has two attributes %v", name)
		}
		names[attribute["name"]] = true
	}
}

func (c *checker) maglev(a at, m map[string]any) {
	const most = 5000010
	n, ok := asFloat(m["tableSize"])
	switch {
	case m["tableSize"] == nil:
		c.needs(a, m, "", "tableSize")
	case !ok:
	case n < 1 || n > most || !isPrime(uint64(n)):
		c.report(a.field("tableSize"), "write a prime number, such as 65537", "tableSize must be a prime number up to %d, not %v", most, m["tableSize"])
	}
}

func (c *checker) warmup(a at, m map[string]any) {
	c.needs(a, m, "", "duration")
	if n, ok := asFloat(m["minimumPercent"]); ok && n > 100 {
		c.percent(a, m, "minimumPercent")
	}
	if n, ok := asFloat(m["aggression"]); ok && n <= 0 {
		c.report(a.field("aggression"), "", "aggression must be greater than 0, not %v", m["aggression"])
	}
}

func (c *checker) locality(a at, m map[string]any) {
	if is(m, "distribute") && is(m, "failover") {
		c.report(a.field("failover"), "keep one of the two", "distribute and failover exclude each other")
	}
	rows, _ := m["distribute"].([]any)
	for i, e := range rows {
		c.shares(a.field("distribute").index(i), e)
	}
	c.failover(a, m)
}

// shares judges the weights of a row of distribute.
func (c *checker) shares(a at, e any) {
	row, _ := e.(map[string]any)
	to, _ := row["to"].(map[string]any)
	sum := 0.0
	for _, locality := range slices.Sorted(maps.Keys(to)) {
		n, ok := asFloat(to[locality])
		if !ok {
			return
		}
		if n < 1 || n > 100 {
			c.report(a.field("to").key(locality), "", "the weight of %s must be 1 to 100, not %v", locality, to[locality])
			return
		}
		sum += n
	}
	if sum != 100 {
		c.report(a.field("to"), "", "the weights add up to %v, not 100", sum)
	}
}

func (c *checker) zoneAware(a at, m map[string]any) {
	labels, _ := m["failoverPriority"].([]any)
	for i, e := range labels {
		switch e {
		case "topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone":
			c.report(a.field("failoverPriority").index(i), "remove the label", "%s is what zone-aware balancing compares by itself", e)
		}
	}
	c.failover(a, m)
}

// failover judges rows from one region to another.
func (c *checker) failover(a at, m map[string]any) {
	rows, _ := m["failover"].([]any)
	for i, e := range rows {
		row, _ := e.(map[string]any)
		from, to := fmt.Sprint(row["from"]), fmt.Sprint(row["to"])
		at := a.field("failover").index(i)
		switch {
		case row["from"] == row["to"]:
			c.report(at, "name another region in to", "%s fails over to where it comes from", at.name)
		case strings.ContainsAny(from+to, "/*"):
			c.report(at, "write region names", "failover is from one region to another, not %s to %s", from, to)
		}
	}
}
