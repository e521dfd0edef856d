package diag

// Outlier detection, routes and hosts.
const (
	FailoverNeedsDetection = "MT330"
	MaxEjectionPercent     = "MT331"
	ConsecutiveErrors      = "MT332"
	PinnedSubset           = "MT333"
	UnknownHost            = "MT334"
	PortLevelPolicy        = "MT335"
	HostTwice              = "MT336"
	InvalidRegex           = "MT350"
	RouteHost              = "MT353"
)

func trafficRules() []Rule {
	return []Rule{
		{ID: FailoverNeedsDetection, Name: "failover-needs-detection", Severity: Error, Waivable: true,
			Summary: "A service with endpoints in two regions is under failover but has no outlierDetection.",
			Why:     "Without outlierDetection Istio sets no priorities at all: traffic spreads over all regions always, and nothing fails over.",
			Fix:     "Add trafficPolicy.outlierDetection to the service.",
			Source:  "istiod, loadbalancer.go; istio/istio#48084"},
		{ID: MaxEjectionPercent, Name: "max-ejection-percent", Severity: Warning, Waivable: true,
			Summary: "maxEjectionPercent is too small for all endpoints of a region to be ejected.",
			Why: "Envoy ejects a host only while 100*(ejected+1)/hosts is at most maxEjectionPercent, over all hosts of the service in all regions; the default is 10. " +
				"A region that fails with endpoints still in place keeps getting traffic, and answers with errors.",
			Fix:    "Set maxEjectionPercent to at least what the message computes: 100 * endpoints of the largest region / all endpoints, rounded up.",
			Source: "envoyproxy/envoy#27909"},
		{ID: ConsecutiveErrors, Name: "consecutive-errors", Severity: Warning, Waivable: true,
			Summary: "consecutive5xxErrors (or consecutiveGatewayErrors) is 1.",
			Why:     "A single failed request ejects an endpoint. One bad request from one client, retried, can empty a healthy region.",
			Fix:     "Set it to 3 or more."},
		{ID: PinnedSubset, Name: "pinned-subset", Severity: Error, Waivable: true,
			Summary: "A route pins a subset of a service that fails over, and the subset does not run in every region of the service.",
			Why:     "Locality rules choose among the endpoints of the subset only: where it does not run there is nothing to fail over to.",
			Fix:     "Route to the service without a subset, or place the version in every region."},
		{ID: UnknownHost, Name: "unknown-host", Severity: Error,
			Summary: "A route's destination is not a service of the topology.",
			Why:     "Requests that match it are answered with 503.",
			Fix:     "Correct the host, or add the service."},
		{ID: PortLevelPolicy, Name: "port-level-policy", Severity: Warning, Waivable: true,
			Summary: "A port-level policy has no outlierDetection, while the service has.",
			Why: "An entry of portLevelSettings replaces connectionPool, outlierDetection, loadBalancer and tls of the whole policy for that port; nothing is " +
				"inherited, so the port does not fail over. (The locality rule is rendered into every entry.)",
			Fix:    "Repeat outlierDetection in the entry.",
			Source: "istiod, MergeSubsetTrafficPolicy"},
		{ID: HostTwice, Name: "host-twice", Severity: Error, Waivable: true,
			Summary: "Two VirtualServices route one host inside the mesh.",
			Why: "Sidecars do not merge VirtualServices: one of the two is in force, which one depends on when they were made. " +
				"(DestinationRules cannot double: a topology makes one a service.)",
			Fix:    "Put all routes of the host into one.",
			Source: "istio/istio#51545; Istio, traffic management best practices"},
		{ID: InvalidRegex, Name: "invalid-regex", Severity: Error,
			Summary: "A route matches by a regular expression that is not one of RE2, or has more than 1024 bytes.",
			Why:     "Istio's webhook accepts such routes in some versions; Envoy then refuses the whole configuration, and every route of the gateway freezes or is gone.",
			Fix:     "Correct the expression, or match by exact or prefix.",
			Source:  "istio/istio#56807, #17411"},
		{ID: LocalitySaysNothing, Name: "locality-says-nothing", Severity: Error,
			Summary: "The locality of a service is empty, or switched off and has rules all the same.",
			Why:     "A service's locality replaces the mesh's rule for it, even an empty one, and enabled: false makes rules beside it mean nothing.",
			Fix:     "Remove locality to leave the mesh's rule in force, write a rule, or write enabled: false alone."},
		{ID: PriorityLabel, Name: "priority-label", Severity: Error,
			Summary: "An entry of failoverPriority is not a label's key, or key=value.",
			Why:     "No endpoint can have such a label, so the entry, and all after it, prefer nothing.",
			Fix:     "Write the key of a label, or key=value.",
			Source:  "Istio, LocalityLoadBalancerSetting; Kubernetes, labels"},
		{ID: RouteHost, Name: "route-host", Severity: Error,
			Summary: "A host of a route is not the name of a host: a URL, or something with spaces.",
			Why:     "istiod refuses the VirtualService.",
			Fix:     "Write a DNS name, *.suffix, or *.",
			Source:  "istiod, ValidateWildcardDomain"},
	}
}
