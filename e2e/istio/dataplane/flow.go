package dataplane

import "fmt"

// A Flow is the calls of a client in a place to a service.
type Flow struct {
	Client  Place
	Service string
	Calls   int
	Zones   bool // its answers are told apart by zone, else by region and version
}

// String names the flow for people.
func (f Flow) String() string {
	return fmt.Sprintf("%s to %s, %d calls", f.Client.Zone, f.Service, f.Calls)
}

// A Loss is what simulate is told to lose, and the endpoints that this is. The zero value is no loss.
type Loss struct {
	Place, Mode string
	Of          func(Endpoint) bool
}

// Losing gives the loss of a region, or of a service there when one is named. The mode is "removed" or "failing".
func Losing(service, region, mode string) Loss {
	l := Loss{Place: "region/" + region, Mode: mode}
	if service != "" {
		l.Place = "service/" + service + "@" + l.Place
	}
	l.Of = func(e Endpoint) bool { return e.Region == region && (service == "" || e.Service == service) }
	return l
}

// Only gives the loss of one of the endpoints, by the name of its pod.
func (l Loss) Only(name string) Loss {
	l.Place = "1:" + l.Place
	l.Of = func(e Endpoint) bool { return e.Name == name }
	return l
}

// String names the loss for people.
func (l Loss) String() string {
	if l.Place == "" {
		return "all up"
	}
	return fmt.Sprintf("lost %s (%s)", l.Place, l.Mode)
}

func (l Loss) args() []string {
	if l.Place == "" {
		return nil
	}
	return []string{"--lose", l.Place, "--mode", l.Mode}
}
