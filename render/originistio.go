package render

import (
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// installRows are the tables of the objects that install Istio, or belong to its installation, by the template that prints them; nil for
// all others.
func (r *Rendering) installRows(o *manifest.Object, id manifest.ID) []row {
	cluster, meshField := diag.Path(o.From), diag.Path("spec.mesh")
	network := row{"metadata.labels", cluster.Key("network"), "the network of the cluster's pods, where the mesh has several"}
	switch o.By {
	case "sail.yaml.tmpl":
		values := "spec.values."
		return []row{
			{"spec.version", meshField.Key("version"), "as the Sail operator names it: the last of its minor version where the topology names no patch"},
			{"spec.profile", meshField.Key("dataPlane"), "ambient for an ambient mesh, remote for a cluster with a primary"},
			{"spec.values", cluster, "what the charts of Istio get for the cluster"},
			{values + "global.meshID", meshField.Key("meshID"), "meshID, or the name of the mesh"},
			{values + "global.network", cluster.Key("network"), "the cluster's network, or the topology's name"},
			{values + "global.multiCluster", cluster.Key("name"), "the name of the cluster"},
			{values + "global.externalIstiod", "spec.clusters", "other clusters name this one as their primary"},
			{values + "global.remotePilotAddress", cluster.Key("remotePilotAddress"), AsWritten},
			{values + "global.meshNetworks", meshField.Key("networks"), "the networks whose gateways no Service shows, with the clusters in them"},
			{values + "istiodRemote", cluster, "the path tells the istiod of the primary which cluster and network a pod is in"},
			{values + "meshConfig.trustDomain", meshField.Key("trustDomain"), "trustDomain, or cluster.local"},
			{values + "meshConfig.trustDomainAliases", meshField.Key("trustDomainAliases"), "trustDomainAliases by name"},
			{values + "meshConfig.localityLbSetting", "spec.traffic", "the topology's locality rule, which counts for every service that has none of its own"},
			{values + "pilot", meshField.Key("dataPlane"), "what istiod needs in an ambient mesh of several networks"},
			{values + "ztunnel", cluster, "the cluster and its network, as istiod has them"},
		}
	case "ambientgateway.yaml.tmpl":
		return []row{network, {"spec", meshField.Key("dataPlane"), "the gateway of a network in an ambient mesh"},
			{"spec.infrastructure", meshField.Key("eastWest").Key("serviceAnnotations"), AsWritten},
			{"metadata.annotations", meshField.Key("eastWest").Key("serviceType"), AsWritten}}
	case "exposeservices.yaml.tmpl":
		return []row{{"spec", "spec.clusters", "the mesh has several networks, so that its east-west gateways let requests of others in"}}
	case "exposeistiod.yaml.tmpl":
		return []row{{"spec", cluster, "the istiod of the cluster serves others, which reach it through its east-west gateway"}}
	case "externalsecrets.yaml.tmpl":
		what := row{"spec", meshField.Key("remoteSecrets"), "access to another cluster, by a key of the secret store"}
		if id.Name == caCertsName {
			what = row{"spec", meshField.Key("caCerts"), "the cluster's signing certificate, by a key of the secret store"}
		}
		return []row{what, {"spec.secretStoreRef", meshField.Key("secretStore"), AsWritten}}
	}
	if id.Kind == "Namespace" && strings.HasPrefix(o.From, "spec.clusters") {
		return []row{network, {"metadata.annotations", cluster.Key("primary"), "the cluster whose istiod manages this one"},
			{"metadata.name", meshField.Key("install"), "where Istio is installed: istio-system, and for ambient what the Sail operator has beside it"}}
	}
	return nil
}

// caCertsName is the Secret that istiod reads its signing certificate from.
const caCertsName = "cacerts"

// ruleOfInstall says what makes a file of install/ that holds no objects.
func ruleOfInstall(f manifest.File) string {
	switch name := strings.TrimPrefix(f.Path, installDir); {
	case name == remoteSecretsScript:
		return "it gives the istiod of the cluster access to all others"
	case name == "waiting.txt":
		return "it says what the cluster waits for"
	case name == "gateway-"+mesh.EastWestName+"-values.yaml":
		return "it is what Istio's chart gateway gets for the east-west gateway of the cluster"
	default:
		return "it is what one of Istio's charts gets for the cluster or gateway"
	}
}
