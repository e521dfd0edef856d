package mesh

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// placeReader reads one place of a mesh; what it has read so far is in p.
type placeReader struct {
	mesh *Mesh
	text string
	p    Place
}

var partPattern = regexp.MustCompile(`^([0-9]{1,7})$|^([0-9]{1,3}(?:\.[0-9]{1,6})?)%$`)

func (r *placeReader) read() (Place, error) {
	part, rest, parted := strings.Cut(r.text, ":")
	if !parted {
		rest = r.text
	}
	main, narrowings, narrowed := strings.Cut(rest, "@")
	if err := r.main(main); err != nil {
		return Place{}, err
	}
	if parted {
		if err := r.part(part); err != nil {
			return Place{}, err
		}
	}
	if narrowed {
		for _, n := range strings.Split(narrowings, "@") {
			if err := r.narrow(n); err != nil {
				return Place{}, err
			}
		}
	}
	if err := r.inhabited(); err != nil {
		return Place{}, err
	}
	return r.p, nil
}

// problem makes the error of a place that is malformed.
func (r *placeReader) problem(format string, args ...any) error {
	return &PlaceError{Problem: fmt.Sprintf("%s is not a place: ", strconv.Quote(r.text)) + fmt.Sprintf(format, args...)}
}

// known makes the error of a name that is not among those there are, or none.
func known(what, name string, names []string) error { return knownIn("", what, name, names) }

// knownIn is known for names that belong to something.
func knownIn(owner, what, name string, names []string) error {
	if slices.Contains(names, name) {
		return nil
	}
	problem := fmt.Sprintf("there is no %s %s", what, name)
	if owner != "" {
		problem = fmt.Sprintf("%s has no %s %s", owner, what, name)
	}
	return &PlaceError{Problem: problem, What: what, Name: name, Known: names}
}

// main reads what stands before the first @.
func (r *placeReader) main(text string) error {
	kind, name, _ := strings.Cut(text, "/")
	r.p.Kind = kind
	if kind == PlaceMesh && name == "" && text == kind {
		return nil
	}
	if name == "" && slices.Contains(placeKinds, kind) {
		return r.problem("the name after %s/ is missing", kind)
	}
	switch kind {
	case PlaceRegion:
		r.p.Region = name
		return known("region", name, r.mesh.regionNames())
	case PlaceZone:
		return r.zone(name)
	case PlaceCluster:
		r.p.Cluster = name
		return known("cluster", name, clusterNames(r.mesh.Clusters))
	case PlaceGateway:
		r.p.Gateway = name
		return known("gateway", name, r.mesh.gatewayNames())
	case PlaceService:
		r.p.Service = Qualified(name, DefaultNamespace)
		return known("service", strings.TrimPrefix(r.p.Service, DefaultNamespace+"/"), r.mesh.serviceNames())
	case PlaceLink:
		return r.link(name)
	case PlaceMesh:
		return r.problem("the control plane is written mesh, without more")
	}
	return &PlaceError{Problem: fmt.Sprintf("%s is not a place: it begins with none of %s/ and %s", strconv.Quote(r.text), strings.Join(placeKinds, "/, "), PlaceMesh)}
}

// placeKinds are the kinds that have a name after them.
var placeKinds = []string{PlaceRegion, PlaceZone, PlaceCluster, PlaceGateway, PlaceService, PlaceLink}

func (r *placeReader) zone(name string) error {
	region, zone, ok := strings.Cut(name, "/")
	if !ok {
		return r.problem("a zone is written zone/REGION/ZONE")
	}
	r.p.Region, r.p.Zone = region, zone
	if err := known("region", region, r.mesh.regionNames()); err != nil {
		return err
	}
	var zones []string
	for _, c := range r.mesh.Clusters {
		if c.Region.Name == region {
			zones = append(zones, c.Zones...)
		}
	}
	if zones = unique(zones); len(zones) == 0 {
		return &PlaceError{Problem: fmt.Sprintf("the zones of region %s are not known: its clusters have neither zones nor vSwitches with a zone", region)}
	}
	return knownIn("region "+region, "zone", zone, zones)
}

// link tries every hyphen, since names of regions have hyphens themselves.
func (r *placeReader) link(name string) error {
	regions := r.mesh.regionNames()
	var readings []Place
	for i, c := range name {
		if c != '-' {
			continue
		}
		a, b := name[:i], name[i+1:]
		if slices.Contains(regions, a) && slices.Contains(regions, b) {
			readings = append(readings, Place{Kind: PlaceLink, Region: min(a, b), To: max(a, b)})
		}
	}
	switch {
	case len(readings) == 0:
		return &PlaceError{Problem: fmt.Sprintf("%s is not a link between two regions of the mesh, which is written link/REGION-REGION", strconv.Quote(r.text)),
			What: "region", Known: regions}
	case len(readings) > 1:
		return r.problem("it may be the link between %s and %s, or between %s and %s", readings[0].Region, readings[0].To, readings[1].Region, readings[1].To)
	case readings[0].Region == readings[0].To:
		return r.problem("a link joins two regions")
	}
	r.p = readings[0]
	return nil
}

