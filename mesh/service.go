package mesh

import (
	"cmp"
	"slices"
)

// WorkloadsBookinfo is Istio's sample application as spec.workloads names it.
const WorkloadsBookinfo = "bookinfo"

func (b *builder) services() {
	byRef := map[string]*Service{}
	for _, s := range sorted(b.spec.Services, func(s ServiceSpec) string { return s.Namespace + "/" + s.Name }) {
		service := b.service(s)
		byRef[s.Namespace+"/"+s.Name] = service
		b.mesh.Services = append(b.mesh.Services, service)
	}
	for _, s := range b.spec.Services {
		caller := byRef[s.Namespace+"/"+s.Name]
		caller.Calls = calls(s, byRef)
	}
}

func (b *builder) service(s ServiceSpec) *Service {
	service := &Service{
		Name: s.Name, Namespace: s.Namespace, ServiceAccount: b.serviceAccount(s), TrafficPolicy: s.TrafficPolicy,
		HTTP: s.HTTP, TrafficDistribution: s.TrafficDistribution,
		Ports: slices.Clone(s.Ports), Placements: b.placements(s),
	}
	slices.SortStableFunc(service.Ports, func(x, y Port) int {
		return cmp.Or(cmp.Compare(x.Port, y.Port), cmp.Compare(x.Protocol, y.Protocol), cmp.Compare(x.Name, y.Name))
	})
	for i := range service.Ports {
		p := &service.Ports[i]
		p.TargetPort = cmp.Or(p.TargetPort, p.Port)
	}
	service.Locality = b.serviceLocality(s, service.runs)
	for _, p := range service.Placements {
		service.Versions = append(service.Versions, p.Version)
	}
	slices.Sort(service.Versions)
	service.Versions = slices.Compact(service.Versions)
	return service
}

func (b *builder) serviceAccount(s ServiceSpec) string {
	if b.spec.Workloads == WorkloadsBookinfo {
		return "bookinfo-" + s.Name // as Istio's sample names them
	}
	return s.Name
}

func (b *builder) placements(s ServiceSpec) []*Placement {
	var list []*Placement
	for _, p := range s.Placements {
		for _, c := range b.chosen(p) {
			list = append(list, &Placement{Cluster: c, Version: p.Version, Replicas: p.Replicas, Capacity: cmp.Or(p.Capacity, s.Capacity), Image: b.image(s, p)})
		}
	}
	slices.SortStableFunc(list, func(x, y *Placement) int {
		return cmp.Or(cmp.Compare(x.Cluster.Name, y.Cluster.Name), cmp.Compare(x.Version, y.Version),
			cmp.Compare(x.Replicas, y.Replicas), cmp.Compare(x.Capacity, y.Capacity), cmp.Compare(x.Image, y.Image))
	})
	return list
}

func (b *builder) chosen(p PlacementSpec) []*Cluster {
	if p.Cluster != "" {
		if c := b.cluster(p.Cluster); c != nil {
			return []*Cluster{c}
		}
		return nil
	}
	var list []*Cluster
	for _, c := range b.mesh.Clusters {
		if p.Chosen(ClusterSpec{Name: c.Name, Region: c.Region.Name, Labels: c.Labels}) {
			list = append(list, c)
		}
	}
	return list
}

// image is the placement's own, or the one of the known application: Istio's sample names its images
// examples-bookinfo-<service>-<version>.
func (b *builder) image(s ServiceSpec, p PlacementSpec) string {
	if p.Image == "" && b.spec.Workloads == WorkloadsBookinfo {
		return b.spec.Images.Registry + "/examples-bookinfo-" + s.Name + "-" + p.Version + ":" + b.spec.Images.Tag
	}
	return p.Image
}

// serviceLocality is the service's own rule, or the topology's with scope: service.
func (b *builder) serviceLocality(s ServiceSpec, runs func(region string) bool) *Locality {
	if l := s.Locality; l != nil {
		own := locality(b.compiled(l.LocalityRules, runs), l.Enabled == nil || *l.Enabled)
		own.Own = true
		return own
	}
	if t := b.spec.Traffic; t.Scope == ScopeService && !t.Empty() {
		return locality(b.compiled(t.LocalityRules, runs), true)
	}
	return nil
}

// runs says whether a service has pods in a region.
func (s *Service) runs(region string) bool {
	return slices.ContainsFunc(s.Placements, func(p *Placement) bool { return p.Replicas > 0 && p.Cluster.Region.Name == region })
}

// compiled gives rules as a DestinationRule takes them.
func (b *builder) compiled(l LocalityRules, runs func(region string) bool) LocalityRules {
	if b.mesh.Istio == nil || !l.Compiles() {
		return l
	}
	var sources []string
	for _, r := range b.mesh.Regions {
		sources = append(sources, r.Name)
	}
	rows, err := l.Compile(sources, runs)
	if err != nil {
		return l // check has refused it
	}
	return LocalityRules{Distribute: rows}
}
