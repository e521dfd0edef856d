package mesh

import (
	"fmt"
	"strconv"
	"strings"
)

// Kinds of Place.
const (
	PlaceRegion  = "region"
	PlaceZone    = "zone"
	PlaceCluster = "cluster"
	PlaceGateway = "gateway"
	PlaceService = "service"
	PlaceLink    = "link"
	PlaceMesh    = "mesh" // the control plane
)

// Place is something that can be lost. What is "" is not narrowed by that.
type Place struct {
	Kind    string
	Region  string  // of a region, zone or link, or what a service is narrowed to
	To      string  // the other region of a link; it is after Region in the alphabet
	Zone    string  // of a zone
	Cluster string  // of a cluster, or what a gateway or service is narrowed to
	Gateway string  // its name
	Service string  // namespace/name
	Version string  // what a service is narrowed to
	Count   int     // so many pods of the service; 0: all
	Percent float64 // so many per cent of the service's pods; 0: all
}

// HasEndpoints says whether endpoints of services are lost with the place, which Modes tell apart.
func (p Place) HasEndpoints() bool {
	return p.Kind == PlaceRegion || p.Kind == PlaceZone || p.Kind == PlaceCluster || p.Kind == PlaceService
}

// String gives the place in its canonical spelling, which Mesh.Place takes.
func (p Place) String() string {
	switch p.Kind {
	case PlaceZone:
		return p.Kind + "/" + p.Region + "/" + p.Zone
	case PlaceLink:
		return p.Kind + "/" + p.Region + "-" + p.To
	case PlaceRegion:
		return p.Kind + "/" + p.Region
	case PlaceCluster:
		return p.Kind + "/" + p.Cluster
	case PlaceGateway:
		return p.Kind + "/" + p.Gateway + narrowing(PlaceCluster, p.Cluster)
	case PlaceService:
		return p.part() + p.Kind + "/" + strings.TrimPrefix(p.Service, DefaultNamespace+"/") +
			narrowing(PlaceCluster, p.Cluster) + narrowing(PlaceRegion, p.Region) + narrowing(placeVersion, p.Version)
	}
	return p.Kind
}

func narrowing(what, name string) string {
	if name == "" {
		return ""
	}
	return "@" + what + "/" + name
}

func (p Place) part() string {
	switch {
	case p.Count > 0:
		return strconv.Itoa(p.Count) + ":"
	case p.Percent > 0:
		return strconv.FormatFloat(p.Percent, 'f', -1, 64) + "%:"
	}
	return ""
}

// placeVersion narrows a service; it is no place by itself.
const placeVersion = "version"

// PlaceError says why a text is no place of the mesh. Where a name leads nowhere, What it is the name of, the Name and the names
// that there are, sorted, help to find the one that is meant; else they are empty.
type PlaceError struct {
	Problem string // a sentence without a full stop
	What    string // region, cluster, version, ...
	Name    string
	Known   []string
}

// Error gives the problem and, of a name that leads nowhere, some of those that there are.
func (e *PlaceError) Error() string {
	if len(e.Known) == 0 {
		return e.Problem
	}
	shown := e.Known[:min(len(e.Known), 5)]
	more := ""
	if n := len(e.Known) - len(shown); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return e.Problem + "; known here: " + strings.Join(shown, ", ") + more
}

// Place reads a place: region/R, zone/R/Z, cluster/C, gateway/G, gateway/G@cluster/C, link/R1-R2, mesh, or service/S, where S is a name or
// namespace/name. A service can be narrowed by @cluster/C, @region/R and @version/V, and so many pods of it stand before a colon:
// 2:service/S, 50%:service/S@region/R. Everything that is named must be there. The error is a *PlaceError.
func (m *Mesh) Place(text string) (Place, error) {
	r := placeReader{mesh: m, text: text}
	return r.read()
}
