package review

import (
	"cmp"
	"fmt"
	"strings"
)

// riskRule is a row of the table of risks: what it is about, and what that means. Kinds and paths are globs, several by spaces, of
// group/Kind and of the path of keys; names are of the object. Empty is all.
type riskRule struct {
	change string // of the object: added, removed, renamed, or changed for the rows about fields
	kinds  string
	names  string
	paths  string
	field  string // what happens to the field: added, removed, changed; added block and removed block of a Terraform configuration
	risk   Risk
	why    string
}

// Kinds that several rows name.
const (
	rolesAndPolicies = "rbac.authorization.k8s.io/* security.istio.io/*"
	routing          = "networking.istio.io/* istio.alibabacloud.com/* gateway.networking.k8s.io/* networking.k8s.io/*"
	terraform        = "*" + terraformSuffix // names of files
	templates        = "apps/Deployment apps/StatefulSet apps/DaemonSet apps/ReplicaSet"
)

// riskRules is looked through in order; the first row that fits counts. A change of an object has the highest risk of its fields.
var riskRules = [...]riskRule{
	{change: Removed, risk: Removal, why: "it was there and is gone"},
	{change: Renamed, kinds: "/Namespace /PersistentVolumeClaim /PersistentVolume apps/StatefulSet istio.alibabacloud.com/IstioGateway", risk: Removal, why: "it is deleted, and made empty under another name"},
	{change: Renamed, risk: Identity, why: "it has another name"},
	{change: Added, kinds: rolesAndPolicies, risk: Identity, why: "it says who may do what"},
	{change: Added, kinds: routing, risk: Traffic, why: "it says where requests go"},
	{change: Added, kinds: "networking.k8s.io/NetworkPolicy /ResourceQuota", risk: Traffic, why: "it can refuse what was let through"},
	{change: Added, kinds: "admissionregistration.k8s.io/*", risk: Traffic, why: "it changes or refuses objects"},
	{change: Added, risk: Additive, why: "nothing depended on it"},

	{kinds: fileKind, names: terraform, paths: "resource.*", field: "removed block", risk: Removal, why: "Terraform destroys the resource"},
	{kinds: fileKind, names: terraform, field: "added block", risk: Additive, why: "it is new in the Terraform configuration"},
	{kinds: fileKind, names: terraform, paths: "resource.*.tags resource.*.tags.* resource.*.description resource.*.//", risk: None, why: "a label"},
	{kinds: fileKind, names: terraform, risk: Traffic, why: "Terraform changes the network or a cluster in place"},
	{kinds: fileKind, names: "*.md *.txt", risk: None, why: "text for people"},
	{kinds: fileKind, names: "*.sh", risk: None, why: "a script, which people run; what it sends stands in another file"},
	{kinds: fileKind, names: "update-mesh-feature.json", risk: Traffic, why: "the mesh-wide settings change"},
	{kinds: fileKind, risk: Traffic, why: "other tools read this file, and what they do with it is not known"},

	{paths: "apiVersion", risk: None, why: "the same object in another version of its API"},
	{paths: "status status.*", risk: None, why: "the cluster writes it"},
	{kinds: "/Namespace", paths: "metadata.labels*", risk: Identity, why: "injection and policies go by labels of namespaces"},
	{paths: "*.labels.istio.io/rev *.labels.istio-injection *.sidecar.istio.io/* *.proxy.istio.io/* *.istio.io/dataplane-mode *.istio.io/use-waypoint*", risk: Traffic, why: "it says which proxy is there and how it is set"},
	{paths: "*.topology.istio.io/* *.labels.topology.* *.labels.istio-locality", risk: Traffic, why: "it says where an endpoint is"},
	{paths: "*.labels.security.istio.io/* *.labels.service.istio.io/*", risk: Identity, why: "it says who a workload is"},
	{paths: "metadata.annotations.networking.istio.io/*", risk: Traffic, why: "it says who sees the service"},
	{kinds: "/Service", paths: "metadata.annotations*", risk: Traffic, why: "load balancers are set by annotations"},
	{kinds: "/ServiceAccount", paths: "metadata.annotations*", risk: Identity, why: "cloud roles are given by annotations"},
	{paths: "metadata.labels* metadata.annotations* spec.template.metadata.annotations*", risk: None, why: "labels or annotations that nothing known goes by"},

	{kinds: templates, paths: "spec.selector*", risk: Outage, why: "the selector cannot be changed: the object must be deleted and made again"},
	{kinds: "apps/StatefulSet", paths: "spec.serviceName spec.volumeClaimTemplates* spec.podManagementPolicy", risk: Outage, why: "the field cannot be changed: the object must be deleted and made again"},
	{kinds: "/PersistentVolumeClaim", paths: "spec.storageClassName spec.accessModes* spec.volumeName spec.volumeMode", risk: Outage, why: "the field cannot be changed: the claim and its data must be deleted and made again"},
	{kinds: "batch/Job", paths: "spec.template*", risk: Outage, why: "the template cannot be changed: the Job must be deleted and made again"},
	{kinds: "/Service", paths: "spec.clusterIP spec.clusterIPs*", risk: Outage, why: "the address cannot be changed: the Service must be deleted and made again"},
	{kinds: "/Service", paths: "spec.selector*", risk: Identity, why: "it says which pods are the service"},
	{paths: "spec.template.metadata.labels*", risk: Identity, why: "Services, subsets and policies go by labels of pods"},
	{paths: "*.serviceAccountName *.serviceAccount *.automountServiceAccountToken", risk: Identity, why: "it says who a workload is"},
	{kinds: rolesAndPolicies + " /ServiceAccount /Secret", risk: Identity, why: "it says who is who and may do what"},

	{kinds: "networking.istio.io/*", paths: "*outlierDetection", field: Removed, risk: Traffic, why: "hosts that fail are no longer ejected, and without that nothing fails over"},
	{kinds: "networking.istio.io/*", paths: "*outlierDetection*", risk: Traffic, why: "it says when hosts that fail are ejected, and failover needs that"},
	{kinds: "networking.istio.io/*", paths: "*localityLbSetting*", risk: Traffic, why: "it says where requests go when a region fails"},
	{kinds: "networking.istio.io/VirtualService", paths: "*.weight *.route*", risk: Traffic, why: "it says how requests are shared out"},
	{kinds: "networking.istio.io/DestinationRule", paths: "spec.subsets*", risk: Traffic, why: "routes name subsets"},
	{kinds: routing, risk: Traffic, why: "it says where requests go or how they are treated"},

	{paths: "spec.replicas spec.minReplicas spec.maxReplicas", risk: Traffic, why: "the capacity changes"},
	{paths: "*.image", risk: Traffic, why: "another program runs"},
	{paths: "*ontainers.resources*", risk: Traffic, why: "the capacity changes, and pods are replaced"},
	{paths: "*.minReadySeconds *.revisionHistoryLimit *.progressDeadlineSeconds", risk: None, why: "how a rollout is watched"},
	{paths: "spec.template spec.template.*", risk: Traffic, why: "pods are replaced"},
	{kinds: "/Service", paths: "spec*", risk: Traffic, why: "it says how the service is reached"},
	{kinds: "telemetry.istio.io/* monitoring.coreos.com/*", risk: None, why: "it says what is measured"},
	{kinds: "/ConfigMap", risk: Traffic, why: "programs read it"},
	{risk: Traffic, why: "no row of this table knows the field, so it may matter to traffic"},
}

