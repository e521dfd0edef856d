package review

import (
	"path"
	"strings"
)

// assessment is a row of the table of risks. The first row that fits counts; of a change with several fields the highest risk.
type assessment struct {
	Kinds  string // kinds of objects, separated by blanks; * is any
	Group  string // the API group; "" is any
	Change string // added, removed, renamed, or changed; "" is any
	Fields string // patterns of fields, separated by blanks, in which * stands for anything; "" is any
	Risk   Risk
	Why    string
	Note   string // of the field
}

const (
	policies  = "PeerAuthentication AuthorizationPolicy RequestAuthentication"
	accounts  = "ServiceAccount Role RoleBinding ClusterRole ClusterRoleBinding"
	workloads = "Deployment StatefulSet DaemonSet"
)

// assessments is the table; docs/review.md is generated from it. Sources: immutable fields are those that the Kubernetes API refuses to update;
// arguments that force a new resource are those of the provider aliyun/alicloud's documentation.
var assessments = []assessment{
	{"File", "", "", "resource.alicloud_cs_managed_kubernetes.*.pod_cidr resource.alicloud_cs_managed_kubernetes.*.service_cidr resource.alicloud_cs_managed_kubernetes.*.node_cidr_mask", Outage, "the cluster is made anew", "forces a new resource"},
	{"File", "", "", "resource.alicloud_vpc.*.cidr_block", Outage, "the VPC and all in it are made anew", "forces a new resource"},
	{"File", "", "", "resource.alicloud_vswitch.*.cidr_block resource.alicloud_vswitch.*.zone_id resource.alicloud_vswitch.*.vpc_id", Outage, "the vSwitch and all in it are made anew", "forces a new resource"},
	{"File", "", "", "resource.alicloud_*.*.vpc_id resource.alicloud_*.*.cen_id resource.alicloud_*.*.transit_router_id resource.alicloud_service_mesh_service_mesh.*.network*", Outage, "the resource is made anew", "forces a new resource"},
	{"*", "", Removed, "", Removal, "it is gone", ""},
	{policies, "", "", "", Identity, "who may talk to whom, and how they prove who they are", ""},
	{"ServiceAccount", "", Added, "", Additive, "it is new", ""},
	{accounts, "", "", "", Identity, "who pods are, and what they may do", ""},
	{"Secret", "", "", "", Identity, "keys or passwords", ""},
	{"*", "", Renamed, "", Identity, "others refer to it by its name", ""},
	{"*", "", "", "metadata.labels[\"istio.io/rev\"] metadata.labels.istio-injection metadata.labels[\"topology.istio.io/*\"] metadata.annotations[\"topology.istio.io/*\"] metadata.labels[\"istio.io/*\"] spec.template.metadata.*[\"sidecar.istio.io/*\"]", Traffic, "which control plane, proxy or network pods get", ""},
	{"*", "", Changed, "metadata.labels* metadata.annotations*", None, "labels and annotations that nothing here reads", ""},
	{"VirtualService DestinationRule Gateway ServiceEntry Sidecar EnvoyFilter WorkloadEntry WorkloadGroup IstioGateway HTTPRoute GRPCRoute TLSRoute TCPRoute Ingress MultiClusterNetworks", "", "", "spec.trafficPolicy.outlierDetection* spec.subsets*.trafficPolicy.outlierDetection*", Traffic, "what is ejected when it fails, and so what fails over", ""},
	{"VirtualService DestinationRule Gateway ServiceEntry Sidecar EnvoyFilter WorkloadEntry WorkloadGroup IstioGateway HTTPRoute GRPCRoute TLSRoute TCPRoute Ingress MultiClusterNetworks", "", "", "", Traffic, "where requests go, or how they are treated", ""},
	{workloads, "", Changed, "spec.selector*", Outage, "it cannot be changed in place: the workload has to be deleted and made anew", "cannot be updated"},
	{"Service", "", Changed, "spec.clusterIP spec.clusterIPs*", Outage, "it cannot be changed in place: the Service has to be deleted and made anew", "cannot be updated"},
	{workloads, "", Changed, "spec.template.spec.serviceAccountName spec.template.spec.serviceAccount", Identity, "who the pods are", ""},
	{workloads, "", Changed, "spec.template.metadata.labels*", Identity, "which Services, subsets and policies choose the pods", ""},
	{workloads, "", Changed, "spec.replicas", Traffic, "how much it can take", ""},
	{workloads, "", Changed, "spec.template*", Traffic, "pods are replaced", ""},
	{"HorizontalPodAutoscaler PodDisruptionBudget", "", Changed, "", Traffic, "how much it can take", ""},
	{"Service", "", Changed, "", Traffic, "what the name leads to", ""},
	{"ConfigMap", "", Changed, "", Traffic, "what is read by who mounts it", ""},
	{"File", "", "", "LocalityLoadBalancing* LocalityLBConf*", Traffic, "the mesh-wide locality rule", ""},
	{"File", "", Changed, "line *", None, "a script, which people run", ""},
	{"*", "", Added, "", Additive, "it is new", ""},
	{"*", "", Changed, "", Traffic, "meshtopo does not know what the field does", ""},
}

