package flow

// Explained is the explanations of one scenario.
type Explained struct {
	Topology     string        `json:"topology"`
	Lost         []string      `json:"lost"` // as in a Report
	Mode         string        `json:"mode"`
	Explanations []Explanation `json:"explained"`
}

// Explanation says why requests of one client to one service go where they go: what istiod would put into the endpoints of one
// Envoy cluster, and what decided it.
type Explanation struct {
	Client     Caller     `json:"client"`
	Service    string     `json:"service"`
	Namespace  string     `json:"namespace"`
	Host       string     `json:"host"`
	Port       int        `json:"port"`
	Subset     string     `json:"subset"` // "" when requests do not name one
	Weight     float64    `json:"weight"` // the part of the client's requests to the service that goes this way, by routes
	Localities []Locality `json:"localities"`
	Outlier    *Outlier   `json:"outlierDetection"`      // nil: nothing is ever ejected
	Panic      *int       `json:"panicThresholdPercent"` // nil: Envoy's default
	Weighted   bool       `json:"localityWeighted"`      // Envoy scales the weight of a locality by its health
	DecidedBy  []Decision `json:"decidedBy"`
}

// Caller is a client of an Explanation: pods with one set of labels in one zone of one cluster.
type Caller struct {
	Gateway string `json:"gateway,omitempty"` // namespace/name
	Service string `json:"service,omitempty"` // namespace/name
	Version string `json:"version,omitempty"`
	Cluster string `json:"cluster"`
	Region  string `json:"region"`
	Zone    string `json:"zone"`
}

// Locality is a group of endpoints with one priority and one weight.
type Locality struct {
	Region    string     `json:"region"`
	Zone      string     `json:"zone"`
	Subzone   string     `json:"subzone"`
	Network   string     `json:"network,omitempty"`
	Priority  int        `json:"priority"`
	Weight    int        `json:"weight"`
	Share     float64    `json:"share"` // of the requests, in the scenario
	Endpoints []Endpoint `json:"endpoints"`
}

// Endpoint is pods of one version in one cluster.
type Endpoint struct {
	Cluster  string `json:"cluster"`
	Version  string `json:"version"`
	Replicas int    `json:"replicas"`
	Failing  int    `json:"failing"` // of these, those that answer with errors
	Ejected  int    `json:"ejected"` // of these, those that the client has ejected
}

// Outlier is an outlierDetection as Envoy gets it: durations as Go writes them, counts of errors nil when that kind of error is
// not looked at.
type Outlier struct {
	Consecutive5xxErrors     *int   `json:"consecutive5xxErrors"`
	ConsecutiveGatewayErrors *int   `json:"consecutiveGatewayErrors"`
	Interval                 string `json:"interval"`
	BaseEjectionTime         string `json:"baseEjectionTime"`
	MaxEjectionPercent       int    `json:"maxEjectionPercent"`
}

// Decision is one thing that decided where requests go.
type Decision struct {
	Rule   string `json:"rule"`   // what it decided, in a sentence
	Object string `json:"object"` // the rendered object, such as "DestinationRule default/reviews"; "" for a default of Istio
	Target string `json:"target"` // the target it is in
	File   string `json:"file"`   // its file in the target
	Field  string `json:"field"`  // the field in the object
	From   string `json:"from"`   // the field of the topology that made it
	Place  string `json:"place"`  // file:line:column of that field; "" when it is not known
}
