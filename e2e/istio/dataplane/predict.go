package dataplane

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"

	"github.com/meshtopo/meshtopo/e2e/istio/lab"
)

// A Simulator asks `meshtopo simulate` of a topology.
type Simulator struct{ Program, Topology string } // paths

// A Prediction is what simulate says of a flow.
type Prediction struct {
	Shares Shares
	Told   []lab.Explained // what istiod must tell the client
}

// Predict says who must answer the calls of a flow when something is lost. Shares are those of the client's hops; hops do not tell
// zones apart, so that by zone they are those of the localities that are explained.
func (s Simulator) Predict(ctx context.Context, f Flow, l Loss) (Prediction, error) {
	p, err := s.predict(ctx, f, l)
	if err != nil {
		err = fmt.Errorf("%s, %s: %w", f, l, err)
	}
	return p, err
}

func (s Simulator) predict(ctx context.Context, f Flow, l Loss) (Prediction, error) {
	report, err := s.run(ctx, append(l.args(), "--explain", f.Service))
	if err != nil {
		return Prediction{}, err
	}
	p, err := explained(report, f)
	if err != nil || f.Zones {
		return p, err
	}
	if report, err = s.run(ctx, l.args()); err != nil {
		return Prediction{}, err
	}
	p.Shares, err = hops(report, f)
	return p, err
}

func (s Simulator) run(ctx context.Context, args []string) ([]byte, error) {
	args = append([]string{"simulate", "--quiet", "--format", "json", s.Topology}, args...)
	out, err := exec.CommandContext(ctx, s.Program, args...).Output()
	if err != nil {
		return nil, fmt.Errorf("meshtopo %q: %w", args, err)
	}
	return out, nil
}

// hops gives the shares of a client's hops, by region and version.
func hops(report []byte, f Flow) (Shares, error) {
	var r struct {
		Hops []struct {
			From          struct{ Service, Region string }
			To            struct{ Service, Region, Version string }
			Share, Errors float64
		}
	}
	if err := json.Unmarshal(report, &r); err != nil {
		return nil, err
	}
	shares := Shares{}
	for _, h := range r.Hops {
		if h.From.Service == Clients && h.From.Region == f.Client.Region && h.To.Service == f.Service {
			shares.add(Group{Region: h.To.Region, Version: h.To.Version}, h.Share-h.Errors)
			shares.add(Group{Region: h.To.Region, Version: h.To.Version, Failed: true}, h.Errors)
		}
	}
	return shares, shares.complete()
}

// explained gives what is explained of a client, and the shares of the localities, by zone.
func explained(report []byte, f Flow) (Prediction, error) {
	told, err := lab.Explanations(report)
	if err != nil {
		return Prediction{}, err
	}
	var r struct { // what lab does not read of the same list
		Explained []struct {
			Weight     float64 // of the client's calls that go to this Envoy cluster
			Localities []struct {
				Place
				Share float64
			}
		}
	}
	if err := json.Unmarshal(report, &r); err != nil {
		return Prediction{}, err
	}
	p := Prediction{Shares: Shares{}}
	for i, e := range told {
		if e.Client.Service != "default/"+Clients || e.Service != f.Service || (Place{e.Client.Region, e.Client.Zone}) != f.Client {
			continue
		}
		p.Told = append(p.Told, e)
		for _, l := range r.Explained[i].Localities {
			p.Shares.add(Group{Region: l.Region, Zone: l.Zone}, r.Explained[i].Weight*l.Share)
		}
	}
	return p, p.Shares.complete()
}
