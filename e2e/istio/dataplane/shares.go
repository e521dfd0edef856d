package dataplane

import "fmt"

// A Group is of the answers that a prediction tells apart: those of a region and a version, or of a zone.
type Group struct {
	Region, Zone, Version string
	Failed                bool // answered with an error
}

// String names the group for people.
func (g Group) String() string {
	name := g.Region
	if g.Zone != "" {
		name = g.Zone
	}
	if g.Version != "" {
		name += " " + g.Version
	}
	if g.Failed {
		name += " (errors)"
	}
	return name
}

// Shares are parts of a client's calls to a service; those of a prediction add up to 1.
type Shares map[Group]float64

func (s Shares) add(g Group, share float64) {
	if share > 0 {
		s[g] += share
	}
}

// has tells whether the endpoint is in a group with a share.
func (s Shares) has(e Endpoint) bool {
	for g := range s {
		if g.Region == e.Region && (g.Zone == "" || g.Zone == e.Zone) && (g.Version == "" || g.Version == e.Version) {
			return true
		}
	}
	return false
}

func (s Shares) complete() error {
	var sum float64
	for _, share := range s {
		sum += share
	}
	if sum < 1-1e-6 || sum > 1+1e-6 {
		return fmt.Errorf("shares add up to %v: %v", sum, s)
	}
	return nil
}
