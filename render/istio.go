package render

import (
	"slices"

	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// With provider istio there is no target of the mesh: every control plane is in a cluster, and reads its configuration there.
// installDir holds what installs Istio, routingDir what its istiod reads.
const (
	installDir = "install/"
	routingDir = "routing/"
)

// istioCluster renders what a cluster takes beside its services: what installs Istio there and, where an istiod runs, all routing
// objects of the mesh.
func (r *Rendering) istioCluster(c *mesh.Cluster) ([]manifest.File, error) {
	install, err := r.install(c)
	if err != nil || !r.mesh.IsPrimary(c) {
		return install, err
	}
	routing, err := r.routing()
	return slices.Concat(install, routing), err
}

// routingFiles renders the routing objects of the mesh, which are the same for every istiod.
func (r *Rendering) routingFiles() ([]manifest.File, error) {
	var files []manifest.File
	add := func(f manifest.File, err error) error {
		f.Path = routingDir + f.Path
		files = append(files, f)
		return err
	}
	for _, g := range r.mesh.Gateways {
		if len(g.Listeners) == 0 {
			continue
		}
		if err := add(r.listeners(g)); err != nil {
			return nil, err
		}
	}
	if err := r.routesAndPolicies(add); err != nil {
		return nil, err
	}
	probe, err := r.probePolicy()
	return append(files, probe...), err
}

type listenersData struct {
	APIVersion, Gateway string
	Listeners           []*mesh.Listener
}

// listeners renders the Istio Gateways of a gateway, whose pods the chart labels istio: NAME.
func (r *Rendering) listeners(g *mesh.Gateway) (manifest.File, error) {
	var plan []manifest.ID
	for _, l := range g.Listeners {
		plan = append(plan, planned(networking, "Gateway", l.Namespace, l.Name)...)
	}
	return r.execute("listeners.yaml.tmpl", "gateways/"+g.Name+".yaml", fromEntry("gateways", "", g.Name),
		listenersData{APIVersion: r.apiVersion(), Gateway: g.Name, Listeners: g.Listeners}, plan)
}

// istioNamespaces renders the Namespaces of a cluster: those of services, of gateways in the cluster, of routing objects where an
// istiod reads them, and of Istio itself.
func (r *Rendering) istioNamespaces(c *mesh.Cluster) (manifest.File, error) {
	names := r.serviceNamespaces()
	if r.mesh.IsPrimary(c) {
		names = append(names, r.controlNamespaces()...)
	}
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(n string) bool { return n == mesh.RootNamespace })
	services, err := r.namespaces(names)
	if err != nil {
		return services, err
	}
	own := []namespaceData{r.rootNamespace(c)}
	for _, g := range r.mesh.Gateways {
		if slices.Contains(g.Clusters, c) {
			names = append(names, mesh.RootNamespace)
			if !slices.Contains(names, g.Namespace) {
				own, names = append(own, namespaceData{Name: g.Namespace}), append(names, g.Namespace)
			}
		}
	}
	if r.mesh.Istio.Sail && r.mesh.Istio.Ambient {
		own = append(own, namespaceData{Name: sailCNINamespace}, namespaceData{Name: sailZtunnelNamespace})
	}
	var plan []manifest.ID
	for _, n := range own {
		plan = append(plan, planned("", "Namespace", "", n.Name)...)
	}
	istio, err := r.execute("namespaces.yaml.tmpl", namespacesFile, fromCluster(c), own, plan)
	if err != nil {
		return istio, err
	}
	return manifest.Manifests(namespacesFile, services.From, slices.Concat(services.Objects, istio.Objects))
}

func fromCluster(c *mesh.Cluster) string { return fromEntry("clusters", "", c.Name) }

// rootNamespace is istio-system: with several networks it says the network of the cluster's pods, and in a remote which istiod
// manages the cluster.
func (r *Rendering) rootNamespace(c *mesh.Cluster) namespaceData {
	n := namespaceData{Name: mesh.RootNamespace, Labels: map[string]string{}}
	if r.mesh.Istio.MultiNetwork {
		n.Labels["topology.istio.io/network"] = c.MeshNetwork
	}
	if c.Primary != nil {
		n.Annotations = map[string]string{"topology.istio.io/controlPlaneClusters": c.Primary.Name}
	}
	return n
}

// enrolled are the labels of a namespace whose pods are in the mesh.
func (r *Rendering) enrolled() map[string]string {
	if r.mesh.Istio != nil && r.mesh.Istio.Ambient {
		return map[string]string{"istio.io/dataplane-mode": "ambient"}
	}
	return map[string]string{"istio-injection": "enabled"}
}

// serviceMarks are the labels and annotations of a Service that provider istio adds.
func (r *Rendering) serviceMarks(s *mesh.Service) (labels, annotations map[string]string) {
	labels = map[string]string{"app": s.Name, "service": s.Name}
	if r.mesh.Istio != nil && r.mesh.Istio.Ambient && r.shared()[s] {
		labels["istio.io/global"] = "true"
	}
	if s.TrafficDistribution != "" {
		annotations = map[string]string{"networking.istio.io/traffic-distribution": s.TrafficDistribution}
	}
	return labels, annotations
}

// values makes a file of Helm values, which is no manifest: the kustomization does not list it.
func values(name, from string, fields map[string]any) (manifest.File, error) {
	data, err := manifest.Encode(fields)
	return manifest.File{Path: installDir + name + "-values.yaml", From: from, Data: data}, err
}

// put adds a field where its value says something.
func put[V comparable](m map[string]any, name string, value V) {
	var zero V
	if value != zero {
		m[name] = value
	}
}
