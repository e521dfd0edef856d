package simulate

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/mesh"
)

// SweepOptions say which losses a sweep tries.
type SweepOptions struct {
	Depth    int      // places lost at once, 1 or 2
	Kinds    []string // of Kinds; nil for all
	Mode     string   // as in Scenario
	Progress func(done, total int)
	Each     func(*flow.Report) error // in canonical order; nil when only the harms are wanted
}

// Places gives the places of some kinds, in canonical order; of no kinds, all.
func (m *Model) Places(kinds ...string) []mesh.Place {
	if len(kinds) == 0 {
		kinds = Kinds()
	}
	var places []mesh.Place
	for _, kind := range Kinds() {
		if slices.Contains(kinds, kind) {
			places = append(places, m.placesOf(kind)...)
		}
	}
	return places
}

func (m *Model) placesOf(kind string) []mesh.Place {
	var places []mesh.Place
	add := func(p mesh.Place) { places = append(places, p) }
	switch kind {
	case mesh.PlaceRegion:
		for _, r := range m.mesh.Regions {
			add(mesh.Place{Kind: kind, Region: r.Name})
		}
	case mesh.PlaceZone:
		for _, z := range m.zones() {
			add(z)
		}
	case mesh.PlaceCluster:
		for _, c := range m.mesh.Clusters {
			add(mesh.Place{Kind: kind, Cluster: c.Name})
		}
	case mesh.PlaceGateway:
		for _, g := range m.gateways {
			add(mesh.Place{Kind: kind, Gateway: g.of.Name, Cluster: m.clusterName(g.cluster)})
		}
	case mesh.PlaceService, placeVersion:
		for _, s := range m.mesh.Services {
			places = append(places, servicePlaces(s, kind)...)
		}
	case mesh.PlaceLink:
		for i, a := range m.mesh.Regions {
			for _, b := range m.mesh.Regions[i+1:] {
				add(mesh.Place{Kind: kind, Region: a.Name, To: b.Name})
			}
		}
	case mesh.PlaceMesh:
		add(mesh.Place{Kind: kind})
	}
	return places
}

func (m *Model) zones() []mesh.Place {
	var zones []mesh.Place
	for _, c := range m.mesh.Clusters {
		for _, z := range c.Zones {
			if p := (mesh.Place{Kind: mesh.PlaceZone, Region: c.Region.Name, Zone: z}); !slices.Contains(zones, p) {
				zones = append(zones, p)
			}
		}
	}
	slices.SortFunc(zones, func(x, y mesh.Place) int { return cmp.Compare(x.String(), y.String()) })
	return zones
}

// servicePlaces are the losses of a service: whole, or each of its versions where there are several.
func servicePlaces(s *mesh.Service, kind string) []mesh.Place {
	ref := s.Namespace + "/" + s.Name
	if len(s.Placements) == 0 {
		return nil
	}
	if kind == mesh.PlaceService {
		return []mesh.Place{{Kind: kind, Service: ref}}
	}
	var places []mesh.Place
	if len(s.Versions) > 1 {
		for _, v := range s.Versions {
			places = append(places, mesh.Place{Kind: mesh.PlaceService, Service: ref, Version: v})
		}
	}
	return places
}

// scenarios gives every single place, or every pair.
func (m *Model) scenarios(places []mesh.Place, o SweepOptions) []Scenario {
	var list []Scenario
	for i, p := range places {
		if o.Depth == 1 {
			list = append(list, Scenario{Lost: []mesh.Place{p}, Mode: o.Mode})
			continue
		}
		for _, q := range places[i+1:] {
			if !m.within(p, q) && !m.within(q, p) {
				list = append(list, Scenario{Lost: []mesh.Place{p, q}, Mode: o.Mode})
			}
		}
	}
	return list
}

