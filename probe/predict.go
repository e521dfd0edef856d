package probe

import (
	"math"

	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/mesh"
)

// Prediction is the share of the answers that each class of a service has.
type Prediction struct {
	Skipped string  // why there is none; "" when there is
	Classes []Range // as the service's classes
}

// Asking gives the mesh with no demand but one request per second as the probe sends it, so that the rates of its report are
// parts of one request.
func Asking(m *mesh.Mesh, d mesh.Demand) *mesh.Mesh {
	asked := *m
	d.RPS = 1
	asked.Demand = []mesh.Demand{d}
	return &asked
}

// Predict gives the prediction for each service from the report of a mesh that Asking made. Tolerated is the share of requests
// that may fail without being predicted to.
//
// A request asks for a service at most once; a service that is asked more often is skipped. What is dropped behind the gateway may
// make a page an error or leave it without a sign, as the application has it, and what is answered with an error may be sent again,
// which the model does not know: there the prediction is a range.
func (s *Signs) Predict(m *mesh.Mesh, r *flow.Report, tolerated float64) []Prediction {
	all := make([]Prediction, len(s.services))
	for i, of := range s.services {
		served := of.served(r)
		switch {
		case asked(m, r, of.service) > 1+negligible || sum(served) > 1+negligible:
			all[i].Skipped = "a request asks for it more than once, so an answer does not say who served which time"
		default:
			all[i].Classes = of.ranges(served, newLosses(r, of.ref), tolerated)
		}
	}
	return all
}

// negligible is the noise of arithmetic: what is nearer to 0 or 1 is that. It is 1 / precision.
const (
	negligible = 1e-9
	precision  = 1e9
)

// served gives the part of a request that each class serves.
func (of *signed) served(r *flow.Report) []float64 {
	parts := make([]float64, len(of.classes))
	for _, e := range r.EndToEnd {
		if e.Service == of.ref {
			parts[of.truth(e.Version, e.Region)] += e.RPS
		}
	}
	return parts
}

// losses are the parts of a request that get no good answer.
type losses struct {
	all       float64
	refused   float64 // by the gateway, with an error
	unrouted  float64 // by the gateway, with a status below 500
	errors    float64 // answered with an error, which may be tried again elsewhere
	elsewhere float64 // neither at the gateway nor by the service itself: the page may suffer though the service answers
}

func newLosses(r *flow.Report, service string) losses {
	var l losses
	for _, d := range r.Dropped {
		l.all += d.RPS
		if d.Kind == flow.Errors {
			l.errors += d.RPS
		}
		switch {
		case d.From.Gateway == "" && d.Service != service:
			l.elsewhere += d.RPS
		case d.From.Gateway == "":
		case d.Kind == flow.NoEndpoint || d.Kind == flow.LostClient:
			l.refused += d.RPS
		case d.Kind == flow.NoRoute:
			l.unrouted += d.RPS
		}
	}
	return l
}

// ranges bounds the share of each class. Without losses each range is one share.
func (of *signed) ranges(served []float64, l losses, tolerated float64) []Range {
	ranges := make([]Range, len(served))
	for c, part := range served[:of.unsigned()] {
		if part > negligible {
			ranges[c] = newRange(part-l.elsewhere-tolerated, part+l.errors)
		}
	}
	part := served[of.unsigned()]
	ranges[of.unsigned()] = newRange(part+l.unrouted-l.elsewhere-tolerated, part+l.all-l.refused)
	ranges[of.failed()] = newRange(l.refused, l.all-l.unrouted+tolerated)
	return ranges
}

func newRange(low, high float64) Range { return Range{Low: share(low), High: share(high)} }

// share takes the noise of arithmetic from a share and keeps it from 0 to 1.
func share(f float64) float64 {
	return min(1, max(0, math.Round(f*precision)/precision))
}

func sum(parts []float64) float64 {
	total := 0.0
	for _, p := range parts {
		total += p
	}
	return total
}

// rounds bounds how deep calls are followed. What a circle of calls still adds after them is more than one request.
const rounds = 1000

// asked gives how often one request asks for a service, by the calls of the topology: most often, over the services that the
// gateways send to.
func asked(m *mesh.Mesh, r *flow.Report, service *mesh.Service) float64 {
	byRef := map[string]*mesh.Service{}
	for _, s := range m.Services {
		byRef[refOf(s)] = s
	}
	most := 0.0
	for _, h := range r.Hops {
		if first := byRef[h.To.Service]; h.From.Gateway != "" && first != nil {
			most = max(most, visits(first, service))
		}
	}
	return most
}

// visits follows the calls from a service, step by step, and counts those that reach another.
func visits(from, to *mesh.Service) float64 {
	count := 0.0
	wave := map[*mesh.Service]float64{from: 1}
	for range rounds {
		next := map[*mesh.Service]float64{}
		count += wave[to]
		for s, n := range wave {
			for _, c := range s.Calls {
				if n*c.Times > negligible {
					next[c.Service] += n * c.Times
				}
			}
		}
		if len(next) == 0 || count > 1+negligible {
			return count
		}
		wave = next
	}
	return math.Inf(1)
}
