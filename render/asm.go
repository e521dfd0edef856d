package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

type gatewayData struct {
	APIVersion, Name, Namespace string
	Annotations, Labels         map[string]string
	Spec                        map[string]any
	Listeners                   []*mesh.Listener
}

// gateway renders an IstioGateway and the Istio Gateways that listen on it. ASM labels the pods of gateway NAME istio: NAME.
func (r *Rendering) gateway(g *mesh.Gateway) (manifest.File, error) {
	data := gatewayData{
		APIVersion: r.apiVersion(), Name: g.Name, Namespace: g.Namespace, Labels: g.Labels, Listeners: g.Listeners,
		Annotations: map[string]string{"asm.alibabacloud.com/managed-by-asm": "true"}, Spec: gatewaySpec(g),
	}
	maps.Copy(data.Annotations, g.Annotations)
	plan := planned("istio.alibabacloud.com", "IstioGateway", g.Namespace, g.Name)
	for _, l := range g.Listeners {
		plan = append(plan, planned(networking, "Gateway", l.Namespace, l.Name)...)
	}
	return r.execute("gateway.yaml.tmpl", "gateways/"+g.Name+".yaml", fromEntry("gateways", "", g.Name), data, plan)
}

// gatewaySpec is the settings as written, the clusters by id when all ids are known, and the overrides by cluster id.
func gatewaySpec(g *mesh.Gateway) map[string]any {
	spec := maps.Clone(g.Settings)
	if spec == nil {
		spec = map[string]any{}
	}
	spec["gatewayType"] = g.Type
	var ids []string
	for _, c := range g.Clusters {
		if c.ID != "" {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) == len(g.Clusters) {
		spec["clusterIds"] = ids
	}
	if len(g.Overrides) > 0 {
		overrides := map[string]any{}
		for _, o := range g.Overrides {
			overrides[o.Cluster.ID] = o.Settings
		}
		spec["overrides"] = overrides
	}
	return spec
}

// Names of what ASM takes through its API only; the kustomization does not list them.
const (
	requestFile = "update-mesh-feature.json"
	scriptFile  = "asm-api.sh"
)

// featureRequest is the request UpdateMeshFeature of ASM's API (servicemesh 2020-01-11).
type featureRequest struct {
	ServiceMeshID         string `json:"ServiceMeshId,omitempty"`
	LocalityLoadBalancing bool   `json:"LocalityLoadBalancing"`
	LocalityLBConf        string `json:"LocalityLBConf"`
}

// localityConf is the LocalityLBConf of a mesh-wide rule: exactly one of the two lists.
type localityConf struct {
	Failover   []mesh.Failover   `json:"failover,omitempty"`
	Distribute []mesh.Distribute `json:"distribute,omitempty"`
}

type scriptData struct {
	Mesh, MeshID, Region string
	Clusters             []scriptCluster
	Locality             *scriptLocality
}

type scriptCluster struct{ Name, ID string }

type scriptLocality struct{ Mode, Conf string }

// asmAPI renders the request for the mesh-wide rule, when there is one, and the script that brings it and the clusters there.
func (r *Rendering) asmAPI() ([]manifest.File, error) {
	data := scriptData{Mesh: r.mesh.Control.Name, MeshID: r.mesh.Control.ID, Region: r.mesh.Control.Region}
	for _, c := range r.mesh.Clusters {
		data.Clusters = append(data.Clusters, scriptCluster{Name: c.Name, ID: c.ID})
	}
	var files []manifest.File
	if l := r.mesh.Traffic.Locality; l != nil {
		locality, err := meshLocality(l)
		if err != nil {
			return nil, err
		}
		data.Locality = locality
		request, err := indentedJSON(featureRequest{ServiceMeshID: data.MeshID, LocalityLoadBalancing: true, LocalityLBConf: locality.Conf})
		if err != nil {
			return nil, err
		}
		files = append(files, manifest.File{Path: requestFile, From: "spec.traffic", Data: request})
	}
	var script bytes.Buffer
	if err := r.templates.ExecuteTemplate(&script, "asm-api.sh.tmpl", data); err != nil {
		return nil, fmt.Errorf("rendering %s: %w", scriptFile, err)
	}
	return append(files, manifest.File{Path: scriptFile, From: "spec.mesh", Data: script.Bytes(), Executable: true}), nil
}

func meshLocality(l *mesh.Locality) (*scriptLocality, error) {
	conf, err := json.Marshal(localityConf{Failover: l.Failover, Distribute: l.Distribute})
	if err != nil {
		return nil, fmt.Errorf("encoding LocalityLBConf: %w", err)
	}
	mode := "failover"
	if len(l.Distribute) > 0 {
		mode = "distribute"
	}
	return &scriptLocality{Mode: mode, Conf: string(conf)}, nil
}

func indentedJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}
