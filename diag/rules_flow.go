package diag

// Demand, calls, expectations and probes: what the simulator goes by.
const (
	ExpectationFails     = "MT501"
	ExpectationPlace     = "MT502"
	ExpectationReference = "MT503"
	DemandReference      = "MT504"
	EndlessCalls         = "MT505"
	ProbeMarker          = "MT507"
	CallPort             = "MT508"
)

func flowRules() []Rule {
	return []Rule{
		{ID: ExpectationFails, Name: "expectation-fails", Severity: Error,
			Summary: "Traffic does not go where spec.expect says, or does not fare as it says.",
			Why:     "The simulator reads the rendered objects, overlays included, and computed something else. What the expectation stands for, such as a failover, would not happen.",
			Fix:     "See with `meshtopo simulate --explain` what decides where the traffic goes, and correct that or the expectation."},
		{ID: ExpectationPlace, Name: "expectation-place", Severity: Error,
			Summary: "A place in expect.when.lost is not written as places are or is not in the topology, or the mode does not fit what is lost.",
			Why:     "The loss of something that there is not changes nothing, so the expectation would be judged while all is up.",
			Fix:     "Write region/R, zone/R/Z, cluster/C, gateway/G, service/S, link/R1-R2 or mesh, with names of the topology."},
		{ID: ExpectationReference, Name: "expectation-reference", Severity: Error,
			Summary: "An expectation names a service, region or version that there is not, adds up to more than 100 per cent, asserts nothing, or asserts a utilisation that cannot be known.",
			Why:     "It would fail whatever the traffic does, or never.",
			Fix:     "Correct the name or the number. Utilisation is known of services with a capacity when spec.demand says what comes in."},
		{ID: DemandReference, Name: "demand-reference", Severity: Error,
			Summary: "An entry of spec.demand does not say where it comes in, or it cannot come in there.",
			Why:     "Requests enter through ingress gateways, in regions where one runs.",
			Fix:     "Name an ingress gateway, a region that has one, or a gateway and a region that it runs in."},
		{ID: EndlessCalls, Name: "endless-calls", Severity: Error,
			Summary: "Services call each other in a circle, and the calls do not become fewer on the way round.",
			Why:     "Each request makes one or nearly one (0.9999 or more at each call) of the same kind, without end: real services do that only when some requests need no call.",
			Fix:     "Write times of less than 1 at a call of the circle, the part of the requests that need it, or remove the call."},
		{ID: ProbeMarker, Name: "probe-marker", Severity: Error,
			Summary: "A marker of spec.probe is a sign of nothing: it names a service, version or region that there is not, neither a version nor a region, or its pattern is no regular expression.",
			Why:     "`meshtopo probe` could not tell from an answer who served it.",
			Fix:     "Name a service of the topology with a version, a region or both, and a pattern of RE2."},
		{ID: CallPort, Name: "call-port", Severity: Error,
			Summary: "A call goes to a port that the service does not have.",
			Why:     "The sidecar knows no such port: the request leaves the mesh for an address where nobody answers.",
			Fix:     "Name a port of the service, or leave port out to call its lowest TCP port."},
	}
}
