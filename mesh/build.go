package mesh

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"
)

// Build gives the meaning of a Spec in which check found no error. It cannot fail: a reference that leads nowhere, which
// check would have refused, is left out.
func Build(s *Spec) *Mesh {
	b := builder{spec: &s.Spec, mesh: &Mesh{Name: s.Metadata.Name, Provider: s.Spec.Provider, Control: s.Spec.Mesh, Workloads: s.Spec.Workloads}}
	b.mesh.Control.Edition = cmp.Or(b.mesh.Control.Edition, defaultEdition)
	if b.mesh.Provider == ProviderIstio {
		b.mesh.Control = ControlPlane{Name: s.Spec.Mesh.Name, Version: IstioOf(s.Spec.Mesh.Version), IstioSpec: s.Spec.Mesh.IstioSpec} // the rest is ASM's
	}
	b.network()
	b.clusters()
	b.istio()
	b.services()
	b.gateways()
	b.routes()
	b.traffic()
	b.delivery() // before overlays, which can be chosen for its target
	b.overlays()
	b.components()
	b.demand()
	b.expect()
	b.probe()
	return b.mesh
}

// defaultEdition is the edition of ASM when the topology names none.
const defaultEdition = "enterprise"

type builder struct {
	spec *Body
	mesh *Mesh
}

func (b *builder) clusters() {
	regions := map[string]*Region{}
	for _, c := range sorted(b.spec.Clusters, func(c ClusterSpec) string { return c.Name }) {
		r := regions[c.Region]
		if r == nil {
			r = &Region{Name: c.Region}
			regions[c.Region] = r
		}
		cluster := b.newCluster(c, r)
		r.Clusters = append(r.Clusters, cluster)
		b.mesh.Clusters = append(b.mesh.Clusters, cluster)
	}
	b.mesh.Regions = sorted(slices.Collect(maps.Values(regions)), func(r *Region) string { return r.Name })
}

func (b *builder) newCluster(c ClusterSpec, r *Region) *Cluster {
	cluster := &Cluster{
		Name: c.Name, ID: c.ID, Region: r, Labels: c.Labels, Zones: unique(c.Zones), CNI: c.CNI, PodCIDR: prefix(c.PodCIDR), ServiceCIDR: prefix(c.ServiceCIDR),
		Existing: c.Existing, NodePool: c.NodePool,
	}
	if b.mesh.Network == nil {
		return cluster
	}
	cluster.VPC = b.mesh.Network.VPC(c.VPC)
	cluster.VSwitches = b.mesh.Network.named(c.VSwitches)
	if len(c.Zones) == 0 {
		cluster.Zones = zones(cluster.VSwitches)
	}
	if c.CNI == "terway" {
		cluster.PodVSwitches = b.mesh.Network.named(c.PodVSwitches)
		if len(cluster.PodVSwitches) == 0 {
			cluster.PodVSwitches = cluster.VSwitches
		}
	}
	return cluster
}

// zones gives the zones of vSwitches that say one.
func zones(list []*VSwitch) []string {
	var names []string
	for _, v := range list {
		if v.Zone != "" {
			names = append(names, v.Zone)
		}
	}
	return unique(names)
}

func (b *builder) cluster(name string) *Cluster {
	i, ok := slices.BinarySearchFunc(b.mesh.Clusters, name, func(c *Cluster, n string) int { return cmp.Compare(c.Name, n) })
	if !ok {
		return nil
	}
	return b.mesh.Clusters[i]
}

func (b *builder) gateways() {
	for _, g := range sorted(b.spec.Gateways, func(g GatewaySpec) string { return g.Name }) {
		gateway := &Gateway{
			Name: g.Name, Namespace: g.Namespace, Annotations: g.Annotations, Labels: g.Labels, Type: g.GatewayType,
			Settings: sortPorts(g.Settings),
		}
		for _, name := range sorted(g.Clusters, self) {
			if c := b.cluster(name); c != nil {
				gateway.Clusters = append(gateway.Clusters, c)
			}
		}
		for _, o := range sorted(g.Overrides, func(o GatewayOverride) string { return o.Cluster }) {
			if c := b.cluster(o.Cluster); c != nil {
				gateway.Overrides = append(gateway.Overrides, Override{Cluster: c, Settings: sortPorts(o.Settings)})
			}
		}
		for _, l := range sorted(g.Listeners, func(l ListenerSpec) string { return l.Namespace + "/" + l.Name }) {
			gateway.Listeners = append(gateway.Listeners, &Listener{Name: l.Name, Namespace: l.Namespace, Servers: l.Servers})
		}
		b.mesh.Gateways = append(b.mesh.Gateways, gateway)
	}
}

// sortPorts gives settings whose lists of ports are in the order of port number, protocol and name.
func sortPorts(settings map[string]any) map[string]any {
	settings = maps.Clone(settings)
	for _, key := range []string{"ports", "meshExpansionPorts"} {
		if list, ok := settings[key].([]any); ok {
			list = slices.Clone(list)
			slices.SortStableFunc(list, comparePorts)
			settings[key] = list
		}
	}
	return settings
}

func comparePorts(x, y any) int {
	a, _ := x.(map[string]any)
	b, _ := y.(map[string]any)
	order := cmp.Compare(field[int64](a, "port"), field[int64](b, "port"))
	for _, name := range []string{"protocol", "name"} {
		order = cmp.Or(order, cmp.Compare(field[string](a, name), field[string](b, name)))
	}
	return order
}

