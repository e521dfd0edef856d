package mesh

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ExpectSpec is an assertion about traffic, as written. Percentages are from 0 to 100.
type ExpectSpec struct {
	Name           string             `json:"name"`
	When           WhenSpec           `json:"when"`
	Service        string             `json:"service"`
	From           string             `json:"from"`
	To             map[string]float64 `json:"to"`
	Versions       map[string]float64 `json:"versions"`
	MaxDropped     *float64           `json:"maxDropped"`
	MaxUtilization *float64           `json:"maxUtilization"`
}

// WhenSpec is what is lost, as places (see Place), and how: ModeRemoved, ModeFailing, or "" for what is usual for the place.
type WhenSpec struct {
	Lost []string `json:"lost"`
	Mode string   `json:"mode"`
}

// Modes of a loss.
const (
	ModeRemoved = "removed" // the endpoints are gone from EDS: scaled down, or drained
	ModeFailing = "failing" // they are there and do not answer, or with errors
)

// Expectation is an assertion about where calls of a service go and how they fare. At least one of To, Versions, MaxDropped and
// MaxUtilization is set.
type Expectation struct {
	Index          int      // its place in spec.expect
	Name           string   // "" when the topology does not give one
	Lost           []string // places that Mesh.Place takes, as written
	Mode           string   // ModeRemoved, ModeFailing, or "" for what is usual for the place
	Service        *Service
	From           string             // the callers' region; "" for all
	To             map[string]float64 // per cent of the calls by region
	Versions       map[string]float64 // per cent of the calls by version
	MaxDropped     *float64           // per cent of the calls that may go without an answer or get an error; nil for no assertion
	MaxUtilization *float64           // per cent of the capacity; nil for no assertion
}

// String says what is expected, on one line and without the name: "reviews from cn-shanghai with region/cn-hangzhou lost: to cn-shanghai 100 %".
// Two expectations with the same text expect the same.
func (e Expectation) String() string {
	text := strings.TrimPrefix(e.Service.Namespace+"/"+e.Service.Name, DefaultNamespace+"/")
	if e.From != "" {
		text += " from " + e.From
	}
	if len(e.Lost) > 0 {
		text += " with " + strings.Join(e.Lost, " and ") + " lost"
	}
	if e.Mode != "" {
		text += " (" + e.Mode + ")"
	}
	return text + ": " + strings.Join(slices.Concat(percents("to ", e.To), percents("version ", e.Versions), limit("dropped", e.MaxDropped), limit("utilization", e.MaxUtilization)), ", ")
}

func percents(what string, shares map[string]float64) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(shares)) {
		list = append(list, fmt.Sprintf("%s%s %g %%", what, cmp.Or(name, "none"), shares[name]))
	}
	return list
}

func limit(what string, most *float64) []string {
	if most == nil {
		return nil
	}
	return []string{fmt.Sprintf("%s at most %g %%", what, *most)}
}

func (b *builder) expect() {
	byRef := b.mesh.servicesByRef()
	for i, e := range b.spec.Expect {
		s := byRef[Qualified(e.Service, DefaultNamespace)]
		if s == nil {
			continue
		}
		b.mesh.Expect = append(b.mesh.Expect, Expectation{
			Index: i, Name: e.Name, Lost: e.When.Lost, Mode: e.When.Mode, Service: s, From: e.From,
			To: e.To, Versions: e.Versions, MaxDropped: e.MaxDropped, MaxUtilization: e.MaxUtilization,
		})
	}
}

// servicesByRef gives the services by namespace/name.
func (m *Mesh) servicesByRef() map[string]*Service {
	byRef := make(map[string]*Service, len(m.Services))
	for _, s := range m.Services {
		byRef[s.Namespace+"/"+s.Name] = s
	}
	return byRef
}

// ProbeSpec is how an answer tells who served it, as written.
type ProbeSpec struct {
	Path    string       `json:"path"`
	Markers []MarkerSpec `json:"markers"`
}

// MarkerSpec is a sign of one version or region of a service in an answer, as written.
type MarkerSpec struct {
	Service string `json:"service"`
	Version string `json:"version"`
	Region  string `json:"region"`
	Header  string `json:"header"`
	Pattern string `json:"pattern"`
}

// Probe is how an answer tells who served it.
type Probe struct {
	Path    string   // asked for when nothing else is said; "" when the topology does not say
	Markers []Marker // of those of one service the first that matches counts
}

// Marker is a sign of one version or region of a service, or of both.
type Marker struct {
	Service *Service
	Version string // "" when it says the region only
	Region  string // "" when it says the version only
	Header  string // whose value Pattern is held against; "" for the answer's body
	Pattern string // a regular expression of Go's package regexp
}

func (b *builder) probe() {
	if b.spec.Probe == nil {
		return
	}
	byRef := b.mesh.servicesByRef()
	b.mesh.Probe = &Probe{Path: b.spec.Probe.Path}
	for _, m := range b.spec.Probe.Markers {
		if s := byRef[Qualified(m.Service, DefaultNamespace)]; s != nil {
			b.mesh.Probe.Markers = append(b.mesh.Probe.Markers, Marker{Service: s, Version: m.Version, Region: m.Region, Header: m.Header, Pattern: m.Pattern})
		}
	}
}