// part reads how many pods are lost.
func (r *placeReader) part(text string) error {
	if r.p.Kind != PlaceService {
		return r.problem("only of a service can a part be lost")
	}
	m := partPattern.FindStringSubmatch(text)
	if m == nil {
		return r.problem("before the colon stands a number of pods, or a percentage such as 50%%")
	}
	r.p.Count, _ = strconv.Atoi(cmp.Or(m[1], "0"))
	r.p.Percent, _ = strconv.ParseFloat(cmp.Or(m[2], "0"), 64)
	if r.p.Count == 0 && r.p.Percent == 0 || r.p.Percent > 100 {
		return r.problem("the part is 1 pod or more, or more than 0%% and at most 100%%")
	}
	return nil
}

// narrow reads what stands after an @.
func (r *placeReader) narrow(text string) error {
	kind, name, _ := strings.Cut(text, "/")
	field, names := r.narrowing(kind)
	switch {
	case field == nil && r.p.Kind == PlaceGateway:
		return r.problem("a gateway is narrowed by @cluster/CLUSTER only")
	case field == nil && r.p.Kind == PlaceService:
		return r.problem("a service is narrowed by @cluster/CLUSTER, @region/REGION and @version/VERSION")
	case field == nil:
		return r.problem("a %s cannot be narrowed", r.p.Kind)
	case *field != "":
		return r.problem("@%s/ stands twice", kind)
	case name == "":
		return r.problem("the name after @%s/ is missing", kind)
	}
	*field = name
	if kind == placeVersion {
		return knownIn("service "+strings.TrimPrefix(r.p.Service, DefaultNamespace+"/"), kind, name, names)
	}
	return known(kind, name, names)
}

// narrowing gives the field that a kind of narrowing sets, and the names that may stand there; nil when it is not for the place.
func (r *placeReader) narrowing(kind string) (field *string, names []string) {
	switch {
	case kind == PlaceCluster && (r.p.Kind == PlaceService || r.p.Kind == PlaceGateway):
		return &r.p.Cluster, clusterNames(r.mesh.Clusters)
	case kind == PlaceRegion && r.p.Kind == PlaceService:
		return &r.p.Region, r.mesh.regionNames()
	case kind == placeVersion && r.p.Kind == PlaceService:
		return &r.p.Version, r.mesh.servicesByRef()[r.p.Service].Versions
	}
	return nil, nil
}

// inhabited is an error when a gateway or service does not run where the place is narrowed to.
func (r *placeReader) inhabited() error {
	switch r.p.Kind {
	case PlaceGateway:
		i := slices.IndexFunc(r.mesh.Gateways, func(g *Gateway) bool { return g.Name == r.p.Gateway })
		if r.p.Cluster != "" {
			return runs("gateway "+r.p.Gateway, "cluster", r.p.Cluster, clusterNames(r.mesh.Gateways[i].Clusters))
		}
	case PlaceService:
		if s := r.mesh.servicesByRef()[r.p.Service]; !slices.ContainsFunc(s.Placements, r.p.takes) {
			return &PlaceError{Problem: fmt.Sprintf("nothing runs at %s", r.p)}
		}
	}
	return nil
}

// takes says whether a placement of the service is in the place.
func (p Place) takes(at *Placement) bool {
	return (p.Cluster == "" || p.Cluster == at.Cluster.Name) && (p.Region == "" || p.Region == at.Cluster.Region.Name) && (p.Version == "" || p.Version == at.Version)
}

func runs(who, what, name string, names []string) error {
	if slices.Contains(names, name) {
		return nil
	}
	return &PlaceError{Problem: fmt.Sprintf("%s does not run in %s %s", who, what, name), What: what, Name: name, Known: names}
}

func (m *Mesh) regionNames() []string {
	var names []string
	for _, r := range m.Regions {
		names = append(names, r.Name)
	}
	return names
}

func clusterNames(list []*Cluster) []string {
	var names []string
	for _, c := range list {
		names = append(names, c.Name)
	}
	return names
}

func (m *Mesh) gatewayNames() []string {
	var names []string
	for _, g := range m.Gateways {
		names = append(names, g.Name)
	}
	return names
}

// serviceNames gives the services by name, or namespace/name outside the namespace default.
func (m *Mesh) serviceNames() []string {
	var names []string
	for _, ref := range slices.Sorted(maps.Keys(m.servicesByRef())) {
		names = append(names, strings.TrimPrefix(ref, DefaultNamespace+"/"))
	}
	slices.Sort(names)
	return names
}
