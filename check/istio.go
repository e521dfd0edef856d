package check

import (
	"fmt"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// isIstio says whether the control planes are Istio's own.
func (c *checker) isIstio() bool { return c.Provider == mesh.ProviderIstio }

// checkProvider reports fields of the other provider, and what this one must have.
func (c *checker) checkProvider() {
	at := specPath.Key("mesh")
	if c.isIstio() {
		c.checkIstioVersion()
		c.leaveFields(at, managedFields(c.Mesh))
		return
	}
	if c.Mesh.Region == "" {
		c.add(atKey(diag.New(diag.MissingField, at, "spec.mesh is missing the field region").WithFix("add region, the region that the control plane runs in")))
	}
	const own = "Istio that you run yourself; ASM manages the control plane and the networks"
	c.refuseFields(at, own, istioFields(c.Mesh.IstioSpec))
	for i, cl := range c.Clusters {
		c.refuseFields(specPath.Key("clusters").Index(i), own, istioClusterFields(cl.IstioClusterSpec))
	}
	for _, s := range c.order {
		c.refuseFields(s.path, "Istio that you run yourself; for ASM write a rule under locality", []writtenField{{"trafficDistribution", s.TrafficDistribution != ""}})
	}
}

// writtenField is a field by name, and whether the topology has it.
type writtenField struct {
	name    string
	written bool
}

func managedFields(m mesh.ControlPlane) []writtenField {
	return []writtenField{
		{"id", m.ID != ""}, {"region", m.Region != ""}, {"vpc", m.VPC != ""}, {"vSwitches", len(m.VSwitches) > 0},
		{"edition", m.Edition != ""}, {"existing", m.Existing},
	}
}

func istioFields(s mesh.IstioSpec) []writtenField {
	return []writtenField{
		{"meshID", s.MeshID != ""}, {"trustDomain", s.TrustDomain != ""}, {"trustDomainAliases", len(s.TrustDomainAliases) > 0},
		{"install", s.Install != ""}, {"dataPlane", s.DataPlane != ""}, {"networks", len(s.Networks) > 0}, {"eastWest", s.EastWest != nil},
		{"remoteSecrets", s.RemoteSecrets != ""}, {"caCerts", s.CACerts != ""}, {"secretStore", s.SecretStore != nil},
	}
}

func istioClusterFields(s mesh.IstioClusterSpec) []writtenField {
	return []writtenField{
		{"network", s.Network != ""}, {"primary", s.Primary != ""}, {"remotePilotAddress", s.RemotePilotAddress != ""}, {"eastWest", s.EastWestGateway != nil},
	}
}

func (c *checker) refuseFields(at diag.Path, owner string, fields []writtenField) {
	for _, f := range fields {
		if f.written {
			c.add(atKey(diag.New(diag.ForeignField, at.Key(f.name), "%s belongs to %s", f.name, owner).WithFix("remove the field, or correct spec.provider")))
		}
	}
}

// leaveFields warns of fields that say how ASM runs its control plane.
func (c *checker) leaveFields(at diag.Path, fields []writtenField) {
	for _, f := range fields {
		if f.written {
			c.add(atKey(diag.New(diag.ManagedField, at.Key(f.name), "%s is left out: it belongs to ASM's control plane, and with provider istio each cluster has an istiod, or is the remote of one", f.name).WithFix("remove the field")))
		}
	}
}

// checkIstioVersion takes the versions whose charts are known: of two or three parts.
func (c *checker) checkIstioVersion() {
	v := c.Mesh
	parts := 1
	for _, r := range v.Version {
		if r == '.' {
			parts++
		}
	}
	known := !v.Before(mesh.IstioOldest) && v.Before(mesh.IstioAfter)
	switch {
	case known && parts <= 3:
		return
	case known && parts == 4:
		c.add(diag.New(diag.ManagedField, specPath.Key("mesh").Key("version"), "%s is a version of ASM; what is rendered is for Istio %s", v.Version, mesh.IstioOf(v.Version)).
			WithFix("write a version of Istio, as in %s.1", mesh.IstioNewest))
		return
	}
	c.add(diag.New(diag.IstioVersion, specPath.Key("mesh").Key("version"), "%s is no version of Istio that is known here", v.Version).
		WithFix("write a version from %s to %s, as in %s.1", mesh.IstioOldest, mesh.IstioNewest, mesh.IstioNewest))
}

// checkPrimaries holds remotes against their primaries.
func (c *checker) checkPrimaries() {
	if !c.isIstio() {
		return
	}
	for i, cl := range c.Clusters {
		at := specPath.Key("clusters").Index(i)
		if cl.Primary == "" {
			if cl.RemotePilotAddress != "" {
				c.add(diag.New(diag.PilotAddress, at.Key("remotePilotAddress"), "cluster %s has an istiod of its own, so nothing needs the address of another", cl.Name).
					WithFix("remove remotePilotAddress, or name the primary of %s", cl.Name))
			}
			continue
		}
		if _, known := c.clusters[cl.Primary]; !known {
			refer(c, "primary", cl.Primary, c.primaries(), at.Key("primary"))
			continue
		}
		c.checkRemote(cl, at)
	}
}

// primaries are the clusters without a primary, by name.
func (c *checker) primaries() map[string]mesh.ClusterSpec {
	list := map[string]mesh.ClusterSpec{}
	for name, cl := range c.clusters {
		if cl.Primary == "" {
			list[name] = cl
		}
	}
	return list
}

func (c *checker) checkRemote(cl mesh.ClusterSpec, at diag.Path) {
	switch primary := c.clusters[cl.Primary]; {
	case primary.Name == cl.Name && len(c.clusters) < len(c.Clusters): // the name stands twice, and is reported as such
	case primary.Name == cl.Name:
		c.add(diag.New(diag.PrimaryOfRemote, at.Key("primary"), "cluster %s is its own primary", cl.Name).WithFix("remove the field: a cluster without it has an istiod of its own"))
	case primary.Primary != "" && c.clusters[primary.Primary].Name == "": // reported there
	case primary.Primary != "":
		fix := "name a cluster without a primary"
		if above := c.clusters[primary.Primary]; above.Primary == "" && above.Name != cl.Name {
			fix = fmt.Sprintf("name %s, or another cluster without a primary", above.Name)
		}
		c.add(diag.New(diag.PrimaryOfRemote, at.Key("primary"), "cluster %s, the primary of %s, is a remote itself", primary.Name, cl.Name).WithFix("%s", fix))
	case c.Mesh.Before(mesh.RemoteSince):
		c.add(diag.New(diag.FeatureVersion, at.Key("primary"), "cluster %s is a remote; the chart istiod installs remotes since Istio %s, and mesh.version is %s", cl.Name, mesh.RemoteSince, c.Mesh.Version).
			WithFix("raise mesh.version, or remove primary"))
	case cl.RemotePilotAddress == "":
		c.add(diag.New(diag.WaitingRemote, at.Key("primary"), "target clusters/%s waits: the address at which the istiod of %s is reached is not known", cl.Name, primary.Name).
			WithFix("install %s, and write the address of its east-west gateway into remotePilotAddress of %s", primary.Name, cl.Name))
	default:
		c.checkPilotAddress(cl, at.Key("remotePilotAddress"))
	}
}

// checkAmbient takes ambient meshes in the one form that Istio has.
func (c *checker) checkAmbient() {
	if !c.isIstio() || c.Mesh.DataPlane != mesh.DataPlaneAmbient {
		return
	}
	at := specPath.Key("mesh").Key("dataPlane")
	if c.Mesh.Before(mesh.AmbientSince) {
		c.add(diag.New(diag.AmbientModel, at, "ambient meshes of several networks are beta since Istio %s; mesh.version is %s", mesh.AmbientSince, c.Mesh.Version).
			WithFix("raise mesh.version, or write dataPlane: sidecar"))
	}
	for i, cl := range c.Clusters {
		if cl.Primary != "" {
			c.add(diag.New(diag.AmbientModel, specPath.Key("clusters").Index(i).Key("primary"), "cluster %s is a remote; Istio has no remotes in ambient meshes", cl.Name).
				WithFix("remove primary, so that %s has an istiod of its own, or write dataPlane: sidecar", cl.Name))
		}
	}
	for i, n := range c.Mesh.Networks {
		c.add(diag.New(diag.AmbientPolicy, specPath.Key("mesh").Key("networks").Index(i).Key("name"), "the addresses of network %s are for sidecars: in an ambient mesh istiod reads none, and takes gateways from Gateway objects", n.Name).
			WithFix("remove the entry, and let the clusters of the network have their east-west gateways"))
	}
	c.checkAmbientNetworks()
	if m := c.meshOf(); !m.Istio.MultiNetwork && len(c.Clusters) > 1 {
		c.add(diag.New(diag.AmbientModel, at, "all clusters are in one network; Istio joins ambient clusters of different networks only").
			WithFix("give each cluster a network of its own, or write dataPlane: sidecar"))
	}
	c.checkAmbientPolicies()
}

// checkAmbientNetworks reports two clusters in one of several networks.
func (c *checker) checkAmbientNetworks() {
	if !c.meshOf().Istio.MultiNetwork {
		return
	}
	first := map[string]string{}
	for i, cl := range c.Clusters {
		if other, ok := first[cl.Network]; ok {
			c.add(diag.New(diag.AmbientModel, specPath.Key("clusters").Index(i).Key("network"), "cluster %s is in the network of %s; Istio joins ambient clusters of different networks only", cl.Name, other).
				WithFix("give each cluster a network of its own, or write dataPlane: sidecar"))
			continue
		}
		first[cl.Network] = cl.Name
	}
}

// checkAmbientPolicies reports what ztunnels do not follow.
func (c *checker) checkAmbientPolicies() {
	refuse := func(at diag.Path, what string) {
		c.add(atKey(diag.New(diag.AmbientPolicy, at, "%s is not in force between the pods of an ambient mesh: ztunnels do not read it, and no waypoints are rendered", what).
			WithFix("write trafficDistribution for the services concerned, or dataPlane: sidecar")))
	}
	if !c.Traffic.Empty() {
		refuse(specPath.Key("traffic"), "spec.traffic")
	}
	for _, s := range c.order {
		if s.Locality != nil {
			refuse(s.path.Key("locality"), "the locality rule of service "+s.Name)
		}
		if s.TrafficPolicy != nil {
			refuse(s.path.Key("trafficPolicy"), "the trafficPolicy of service "+s.Name)
		}
		if len(s.HTTP) > 0 {
			refuse(s.path.Key("http"), "the routing of service "+s.Name)
		}
	}
	for i, r := range c.Routes {
		for j, g := range r.Gateways {
			if g == "mesh" {
				refuse(specPath.Key("routes").Index(i).Key("gateways").Index(j), fmt.Sprintf("route %s for sidecars", r.Name))
			}
		}
	}
	if e := c.Mesh.EastWest; e != nil && e.ReplicaCount > 0 {
		c.add(diag.New(diag.AmbientPolicy, specPath.Key("mesh").Key("eastWest").Key("replicaCount"), "the east-west gateways of an ambient mesh are deployed by istiod, which takes no replicaCount").
			WithFix("remove the field"))
	}
}

// checkSecretStore holds where secrets come from against the store.
func (c *checker) checkSecretStore() {
	if !c.isIstio() {
		return
	}
	at, used := specPath.Key("mesh"), ""
	for _, f := range [][2]string{{"caCerts", c.Mesh.CACerts}, {"remoteSecrets", c.Mesh.RemoteSecrets}} {
		if f[1] == mesh.SecretsExternal {
			used = f[0]
		}
	}
	switch {
	case used != "" && c.Mesh.SecretStore == nil:
		c.add(diag.New(diag.SecretStore, at.Key(used), "%s come from a secret store, and none is named", used).WithFix("add secretStore: {name: ...} to mesh, a ClusterSecretStore of the External Secrets Operator"))
	case used == "" && c.Mesh.SecretStore != nil:
		c.add(atKey(diag.New(diag.SecretStore, at.Key("secretStore"), "nothing comes from the secret store %s", c.Mesh.SecretStore.Name).
			WithFix("write remoteSecrets: externalSecret, or caCerts: externalSecret, or remove secretStore")))
	}
}
