package render

import (
	"slices"

	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// Ports of an east-west gateway's Service, as the chart gateway has them by itself for a network gateway.
func eastWestPorts() []map[string]any {
	var ports []map[string]any
	for _, p := range []struct {
		name string
		port int
	}{{"status-port", 15021}, {"tls", mesh.NetworkPort}, {"tls-istiod", mesh.DiscoveryPort}, {"tls-webhook", mesh.WebhookPort}} {
		ports = append(ports, map[string]any{"name": p.name, "port": p.port, "protocol": "TCP", "targetPort": p.port})
	}
	return ports
}

// eastWest renders the gateway through which requests of other networks, and proxies of remotes, come into a cluster: values for the
// chart gateway, or, in an ambient mesh, a Gateway that istiod itself deploys.
func (r *Rendering) eastWest(c *mesh.Cluster) ([]manifest.File, error) {
	switch {
	case !c.EastWest:
		return nil, nil
	case r.mesh.Istio.Ambient:
		return r.ambientGateway(c)
	}
	settings := r.mesh.Istio.EastWest
	service := map[string]any{}
	put(service, "type", settings.ServiceType)
	if len(settings.ServiceAnnotations) > 0 {
		service["annotations"] = settings.ServiceAnnotations
	}
	v := map[string]any{"name": mesh.GatewayService(mesh.EastWestName)}
	if settings.ReplicaCount > 0 {
		v["replicaCount"], v["autoscaling"] = settings.ReplicaCount, map[string]any{"enabled": false}
	}
	if r.mesh.Istio.IsAddressed(c.MeshNetwork) {
		// The label that networkGateway puts on the Service would make istiod hand out the address that the Service has.
		service["ports"] = eastWestPorts()
		v["env"] = map[string]any{"ISTIO_META_REQUESTED_NETWORK_VIEW": c.MeshNetwork}
	} else {
		v["networkGateway"] = c.MeshNetwork
	}
	if len(service) > 0 {
		v["service"] = service
	}
	f, err := values("gateway-"+mesh.EastWestName, fromCluster(c), v)
	return []manifest.File{f}, err
}

type ambientGatewayData struct {
	Name, Namespace, Network string
	Annotations              map[string]string // of the Gateway
	Infrastructure           map[string]string // of the Service
}

func (r *Rendering) ambientGateway(c *mesh.Cluster) ([]manifest.File, error) {
	d := ambientGatewayData{
		Name: mesh.GatewayService(mesh.EastWestName), Namespace: mesh.RootNamespace, Network: c.MeshNetwork, Infrastructure: r.mesh.Istio.EastWest.ServiceAnnotations,
	}
	if kind := r.mesh.Istio.EastWest.ServiceType; kind != "" {
		d.Annotations = map[string]string{"networking.istio.io/service-type": kind}
	}
	f, err := r.execute("ambientgateway.yaml.tmpl", installDir+"gateway-"+mesh.EastWestName+".yaml", fromCluster(c), d,
		planned("gateway.networking.k8s.io", "Gateway", d.Namespace, d.Name))
	return []manifest.File{f}, err
}

type exposeData struct{ APIVersion, Namespace, Selector string }

// expose renders what the east-west gateways of sidecar meshes let in. An istiod configures the gateways of all clusters that it
// serves, so it stands in the primary alone.
func (r *Rendering) expose(c *mesh.Cluster) ([]manifest.File, error) {
	if !r.mesh.IsPrimary(c) || r.mesh.Istio.Ambient {
		return nil, nil
	}
	var files []manifest.File
	add := func(template, name string, plan []manifest.ID) error {
		d := exposeData{APIVersion: r.apiVersion(), Namespace: mesh.RootNamespace, Selector: mesh.EastWestName}
		f, err := r.execute(template, installDir+name+".yaml", fromCluster(c), d, plan)
		files = append(files, f)
		return err
	}
	served := func(o *mesh.Cluster) bool { return (o == c || o.Primary == c) && o.EastWest }
	if r.mesh.Istio.MultiNetwork && slices.ContainsFunc(r.mesh.Clusters, served) {
		if err := add("exposeservices.yaml.tmpl", "expose-services", planned(networking, "Gateway", mesh.RootNamespace, "cross-network-gateway")); err != nil {
			return nil, err
		}
	}
	if c.EastWest && r.mesh.ServesRemotes(c) {
		plan := slices.Concat(planned(networking, "Gateway", mesh.RootNamespace, "istiod-gateway"), planned(networking, "VirtualService", mesh.RootNamespace, "istiod-vs"))
		if err := add("exposeistiod.yaml.tmpl", "expose-istiod", plan); err != nil {
			return nil, err
		}
	}
	return files, nil
}
