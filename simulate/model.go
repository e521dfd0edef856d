// Package simulate says where traffic goes, before anything is applied: from the rendered objects (DestinationRules,
// VirtualServices, the mesh-wide locality setting, Services, Deployments; after overlays) and the endpoints of the mesh, in a
// scenario of places that are lost.
//
// It is arithmetic, without sampling and without a clock: istiod's rules make of endpoints and settings the localities, priorities
// and weights that a client gets (locality.go, policy.go); Envoy's rules make of these and of the health of the endpoints the
// share of each (envoy.go); and demand is pushed through the call graph from the gateways (push.go).
//
// What it does not know: retries, connection pools and circuit breakers, latency, the randomness of a load balancer, services
// outside the mesh, and how long anything takes except the time until outlierDetection ejects.
//
// New reads the objects once; a Model is then asked many times, from several goroutines at once. The package imports diag,
// flow, manifest and mesh.
package simulate

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// Model is what one rendering says about traffic. It does not change after New.
type Model struct {
	mesh        *mesh.Mesh
	services    []*service // by namespace, then name
	byHost      map[string]*service
	gateways    []*gateway // by name, then cluster
	networks    networks
	rules       *ruleBook
	routes      virtualServices
	meshSetting *setting
	meshOrigin  origin
	keys        []string // labels that tell clients of one locality apart
	order       [][]int  // services, callees after their callers; those of a cycle together
	entries     []entrance
	unknown     map[*service][]asker // see addStrangers
	notes       []string
	base        *base
}

// service is a Service as the whole mesh sees it: istiod joins those of all clusters by host.
type service struct {
	index               int
	name, namespace     string
	host                string
	port                int    // the lowest TCP port: where requests go that name none
	in                  []bool // by cluster: whether there is a Service, so that its name resolves
	object              *object
	meant               *mesh.Service // the topology's; nil of a Service that an overlay added
	trafficDistribution string
	groups              []group       // by locality, cluster and version
	classes             []class       // of its pods as clients
	servers             []flow.Server // its versions in clusters, by region, cluster and version
	serverOf            []int         // by group
	sized               bool          // the capacity of some of its pods is known
	calls               []call
}

// ref names the service as a topology does.
func (s *service) ref() string { return shortRef(s.namespace, s.name) }

func shortRef(namespace, name string) string {
	if namespace == mesh.DefaultNamespace {
		return name
	}
	return namespace + "/" + name
}

// group is pods of one Deployment in one zone.
type group struct {
	cluster  int
	locality locality
	version  string
	labels   map[string]string // with those that istiod adds
	pods     int
	capacity float64 // requests per second of one pod; 0 when it is not known
	class    int
}

// class is clients that get the same answer from istiod: pods in one locality with the same values of the labels that any rule
// compares.
type class struct {
	locality locality
	labels   map[string]string
	clusters []int // where its pods are; a gateway or an asked-for client is in one
}

// gateway is the pods of a gateway in one cluster.
type gateway struct {
	of      *mesh.Gateway
	cluster int
	classes []class   // one a zone
	parts   []float64 // by class, of the requests that enter here
	pods    int
	listens []string // the Istio Gateways it serves, namespace/name
	hosts   []string // that it takes requests for
	port    int      // where requests come in: the first HTTP port that it listens on
	https   bool     // there it sends requests to https instead
}

// call is requests that each request to a service causes.
type call struct {
	to      *service
	times   float64
	request request
	ways    []ways // by class of the caller
}

// ways is where the requests of one class go: the Envoy clusters, and the part of each.
type ways struct {
	way     []way
	aborted float64
	why     string // why none goes on
	kind    string // of the drop
	routed  routed
}

type way struct {
	weight float64
	policy *policy // nil: it ends here
	client int     // the client's number in the policy
	why    string  // why it ends here
}

// New reads what traffic depends on out of the targets of a rendering. The error is one of the targets' own, or of an object that
// cannot be read.
func New(m *mesh.Mesh, targets iter.Seq2[manifest.Target, error]) (*Model, error) {
	b := newBuilder(m)
	for t, err := range targets {
		if err != nil {
			return nil, fmt.Errorf("rendering for the simulation: %w", err)
		}
		if err := b.target(t); err != nil {
			return nil, fmt.Errorf("target %s: %w", t.Name, err)
		}
	}
	return b.build(), nil
}

// Kinds gives the kinds of places that a sweep can lose.
func Kinds() []string {
	return []string{mesh.PlaceRegion, mesh.PlaceZone, mesh.PlaceCluster, mesh.PlaceGateway, mesh.PlaceService, placeVersion, mesh.PlaceLink, mesh.PlaceMesh}
}

// placeVersion is the kind of the places service/S@version/V.
const placeVersion = "version"

// serviceOf gives the service of the mesh in the model; nil when an overlay took it away or renamed it.
func (m *Model) serviceOf(s *mesh.Service) *service { return m.byHost[s.Host()] }

// clusterIndex gives a cluster's number.
func (m *Model) clusterIndex(name string) int {
	return slices.IndexFunc(m.mesh.Clusters, func(c *mesh.Cluster) bool { return c.Name == name })
}

func (m *Model) clusterName(i int) string { return m.mesh.Clusters[i].Name }

func (m *Model) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(m.notes, text) {
		m.notes = append(m.notes, text)
	}
}

// networking says whether an apiVersion is of Istio's networking API.
func networking(apiVersion string) bool { return strings.HasPrefix(apiVersion, "networking.istio.io/") }
