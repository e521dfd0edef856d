package check

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

const deliveryPath = specPath + ".delivery"

// checkDelivery holds the delivery against what Argo CD and Flux take.
func (c *checker) checkDelivery() {
	d := c.Delivery
	if d == nil {
		return
	}
	c.checkRepository(d)
	if clean := path.Clean(d.Path); clean == ".." || strings.HasPrefix(clean, "../") {
		c.add(diag.New(diag.DeliveryPath, deliveryPath.Key("path"), "%s lies outside the repository", d.Path).
			WithFix("write the directory as seen from the top of the repository"))
	}
	regions := c.referencesOf("region")
	for i, region := range d.Order {
		at := deliveryPath.Key("order").Index(i)
		regions.add(region, at)
		c.knownRegion(diag.DeliveryOrder, region, at)
	}
	c.checkRemotesLast(d)
	c.checkDeliveryFields(d)
	c.checkDeliveryNames()
	c.checkDependencies(d)
	if c.Provider == "asm" && c.Traffic.Scope == mesh.ScopeMesh && !c.Traffic.Empty() {
		c.add(diag.New(diag.DeliveryOutside, deliveryPath, "the mesh-wide rule of spec.traffic is for ASM's API, and is not delivered").
			WithFix("write scope: service in spec.traffic, or run mesh/%s/asm-api.sh where you deliver, and waive this", c.Mesh.Name).
			WithRelated(specPath.Key("traffic"), "the rule is here"))
	}
}

// checkRemotesLast reports a region that is delivered before that of the primary of one of its remotes.
func (c *checker) checkRemotesLast(d *mesh.DeliverySpec) {
	step := map[string]int{}
	for i, s := range c.meshOf().Delivery.Steps {
		step[s.Region] = i
	}
	waits := func(before, after string) bool {
		return slices.ContainsFunc(c.meshOf().Clusters, func(cl *mesh.Cluster) bool {
			return cl.Primary != nil && cl.Region.Name == before && cl.Primary.Region.Name == after
		})
	}
	for _, cl := range c.meshOf().Clusters {
		if cl.Primary == nil {
			continue
		}
		mine, of := cl.Region.Name, cl.Primary.Region.Name
		i := slices.Index(d.Order, mine)
		if i < 0 || step[mine] >= step[of] || waits(of, mine) {
			continue
		}
		c.add(diag.New(diag.DeliveryOrder, deliveryPath.Key("order").Index(i), "region %s is delivered before %s, where the istiod of its cluster %s runs: its pods would start without one", mine, of, cl.Name).
			WithFix("write %s before %s", of, mine).WithRelated(c.clusterPath(cl.Name).Key("primary"), "the remote's primary"))
	}
}

// checkRepository holds the repository's address against the forms that are taken. The address itself is in no message, since it may
// hold a password.
func (c *checker) checkRepository(d *mesh.DeliverySpec) {
	at := deliveryPath.Key("repoURL")
	if d.RepoURL == "" {
		if d.Type == mesh.DeliveryArgoCD {
			c.add(diag.New(diag.DeliveryRepository, deliveryPath, "Argo CD must be told which repository holds the rendered tree").
				WithFix("write delivery: {type: argocd, repoURL: https://HOST/PATH}"))
		}
		return
	}
	u, err := url.Parse(d.RepoURL)
	if err != nil || u.Host == "" || u.Path == "" || u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "ssh" {
		c.checkShortURL(d, at)
		return
	}
	if _, password := u.User.Password(); password || u.User != nil && u.Scheme != "ssh" {
		user := u.User.Username()
		if u.User = nil; u.Scheme == "ssh" { // where it is no secret, and must be said
			u.User = url.User(user)
		}
		c.add(diag.New(diag.DeliveryCredentials, at, "repoURL holds credentials, and is rendered as it is").
			WithFix("write %s, and replace what stood there", u).WithProposed(u.String()))
	}
}

