package simulate

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// With provider istio the routing objects and the mesh's configuration stand in the target of every primary, and what installs
// Istio in files below installDir, most of which are values for charts and no objects.
const (
	installDir   = "install/"
	valuesSuffix = "-values.yaml"
)

// primary reads what the istiod of a cluster is told. All istiods are told the same, unless an overlay makes a difference: then the
// first one, by name, counts for all clients, and that is noted.
func (b *builder) primary(t manifest.Target) error {
	read := builder{model: &Model{mesh: b.model.mesh, meshSetting: &setting{}}}
	for _, f := range t.Files {
		if strings.HasPrefix(f.Path, installDir) {
			if err := read.configured(t, f); err != nil {
				return err
			}
			continue
		}
		for _, o := range f.Objects {
			read.routing(newObject(t, f, o))
		}
	}
	told, err := read.asTold()
	if err != nil {
		return err
	}
	if b.told == "" {
		b.told, b.toldBy = told, t.Name
		b.rules, b.routes, b.listens = read.rules, read.routes, read.listens
		b.model.meshSetting, b.model.meshOrigin = read.model.meshSetting, read.model.meshOrigin
		for _, note := range read.model.notes {
			b.model.note("%s", note)
		}
		b.model.networks.gateways = append(b.model.networks.gateways, read.model.networks.gateways...)
	} else if told != b.told {
		b.model.note("the istiod of %s is told something else than that of %s; clients everywhere are simulated as those of %s", t.Name, b.toldBy, b.toldBy)
	}
	return nil
}

// asTold is what an istiod is told, as text to compare.
func (b *builder) asTold() (string, error) {
	var all []any
	for _, list := range [][]*object{b.rules, b.routes, b.listens} {
		for _, o := range list {
			all = append(all, o.fields)
		}
	}
	data, err := json.Marshal(all)
	return fmt.Sprintf("%s %+v", data, b.model.meshSetting), err
}

// configured takes the mesh-wide locality setting from the values of the chart istiod.
func (b *builder) configured(t manifest.Target, f manifest.File) error {
	values, err := istiodValues(f)
	for _, v := range values {
		b.meshNetworks(v)
		if conf, ok := at(v, "meshConfig", "localityLbSetting").(map[string]any); ok {
			o := &object{kind: "MeshConfig", namespace: rootNamespace, name: "istio", target: t.Name, file: f.Path, from: "spec.traffic"}
			b.model.meshSetting, b.model.meshOrigin = newSetting(conf), origin{field: "localityLbSetting", from: o.from, object: o}
		}
	}
	return err
}

// istiodValues gives what a file says to the chart istiod: the values in it, or those in objects of the Sail operator.
func istiodValues(f manifest.File) ([]any, error) {
	var values []any
	if f.Path == installDir+"istiod"+valuesSuffix {
		decoded, err := valuesOf(f)
		if err != nil {
			return nil, err
		}
		values = append(values, decoded)
	}
	for _, o := range f.Objects {
		if text(o.Fields, "kind") == "Istio" && strings.HasPrefix(text(o.Fields, "apiVersion"), "sailoperator.io/") {
			values = append(values, at(o.Fields, "spec", "values"))
		}
	}
	return values, nil
}

// injected is the network that the injection of a cluster labels pods with: a primary's by its values, a remote's by the path at which it asks its
// primary. Pods have that label also where all clusters are in one network, and their namespace istio-system says nothing of it.
func injected(t manifest.Target) (string, error) {
	network := ""
	for _, f := range t.Files {
		values, err := istiodValues(f)
		if err != nil {
			return "", err
		}
		for _, v := range values {
			network = cmp.Or(text(v, "global", "network"), network)
			if _, after, ok := strings.Cut(text(v, "istiodRemote", "injectionPath"), "/net/"); ok {
				network = after
			}
		}
	}
	return network, nil
}

// valuesOf reads a file of Helm values.
func valuesOf(f manifest.File) (map[string]any, error) {
	documents, err := manifest.Decode(f.Data)
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading %s: %w", f.Path, err)
	case len(documents) == 0:
		return nil, nil
	}
	return documents[0], nil
}

// networkGateways takes the gateways of a cluster's network from the values of its gateways. A cluster of which nothing says its network
// is in none.
func (b *builder) networkGateways(cluster int, t manifest.Target) error {
	n := &b.model.networks
	for _, f := range t.Files {
		if n.of(cluster) == "" || !strings.HasPrefix(f.Path, installDir+"gateway-") || !strings.HasSuffix(f.Path, valuesSuffix) {
			continue
		}
		v, err := valuesOf(f)
		if err != nil {
			return err
		}
		if network := text(v, "networkGateway"); network != "" {
			n.gateways = append(n.gateways, networkGateway{network, cluster, 1})
		}
	}
	return nil
}

// lostPrimaries says whether places take every istiod of the mesh with them. What is left of a mesh with several keeps its EDS; that
// a remote whose primary is gone does not is left out.
func (m *Model) lostPrimaries(lost []mesh.Place) bool {
	if m.mesh.Istio == nil {
		return false
	}
	for _, c := range m.mesh.Primaries() {
		gone := false
		for _, p := range lost {
			gone = gone || p.Kind == mesh.PlaceRegion && p.Region == c.Region.Name || p.Kind == mesh.PlaceCluster && p.Cluster == c.Name
		}
		if !gone {
			return false
		}
	}
	return true
}