// field is the field of a generic value, or the zero value when it is not there or of another type.
func field[T any](m map[string]any, name string) T {
	v, _ := m[name].(T)
	return v
}

func (b *builder) routes() {
	for _, r := range sorted(b.spec.Routes, func(r RouteSpec) string { return r.Namespace + "/" + r.Name }) {
		route := &Route{Name: r.Name, Namespace: r.Namespace, Hosts: r.Hosts, HTTP: r.HTTP, TCP: r.TCP, TLS: r.TLS}
		for _, g := range r.Gateways {
			if g != "mesh" { // the reserved name of all sidecars
				g = Qualified(g, r.Namespace)
			}
			route.Gateways = append(route.Gateways, g)
		}
		slices.Sort(route.Gateways)
		b.mesh.Routes = append(b.mesh.Routes, route)
	}
}

// Qualified gives a reference in the form namespace/name.
func Qualified(ref, namespace string) string {
	if strings.Contains(ref, "/") {
		return ref
	}
	return namespace + "/" + ref
}

func (b *builder) traffic() {
	t := b.spec.Traffic
	b.mesh.Traffic.Scope = t.Scope
	if t.Scope == ScopeMesh && !t.Empty() {
		b.mesh.Traffic.Locality = locality(t.LocalityRules, true)
	}
}

func locality(r LocalityRules, enabled bool) *Locality {
	return &Locality{Enabled: enabled, LocalityRules: LocalityRules{
		Failover:         sorted(r.Failover, func(f Failover) string { return f.From + " " + f.To }),
		Distribute:       sorted(r.Distribute, func(d Distribute) string { return d.From }),
		FailoverPriority: r.FailoverPriority,
	}}
}

func (b *builder) overlays() {
	targets := b.mesh.Targets()
	for _, o := range b.spec.Overlays {
		b.mesh.Overlays = append(b.mesh.Overlays, Overlay{Path: o.Path, Targets: o.choose(targets)})
	}
}

func (b *builder) components() {
	targets := b.mesh.Targets()
	for _, c := range b.spec.Components {
		values := c.Values
		if values == nil {
			values = map[string]any{}
		}
		b.mesh.Components = append(b.mesh.Components, Component{Name: c.Name, Path: c.Path, Values: values, Targets: c.choose(targets)})
	}
}

// choose gives the names of the chosen targets.
func (o TargetChoice) choose(targets []TargetName) []string {
	var names []string
	for _, t := range targets {
		if t.Manifests() && o.chooses(t) {
			names = append(names, t.Name)
		}
	}
	return names
}

func (o TargetChoice) chooses(t TargetName) bool {
	labels := map[string]string{}
	if t.Cluster != nil {
		labels = t.Cluster.Labels
	}
	if t.Name == DeliveryTarget && len(o.Targets) == 0 {
		return false // what is meant for workloads, a namespace say, must not change how they are delivered
	}
	return (len(o.Regions) == 0 || slices.Contains(o.Regions, t.Region)) &&
		(o.ClusterSelector == nil || t.Cluster != nil && o.ClusterSelector.Matches(labels)) &&
		(len(o.Targets) == 0 || slices.ContainsFunc(o.Targets, func(glob string) bool { return TargetMatches(glob, t.Name) }))
}

// TargetName is a target that the mesh renders: its name, where it is, and its cluster when it is one.
type TargetName struct {
	Name    string
	Region  string
	Cluster *Cluster
}

// NetworkTarget is the name of the target that holds Terraform instead of manifests.
const NetworkTarget = "network"

// ClusterTarget is the name of a cluster's target.
func ClusterTarget(cluster string) string { return "clusters/" + cluster }

// DeliveryTarget is the name of the target whose objects bring the others into their clusters.
const DeliveryTarget = "delivery"

// Manifests says whether the target holds Kubernetes objects, which overlays can change.
func (t TargetName) Manifests() bool { return t.Name != NetworkTarget }

// Targets gives the targets in canonical order: clusters by name, then the mesh of a managed control plane, then the network and the delivery
// when the topology has them.
func (m *Mesh) Targets() []TargetName {
	var names []TargetName
	for _, c := range m.Clusters {
		names = append(names, TargetName{Name: ClusterTarget(c.Name), Region: c.Region.Name, Cluster: c})
	}
	if m.Istio == nil {
		names = append(names, TargetName{Name: "mesh/" + m.Control.Name, Region: m.Control.Region})
	}
	if m.Network != nil {
		names = append(names, TargetName{Name: NetworkTarget})
	}
	if m.Delivery != nil {
		names = append(names, TargetName{Name: DeliveryTarget})
	}
	return names
}

// TargetMatches says whether a shell pattern (*, ?, [...]; * does not match a slash) matches the name of a target. A
// malformed pattern matches nothing.
func TargetMatches(glob, target string) bool {
	if !strings.ContainsAny(glob, `*?[\`) {
		return glob == target // a fleet can have a pattern for each of its clusters
	}
	ok, err := path.Match(glob, target)
	return ok && err == nil
}

// ValidPattern says whether a pattern of targets is well-formed.
func ValidPattern(glob string) bool {
	_, err := path.Match(glob, "")
	return err == nil
}

func self(s string) string { return s }

// unique gives a sorted copy of a list of names without repetitions; nil stays nil.
func unique(names []string) []string { return slices.Compact(sorted(names, self)) }

// sorted gives a sorted copy of a list; nil stays nil.
func sorted[T any, K cmp.Ordered](list []T, key func(T) K) []T {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(x, y T) int { return cmp.Compare(key(x), key(y)) })
	return list
}
