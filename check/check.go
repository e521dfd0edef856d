// Package check finds what is wrong with a topology that its schema cannot see: names that lead nowhere, address plans that
// cannot work, traffic rules that istiod refuses or that do not do what they say.
//
// Topology runs all rules over a Spec and gives all findings, with field paths and no lines. A rule is a method of checker; the
// list of them is in Topology. Which rule has which id, name, severity and documentation is in package diag. The package
// imports diag, mesh and shape, and reads no file.
package check

import (
	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/limit"
	"github.com/meshtopo/meshtopo/mesh"
)

// Topology gives everything that is wrong with a topology that has passed the schema.
func Topology(s *mesh.Spec, limits limit.Limits) []diag.Finding {
	c := &checker{Body: &s.Spec, spec: s, limits: limits}
	c.index()
	if c.placements > c.maxPlacements() {
		return []diag.Finding{diag.New(diag.Limit, specPath.Key("services"), "the services have %d placements in all clusters; the limit is %d", c.placements, c.maxPlacements()).
			WithFix("%s", limit.Advice(limit.Placements, "place fewer services, or split the topology"))}
	}
	for _, rule := range []func(){
		c.checkNames, c.checkReferences, c.checkLinks,
		c.checkProvider, c.checkPrimaries, c.checkAmbient, c.checkSecretStore, c.checkMeshNetworks, c.checkChartValues, c.checkFeatures, c.checkAcross,
		c.checkRanges, c.checkReserved, c.checkPublic, c.checkOverlaps, c.checkMeshVPC, c.checkVSwitches, c.checkRegions, c.checkAddressing,
		c.checkVPCs, c.checkZones,
		c.checkPlacements, c.checkDeployments, c.checkNamespaces, c.checkImages, c.checkEndpoints, c.checkGateways, c.checkGatewayCollisions, c.checkListeners,
		c.checkShapes, c.checkPolicies, c.checkLocalities, c.checkFailover, c.checkDetectionAlone, c.checkSurvivors,
		c.checkRoutes, c.checkHosts, c.checkRegexes,
		c.checkCalls, c.checkEndless, c.checkDemand, c.checkExpect, c.checkMarkers, c.checkDelivery,
	} {
		rule()
		if c.full() {
			return append(c.findings, diag.New(diag.Limit, specPath, "there are more than %d findings; these are the first", c.maxFindings()).WithFix("%s", limit.Advice(limit.Findings, "mend these first")))
		}
	}
	if !c.fatal {
		c.checkReach(c.meshOf().Reach())
	}
	if c.warnings > c.maxFindings() {
		found := diag.New(diag.Limit, specPath, "there are %d warnings; the first %d are shown", c.warnings, c.maxFindings()).WithFix("%s", limit.Advice(limit.Findings, "mend these first"))
		found.Severity = diag.Warning
		c.findings = append(c.findings, found)
	}
	return c.findings
}

// checker holds a topology and what the rules look up in it.
type checker struct {
	*mesh.Body
	spec     *mesh.Spec
	built    *mesh.Mesh // by meshOf
	findings []diag.Finding
	limits   limit.Limits
	errors   int
	warnings int
	fatal    bool // there is an error that cannot be waived
	plan     *plan

	clusters    map[string]mesh.ClusterSpec
	vpcs        map[string]mesh.VPCSpec
	vpcPaths    map[string]diag.Path
	routers     map[string]bool // regions with a transit router
	switches    map[string]mesh.VSwitchSpec
	switchPaths map[string]diag.Path
	services    map[string]*service           // by namespace/name
	order       []*service                    // as written
	listeners   map[string]mesh.GatewaySpec   // by namespace/name: the gateway that listens
	regions     map[string]bool               // with clusters
	selected    map[string][]mesh.ClusterSpec // by selector
	placements  int                           // in all clusters
}

// service is a service with its endpoints counted.
type service struct {
	mesh.ServiceSpec
	path      diag.Path
	endpoints map[string]int            // pods by region, without regions that have none
	versions  map[string]map[string]int // the same by version
	total     int
	views     []view // by client network; nil when there is one
}

func (s *service) ref() string { return s.Namespace + "/" + s.Name }

