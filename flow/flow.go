// Package flow is what the simulator answers and a review compares: who sends how much to whom, what reached its end, what was
// dropped and why, and how much of their capacity the endpoints use.
//
// It holds values and their printers (text, JSON, Markdown), and knows neither how a flow comes about nor where a topology
// stands. It is a value package: it imports none of the project's packages.
//
// Shares are fractions from 0 to 1. Rates are requests per second, and 0 throughout when the topology declares no demand. A service is
// named as a topology names it: by its name, or namespace/name outside the namespace default.
package flow

// Report is what one scenario does to traffic. All lists are sorted, so that equal flows are equal reports.
type Report struct {
	Topology string   `json:"topology"`
	Lost     []string `json:"lost"`     // the places lost, in canonical spelling; empty when all is up
	Mode     string   `json:"mode"`     // removed, failing, or "" where each place has its own default
	Declared bool     `json:"declared"` // whether spec.demand says the rates; else one request enters at each gateway

	Hops        []Hop         `json:"hops"`
	EndToEnd    []Served      `json:"endToEnd"`
	Dropped     []Drop        `json:"dropped"`
	Utilization []Utilization `json:"utilization"`
	Drains      []Drain       `json:"drains"`
	Totals      Totals        `json:"totals"`
	Notes       []string      `json:"notes"` // what the reader should know of how this was reckoned
}

// Client is who sends: a gateway or a service, in one region.
type Client struct {
	Gateway string `json:"gateway,omitempty"`
	Service string `json:"service,omitempty"`
	Region  string `json:"region"`
}

// Server is who is sent to: a version of a service in one cluster.
type Server struct {
	Service string `json:"service"`
	Region  string `json:"region"`
	Cluster string `json:"cluster"`
	Version string `json:"version"`
}

// Hop is what one client sends to one server. The shares of all hops of a client to a service, and those of the drops of that
// pair that are no errors, add up to 1.
type Hop struct {
	From   Client  `json:"from"`
	To     Server  `json:"to"`
	Share  float64 `json:"share"`  // of the client's requests to the service
	Errors float64 `json:"errors"` // the part of Share that is answered with errors, since the server fails
	RPS    float64 `json:"rps"`
}

// Served is what was answered, by where: the shares of a service and those of its drops add up to 1.
type Served struct {
	Service string  `json:"service"`
	Region  string  `json:"region"`
	Version string  `json:"version"`
	Share   float64 `json:"share"` // of all requests to the service
	RPS     float64 `json:"rps"`
}

// Kinds of Drop.
const (
	Errors     = "errors"     // sent to a failing endpoint, which answers with an error
	NoEndpoint = "noEndpoint" // no endpoint is left to send it to
	NoRoute    = "noRoute"    // no route of a VirtualService matches, or the destination does not exist
	Fault      = "fault"      // a fault injected by a VirtualService
	Answered   = "answered"   // no drop: a route answers by itself, with a redirect or a fixed response
	LostClient = "lostClient" // it would have entered at, or been sent by, a place that is lost
)

// Drop is what got no good answer, and why.
type Drop struct {
	From    Client  `json:"from"`
	Service string  `json:"service"` // "" when no route leads to a service
	Kind    string  `json:"kind"`
	Share   float64 `json:"share"` // of the client's requests to the service
	RPS     float64 `json:"rps"`
	Why     string  `json:"why"`
}

// Utilization is the load of one version of a service in one cluster. Endpoints counts those that take traffic.
type Utilization struct {
	Server
	Endpoints   int     `json:"endpoints"`
	RPS         float64 `json:"rps"`
	Capacity    float64 `json:"capacity"`    // of all Endpoints, in requests per second; 0 when the topology does not say
	Utilization float64 `json:"utilization"` // rate by capacity in the busiest zone of the cluster; 0 when Capacity is
}

// Drain is how long a client takes to eject failing endpoints. Until then, and again each time an ejected endpoint comes back, its
// share of the requests is answered with errors.
type Drain struct {
	From    Client  `json:"from"`
	Service string  `json:"service"`
	Failing int     `json:"failing"`        // endpoints that fail
	Ejected int     `json:"ejected"`        // of these, those that outlierDetection ejects
	Errors  int     `json:"errors"`         // consecutive errors of one endpoint until it is ejected
	Failed  int     `json:"failedRequests"` // answered with errors until then: Errors of each ejected endpoint, for each pod of the client
	Seconds float64 `json:"seconds"`        // until the last one is ejected; 0 when there are no rates
	Why     string  `json:"why"`
}

// Totals are sums over the report.
type Totals struct {
	RPS            float64 `json:"rps"`            // what enters
	DroppedShare   float64 `json:"droppedShare"`   // of what enters, the part that some hop on its way does not answer; at most 1
	CrossRegionRPS float64 `json:"crossRegionRPS"` // over all hops whose ends are in different regions
	MaxUtilization float64 `json:"maxUtilization"`
}

// Sweep is what each of many scenarios does.
type Sweep struct {
	Topology  string    `json:"topology"`
	Depth     int       `json:"depth"` // places lost at once
	AllUp     Harm      `json:"allUp"` // what hurts while nothing is lost
	Scenarios []*Report `json:"scenarios"`
	Harms     []Harm    `json:"harms"` // worst first
}

// Harm is what hurts in one scenario, in a form that a ranking prints.
type Harm struct {
	Lost           []string `json:"lost"`
	DroppedShare   float64  `json:"droppedShare"`
	CrossRegionRPS float64  `json:"crossRegionRPS"`
	MaxUtilization float64  `json:"maxUtilization"`
	LostDemand     float64  `json:"lostDemandShare"` // of what enters, the part that would have entered at what is lost
	BlackHoles     []string `json:"blackHoles"`      // services that some client gets no good answer from at all
	Overloaded     []string `json:"overloaded"`      // services over their capacity in some cluster
	StuckFailovers []string `json:"stuckFailovers"`  // services with healthy endpoints elsewhere that take none of the traffic of failing ones
}

// WithoutRates sets every rate to 0, for a topology that declares no demand: shares mean something, rates do not.
func (r *Report) WithoutRates() {
	for i := range r.Hops {
		r.Hops[i].RPS = 0
	}
	for i := range r.EndToEnd {
		r.EndToEnd[i].RPS = 0
	}
	for i := range r.Dropped {
		r.Dropped[i].RPS = 0
	}
	for i := range r.Utilization {
		r.Utilization[i].RPS, r.Utilization[i].Utilization = 0, 0
	}
	r.Totals.RPS, r.Totals.CrossRegionRPS, r.Totals.MaxUtilization = 0, 0, 0
}