// assess gives a change its risk, and fields what is to be known of them.
func assess(c *Change) {
	c.Risk, c.Why = None, ""
	if len(c.Fields) == 0 || c.Change == Renamed {
		row := assessed(c, &Field{})
		c.Risk, c.Why = row.Risk, row.Why
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		row := assessed(c, f)
		if row.Note != "" && f.Note == "" {
			f.Note = row.Note
		}
		risk, why := row.Risk, row.Why
		if r, w, ok := terraform(c, f); ok {
			risk, why = r, w
		}
		if risk > c.Risk || c.Why == "" {
			c.Risk, c.Why = risk, why
		}
	}
}

// terraform judges whole resources, and arguments that no row knows.
func terraform(c *Change, f *Field) (Risk, string, bool) {
	if !isTerraform(c.Name) || c.Kind != KindFile {
		return 0, "", false
	}
	resource := strings.HasPrefix(f.Path, "resource.") && len(splitPath(f.Path)) == 3
	switch {
	case f.Note == "forces a new resource":
		return 0, "", false
	case resource && f.New == nil:
		return Removal, "a resource is destroyed", true
	case resource && f.Old == nil:
		return Additive, "a resource is made", true
	}
	return Traffic, "the network changes in place", true
}

func splitPath(p string) []string { return strings.Split(p, ".") }

func assessed(c *Change, f *Field) *assessment {
	for i := range assessments {
		if assessments[i].fits(c, f) {
			return &assessments[i]
		}
	}
	return &assessments[len(assessments)-1]
}

func (a *assessment) fits(c *Change, f *Field) bool {
	if a.Kinds != "*" && !contains(a.Kinds, c.Kind) || a.Change != "" && a.Change != c.Change {
		return false
	}
	if group, _, _ := cutGroup(c.APIVersion); a.Group != "" && a.Group != group {
		return false
	}
	if a.Fields == "" {
		return true
	}
	for _, pattern := range strings.Fields(a.Fields) {
		if matches(pattern, f.Path) {
			return f.Path != ""
		}
	}
	return strings.HasPrefix(a.Fields, "line ") && strings.HasPrefix(f.Path, "line ")
}

func contains(words, word string) bool {
	for _, w := range strings.Fields(words) {
		if w == word {
			return true
		}
	}
	return false
}

// matches compares a text with a pattern in which * stands for anything.
func matches(pattern, text string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	after, ok := strings.CutPrefix(text, head)
	if !ok {
		return false
	}
	for i := 0; i <= len(after); i++ {
		if matches(rest, after[i:]) {
			return true
		}
	}
	return false
}

// cutGroup splits an apiVersion.
func cutGroup(apiVersion string) (group, version string, ok bool) {
	if group, version, ok = strings.Cut(apiVersion, "/"); ok {
		return group, version, true
	}
	return "", apiVersion, false
}

// globMatches says whether a shell pattern matches a name; one that is malformed matches nothing.
func globMatches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}
