package lab

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// An Explained is what `meshtopo simulate --explain '*' --format json` says of one client and one Envoy cluster, and what istiod
// says of it in the same form.
type Explained struct {
	Client    Client `json:"client"`
	Service   string `json:"service"`
	Namespace string `json:"namespace"`
	Host      string `json:"host"`
	Port      int    `json:"port"`
	Subset    string `json:"subset"`
	Answer
}

// An Answer is where the requests of an Envoy cluster go. A locality that no endpoint is in is not in it.
type Answer struct {
	Localities            []Locality `json:"localities"`
	Outlier               *Outlier   `json:"outlierDetection"`
	PanicThresholdPercent *float64   `json:"panicThresholdPercent"`
	LocalityWeighted      bool       `json:"localityWeighted"`
}

// A Client is a proxy: a gateway or a version of a service in a cluster, and where it is.
type Client struct {
	Gateway string `json:"gateway,omitempty"` // namespace/name
	Service string `json:"service,omitempty"` // namespace/name
	Version string `json:"version"`
	Cluster string `json:"cluster"`
	Region  string `json:"region"`
	Zone    string `json:"zone"`

	// Asks is the namespace that a stranger is in, a pod of no service: that of the service that it asks. It is "" for all others.
	Asks string `json:"-"`
}

// String names the client for people.
func (c Client) String() string {
	return fmt.Sprintf("%s%s%s %s in %s %s/%s", c.Gateway, c.Service, c.Asks, c.Version, c.Cluster, c.Region, c.Zone)
}

// A Locality is a group of endpoints: its priority (0 first) and its weight among those of the priority.
type Locality struct {
	Region    string     `json:"region"`
	Zone      string     `json:"zone"`
	Subzone   string     `json:"subzone"`
	Priority  uint32     `json:"priority"`
	Weight    uint32     `json:"weight"`
	Endpoints []Endpoint `json:"endpoints"`
}

// An Endpoint is the pods of one version in one cluster.
type Endpoint struct {
	Cluster  string `json:"cluster"`
	Version  string `json:"version"`
	Replicas int    `json:"replicas"`
}

// An Outlier is outlier detection with Envoy's defaults filled in; durations are in Go's form. Gateway errors are nil when Envoy
// does not eject for them.
type Outlier struct {
	ConsecutiveErrors        uint32  `json:"consecutive5xxErrors"`
	ConsecutiveGatewayErrors *uint32 `json:"consecutiveGatewayErrors"`
	Interval                 string  `json:"interval"`
	BaseEjectionTime         string  `json:"baseEjectionTime"`
	MaxEjectionPercent       uint32  `json:"maxEjectionPercent"`
}

// EnvoyCluster gives the name of the Envoy cluster.
func (e *Explained) EnvoyCluster() string {
	return fmt.Sprintf("outbound|%d|%s|%s", e.Port, e.Subset, e.Host)
}

// Explanations reads the list from what simulate prints, less what no Envoy cluster is for, which has no port.
//
// A panic threshold that is null means that istiod sets none and Envoy's own counts. That is how it was until Istio sent unhealthy
// endpoints by default, and is so for ASM's versions; the istiod here sends 0 always. Null is read as 0.
func Explanations(data []byte) ([]Explained, error) {
	var report struct {
		Explained []Explained `json:"explained"`
	}
	if err := json.Unmarshal(data, &report); err != nil {
		return nil, err
	}
	var list []Explained
	for _, e := range report.Explained {
		if e.Port == 0 {
			continue
		}
		if e.Client.Gateway == "" && e.Client.Service == "" {
			e.Client.Asks = e.Namespace
		}
		if e.PanicThresholdPercent == nil {
			e.PanicThresholdPercent = new(float64)
		}
		list = append(list, e)
	}
	return list, nil
}

// seen gives the answer as a client in a network sees it.
func (a Answer) seen(n networks, client string) Answer {
	localities := make([]Locality, len(a.Localities))
	for i, l := range a.Localities {
		localities[i] = n.seen(client, l)
	}
	a.Localities = localities
	return a
}

// canonical gives the answer in the one order that two equal answers have, without localities that are empty.
func (a Answer) canonical() Answer {
	a.Localities = slices.DeleteFunc(slices.Clone(a.Localities), func(l Locality) bool { return len(l.Endpoints) == 0 })
	for i, l := range a.Localities {
		l.Endpoints = slices.Clone(l.Endpoints)
		slices.SortFunc(l.Endpoints, func(x, y Endpoint) int {
			return cmp.Or(cmp.Compare(x.Cluster, y.Cluster), cmp.Compare(x.Version, y.Version))
		})
		a.Localities[i] = l
	}
	slices.SortFunc(a.Localities, func(x, y Locality) int {
		return cmp.Or(cmp.Compare(x.Priority, y.Priority), cmp.Compare(x.Region, y.Region), cmp.Compare(x.Zone, y.Zone),
			cmp.Compare(x.Subzone, y.Subzone))
	})
	return a
}
