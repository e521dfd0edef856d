package render

import (
	"maps"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// control renders what the control plane takes: gateways, routes and traffic policy, the namespaces they are in, and beside
// them what goes to the provider's own API.
func (r *Rendering) control() ([]manifest.File, error) {
	var files []manifest.File
	add := func(f manifest.File, err error) error {
		files = append(files, f)
		return err
	}
	if names := r.controlNamespaces(); len(names) > 0 {
		if err := add(r.namespaces(names)); err != nil {
			return nil, err
		}
	}
	for _, g := range r.mesh.Gateways {
		if err := add(r.gateway(g)); err != nil {
			return nil, err
		}
	}
	if err := r.routesAndPolicies(add); err != nil {
		return nil, err
	}
	probe, err := r.probePolicy()
	if err != nil {
		return nil, err
	}
	api, err := r.asmAPI()
	return slices.Concat(files, probe, api), err
}

// routesAndPolicies adds the files of all routes and of the traffic policies of all services.
func (r *Rendering) routesAndPolicies(add func(manifest.File, error) error) error {
	for _, route := range r.mesh.Routes {
		if err := add(r.route(route)); err != nil {
			return err
		}
	}
	for f, err := range ahead(r.mesh.Services, r.policy) {
		if err := add(f, err); err != nil {
			return err
		}
	}
	return nil
}

// controlNamespaces gives the namespaces of routing objects. default and istio-system are in every control plane already.
func (r *Rendering) controlNamespaces() []string {
	names := map[string]bool{}
	for _, s := range r.mesh.Services {
		names[s.Namespace] = true
	}
	for _, route := range r.mesh.Routes {
		names[route.Namespace] = true
	}
	for _, g := range r.mesh.Gateways {
		for _, l := range g.Listeners {
			names[l.Namespace] = true
		}
	}
	delete(names, "default")
	delete(names, "istio-system")
	return slices.Sorted(maps.Keys(names))
}

// apiVersion is the version of Istio's networking API that the control plane takes. Istio has v1 since 1.22. ASM has v1 with Istio 1.22; earlier
// instances, and 1.22 before 1.22.6.66, get v1beta1, which all of them serve.
func (r *Rendering) apiVersion() string {
	if r.mesh.Istio == nil && r.mesh.Control.Before(mesh.DistributeSince) {
		return "networking.istio.io/v1beta1"
	}
	return "networking.istio.io/v1"
}

const networking = "networking.istio.io"

type routeData struct {
	APIVersion, Name, Namespace string
	Hosts, Gateways             []string
	HTTP, TCP, TLS              []any
}

func (r *Rendering) route(route *mesh.Route) (manifest.File, error) {
	data := routeData{
		APIVersion: r.apiVersion(), Name: route.Name, Namespace: route.Namespace, Hosts: route.Hosts,
		Gateways: shortNames(route.Gateways, route.Namespace), HTTP: route.HTTP, TCP: route.TCP, TLS: route.TLS,
	}
	return r.execute("route.yaml.tmpl", entryFile("routes", route.Namespace, route.Name), fromEntry("routes", route.Namespace, route.Name), data,
		planned(networking, "VirtualService", route.Namespace, route.Name))
}

// shortNames takes a namespace away from references into it.
func shortNames(refs []string, namespace string) []string {
	var short []string
	for _, ref := range refs {
		if name, ok := strings.CutPrefix(ref, namespace+"/"); ok {
			ref = name
		}
		short = append(short, ref)
	}
	return short
}

type policyData struct {
	APIVersion, Name, Namespace, Host string
	TrafficPolicy                     map[string]any
	Subsets                           []map[string]any
}

// policy renders a service's DestinationRule, and the VirtualService of its own routes.
func (r *Rendering) policy(s *mesh.Service) (manifest.File, error) {
	file, from := entryFile("services", s.Namespace, s.Name), fromService(s)
	data := policyData{APIVersion: r.apiVersion(), Name: s.Name, Namespace: s.Namespace, Host: s.Host(), TrafficPolicy: trafficPolicy(s)}
	for _, v := range s.Versions {
		data.Subsets = append(data.Subsets, map[string]any{"name": v, "labels": map[string]string{"version": v}})
	}
	rule, err := r.execute("destinationrule.yaml.tmpl", file, from, data, planned(networking, "DestinationRule", s.Namespace, s.Name))
	if err != nil || len(s.HTTP) == 0 {
		return rule, err
	}
	own := routeData{APIVersion: r.apiVersion(), Name: s.Name, Namespace: s.Namespace, Hosts: []string{s.Host()}, HTTP: s.HTTP}
	routes, err := r.execute("route.yaml.tmpl", file, from, own, planned(networking, "VirtualService", s.Namespace, s.Name))
	if err != nil {
		return routes, err
	}
	return manifest.Manifests(file, from, slices.Concat(rule.Objects, routes.Objects))
}

// trafficPolicy is the policy as written, with the service's locality rule in its loadBalancer, and in that of each port-level
// policy, which inherits nothing.
func trafficPolicy(s *mesh.Service) map[string]any {
	if s.Locality == nil {
		return s.TrafficPolicy
	}
	policy := withLocality(s.TrafficPolicy, s.Locality)
	if ports, ok := policy["portLevelSettings"].([]any); ok {
		var entries []any
		for _, p := range ports {
			entry, _ := p.(map[string]any)
			entries = append(entries, withLocality(entry, s.Locality))
		}
		policy["portLevelSettings"] = entries
	}
	return policy
}

// withLocality gives a copy of a policy with the rule in its loadBalancer.
func withLocality(policy map[string]any, l *mesh.Locality) map[string]any {
	balancer := map[string]any{}
	if written, ok := policy["loadBalancer"].(map[string]any); ok {
		balancer = maps.Clone(written)
	}
	balancer["localityLbSetting"] = localitySetting(l)
	policy = maps.Clone(policy)
	if policy == nil {
		policy = map[string]any{}
	}
	policy["loadBalancer"] = balancer
	return policy
}

// localitySetting is Istio's LocalityLoadBalancerSetting.
func localitySetting(l *mesh.Locality) map[string]any {
	setting := map[string]any{"enabled": l.Enabled}
	if len(l.Failover) > 0 {
		setting["failover"] = l.Failover
	}
	if len(l.Distribute) > 0 {
		setting["distribute"] = l.Distribute
	}
	if len(l.FailoverPriority) > 0 {
		setting["failoverPriority"] = l.FailoverPriority
	}
	return setting
}