// forcesNewRow stands before the rows: what Terraform cannot change in place is in a table of its own.
var forcesNewRow = riskRule{risk: Outage, why: "Terraform destroys the resource and makes another"}

// judge gives the risk of a difference and why: of its fields, what is worst, and of those the first in the table.
func (d *difference) judge() (Risk, string) {
	if d.change != Changed {
		r := riskRules[d.rowFor(nil)]
		return r.risk, r.why
	}
	row := -1
	for i := range d.fields {
		f := &d.fields[i]
		if f.forcesNew {
			return forcesNewRow.risk, forcesNewRow.why
		}
		budget := maxJudged
		found := d.worst(f, &budget)
		if row < 0 {
			row = found
		}
		row = worse(row, found)
	}
	return riskRules[row].risk, riskRules[row].why
}

// maxJudged bounds the fields that are looked at in a part of an object that came or went as a whole.
const maxJudged = 1000

// worst looks at a field, and at all that is in it when the whole of it came or went: a subset that is gone takes its outlierDetection
// along. It gives the row of what is worst.
func (d *difference) worst(f *fieldDifference, budget *int) int {
	row := d.rowFor(f)
	if f.has == [2]bool{true, true} || f.block {
		return row
	}
	v := f.old
	if !f.has[0] {
		v = f.new
	}
	look := func(keys string, v any) {
		if *budget--; *budget < 0 {
			return
		}
		inner := fieldDifference{keys: keys, has: f.has}
		if f.has[0] {
			inner.old = v
		} else {
			inner.new = v
		}
		row = worse(row, d.worst(&inner, budget))
	}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range unionKeys(v, nil) {
			look(strings.TrimPrefix(f.keys+"."+key, "."), v[key])
		}
	case []any:
		for _, entry := range v {
			look(f.keys, entry)
		}
	}
	return row
}

// worse gives the row with the higher risk; of equal ones the first says more.
func worse(a, b int) int {
	if risk := cmp.Compare(riskRules[a].risk, riskRules[b].risk); risk > 0 || risk == 0 && a < b {
		return a
	}
	return b
}

// rowFor gives the first row that fits. The last fits every field, and one row each change of an object.
func (d *difference) rowFor(f *fieldDifference) int {
	kind := d.kind()
	for i := range riskRules {
		r := &riskRules[i]
		ofObject := r.change != ""
		switch {
		case ofObject != (f == nil), ofObject && r.change != d.change:
		case r.kinds != "" && !matchAny(r.kinds, kind), r.names != "" && !matchAny(r.names, d.id.Name):
		case f != nil && (r.field != "" && r.field != f.happens() || r.paths != "" && !matchAny(r.paths, f.keys)):
		default:
			return i
		}
	}
	panic(fmt.Sprintf("no row of the table of risks fits a change %q", d.change))
}

// kind names the kind as the tables do.
func (d *difference) kind() string { return d.id.Group + "/" + d.id.Kind }

// happens says what happens to the field.
func (f *fieldDifference) happens() string {
	what := existence(f.has[0], f.has[1])
	if f.block && what != Changed {
		what += " block"
	}
	return what
}
