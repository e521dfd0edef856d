package diag

// Locality load balancing: what istiod checks (E1 to E9), and what it should.
const (
	LocalityModes       = "MT301"
	PriorityRegionKey   = "MT302"
	WeightRange         = "MT303"
	WeightSum           = "MT304"
	LocalitySyntax      = "MT305"
	LocalityOverlap     = "MT306"
	FailoverSameRegion  = "MT307"
	FailoverRegionOnly  = "MT308"
	FailoverTwice       = "MT309"
	ZoneAwareTwice      = "MT310"
	UnknownLocality     = "MT311"
	FailoverToNowhere   = "MT312"
	SourceWithoutRow    = "MT313"
	DistributeVersion   = "MT314"
	LocalityInPolicy    = "MT315"
	PriorityInMesh      = "MT316"
	DetectionAlone      = "MT317"
	NoSurvivor          = "MT318"
	LocalitySaysNothing = "MT351"
	PriorityLabel       = "MT352"
)

func localityRules() []Rule {
	const istiod = "istiod, ValidateLocalityLbSetting"
	return []Rule{
		{ID: LocalityModes, Name: "locality-modes", Severity: Error,
			Summary: "Two of distribute, failover and failoverPriority that exclude each other stand at one scope (E1).",
			Why:     "istiod refuses distribute with failover. It accepts distribute with failoverPriority and then ignores the latter. ASM has one mode for the whole mesh at a time.",
			Fix:     "Keep one of them. One service can have its own mode under services[].locality.",
			Source:  istiod + "; ASM, geolocation-based load balancing"},
		{ID: PriorityRegionKey, Name: "priority-region-key", Severity: Error,
			Summary: "failover stands beside a failoverPriority with a region, zone or subzone label (E2).",
			Why:     "Both would say which region comes next; istiod refuses it.",
			Fix:     "Remove the label from failoverPriority, or remove failover.",
			Source:  istiod},
		{ID: WeightRange, Name: "weight-range", Severity: Error,
			Summary: "A weight is not 1 to 100 (E3).",
			Why:     "istiod refuses the whole rule. A locality that gets nothing is left out instead of getting 0.",
			Fix:     "Write a weight of 1 to 100, or remove the locality.",
			Source:  istiod},
		{ID: WeightSum, Name: "weight-sum", Severity: Error,
			Summary: "The weights of a row do not add up to 100 (E4).",
			Why:     "istiod refuses the whole rule. ASM's console asks for one number, but its API and Istio want the full row.",
			Fix:     "Make the sum 100, as the message computes.",
			Source:  istiod},
		{ID: LocalitySyntax, Name: "locality-syntax", Severity: Error,
			Summary: "A locality is not region, region/zone or region/zone/subzone, with at most one * at the end (E5).",
			Why:     "istiod refuses the whole rule.",
			Fix:     "Write the locality in that form.",
			Source:  istiod},
		{ID: LocalityOverlap, Name: "locality-overlap", Severity: Error,
			Summary: "Two localities of one list overlap, as a region and a zone in it, or * and anything (E5).",
			Why:     "istiod's check depends on the order of the list, and `to` has none: the same file is taken one time and refused the next, and the weights at run time are as uncertain.",
			Fix:     "Remove one of the two.",
			Source:  istiod + " (stricter: in any order)"},
		{ID: FailoverSameRegion, Name: "failover-same-region", Severity: Error,
			Summary: "A failover goes from a region to itself (E6).",
			Why:     "istiod refuses the whole rule.",
			Fix:     "Name another region.",
			Source:  istiod},
		{ID: FailoverRegionOnly, Name: "failover-region-only", Severity: Error,
			Summary: "A failover names a zone or a wildcard (E7, E8).",
			Why:     "failover is between regions; istiod refuses anything else.",
			Fix:     "Name the region alone.",
			Source:  istiod},
		{ID: FailoverTwice, Name: "failover-twice", Severity: Error,
			Summary: "One region has two failover or distribute rows at one scope.",
			Why:     "istiod uses the first that matches; the second is never in force.",
			Fix:     "Remove one. A second choice is expressed by failoverPriority, or left to Istio: after the named region all others follow."},
		{ID: ZoneAwareTwice, Name: "zone-aware-twice", Severity: Error,
			Summary: "A service has zoneAwareLbSetting and locality rules in one DestinationRule (E9).",
			Why:     "istiod refuses the DestinationRule.",
			Fix:     "Keep one of the two.",
			Source:  "istiod 1.31"},
		{ID: UnknownLocality, Name: "unknown-locality", Severity: Error,
			Summary: "A locality rule names a region or a zone that no cluster is in.",
			Why:     "The rule would never match, or would send traffic to where nothing runs. A zone is a warning: zones are what the topology says of nodes, which come and go.",
			Fix:     "Correct the region or zone, or add a cluster there."},
		{ID: FailoverToNowhere, Name: "failover-to-nowhere", Severity: Error, Waivable: true,
			Summary: "Traffic is sent to a region where the service, or any service, has no endpoint.",
			Why:     "A failover to an empty region skips it; the share of an empty region in distribute goes to the others. Neither is what the rule says.",
			Fix:     "Place the service there, or name a region where it runs."},
		{ID: SourceWithoutRow, Name: "source-without-row", Severity: Warning, Waivable: true,
			Summary: "A region or zone that sends traffic has no row, while others have.",
			Why: "distribute: clients in that region get no locality preference and no failover at all, they spread over every region. " +
				"failover: clients in that region go to any other region.",
			Fix:    "Add a row for it.",
			Source: "istiod, loadbalancer.go; measured with a real istiod"},
		{ID: DistributeVersion, Name: "distribute-version", Severity: Error,
			Summary: "Mesh-wide distribution needs ASM 1.22.6.66 or later.",
			Why:     "Earlier instances know mesh-wide failover only.",
			Fix:     "Update the instance and `mesh.version`, or give the services concerned rows of their own (services[].locality, or scope: service), which every version takes.",
			Source:  "the tutorial, step 5"},
		{ID: LocalityInPolicy, Name: "locality-in-policy", Severity: Error,
			Summary: "trafficPolicy holds a localityLbSetting.",
			Why:     "It would replace the topology's own rules for the service whole, and none of the checks here would see it.",
			Fix:     "Write it under services[].locality."},
		{ID: PriorityInMesh, Name: "priority-in-mesh", Severity: Error,
			Summary: "failoverPriority stands at mesh scope with provider asm.",
			Why:     "The API shows a failoverPriority when it is read; that it takes one is documented nowhere.",
			Fix:     "Use scope: service, or services[].locality."},
		{ID: DetectionAlone, Name: "detection-alone", Severity: Warning, Waivable: true,
			Summary: "A service runs in two regions, has outlierDetection, and nothing says where its traffic goes.",
			Why: "With outlierDetection alone Istio already prefers the client's own zone and region, and goes elsewhere only when what is there is ejected. " +
				"Half of the endpoints may idle while the others are overloaded, and few know why.",
			Fix:    "Say where traffic goes, under spec.traffic or services[].locality, or write locality: {enabled: false}.",
			Source: "istio/istio#39477, #28570"},
		{ID: NoSurvivor, Name: "no-survivor", Severity: Error, Waivable: true,
			Summary: "A row of distribute sends everything to one region, while the service runs in others too.",
			Why:     "distribute removes every locality that the row does not name, and never fails over: when that region fails, all requests of the row fail.",
			Fix:     "Give a second region a share, or use failover. Where traffic must not leave the region, waive the finding.",
			Source:  "istio/istio#33470, #48197"},
	}
}
