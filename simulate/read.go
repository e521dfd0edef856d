package simulate

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// builder collects the objects of all targets.
type builder struct {
	model    *Model
	parsed   map[*manifest.Object]*contents // by the first object of a file, which clusters share
	services map[string]*service
	meant    map[string]*mesh.Service // the topology's, by host
	rules    []*object
	routes   []*object
	listens  []*object // Istio Gateways

	told, toldBy string // what the first istiod is told, and its target
}

// contents is what one file of a cluster holds.
type contents struct {
	services    []rendered
	deployments []deployment
	network     string            // that of the cluster, when the file says
	wishes      map[string]string // trafficDistribution of Namespaces
	crossings   []string          // networks that a Gateway of an ambient mesh is the gateway of
	unknown     []string          // objects that matter and are not simulated
}

// rendered is a Service object.
type rendered struct {
	object       *object
	selector     map[string]string
	distribution string
}

type deployment struct {
	namespace string
	labels    map[string]string // of its pods
	replicas  int
}

func newBuilder(m *mesh.Mesh) *builder {
	b := &builder{
		meant:    map[string]*mesh.Service{},
		model:    &Model{mesh: m, byHost: map[string]*service{}, meshSetting: &setting{}},
		parsed:   map[*manifest.Object]*contents{},
		services: map[string]*service{},
	}
	for _, s := range m.Services {
		b.meant[s.Host()] = s
	}
	return b
}

func (b *builder) target(t manifest.Target) error {
	if name, ok := strings.CutPrefix(t.Name, "clusters/"); ok {
		return b.clusterTarget(b.model.clusterIndex(name), t)
	}
	if strings.HasPrefix(t.Name, "mesh/") {
		return b.control(t)
	}
	return nil
}

// clusterTarget reads a cluster and, where an istiod runs in it, what that is told.
func (b *builder) clusterTarget(index int, t manifest.Target) error {
	if index < 0 {
		return nil
	}
	m := b.model.mesh
	if m.Istio == nil {
		b.cluster(index, t, "")
		return nil
	}
	network, err := injected(t)
	if err != nil {
		return err
	}
	b.cluster(index, t, network)
	if err := b.networkGateways(index, t); err != nil || !m.IsPrimary(m.Clusters[index]) {
		return err
	}
	return b.primary(t)
}

// control keeps the routing objects and reads the request that sets the mesh-wide locality.
func (b *builder) control(t manifest.Target) error {
	for _, f := range t.Files {
		for _, o := range f.Objects {
			b.routing(newObject(t, f, o))
		}
		if f.Objects == nil && len(f.Data) > 0 && f.Data[0] == '{' {
			if err := b.request(t, f); err != nil {
				return err
			}
		}
	}
	return nil
}

func newObject(t manifest.Target, f manifest.File, o manifest.Object) *object {
	from := o.From
	if from == "" {
		from = f.From
	}
	return &object{
		kind: text(o.Fields, "kind"), namespace: cmp.Or(text(o.Fields, "metadata", "namespace"), mesh.DefaultNamespace), name: text(o.Fields, "metadata", "name"),
		target: t.Name, file: f.Path, from: from, fields: o.Fields,
	}
}

func (b *builder) routing(o *object) {
	if unsimulated(o) {
		b.model.note("%s is not simulated", o)
	}
	if !networking(text(o.fields, "apiVersion")) {
		return
	}
	switch o.kind {
	case "DestinationRule":
		if at(o.fields, "spec", "workloadSelector") != nil {
			b.model.note("%s is for some workloads only (workloadSelector); it is left out of the simulation", o)
			return
		}
		b.rules = append(b.rules, o)
	case "VirtualService":
		b.routes = append(b.routes, o)
	case "Gateway":
		b.listens = append(b.listens, o)
	}
	b.noteParts(o)
}

// unsimulated says whether an object may change where traffic goes or what becomes of it, in a way that the model does not know.
func unsimulated(o *object) bool {
	apiVersion := text(o.fields, "apiVersion")
	switch o.kind {
	case "Sidecar", "EnvoyFilter", "ServiceEntry", "WorkloadEntry", "WorkloadGroup":
		return networking(apiVersion)
	case "StatefulSet", "DaemonSet", "ReplicaSet":
		return strings.HasPrefix(apiVersion, "apps/")
	case "HorizontalPodAutoscaler":
		return true
	}
	return strings.HasPrefix(apiVersion, "security.istio.io/") || strings.HasPrefix(apiVersion, "gateway.networking.k8s.io/")
}

