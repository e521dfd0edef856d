package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// Namespaces that the Sail operator puts the CNI plugin and ztunnel in; the charts put both into istio-system.
const (
	sailCNINamespace     = "istio-cni"
	sailZtunnelNamespace = "ztunnel"
)

// install renders what installs Istio in a cluster: values for the official charts, or objects for the Sail operator, which has no
// charts of gateways.
func (r *Rendering) install(c *mesh.Cluster) ([]manifest.File, error) {
	steps := []func(*mesh.Cluster) ([]manifest.File, error){r.helm, r.ingressValues, r.eastWest, r.expose, r.secrets, r.waiting}
	if r.mesh.Istio.Sail {
		steps[0] = r.sail
	}
	var files []manifest.File
	for _, step := range steps {
		made, err := step(c)
		if err != nil {
			return nil, err
		}
		files = append(files, made...)
	}
	return files, nil
}

// helm renders the values of the charts base, istiod and, for ambient, cni and ztunnel.
func (r *Rendering) helm(c *mesh.Cluster) ([]manifest.File, error) {
	istiod, err := r.istiodValues(c)
	if err != nil {
		return nil, err
	}
	charts := []chart{{"base", map[string]any{"defaultRevision": "default"}}, {"istiod", istiod}}
	switch {
	case c.Primary != nil:
		charts[0].values["profile"] = "remote"
		istiod["profile"] = "remote"
		global, _ := istiod["global"].(map[string]any)
		if global == nil {
			global = map[string]any{}
			istiod["global"] = global
		}
		global["configCluster"] = true // istiod's ClusterRole and the validating webhook, as Istio's guide for the charts has it
	case r.mesh.Istio.Ambient:
		istiod["profile"] = "ambient"
		ztunnel := ztunnelValues(c)
		ztunnel["profile"] = "ambient"
		charts = append(charts, chart{"cni", map[string]any{"profile": "ambient"}}, chart{"ztunnel", ztunnel})
	}
	var files []manifest.File
	for _, ch := range charts {
		f, err := values(ch.name, fromCluster(c), ch.values)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// chart is one of Istio's charts and its values.
type chart struct {
	name   string
	values map[string]any
}

// istiodValues are the values of the chart istiod, apart from its profile, in which the two ways of installing differ.
func (r *Rendering) istiodValues(c *mesh.Cluster) (map[string]any, error) {
	if c.Primary != nil {
		return remoteValues(c), nil
	}
	global := map[string]any{
		"meshID": r.mesh.Istio.MeshID, "network": c.MeshNetwork, "multiCluster": map[string]any{"clusterName": c.Name},
	}
	if r.mesh.ServesRemotes(c) {
		global["externalIstiod"] = true
	}
	if networks := r.meshNetworks(); len(networks) > 0 {
		global["meshNetworks"] = networks
	}
	config, err := r.meshConfig()
	if err != nil {
		return nil, err
	}
	istiod := map[string]any{"global": global, "meshConfig": config}
	if r.mesh.Istio.Ambient {
		// Without the second, ingress gateways send nothing to other networks, and a region that is lost takes its gateways' traffic along.
		istiod["pilot"] = map[string]any{"env": map[string]any{"AMBIENT_ENABLE_MULTI_NETWORK": "true", "AMBIENT_ENABLE_MULTI_NETWORK_INGRESS": "true"}}
	}
	return istiod, nil
}

// remoteValues are the values of a remote, where the chart installs what leads to the istiod of the primary. The path tells that which
// cluster and network a pod is in; no other value of a remote does.
func remoteValues(c *mesh.Cluster) map[string]any {
	remote := map[string]any{"istiodRemote": map[string]any{"injectionPath": "/inject/cluster/" + c.Name + "/net/" + c.MeshNetwork}}
	if c.PilotAddress != "" {
		remote["global"] = map[string]any{"remotePilotAddress": c.PilotAddress}
	}
	return remote
}

// meshConfig is the part of Istio's MeshConfig that the topology decides: whose identities count, and the mesh-wide rule for
// traffic between regions.
func (r *Rendering) meshConfig() (map[string]any, error) {
	config := map[string]any{"trustDomain": r.mesh.Istio.TrustDomain}
	if aliases := r.mesh.Istio.TrustDomainAliases; len(aliases) > 0 {
		config["trustDomainAliases"] = aliases
	}
	if l := r.mesh.Traffic.Locality; l != nil {
		setting, err := jsonFields(localitySetting(l))
		if err != nil {
			return nil, err
		}
		config["localityLbSetting"] = setting
	}
	if slices.ContainsFunc(r.mesh.Services, (*mesh.Service).ZoneAware) {
		config["defaultConfig"] = map[string]any{"proxyMetadata": map[string]any{"ISTIO_META_ENABLE_SELF_DISCOVERY": "true"}}
	}
	return config, nil
}

// jsonFields gives a value as it is in JSON, which is what Encode takes.
func jsonFields(v any) (map[string]any, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding values: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var m map[string]any
	return m, d.Decode(&m)
}

// meshNetworks names the networks whose gateways no Service shows. All others istiod finds by labels.
func (r *Rendering) meshNetworks() map[string]any {
	networks := map[string]any{}
	for _, n := range r.mesh.Istio.Addressed {
		var endpoints, gateways []any
		for _, c := range n.Clusters {
			endpoints = append(endpoints, map[string]any{"fromRegistry": c.Name})
		}
		for _, g := range n.Gateways {
			gateways = append(gateways, map[string]any{"address": g.Address, "port": g.Port})
		}
		networks[n.Name] = map[string]any{"endpoints": endpoints, "gateways": gateways}
	}
	return networks
}

func ztunnelValues(c *mesh.Cluster) map[string]any {
	return map[string]any{"multiCluster": map[string]any{"clusterName": c.Name}, "network": c.MeshNetwork}
}

type sailData struct {
	Version, Profile         string
	Values, Ztunnel          map[string]any
	CNINamespace, ZNamespace string
}

// sail renders the objects that the Sail operator installs Istio by.
func (r *Rendering) sail(c *mesh.Cluster) ([]manifest.File, error) {
	istiod, err := r.istiodValues(c)
	if err != nil {
		return nil, err
	}
	d := sailData{Version: sailVersion(r.mesh.Control.Version), Values: istiod, CNINamespace: sailCNINamespace, ZNamespace: sailZtunnelNamespace}
	plan := planned(sailGroup, "Istio", "", "default")
	switch {
	case c.Primary != nil:
		d.Profile = "remote"
	case r.mesh.Istio.Ambient:
		d.Profile, d.Ztunnel = "ambient", map[string]any{"ztunnel": ztunnelValues(c)}
		istiod["pilot"].(map[string]any)["trustedZtunnelNamespace"] = sailZtunnelNamespace
		plan = append(plan, slices.Concat(planned(sailGroup, "IstioCNI", "", "default"), planned(sailGroup, "ZTunnel", "", "default"))...)
	}
	f, err := r.execute("sail.yaml.tmpl", installDir+"istio.yaml", fromCluster(c), d, plan)
	f.Listed = f.Listed && !isWaiting(c) // it must not be applied yet
	return []manifest.File{f}, err
}

const sailGroup = "sailoperator.io"

// sailVersion is a version as the Sail operator names it: the last one of a minor version when the topology says no patch.
func sailVersion(version string) string {
	if strings.Count(version, ".") == 1 {
		return "v" + version + "-latest"
	}
	return "v" + version
}

type waitingData struct {
	Cluster, Primary, Service string
	Hidden                    string // the type of the Service, where it shows no address; else ""
	Sail                      bool
}

// waiting renders a note into the target of a remote that does not know yet where its istiod is reached: what was rendered there
// lacks the address, and must not be installed before it is known.
func (r *Rendering) waiting(c *mesh.Cluster) ([]manifest.File, error) {
	if !isWaiting(c) {
		return nil, nil
	}
	d := waitingData{Cluster: c.Name, Primary: c.Primary.Name, Service: mesh.GatewayService(mesh.EastWestName), Sail: r.mesh.Istio.Sail}
	if kind := r.mesh.Istio.EastWest.ServiceType; kind != "LoadBalancer" {
		d.Hidden = kind
	}
	f, err := r.text("waiting.txt.tmpl", installDir+"waiting.txt", fromCluster(c), d)
	return []manifest.File{f}, err
}

func isWaiting(c *mesh.Cluster) bool { return c.Primary != nil && c.PilotAddress == "" }

// text renders a file that holds no objects.
func (r *Rendering) text(name, file, from string, data any) (manifest.File, error) {
	var b bytes.Buffer
	if err := r.templates.ExecuteTemplate(&b, name, data); err != nil {
		return manifest.File{}, fmt.Errorf("rendering %s: %w", file, err)
	}
	return manifest.File{Path: file, From: from, Data: b.Bytes()}, nil
}
