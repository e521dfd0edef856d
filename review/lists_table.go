package review

import (
	"strings"
)

// listRule says how the lists at some places are compared.
type listRule struct {
	kinds, paths string                // globs, several by spaces: of group/Kind, and of the path of keys
	set          bool                  // the order means nothing, and entries have no name
	keys         []listKey             // what names an entry; the first that names all of both sides
	ordered      bool                  // with keys: the order has meaning too
	orderedIf    func(list []any) bool // with keys: the order has meaning in such a list
	source       string                // where that is said
}

// Groups of kinds.
const (
	workloads = "/Pod /PodTemplate /ReplicationController apps/* batch/*"
	istio     = "*.istio.io/*"
)

// Sources.
const (
	kubernetesAPI = "Kubernetes API reference: patch merge key or list map key of the field"
	kubernetesOr  = "Kubernetes API reference: the terms are ORed or ANDed, or the list is a set"
	istioAPI      = "Istio configuration reference of the kind"
)

func keys(all ...listKey) []listKey { return all }

// listRules is looked through in order. A list in none of them is matched by the entries' names when all have one, and else by position; its
// order has meaning. So a list is compared without its order only where that is known to mean nothing.
var listRules = [...]listRule{
	{kinds: workloads, paths: "*.containers *.ephemeralContainers", keys: keys(listKey{"name"}), source: kubernetesAPI},
	{kinds: workloads, paths: "*.initContainers", keys: keys(listKey{"name"}), ordered: true, source: "Kubernetes API reference: init containers run in order"},
	{kinds: workloads, paths: "*ontainers.env", keys: keys(listKey{"name"}), orderedIf: refers, source: "Kubernetes API reference: $(VAR) refers to variables above it"},
	{kinds: workloads, paths: "*ontainers.ports", keys: keys(listKey{"name"}, listKey{"containerPort", "protocol=TCP"}), source: kubernetesAPI},
	{kinds: workloads, paths: "*.volumes *.imagePullSecrets", keys: keys(listKey{"name"}), source: kubernetesAPI},
	{kinds: workloads, paths: "*ontainers.volumeMounts", keys: keys(listKey{"mountPath"}), source: kubernetesAPI},
	{kinds: workloads, paths: "*ontainers.volumeDevices", keys: keys(listKey{"devicePath"}), source: kubernetesAPI},
	{kinds: workloads, paths: "*.hostAliases", keys: keys(listKey{"ip"}), source: kubernetesAPI},
	{kinds: workloads, paths: "*.topologySpreadConstraints", keys: keys(listKey{"topologyKey", "whenUnsatisfiable"}), source: kubernetesAPI},
	{kinds: workloads, paths: "*.readinessGates", keys: keys(listKey{"conditionType"}), source: kubernetesOr},
	{kinds: workloads, paths: "*.volumes.configMap.items *.volumes.secret.items", keys: keys(listKey{"path"}), source: kubernetesOr},
	{kinds: "apps/StatefulSet", paths: "spec.volumeClaimTemplates", keys: keys(listKey{"metadata.name"}), source: kubernetesAPI},
	{kinds: workloads, paths: "*.tolerations *.nodeSelectorTerms *.capabilities.add *.capabilities.drop *.supplementalGroups", set: true, source: kubernetesOr},
	{kinds: "*", paths: "*.matchExpressions *.matchFields *.matchExpressions.values *.matchFields.values *.accessModes metadata.finalizers", set: true, source: kubernetesOr},
	{kinds: "*", paths: "metadata.ownerReferences", keys: keys(listKey{"uid"}), source: kubernetesAPI},
	{kinds: "/Service", paths: "spec.ports", keys: keys(listKey{"name"}, listKey{"port", "protocol=TCP"}), source: kubernetesAPI},
	{kinds: "/Service", paths: "spec.externalIPs spec.loadBalancerSourceRanges", set: true, source: kubernetesOr},
	{kinds: "/Endpoints discovery.k8s.io/EndpointSlice", paths: "ports subsets.ports", keys: keys(listKey{"name"}, listKey{"port", "protocol=TCP"}), source: kubernetesAPI},
	{kinds: "/Endpoints discovery.k8s.io/EndpointSlice", paths: "endpoints endpoints.addresses subsets subsets.addresses", set: true, source: kubernetesOr},
	{kinds: "/ServiceAccount", paths: "secrets imagePullSecrets", keys: keys(listKey{"name"}), source: kubernetesAPI},
	{kinds: "networking.k8s.io/Ingress", paths: "spec.rules", keys: keys(listKey{"host"}), source: kubernetesOr},
	{kinds: "networking.k8s.io/Ingress", paths: "spec.rules.http.paths", keys: keys(listKey{"path", "pathType"}), source: "Kubernetes Ingress: the longest path wins"},
	{kinds: "networking.k8s.io/Ingress", paths: "spec.tls spec.tls.hosts", set: true, source: kubernetesOr},
	{kinds: "networking.k8s.io/NetworkPolicy", paths: "spec.policyTypes spec.ingress spec.egress *gress.from *gress.to *gress.ports *.except", set: true, source: kubernetesOr},
	{kinds: "rbac.authorization.k8s.io/*", paths: "rules rules.*", set: true, source: "Kubernetes RBAC: permissions are a union"},
	{kinds: "rbac.authorization.k8s.io/*", paths: "subjects", keys: keys(listKey{"name", "kind", "namespace"}), source: "Kubernetes RBAC: permissions are a union"},
	{kinds: "apiextensions.k8s.io/CustomResourceDefinition", paths: "spec.versions", keys: keys(listKey{"name"}), source: kubernetesOr},

	{kinds: istio, paths: "spec.exportTo *.subjectAltNames", set: true, source: istioAPI},
	{kinds: "networking.istio.io/*", paths: "*.localityLbSetting.distribute *.localityLbSetting.failover", keys: keys(listKey{"from"}), source: "Istio DestinationRule: one entry applies, by its from"},
	{kinds: "networking.istio.io/DestinationRule", paths: "spec.subsets", keys: keys(listKey{"name"}), source: istioAPI},
	{kinds: "networking.istio.io/DestinationRule", paths: "*.portLevelSettings", keys: keys(listKey{"port.number"}), source: istioAPI},
	{kinds: "networking.istio.io/VirtualService", paths: "spec.hosts spec.gateways *.match.gateways", set: true, source: istioAPI},
	{kinds: "networking.istio.io/VirtualService", paths: "spec.http", keys: keys(listKey{"name"}), ordered: true, source: "Istio VirtualService: the first route that matches is used"},
	{kinds: "networking.istio.io/VirtualService", paths: "spec.http.match spec.tls.match spec.tcp.match", set: true, source: "Istio VirtualService: the blocks of a match are ORed"},
	{kinds: "networking.istio.io/VirtualService", paths: "*.route", keys: keys(listKey{"destination.host", "destination.subset", "destination.port.number"}), source: "Istio VirtualService: destinations have weights, not an order"},
	{kinds: "networking.istio.io/Gateway", paths: "spec.servers", keys: keys(listKey{"port.name"}, listKey{"port.number"}), source: istioAPI},
	{kinds: "networking.istio.io/Gateway", paths: "spec.servers.hosts", set: true, source: istioAPI},
	{kinds: "networking.istio.io/ServiceEntry", paths: "spec.hosts spec.addresses", set: true, source: istioAPI},
	{kinds: "networking.istio.io/ServiceEntry", paths: "spec.ports", keys: keys(listKey{"name"}, listKey{"number"}), source: istioAPI},
	{kinds: "networking.istio.io/ServiceEntry", paths: "spec.endpoints", keys: keys(listKey{"address", "network"}), source: istioAPI},
	{kinds: "security.istio.io/AuthorizationPolicy", paths: "spec.rules spec.rules.*", set: true, source: "Istio AuthorizationPolicy: rules and their parts are ORed or ANDed"},
	{kinds: "security.istio.io/RequestAuthentication", paths: "spec.jwtRules", keys: keys(listKey{"issuer"}), source: istioAPI},
	{kinds: "security.istio.io/RequestAuthentication", paths: "spec.jwtRules.audiences", set: true, source: istioAPI},
	{kinds: "istio.alibabacloud.com/*", paths: "spec.ports", keys: keys(listKey{"name"}, listKey{"port", "protocol=TCP"}), source: "ports of a Service"},

	{kinds: "gateway.networking.k8s.io/Gateway", paths: "spec.listeners", keys: keys(listKey{"name"}), source: "Gateway API: list map key"},
	{kinds: "gateway.networking.k8s.io/*", paths: "spec.hostnames", set: true, source: "Gateway API: hostnames are ORed"},
	{kinds: "gateway.networking.k8s.io/*", paths: "*.backendRefs", keys: keys(listKey{"name", "namespace", "port"}), source: "Gateway API: backends have weights, not an order"},
	{kinds: "/File", paths: "failover distribute *.failover *.distribute", keys: keys(listKey{"from"}), source: "ASM UpdateMeshFeature: LocalityLBConf is Istio's localityLbSetting"},
	{kinds: "/File", paths: "provider.*", keys: keys(listKey{"alias"}), source: "Terraform: one configuration for each alias"},
	{kinds: "/File", paths: "*.depends_on *.cluster_ids *.vswitch_ids *.pod_vswitch_ids *.security_group_ids", set: true, source: "Terraform: the order of references means nothing"},
	{kinds: "*", paths: "*.rules", keys: keys(listKey{"host"}), ordered: true, source: "rules that each have a host"},
	{kinds: "*", paths: "*", keys: keys(listKey{"name"}), ordered: true, source: "entries that each have a name"},
}