// noteParts names fields of routing objects that the model does not know.
func (b *builder) noteParts(o *object) {
	for _, h := range list(o.fields, "spec", "http") {
		if at(h, "mirror") != nil || at(h, "mirrors") != nil {
			b.model.note("%s mirrors requests; the copies are not counted", o)
		}
	}
	eachPolicy(o.fields, func(policy any) {
		if text(policy, "loadBalancer", "simple") == "PASSTHROUGH" {
			b.model.note("%s has loadBalancer PASSTHROUGH, which is not simulated", o)
		}
		if at(policy, "loadBalancer", "zoneAwareLbSetting") != nil {
			b.model.note("%s has zoneAwareLbSetting, which is not simulated", o)
		}
	})
}

// request reads LocalityLBConf of ASM's UpdateMeshFeature.
func (b *builder) request(t manifest.Target, f manifest.File) error {
	var request struct {
		LocalityLoadBalancing *bool
		LocalityLBConf        string
	}
	if err := json.Unmarshal(f.Data, &request); err != nil {
		return fmt.Errorf("reading %s: %w", f.Path, err)
	}
	if request.LocalityLoadBalancing == nil {
		return nil
	}
	b.model.meshOrigin = origin{field: "LocalityLBConf", from: f.From, object: &object{kind: "UpdateMeshFeature", name: b.model.mesh.Control.Name, target: t.Name, file: f.Path, from: f.From}}
	if !*request.LocalityLoadBalancing {
		b.model.meshSetting = nil
		return nil
	}
	conf := map[string]any{}
	if err := json.Unmarshal([]byte(request.LocalityLBConf), &conf); err != nil {
		return fmt.Errorf("reading LocalityLBConf of %s: %w", f.Path, err)
	}
	b.model.meshSetting = newSetting(conf)
	return nil
}

// cluster reads the Services and Deployments of a cluster, and gives each Service its pods there. The network is that of the pods'
// labels; "": the cluster says it.
func (b *builder) cluster(index int, t manifest.Target, network string) {
	var services []rendered
	var contents []*contents
	pods := newPodIndex()
	for _, f := range t.Files {
		c := b.contents(t, f)
		contents = append(contents, c)
		for _, name := range c.unknown {
			b.model.note("%s is not simulated", name)
		}
		services = append(services, c.services...)
		for i := range c.deployments {
			pods.add(&c.deployments[i])
		}
	}
	b.model.networks.add(index, b.model.mesh.Clusters[index].Name, contents)
	if network != "" {
		b.model.networks.byCluster[index] = network
	}
	for _, r := range services {
		if r.distribution == "" && !b.model.mesh.Control.Before("1.30") {
			r.distribution = wish(contents, r.object.namespace)
		}
		s := b.service(r)
		s.in[index] = true
		s.groups = append(s.groups, b.groups(s, index, pods.matching(r.object.namespace, r.selector))...)
	}
}

// contents reads a file once, however many clusters share its objects.
func (b *builder) contents(t manifest.Target, f manifest.File) *contents {
	if len(f.Objects) == 0 {
		return &contents{}
	}
	if c, known := b.parsed[&f.Objects[0]]; known {
		return c
	}
	c := &contents{}
	for _, o := range f.Objects {
		c.add(newObject(t, f, o))
	}
	b.parsed[&f.Objects[0]] = c
	return c
}

func (c *contents) add(o *object) {
	if network := crossing(o); network != "" {
		c.crossings = append(c.crossings, network)
	} else if unsimulated(o) {
		c.unknown = append(c.unknown, o.String())
	}
	switch apiVersion := text(o.fields, "apiVersion"); {
	case o.kind == "Namespace" && apiVersion == "v1":
		c.namespace(o)
	case o.kind == "Service" && apiVersion == "v1":
		c.services = append(c.services, rendered{o, labels(o.fields, "spec", "selector"), distributionOf(o)})
	case o.kind == "Deployment" && apiVersion == "apps/v1":
		c.deployments = append(c.deployments, deployment{o.namespace, labels(o.fields, "spec", "template", "metadata", "labels"), whole(o.fields, 1, "spec", "replicas")})
	}
}

func (c *contents) namespace(o *object) {
	if o.name == rootNamespace {
		c.network = labels(o.fields, "metadata", "labels")[labelNetwork]
	}
	if wish := distributionOf(o); wish != "" {
		if c.wishes == nil {
			c.wishes = map[string]string{}
		}
		c.wishes[o.name] = wish
	}
}

// distributionOf is the trafficDistribution of a Service: its own field, or Istio's annotation.
func distributionOf(o *object) string {
	return cmp.Or(text(o.fields, "spec", "trafficDistribution"), text(o.fields, "metadata", "annotations", "networking.istio.io/traffic-distribution"))
}

