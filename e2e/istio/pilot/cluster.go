package pilot

import (
	"fmt"
	"time"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// A Cluster is what decides, of an Envoy cluster, where its requests go. Pointers are nil where istiod left a field out.
type Cluster struct {
	Name                  string // outbound|PORT|SUBSET|HOST
	Missing               bool   // CDS does not have it
	Localities            []Locality
	Outlier               *Outlier
	PanicThresholdPercent *float64
	LocalityWeighted      bool
}

// A Locality is one group of endpoints, in the order that EDS gives them.
type Locality struct {
	Region, Zone, Subzone string
	Priority              uint32
	Weight                *uint32
	Endpoints             []Endpoint
}

// An Endpoint is an address, without its port, and its weight inside its locality.
type Endpoint struct {
	Address string
	Weight  uint32
	Healthy bool
}

// An Outlier is the outlier detection of an Envoy cluster; durations are in Go's form.
type Outlier struct {
	ConsecutiveErrors, ConsecutiveGatewayErrors *uint32
	EnforcingErrors, EnforcingGatewayErrors     *uint32 // percent
	EnforcingSuccessRate                        *uint32 // percent
	Interval, BaseEjectionTime                  *time.Duration
	MaxEjectionPercent                          *uint32
}

// define reads what CDS says of some clusters; all others are passed over.
func define(clusters map[string]*Cluster, resources []*discovery.Resource) error {
	for _, r := range resources {
		out := clusters[r.Name]
		if out == nil {
			continue
		}
		var c cluster.Cluster
		if err := r.Resource.UnmarshalTo(&c); err != nil {
			return err
		}
		out.define(&c)
	}
	return nil
}

func (c *Cluster) define(from *cluster.Cluster) {
	common := from.GetCommonLbConfig()
	c.Missing = false
	c.LocalityWeighted = common.GetLocalityWeightedLbConfig() != nil
	if p := common.GetHealthyPanicThreshold(); p != nil {
		c.PanicThresholdPercent = &p.Value
	}
	if o := from.GetOutlierDetection(); o != nil {
		c.Outlier = &Outlier{
			ConsecutiveErrors: number(o.Consecutive_5Xx), ConsecutiveGatewayErrors: number(o.ConsecutiveGatewayFailure),
			EnforcingErrors: number(o.EnforcingConsecutive_5Xx), EnforcingGatewayErrors: number(o.EnforcingConsecutiveGatewayFailure),
			EnforcingSuccessRate: number(o.EnforcingSuccessRate),
			Interval:             duration(o.Interval), BaseEjectionTime: duration(o.BaseEjectionTime),
			MaxEjectionPercent: number(o.MaxEjectionPercent),
		}
	}
}

// assign adds the endpoints of an answer of EDS to their clusters.
func assign(clusters map[string]*Cluster, resources []*discovery.Resource) error {
	for _, r := range resources {
		var a endpoint.ClusterLoadAssignment
		if err := r.Resource.UnmarshalTo(&a); err != nil {
			return err
		}
		c := clusters[a.ClusterName]
		if c == nil {
			return fmt.Errorf("EDS has %q, which was not asked for", a.ClusterName)
		}
		for _, group := range a.Endpoints {
			c.Localities = append(c.Localities, locality(group))
		}
	}
	return nil
}

func locality(group *endpoint.LocalityLbEndpoints) Locality {
	where := group.GetLocality()
	out := Locality{
		Region: where.GetRegion(), Zone: where.GetZone(), Subzone: where.GetSubZone(),
		Priority: group.Priority, Weight: number(group.LoadBalancingWeight),
	}
	for _, e := range group.LbEndpoints {
		out.Endpoints = append(out.Endpoints, Endpoint{
			Address: e.GetEndpoint().GetAddress().GetSocketAddress().GetAddress(),
			Weight:  e.GetLoadBalancingWeight().GetValue(),
			Healthy: e.HealthStatus <= 1, // UNKNOWN, which Envoy takes for healthy, and HEALTHY
		})
	}
	return out
}

func number(v *wrapperspb.UInt32Value) *uint32 {
	if v == nil {
		return nil
	}
	return &v.Value
}

func duration(v *durationpb.Duration) *time.Duration {
	if v == nil {
		return nil
	}
	d := v.AsDuration()
	return &d
}