// within says whether a place is lost already when another one is: losing both is losing one.
func (m *Model) within(inner, outer mesh.Place) bool {
	if outer.Kind == mesh.PlaceService {
		return inner.Kind == mesh.PlaceService && inner.Service == outer.Service && outer.Version == ""
	}
	if outer.Kind == mesh.PlaceGateway {
		return false
	}
	all := m.sites(outer)
	parts := m.sites(inner)
	return len(parts) > 0 && !slices.ContainsFunc(parts, func(s site) bool { return !slices.Contains(all, s) })
}

// site is one zone of one cluster.
type site struct{ cluster, zone string }

// sites gives all that is in a region, zone or cluster, and where a gateway runs; nothing of other places.
func (m *Model) sites(p mesh.Place) []site {
	var list []site
	for _, c := range m.mesh.Clusters {
		switch {
		case p.Kind != mesh.PlaceRegion && p.Kind != mesh.PlaceZone && p.Kind != mesh.PlaceCluster && p.Kind != mesh.PlaceGateway:
		case p.Region != "" && p.Region != c.Region.Name, p.Cluster != "" && p.Cluster != c.Name:
		case len(c.Zones) == 0 && p.Zone == "":
			list = append(list, site{c.Name, ""})
		default:
			for _, zone := range c.Zones {
				if p.Zone == "" || p.Zone == zone {
					list = append(list, site{c.Name, zone})
				}
			}
		}
	}
	return list
}

// Sweep tries every single loss, or every pair, side by side, and gives what hurts, worst first. The error is the context's, or
// Each's.
func (m *Model) Sweep(ctx context.Context, o SweepOptions) ([]flow.Harm, error) {
	if o.Depth != 1 && o.Depth != 2 {
		return nil, fmt.Errorf("a sweep loses 1 or 2 places at once, not %d", o.Depth)
	}
	list := m.scenarios(m.Places(o.Kinds...), o)
	s := sweeper{model: m, options: o, list: list, harms: make([]flow.Harm, len(list))}
	if err := s.run(ctx); err != nil {
		return nil, err
	}
	slices.SortStableFunc(s.harms, worse)
	return s.harms, nil
}

// worse orders harms: what drops more, then what loads more, then what crosses more.
func worse(x, y flow.Harm) int {
	return cmp.Or(
		cmp.Compare(y.DroppedShare, x.DroppedShare), cmp.Compare(len(y.BlackHoles), len(x.BlackHoles)), cmp.Compare(len(y.StuckFailovers), len(x.StuckFailovers)),
		cmp.Compare(y.MaxUtilization, x.MaxUtilization), cmp.Compare(y.CrossRegionRPS, x.CrossRegionRPS),
	)
}

type sweeper struct {
	model   *Model
	options SweepOptions
	list    []Scenario
	harms   []flow.Harm
}

// batch bounds how many reports wait for their turn.
const batch = 64

// run hands scenarios to as many workers as there are processors, some at a time, so that reports come in order and few are held.
func (s *sweeper) run(ctx context.Context) error {
	for from := 0; from < len(s.list); from += batch {
		if err := ctx.Err(); err != nil {
			return err
		}
		to := min(from+batch, len(s.list))
		for _, r := range s.batch(from, to) {
			if s.options.Each != nil {
				if err := s.options.Each(r); err != nil {
					return err
				}
			}
		}
		if s.options.Progress != nil {
			s.options.Progress(to, len(s.list))
		}
	}
	return nil
}

func (s *sweeper) batch(from, to int) []*flow.Report {
	reports := make([]*flow.Report, to-from)
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), to-from) {
		workers.Go(func() {
			for i := range next {
				reports[i-from] = s.try(i)
			}
		})
	}
	for i := from; i < to; i++ {
		next <- i
	}
	close(next)
	workers.Wait()
	return reports
}

func (s *sweeper) try(i int) *flow.Report {
	r := s.model.newState(s.list[i]).push()
	s.harms[i] = r.harm(s.list[i])
	if s.options.Each == nil {
		return nil
	}
	return r.report(s.list[i])
}