func (b *builder) service(r rendered) *service {
	host := r.object.name + "." + r.object.namespace + ".svc.cluster.local"
	s := b.services[host]
	if s == nil {
		s = &service{name: r.object.name, namespace: r.object.namespace, host: host, in: make([]bool, len(b.model.mesh.Clusters)), object: r.object, meant: b.meant[host], port: firstPort(r.object)}
		b.services[host] = s
	}
	if s.trafficDistribution == "" {
		s.trafficDistribution = b.understood(r.distribution)
	}
	return s
}

// understood is a trafficDistribution that sidecars of the mesh's version know, in lower case; else "".
func (b *builder) understood(wish string) string {
	since := "1.27"
	if wish = strings.ToLower(wish); wish == "preferclose" {
		since = "1.25"
	}
	if b.model.mesh.Control.Before(since) {
		return ""
	}
	return wish
}

// wish is the trafficDistribution of a Namespace.
func wish(files []*contents, namespace string) string {
	for _, c := range files {
		if w := c.wishes[namespace]; w != "" {
			return w
		}
	}
	return ""
}

// firstPort is the lowest TCP port of a Service, 0 when it has none.
func firstPort(o *object) int {
	first := 0
	for _, p := range list(o.fields, "spec", "ports") {
		if n := whole(p, 0, "port"); text(p, "protocol") != "UDP" && (first == 0 || n < first) {
			first = n
		}
	}
	return first
}

// groups makes of a Service's Deployments in a cluster, and of placements without one, pods in zones.
func (b *builder) groups(s *service, cluster int, deployments []*deployment) []group {
	var groups []group
	placed := b.placements(s, cluster)
	versions := map[string]bool{}
	for _, d := range deployments {
		version := d.labels["version"]
		versions[version] = true
		groups = append(groups, b.zones(cluster, version, d.labels, d.replicas, placed[version].capacity())...)
	}
	for _, version := range slices.Sorted(maps.Keys(placed)) {
		if p := placed[version]; !versions[version] && p.Image == "" {
			own := map[string]string{"app": s.name, "version": version}
			groups = append(groups, b.zones(cluster, version, own, p.Replicas, p.Capacity)...)
		}
	}
	return groups
}

type placement mesh.Placement

func (p *placement) capacity() float64 {
	if p == nil {
		return 0
	}
	return p.Capacity
}

// placements gives those of a service in a cluster by version.
func (b *builder) placements(s *service, cluster int) map[string]*placement {
	byVersion := map[string]*placement{}
	if ms := b.meant[s.host]; ms != nil {
		for _, p := range ms.In(b.model.mesh.Clusters[cluster]) {
			byVersion[p.Version] = (*placement)(p)
		}
	}
	return byVersion
}

// zones spreads pods over the zones of their cluster: pod i is in zone i modulo their number.
func (b *builder) zones(cluster int, version string, own map[string]string, pods int, capacity float64) []group {
	c := b.model.mesh.Clusters[cluster]
	zones := c.Zones
	if len(zones) == 0 {
		zones = []string{""}
	}
	if l, said := b.labelled(own); said {
		return []group{{cluster: cluster, locality: l, version: version, labels: augmented(own, l, c.Name, b.model.networks.of(cluster)), pods: pods, capacity: capacity}}
	}
	var groups []group
	for i, zone := range zones {
		n := (pods + len(zones) - 1 - i) / len(zones)
		l := locality{region: c.Region.Name, zone: zone}
		groups = append(groups, group{cluster: cluster, locality: l, version: version, labels: augmented(own, l, c.Name, b.model.networks.of(cluster)), pods: n, capacity: capacity})
	}
	return groups
}

// labelled is the locality that the labels of a pod say, which comes before that of its node.
func (b *builder) labelled(own map[string]string) (l locality, said bool) {
	text := own["istio-locality"]
	if newer := own["topology.istio.io/locality"]; newer != "" && !b.model.mesh.Control.Before("1.29") {
		text = newer
	}
	if !strings.Contains(text, "/") {
		text = strings.ReplaceAll(text, ".", "/")
	}
	parts := append(strings.SplitN(text, "/", 3), "", "")
	return locality{parts[0], parts[1], parts[2]}, text != ""
}

// augmented adds the labels that istiod gives a workload by its place.
func augmented(own map[string]string, l locality, cluster, network string) map[string]string {
	all := maps.Clone(own)
	if all == nil {
		all = map[string]string{}
	}
	for key, value := range map[string]string{labelRegion: l.region, labelZone: l.zone, labelSubzone: l.subzone, labelCluster: cluster} {
		if value != "" {
			all[key] = value
		}
	}
	if network != "" && all[labelNetwork] == "" {
		all[labelNetwork] = network
	}
	return all
}
