package simulate

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Envoy's defaults of outlierDetection, where Istio sets nothing.
const (
	defaultErrors     = 5
	defaultInterval   = 10 * time.Second
	defaultEjection   = 30 * time.Second
	defaultMaxPercent = 10
)

// outlier is an outlierDetection as istiod hands it to Envoy. A count of errors that is 0 ejects nothing.
type outlier struct {
	fiveXX, gateway int
	gatewaySet      bool
	local           int // errors of the connection itself, where they are counted apart
	interval, base  time.Duration
	maxPercent      int
}

// errors is the number of consecutive errors that eject an endpoint which answers all requests with 5xx or not at all; 0: never.
func (o *outlier) errors() int {
	least := 0
	for _, n := range []int{o.fiveXX, o.gateway, o.local} {
		if n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	return least
}

func newOutlier(v map[string]any) *outlier {
	o := &outlier{
		fiveXX: whole(v, defaultErrors, "consecutive5xxErrors"), gateway: whole(v, 0, "consecutiveGatewayErrors"),
		gatewaySet: v["consecutiveGatewayErrors"] != nil,
		interval:   duration(v, defaultInterval, "interval"), base: duration(v, defaultEjection, "baseEjectionTime"),
		maxPercent: whole(v, 0, "maxEjectionPercent"),
	}
	if apart, _ := v["splitExternalLocalOriginErrors"].(bool); apart {
		o.local = whole(v, defaultErrors, "consecutiveLocalOriginFailures")
	}
	if o.maxPercent <= 0 { // istiod hands on what is above 0
		o.maxPercent = defaultMaxPercent
	}
	return o
}

// cell is pods of a service that no client tells apart: they are in one locality, and have the same values of the labels that
// failoverPriority compares.
type cell struct {
	locality locality
	labels   map[string]string
	groups   []int // of the service, those of the subset
	network  string
	cluster  int               // with several networks a cell is in one cluster
	gateway  map[string]string // the labels of the gateway of its network that stands for it elsewhere; nil: none does
}

// policy is what is in force for the requests of one kind of client to one subset and port of a service: an Envoy cluster.
type policy struct {
	service *service
	subset  string
	port    int

	outlier      *outlier
	panicPercent float64  // Envoy's panic threshold
	panicSet     bool     // istiod sets it
	setting      *setting // nil: locality load balancing is off
	weighted     bool     // locality-weighted load balancing
	plaintext    bool     // the rule switches mutual TLS off, without which nothing goes to another network
	cells        []cell   // in the order of their localities, as istiod sorts them
	alone        []int    // 0, 1, 2, ...: its parts are lists of one cell
	because      because

	index       int // among all policies
	clients     []class
	clientIndex map[string]int // by classKey
}

// because is where the parts of a policy come from.
type because struct {
	rule     *object // the DestinationRule, or nil
	outlier  string  // its field that has the outlierDetection
	locality origin
}

// origin is the object and field that a setting comes from; kind says which of the places it is.
type origin struct {
	object *object
	field  string
	from   string // the field of the topology
}

// envoyPanic is Envoy's own panic threshold, in per cent.
const envoyPanic = 50

// newPolicy works out the policy for a subset and port. It is false when requests name a subset that no DestinationRule has.
func (m *Model) newPolicy(s *service, subset string, port int, clientNamespace string) (*policy, bool) {
	p := &policy{service: s, subset: subset, port: port, panicPercent: envoyPanic}
	rule := m.rules.find(s, clientNamespace)
	want, found := rule.subset(subset)
	if subset != "" && !found {
		return nil, false
	}
	blocks := rule.blocks(subset, port)
	if v, ok := blocks.outlier.(map[string]any); ok {
		p.outlier = newOutlier(v)
		p.panicSet = true
		p.panicPercent = float64(max(0, whole(v, 0, "minHealthPercent")))
		if s.distribution() != nil {
			p.panicPercent = 0 // trafficDistribution is about healthy endpoints
		}
		p.because.outlier = blocks.outlierField
	}
	if p.because.rule = rule.first(); blocks.rule != nil {
		p.because.rule = blocks.rule
	}
	p.setting, p.because.locality = m.effective(s, blocks)
	if set := p.setting; set != nil {
		set.strict = m.mesh.Control.Before("1.31")
		p.weighted = len(set.distribute) > 0 || (p.outlier != nil || set.force) && (len(set.failover) > 0 || len(set.priority) > 0)
	}
	p.cells = s.cells(want, p.setting.keys(p.outlier != nil), &m.networks)
	m.noteStrangers(p)
	p.plaintext = blocks.plaintext()
	for i := range p.cells {
		p.alone = append(p.alone, i)
	}
	return p, true
}

// keys are the labels that tell endpoints of one locality apart.
func (s *setting) keys(detects bool) []string {
	if s == nil || len(s.distribute) > 0 || !detects && !s.force {
		return nil
	}
	var keys []string
	for _, p := range s.priority {
		key, _, _ := strings.Cut(p, "=")
		keys = append(keys, key)
	}
	return keys
}

// effective gives the locality setting in force: that of the DestinationRule, else of the Service, else of the mesh. A setting
// replaces the ones after it whole.
func (m *Model) effective(s *service, b blocks) (*setting, origin) {
	if v, ok := at(b.balancer, "localityLbSetting").(map[string]any); ok {
		return newSetting(v), origin{b.rule, b.balancerField + ".localityLbSetting", s.localityField()}
	}
	if set := s.distribution(); set != nil {
		return set, origin{s.object, "spec.trafficDistribution", s.object.from}
	}
	return m.meshSetting, m.meshOrigin
}

// localityField is the field of the topology that the rule in the service's DestinationRule comes from.
func (s *service) localityField() string {
	switch {
	case s.meant == nil || s.meant.Locality == nil:
		return ""
	case s.meant.Locality.Own:
		return s.object.from + ".locality"
	}
	return "spec.traffic"
}

// distribution is what trafficDistribution of a Service asks for, or nil.
func (s *service) distribution() *setting {
	switch s.trafficDistribution {
	case "preferclose", "prefersamezone":
		return &setting{priority: []string{labelNetwork, labelRegion, labelZone}, force: true}
	case "prefersamenode":
		return &setting{priority: []string{labelNetwork, labelRegion, labelZone, labelSubzone, "kubernetes.io/hostname"}, force: true}
	}
	return nil
}

// cells sorts the pods with the labels of a subset into cells.
func (s *service) cells(subsetLabels map[string]string, keys []string, n *networks) []cell {
	var cells []cell
	byKey := map[string]int{}
	for i, g := range s.groups {
		if !subset(subsetLabels, g.labels) {
			continue
		}
		key := g.locality.String()
		values := make(map[string]string, len(keys))
		for _, k := range keys {
			values[k] = g.labels[k]
			key += "\x00" + g.labels[k]
		}
		if n.on() {
			key += "\x00" + g.labels[labelNetwork] + "\x00" + itoa(g.cluster)
		}
		at, known := byKey[key]
		if !known {
			at = len(cells)
			byKey[key] = at
			c := cell{locality: g.locality, labels: values, network: g.labels[labelNetwork], cluster: g.cluster}
			c.gateway = n.standIn(c.network, c.cluster)
			cells = append(cells, c)
		}
		cells[at].groups = append(cells[at].groups, i)
	}
	slices.SortStableFunc(cells, func(x, y cell) int { return cmp.Compare(x.locality.String(), y.locality.String()) })
	return cells
}
