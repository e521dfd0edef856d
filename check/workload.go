package check

import (
	"slices"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// deployment is a Deployment by what it is called, and where.
type deployment struct {
	namespace, name, cluster string
}

// checkDeployments reports two services whose Deployments, <service>-<version>, would be one: web v1-v2 and web-v1 v2.
func (c *checker) checkDeployments() {
	owners := map[deployment]*service{} // without clusters: most names have one owner, and need no look at clusters
	shared := map[deployment]bool{}
	for _, s := range c.order {
		for version := range s.versions {
			name := deployment{namespace: s.Namespace, name: s.Name + "-" + version}
			if other, ok := owners[name]; ok && other.ref() != s.ref() {
				shared[name] = true
			}
			owners[name] = s
		}
	}
	if len(shared) == 0 {
		return
	}
	first := map[deployment]placed{}
	for _, s := range c.order {
		for j, p := range s.Placements {
			if shared[deployment{namespace: s.Namespace, name: s.Name + "-" + p.Version}] {
				c.checkDeployment(first, placed{s, p.Version, s.path.Key("placements").Index(j)}, c.chosen(p))
			}
		}
	}
}

// placed is a placement and whose it is.
type placed struct {
	service *service
	version string
	path    diag.Path
}

func (c *checker) checkDeployment(first map[deployment]placed, p placed, clusters []mesh.ClusterSpec) {
	for _, cl := range clusters {
		key := deployment{p.service.Namespace, p.service.Name + "-" + p.version, cl.Name}
		other, ok := first[key]
		if !ok {
			first[key] = p
			continue
		}
		if other.service.ref() == p.service.ref() {
			continue // the same placement twice, and reported as such
		}
		c.add(diag.New(diag.DuplicateName, p.path, "version %s of service %s and version %s of service %s would both be Deployment %s in cluster %s",
			p.version, p.service.Name, other.version, other.service.Name, key.name, cl.Name).
			WithFix("rename one of the services or versions").WithRelated(other.path, "version %s of service %s is placed here", other.version, other.service.Name))
		return
	}
}

// checkNamespaces keeps services out of the namespaces of Kubernetes and of the control plane.
func (c *checker) checkNamespaces() {
	for _, s := range c.order {
		switch s.Namespace {
		case "istio-system", "kube-system", "kube-public", "kube-node-lease":
			c.add(diag.New(diag.ReservedNamespace, s.path.Key("namespace"), "service %s is in namespace %s, which is not for applications", s.Name, s.Namespace).
				WithFix("choose a namespace of your own"))
		}
	}
}

// checkImages reports placements whose image would be one of Bookinfo's that there is not.
func (c *checker) checkImages() {
	if c.Workloads != mesh.WorkloadsBookinfo {
		return
	}
	for _, s := range c.order {
		if slices.Contains([]string{"productpage", "details", "reviews", "ratings"}, s.Name) {
			continue
		}
		for j, p := range s.Placements {
			if p.Image == "" {
				c.add(diag.New(diag.UnknownWorkload, s.path.Key("placements").Index(j), "version %s of service %s has no image, and Bookinfo has no service %s to take it from", p.Version, s.Name, s.Name).
					WithFix("add image: to the placement").WithRelated(specPath.Key("workloads"), "the images come from here"))
			}
		}
	}
}

// checkEndpoints reports services that somebody calls or routes to, and that run nowhere.
func (c *checker) checkEndpoints() {
	seen := map[*service]bool{}
	need := func(ref, what string, at diag.Path) {
		s := c.services[ref]
		if s == nil || seen[s] || s.total > 0 || slices.ContainsFunc(s.Placements, func(p mesh.PlacementSpec) bool { return len(c.chosen(p)) == 0 }) {
			return // a placement that leads nowhere is reported as such
		}
		seen[s] = true
		where, path := "has no placement", s.path.Key("name")
		if len(s.Placements) > 0 {
			where, path = "has no pods: replicas is 0 in all its placements", s.path.Key("placements")
		}
		found := diag.New(diag.ServiceWithoutEndpoints, path, "service %s is called, but %s, so every request is answered with 503", s.Name, where).
			WithFix("place service %s in a cluster, with replicas of 1 or more", s.Name).WithRelated(at, "%s here", what)
		found.AtKey = len(s.Placements) > 0
		c.add(found)
	}
	for _, s := range c.order {
		for j, call := range s.Calls {
			need(mesh.Qualified(call.Service, s.Namespace), "service "+s.Name+" calls it", s.path.Key("calls").Index(j))
		}
		for _, d := range destinations(s.HTTP, s.path.Key("http")) {
			need(mesh.ServiceRef(d.host, s.Namespace), "requests are routed to it", d.path)
		}
	}
	for i, r := range c.Routes {
		at := specPath.Key("routes").Index(i)
		for _, d := range slices.Concat(destinations(r.HTTP, at.Key("http")), destinations(r.TCP, at.Key("tcp")), destinations(r.TLS, at.Key("tls"))) {
			need(mesh.ServiceRef(d.host, r.Namespace), "requests are routed to it", d.path)
		}
	}
}

// target is a host that a route sends requests to, and where it is written.
type target struct {
	host string
	path diag.Path
}

// destinations gives the hosts in a list of Istio's HTTPRoutes, TCPRoutes or TLSRoutes. A mirror loses nothing when nobody answers.
func destinations(routes []any, at diag.Path) []target {
	var all []target
	for i, route := range routes {
		list, _ := dig(route, "route").([]any)
		for j, e := range list {
			if host, ok := dig(e, "destination", "host").(string); ok {
				all = append(all, target{host, at.Index(i).Key("route").Index(j).Key("destination").Key("host")})
			}
		}
	}
	return all
}