// checkShortURL is about git's short form of an ssh address, and about what is no address.
func (c *checker) checkShortURL(d *mesh.DeliverySpec, at diag.Path) {
	host, name, short := strings.Cut(d.RepoURL, ":")
	user, _, _ := strings.Cut(host, "@")
	switch short = short && user != host && user != "" && name != "" && !strings.Contains(host, "/") && !strings.HasPrefix(name, "//"); {
	case !short:
		c.add(diag.New(diag.DeliveryURL, at, "repoURL is not the address of a repository").WithFix("write https://HOST/PATH or ssh://USER@HOST/PATH"))
	case d.Type == mesh.DeliveryFlux:
		full := "ssh://" + host + "/" + strings.TrimPrefix(name, "/")
		c.add(diag.New(diag.DeliveryURL, at, "Flux takes no address of the form USER@HOST:PATH").WithFix("write %s", full).WithProposed(full))
	}
}

// checkDeliveryFields refuses what the delivering program has no use for.
func (c *checker) checkDeliveryFields(d *mesh.DeliverySpec) {
	refuse := func(field, value, why string) {
		if value != "" {
			c.add(atKey(diag.New(diag.DeliveryField, deliveryPath.Key(field), "%s", why).WithFix("remove the field %s", field)))
		}
	}
	switch d.Type {
	case mesh.DeliveryArgoCD:
		refuse("secret", d.Secret, "Argo CD finds the credentials of a repository by its address, not by the name of a Secret")
	case mesh.DeliveryFlux:
		refuse("project", d.Project, "Flux has no projects")
		if d.RepoURL == "" {
			refuse("secret", d.Secret, "without repoURL Flux takes the GitRepository flux-system, which has its credentials already")
			refuse("revision", d.Revision, "without repoURL Flux takes the GitRepository flux-system, which has its branch already")
		}
	}
}

// maxDependencies is how many names all dependsOn of the Kustomizations hold at most; no honest fleet comes near it.
const maxDependencies = 100_000

// checkDependencies bounds what Flux's dependsOn grows to: each target of a step names all of the step before.
func (c *checker) checkDependencies(d *mesh.DeliverySpec) {
	if d.Type != mesh.DeliveryFlux {
		return
	}
	total, before := 0, 0
	for _, s := range c.meshOf().Delivery.Steps {
		total += before * len(s.Targets)
		before = len(s.Targets)
	}
	if total > maxDependencies {
		c.add(diag.New(diag.Limit, deliveryPath, "the Kustomizations of this delivery wait for %d others in all; the limit is %d", total, maxDependencies).
			WithFix("deliver by Argo CD, whose steps name regions, or split the topology"))
	}
}

// checkDeliveryNames holds names that the delivery makes against what they are used for.
func (c *checker) checkDeliveryNames() {
	at := map[string]diag.Path{} // by cluster
	for i, cl := range c.Clusters {
		first(at, cl.Name, specPath.Key("clusters").Index(i).Key("name"))
	}
	for _, s := range c.meshOf().Delivery.Steps {
		for _, t := range s.Targets {
			own := specPath.Key("mesh").Key("name")
			if t.Cluster != nil {
				own = at[t.Cluster.Name]
			} else if other, taken := at[mesh.DestinationOf(t.Name)]; taken {
				c.add(diag.New(diag.DeliveryDestination, other, "cluster and control plane are both named %s, and are one destination to what delivers", c.Mesh.Name).
					WithFix("rename one of the two").WithRelated(own, "the control plane's name"))
			}
			if name := mesh.DeliveryName(c.spec.Metadata.Name, t.Name); len(name) > 63 {
				c.add(diag.New(diag.DeliveryName, own, "%s would be delivered by %s, a name of %d characters; 63 are the most", t.Name, name, len(name)).
					WithFix("shorten this name, or metadata.name, by %d", len(name)-63))
			}
		}
	}
}
