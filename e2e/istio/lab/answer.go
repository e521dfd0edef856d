package lab

import (
	"errors"
	"fmt"
	"time"

	"github.com/meshtopo/meshtopo/e2e/istio/pilot"
)

// answer gives what istiod says of an Envoy cluster in the form of an expectation.
func (s *Served) answer(c pilot.Cluster) (Answer, error) {
	if c.Missing {
		return Answer{}, errors.New("CDS does not have it")
	}
	o, err := outlier(c.Outlier)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{PanicThresholdPercent: c.PanicThresholdPercent, LocalityWeighted: c.LocalityWeighted, Outlier: o}
	for _, l := range c.Localities {
		out := Locality{Region: l.Region, Zone: l.Zone, Subzone: l.Subzone, Priority: l.Priority}
		if l.Weight != nil {
			out.Weight = *l.Weight
		}
		if out.Endpoints, err = s.endpoints(l, s.unit(c)); err != nil {
			return Answer{}, err
		}
		a.Localities = append(a.Localities, out)
	}
	return a.canonical(), nil
}

// endpoints counts the endpoints of a locality by what they are: pods of a version in a cluster, or ways into another network.
// Every pod has the weight unit.
func (s *Served) endpoints(l pilot.Locality, unit uint32) ([]Endpoint, error) {
	counts := map[Endpoint]int{}
	for _, e := range l.Endpoints {
		p, isPod := s.byAddress(e.Address)
		way, isWay := s.networks.entries[e.Address]
		switch {
		case e.Healthy && isPod && e.Weight == unit:
			counts[Endpoint{Cluster: p.Cluster, Version: p.Version()}]++
		case e.Healthy && isWay:
			counts[Endpoint{Cluster: way.cluster, Version: gatewayVersion}]++
		default:
			return nil, fmt.Errorf("an endpoint that no pod explains: %+v", e)
		}
	}
	var list []Endpoint
	for e, n := range counts {
		e.Replicas = n
		list = append(list, e)
	}
	return list, nil
}

// unit gives the weight of one pod: 1, and where networks have entrances, what istiod multiplied all weights by.
func (s *Served) unit(c pilot.Cluster) uint32 {
	for _, l := range c.Localities {
		for _, e := range l.Endpoints {
			if _, isPod := s.byAddress(e.Address); isPod && len(s.networks.entries) > 0 {
				return e.Weight
			}
		}
	}
	return 1
}

func (s *Served) byAddress(address string) (Pod, bool) {
	for _, p := range s.Pods {
		if p.Address == address {
			return p, true
		}
	}
	return Pod{}, false
}

// outlier fills in what Envoy does where istiod leaves a field out: its documented defaults, of which the one for gateway errors is
// not to eject. It is an error when istiod has Envoy enforce anything else than the counts that are set.
func outlier(o *pilot.Outlier) (*Outlier, error) {
	if o == nil {
		return nil, nil
	}
	if !enforced(o.ConsecutiveErrors, o.EnforcingErrors) || !enforced(o.ConsecutiveGatewayErrors, o.EnforcingGatewayErrors) ||
		or(o.EnforcingSuccessRate, 100) != 0 {
		return nil, fmt.Errorf("an outlier detection that enforces other things: %+v", *o)
	}
	return &Outlier{
		ConsecutiveErrors: or(o.ConsecutiveErrors, 5), ConsecutiveGatewayErrors: o.ConsecutiveGatewayErrors,
		Interval: or(o.Interval, 10*time.Second).String(), BaseEjectionTime: or(o.BaseEjectionTime, 30*time.Second).String(),
		MaxEjectionPercent: or(o.MaxEjectionPercent, 10),
	}, nil
}

// enforced tells whether a count is enforced as it must be: always when it is set, never when it is 0, and left to Envoy's default
// when it is left out.
func enforced(count, percent *uint32) bool {
	if count == nil {
		return percent == nil
	}
	want := uint32(100)
	if *count == 0 {
		want = 0
	}
	return percent != nil && *percent == want
}

func or[T any](v *T, missing T) T {
	if v == nil {
		return missing
	}
	return *v
}