// listRuleFor gives the first rule for a place. The last is for all.
func listRuleFor(kind, path string) *listRule {
	for i := range listRules {
		if r := &listRules[i]; matchAny(r.paths, path) && matchAny(r.kinds, kind) {
			return r
		}
	}
	return &listRules[len(listRules)-1]
}

// refers says whether a variable of an environment refers to another.
func refers(env []any) bool {
	for _, v := range env {
		if value, _ := fieldText(v, "value"); strings.Contains(value, "$(") {
			return true
		}
	}
	return false
}

// matchAny says whether one of several globs, with spaces between them, matches a text.
func matchAny(globs, text string) bool {
	for glob := range strings.SplitSeq(globs, " ") {
		if matchGlob(glob, text) {
			return true
		}
	}
	return false
}

// matchGlob says whether a glob matches the whole of a text: * is any text, dots and slashes included, and ? any one byte. It takes
// time in proportion to both lengths.
func matchGlob(glob, text string) bool {
	g, t := 0, 0
	star, after := -1, 0 // the last * and where its text may end
	for t < len(text) {
		switch {
		case g < len(glob) && glob[g] == '*':
			star, after = g, t
			g++
		case g < len(glob) && (glob[g] == '?' || glob[g] == text[t]):
			g, t = g+1, t+1
		case star >= 0:
			after++
			g, t = star+1, after
		default:
			return false
		}
	}
	return strings.Trim(glob[g:], "*") == ""
}
