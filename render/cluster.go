package render

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

const namespacesFile = "namespaces.yaml"

// sortFiles puts Namespaces first, then the others by path: the order in which they are applied.
func sortFiles(files []manifest.File) {
	slices.SortStableFunc(files, func(x, y manifest.File) int {
		if first := (x.Path == namespacesFile) != (y.Path == namespacesFile); first {
			if x.Path == namespacesFile {
				return -1
			}
			return 1
		}
		return strings.Compare(x.Path, y.Path)
	})
}

// cluster renders what one cluster takes: the namespaces of all services, which are the same in every cluster of a mesh, and
// each service that runs there or is called from there.
func (r *Rendering) cluster(c *mesh.Cluster) ([]manifest.File, error) {
	namespaces, err := r.clusterNamespaces(c)
	if err != nil {
		return nil, err
	}
	files := []manifest.File{namespaces}
	called := r.calledFrom(c)
	for _, s := range r.mesh.Services {
		if placed := s.In(c); len(placed) > 0 || called[s] {
			f, err := r.service(s, placed)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
	}
	probe, err := r.probe(c)
	if err != nil || r.mesh.Istio == nil {
		return append(files, probe...), err
	}
	istio, err := r.istioCluster(c)
	return slices.Concat(files, probe, istio), err
}

func (r *Rendering) clusterNamespaces(c *mesh.Cluster) (manifest.File, error) {
	if r.mesh.Istio != nil {
		return r.istioNamespaces(c)
	}
	return r.namespaces(r.serviceNamespaces())
}

// calledFrom gives the services that something in the cluster calls: their name must resolve there.
func (r *Rendering) calledFrom(c *mesh.Cluster) map[*mesh.Service]bool {
	called := map[*mesh.Service]bool{}
	for _, s := range r.mesh.Services {
		if len(s.Calls) > 0 && len(s.In(c)) > 0 {
			for _, call := range s.Calls {
				called[call.Service] = true
			}
		}
	}
	return called
}

func (r *Rendering) serviceNamespaces() []string {
	var names []string
	for _, s := range r.mesh.Services {
		names = append(names, s.Namespace)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

type namespaceData struct {
	Name                string
	Labels, Annotations map[string]string
}

// namespaces renders Namespaces with the label that takes their pods into the mesh.
func (r *Rendering) namespaces(names []string) (manifest.File, error) {
	var data []namespaceData
	for _, n := range names {
		data = append(data, namespaceData{Name: n, Labels: r.enrolled()})
	}
	return r.execute("namespaces.yaml.tmpl", namespacesFile, "spec.services", data, planned("", "Namespace", "", names...))
}

// serviceFile is where a service's objects stand: services/reviews.yaml, or services/<namespace>/reviews.yaml outside default.
func entryFile(dir, namespace, name string) string {
	if namespace != "default" {
		dir += "/" + namespace
	}
	return dir + "/" + name + ".yaml"
}

// serviceKey says what a service's file in a cluster depends on. Clusters with equal placements share one file in memory.
type serviceKey struct {
	service    *mesh.Service
	placements string
}

func keyOf(s *mesh.Service, placed []*mesh.Placement) serviceKey {
	var b strings.Builder
	for _, p := range placed {
		b.WriteString(p.Version + "\x00" + itoa(p.Replicas) + "\x00" + p.Image + "\x00")
	}
	return serviceKey{service: s, placements: b.String()}
}

func (r *Rendering) service(s *mesh.Service, placed []*mesh.Placement) (manifest.File, error) {
	key := keyOf(s, placed)
	if f, ok := r.services.Load(key); ok {
		return f.(manifest.File), nil
	}
	data := newServiceData(r.mesh, s, placed)
	data.Labels, data.Annotations = r.serviceMarks(s)
	plan := slices.Concat(planned("", "ServiceAccount", s.Namespace, s.ServiceAccount), planned("", "Service", s.Namespace, s.Name))
	for _, d := range data.Deployments {
		plan = append(plan, planned("apps", "Deployment", s.Namespace, d.Name)...)
	}
	f, err := r.execute("service.yaml.tmpl", entryFile("services", s.Namespace, s.Name), fromService(s), data, plan)
	if err == nil {
		r.services.Store(key, f)
	}
	return f, err
}

func fromService(s *mesh.Service) string { return fromEntry("services", s.Namespace, s.Name) }

// fromEntry is the field path of a list entry by its name, which stays the same in whatever order the list is written.
func fromEntry(list, namespace, name string) string {
	if namespace != "default" && namespace != "" {
		return "spec." + list + "[namespace=" + namespace + ",name=" + name + "]"
	}
	return "spec." + list + "[name=" + name + "]"
}

type serviceData struct {
	Name, Namespace, ServiceAccount string
	Labels, Annotations             map[string]string // of the Service
	Ports, ContainerPorts           []map[string]any
	Deployments                     []deploymentData
	workload
}

type deploymentData struct {
	Name, Version, Image string
	Replicas             int
}

func newServiceData(m *mesh.Mesh, s *mesh.Service, placed []*mesh.Placement) serviceData {
	d := serviceData{Name: s.Name, Namespace: s.Namespace, ServiceAccount: s.ServiceAccount, workload: workloadOf(m, s)}
	for _, p := range s.Ports {
		d.Ports = append(d.Ports, servicePort(p))
		if container := (map[string]any{"containerPort": p.TargetPort, "protocol": p.Protocol}); !slices.ContainsFunc(d.ContainerPorts, func(c map[string]any) bool {
			return c["containerPort"] == p.TargetPort && c["protocol"] == p.Protocol
		}) {
			d.ContainerPorts = append(d.ContainerPorts, container)
		}
	}
	for _, p := range placed {
		if p.Image != "" {
			d.Deployments = append(d.Deployments, deploymentData{Name: s.Name + "-" + p.Version, Version: p.Version, Image: p.Image, Replicas: p.Replicas})
		}
	}
	slices.SortFunc(d.Deployments, func(x, y deploymentData) int { return cmp.Compare(x.Name, y.Name) })
	return d
}

func servicePort(p mesh.Port) map[string]any {
	port := map[string]any{"name": p.Name, "port": p.Port, "targetPort": p.TargetPort, "protocol": p.Protocol}
	if p.AppProtocol != "" {
		port["appProtocol"] = p.AppProtocol
	}
	return port
}