func (c *checker) add(f diag.Finding) {
	count := &c.errors
	if f.Severity == diag.Warning {
		count = &c.warnings
	} else if !diag.Lookup(f.Rule).Waivable {
		c.fatal = true
	}
	if *count++; *count <= c.maxFindings() {
		c.findings = append(c.findings, f)
	}
}

// meshOf gives the mesh of the topology, without what leads nowhere.
func (c *checker) meshOf() *mesh.Mesh {
	if c.built == nil {
		c.built = mesh.Build(c.spec)
	}
	return c.built
}

// maxFindings bounds errors, and warnings, which stop nothing.
func (c *checker) maxFindings() int { return int(c.limits.OrDefault().Findings) }

func (c *checker) maxPlacements() int { return int(c.limits.OrDefault().Placements) }

// full says whether so much is wrong that nothing more is looked for.
func (c *checker) full() bool { return c.errors >= c.maxFindings() }

const specPath = diag.Path("spec")

func (c *checker) index() {
	c.clusters, c.regions = map[string]mesh.ClusterSpec{}, map[string]bool{}
	for _, cl := range c.Clusters {
		first(c.clusters, cl.Name, cl)
		c.regions[cl.Region] = true
	}
	c.vpcs, c.switches, c.switchPaths = map[string]mesh.VPCSpec{}, map[string]mesh.VSwitchSpec{}, map[string]diag.Path{}
	c.vpcPaths, c.routers = map[string]diag.Path{}, map[string]bool{}
	if c.Network != nil && c.Network.CEN != nil {
		for _, r := range c.Network.CEN.TransitRouters {
			c.routers[r.Region] = true
		}
	}
	if c.Network != nil {
		for i, v := range c.Network.VPCs {
			first(c.vpcs, v.Name, v)
			first(c.vpcPaths, v.Name, specPath.Key("network").Key("vpcs").Index(i))
		}
		for i, v := range c.Network.VSwitches {
			first(c.switches, v.Name, v)
			first(c.switchPaths, v.Name, specPath.Key("network").Key("vSwitches").Index(i))
		}
	}
	c.listeners = map[string]mesh.GatewaySpec{}
	for _, g := range c.Gateways {
		for _, l := range g.Listeners {
			first(c.listeners, l.Namespace+"/"+l.Name, g)
		}
	}
	c.plan, c.selected = c.newPlan(), map[string][]mesh.ClusterSpec{}
	c.services = map[string]*service{}
	for i, s := range c.Services {
		v := c.count(s, specPath.Key("services").Index(i))
		first(c.services, v.ref(), v)
		c.order = append(c.order, v)
	}
}

// first notes the first thing of a name; a second one is reported, and must not make others wrong.
func first[V any](m map[string]V, name string, v V) {
	if _, ok := m[name]; !ok {
		m[name] = v
	}
}

func (c *checker) count(s mesh.ServiceSpec, path diag.Path) *service {
	v := &service{ServiceSpec: s, path: path, endpoints: map[string]int{}, versions: map[string]map[string]int{}}
	for _, p := range s.Placements {
		if v.versions[p.Version] == nil {
			v.versions[p.Version] = map[string]int{}
		}
		chosen := c.chosen(p)
		if c.placements += len(chosen); c.placements > c.maxPlacements() {
			continue
		}
		for _, cl := range chosen {
			if p.Replicas > 0 {
				v.endpoints[cl.Region] += p.Replicas
				v.versions[p.Version][cl.Region] += p.Replicas
				v.total += p.Replicas
			}
		}
	}
	return v
}

// chosen gives the clusters of a placement, as written. Many placements have the same selector, so its answer is kept.
func (c *checker) chosen(p mesh.PlacementSpec) []mesh.ClusterSpec {
	if p.Cluster != "" {
		if cl, ok := c.clusters[p.Cluster]; ok {
			return []mesh.ClusterSpec{cl}
		}
		return nil
	}
	key := p.Region
	if p.ClusterSelector != nil {
		key = "labels " + labels(p.ClusterSelector.MatchLabels)
	}
	list, known := c.selected[key]
	if !known {
		for _, cl := range c.Clusters {
			if p.Chosen(cl) {
				list = append(list, cl)
			}
		}
		c.selected[key] = list
	}
	return list
}
