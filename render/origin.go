package render

import (
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// Origin says what makes the value of a field of a rendered object.
type Origin struct {
	Field    diag.Path // of the topology; list entries by name: spec.services[name=reviews].ports
	Template string    // the file that prints it, such as render/templates/service.yaml.tmpl, with the line where it is a component's; "" for none
	Rule     string    // how the value follows from Field: a sentence without full stop
}

// OriginOf says what makes a field of an object in a file of a target, overlays aside. A field that does not come from a field of the
// topology of its own, such as a kind, comes from the entry that the object is made of. No object, and no field, means the file.
func (r *Rendering) OriginOf(target string, f manifest.File, o *manifest.Object, field diag.Path) Origin {
	if o == nil {
		return Origin{Field: diag.Path(f.From), Rule: ruleOfFile(f)}
	}
	all := Origin{Field: diag.Path(o.From), Template: "render/templates/" + o.By, Rule: "it is the same for every entry, or names the entry"}
	rows := r.protectionRows(*o)
	switch {
	case o.By == "":
		all.Template, all.Rule = "", "an overlay added the object"
	case isComponent(o.From):
		all.Template, all.Rule = o.By, "the component makes the object, of the mesh, the cluster and its values"
		if o.Line > 0 {
			all.Template += ":" + itoa(o.Line)
		}
	case field == "":
		all.Rule = "the entry makes the object"
	default:
		rows = append(rows, r.rows(target, o)...)
	}
	best := 0
	for _, s := range rows {
		if covers(s.at, field) && len(s.at) > best {
			best = len(s.at)
			all.Field, all.Rule = s.from, s.rule
			if strings.HasPrefix(s.rule, AsWritten) {
				all.Field = s.from + below(s.at, field)
			}
		}
	}
	return all
}

// isComponent says whether a component made what comes from a field of the topology.
func isComponent(from string) bool { return strings.HasPrefix(from, "spec.components[") }

// covers says whether a field is at or below the place that a pattern names, in which [] stands for any element.
func covers(pattern string, field diag.Path) bool {
	p, f := diag.Path(pattern).Steps(), field.Steps()
	if len(p) > len(f) {
		return false
	}
	for i := range p {
		any := p[i].Key == "" && !p[i].IsIndex && f[i].IsIndex
		if p[i] != f[i] && !any {
			return false
		}
	}
	return true
}

// below is what a field has below the place that covers it.
func below(pattern string, field diag.Path) diag.Path {
	var p diag.Path
	for _, step := range field.Steps()[len(diag.Path(pattern).Steps()):] {
		if step.IsIndex {
			p = p.Index(step.Index)
		} else {
			p += "." + diag.Path("").Key(step.Key)
		}
	}
	return diag.Path(strings.ReplaceAll(string(p), ".[", "["))
}

// row is a row of an object's table: what stands at a place follows from a field of the topology by a rule. With AsWritten it is that
// field, and so are the fields below it.
type row struct {
	at   string
	from diag.Path
	rule string
}

// AsWritten begins the rule of a value that is a field of the topology itself. Where the topology does not write the field, the value is the
// field's default.
const AsWritten = "as written in the topology"

func (r *Rendering) rows(target string, o *manifest.Object) []row {
	entry := diag.Path(o.From)
	id, _ := o.ID()
	if rows := r.installRows(o, id); rows != nil {
		return rows
	}
	labels := row{"metadata.labels", entry, "the labels that Istio knows a service and its versions by"}
	namespace := row{"metadata.namespace", entry.Key("namespace"), AsWritten}
	switch id.Kind {
	case "Namespace":
		return []row{{"metadata.labels", entry, "pods of every namespace of the mesh get sidecars"}, {"metadata.name", entry, "the namespace of its services, routes or listeners"}}
	case "ServiceAccount":
		return []row{labels, namespace, r.accountRow("metadata.name", entry)}
	case "Service":
		return append(serviceRows(o, entry), labels, namespace, row{"metadata.annotations", entry.Key("trafficDistribution"), "Istio's annotation, which every version of Kubernetes takes"},
			row{`metadata.labels["istio.io/global"]`, "spec.mesh.dataPlane", "the service is called across clusters of an ambient mesh"})
	case "Deployment":
		return append(r.deploymentRows(target, o, id, entry), labels, namespace)
	case "DestinationRule":
		return append(r.ruleRows(o, entry), namespace)
	case "VirtualService":
		return append(routeRows(entry), namespace)
	case "ApplicationSet", "GitRepository", "Kustomization":
		return deliveryRows(id.Kind)
	case "IstioGateway":
		return []row{{"metadata.labels", entry.Key("labels"), AsWritten}, {"metadata.annotations", entry.Key("annotations"), AsWritten + "; ASM's mark that it manages the object is added"},
			{"spec", entry, AsWritten}, {"spec.ports", entry.Key("ports"), "the gateway's ports by number"},
			{"spec.overrides", entry.Key("overrides"), "the gateway's overrides by cluster id"}, {"spec.clusterIds", entry.Key("clusters"), "the ids of its clusters, where all are known"}}
	case "Gateway":
		listener := entry.Key("listeners").Join("[name=" + id.Name + "]")
		return []row{{"apiVersion", "spec.mesh.version", "networking.istio.io/v1 where the control plane serves it"}, {"metadata", listener, AsWritten},
			{"spec.servers", listener.Key("servers"), AsWritten}, {"spec.selector", entry.Key("name"), "pods of gateway NAME are labelled istio: NAME"}}
	}
	return nil
}

// serviceRows has a row for each port, since the topology's order is another one.
func serviceRows(o *manifest.Object, entry diag.Path) []row {
	list := []row{{"spec.ports", entry.Key("ports"), "the ports of the service by number; targetPort is the port where it is not said"},
		{"spec.selector", entry.Key("name"), "pods of service NAME are labelled app: NAME"}}
	for i, name := range namesIn(o.Fields, "name", "spec", "ports") {
		list = append(list, row{string(diag.Path("spec.ports").Index(i)), entry.Key("ports").Join("[name=" + name + "]"), AsWritten + "; targetPort is the port where it is not said"})
	}
	return list
}

// namesIn gives what the mappings of a list in an object are called; "" for one that has no such string.
func namesIn(fields map[string]any, key string, path ...string) []string {
	var value any = fields
	for _, step := range path {
		inner, _ := value.(map[string]any)
		value = inner[step]
	}
	list, _ := value.([]any)
	names := make([]string, len(list))
	for i, element := range list {
		inner, _ := element.(map[string]any)
		names[i], _ = inner[key].(string)
	}
	return names
}

// accountRow is about the name of a service account.
func (r *Rendering) accountRow(at string, entry diag.Path) row {
	if r.mesh.Workloads == mesh.WorkloadsBookinfo {
		return row{at, "spec.workloads", "bookinfo-NAME, as the known application has it"}
	}
	return row{at, entry.Key("name"), "the service's name"}
}

func (r *Rendering) deploymentRows(target string, o *manifest.Object, id manifest.ID, entry diag.Path) []row {
	cluster := strings.TrimPrefix(target, "clusters/")
	metadata, _ := o.Fields["metadata"].(map[string]any)
	labels, _ := metadata["labels"].(map[string]any)
	version, _ := labels["version"].(string)
	placement := entry.Key("placements").Join("[cluster=" + cluster + ",version=" + version + "]")
	image := row{"spec.template.spec.containers[].image", placement.Key("image"), AsWritten}
	if r.mesh.Workloads == mesh.WorkloadsBookinfo {
		image = row{image.at, "spec.workloads", "the placement's own, or REGISTRY/examples-bookinfo-SERVICE-VERSION:TAG of spec.images"}
	}
	inside := row{"spec.template.spec", placement, "the same for every workload"}
	if r.mesh.Workloads == mesh.WorkloadsBookinfo {
		inside = row{inside.at, "spec.workloads", "what containers of the known application need"}
	}
	return []row{
		{"metadata.name", placement.Key("version"), "SERVICE-VERSION: a Deployment for each version of the service in the cluster"},
		{"metadata.labels.version", placement.Key("version"), AsWritten},
		{"spec.selector", placement, "the service's name and the placement's version"},
		{"spec.template.metadata", placement, "the service's name and the placement's version"},
		{"spec.replicas", placement.Key("replicas"), "the placement's replicas, 1 where it says none"},
		inside,
		{"spec.template.spec.containers[].ports", entry.Key("ports"), "the target ports of the service"},
		{"spec.template.spec.containers[].name", entry.Key("name"), AsWritten},
		r.accountRow("spec.template.spec.serviceAccountName", entry),
		image,
	}
}

func (r *Rendering) ruleRows(o *manifest.Object, entry diag.Path) []row {
	list := []row{
		{"apiVersion", "spec.mesh.version", "networking.istio.io/v1 where the control plane serves it"},
		{"spec.host", entry.Key("name"), "NAME.NAMESPACE.svc.cluster.local"},
		{"spec.subsets", entry.Key("placements"), "a subset for each version that is placed anywhere"},
		{"spec.trafficPolicy", entry.Key("trafficPolicy"), AsWritten},
	}
	locality := r.localityRow(entry)
	for _, at := range []string{"spec.trafficPolicy.loadBalancer.localityLbSetting", "spec.trafficPolicy.portLevelSettings[].loadBalancer.localityLbSetting"} {
		locality.at = at
		list = append(list, locality)
	}
	for i, from := range namesIn(o.Fields, "from", "spec", "trafficPolicy", "loadBalancer", "localityLbSetting", "failover") {
		at := string(diag.Path("spec.trafficPolicy.loadBalancer.localityLbSetting.failover").Index(i))
		list = append(list, row{at, locality.from.Key("failover").Join("[from=" + from + "]"), locality.rule})
	}
	if entry == probeFrom {
		return []row{{"spec", entry, "requests of the probe stay in the cluster that they are for"}}
	}
	return list
}

// localityRow is the service's own rule, or the topology's.
func (r *Rendering) localityRow(entry diag.Path) row {
	for _, s := range r.mesh.Services {
		if diag.Path(fromService(s)) == entry && s.Locality != nil && s.Locality.Own {
			return row{from: entry.Key("locality"), rule: "the service's own locality rule"}
		}
	}
	return row{from: "spec.traffic", rule: "the topology's locality rule, which goes into every service with scope: service"}
}

func routeRows(entry diag.Path) []row {
	list := []row{{"apiVersion", "spec.mesh.version", "networking.istio.io/v1 where the control plane serves it"}}
	if strings.HasPrefix(string(entry), "spec.services") {
		return append(list, row{"spec.hosts", entry.Key("name"), "NAME.NAMESPACE.svc.cluster.local"}, row{"spec.http", entry.Key("http"), AsWritten})
	}
	list = append(list, row{"spec.gateways", entry.Key("gateways"), AsWritten + "; a namespace that is the route's own is left out"})
	for _, name := range []string{"hosts", "http", "tcp", "tls"} {
		list = append(list, row{"spec." + name, entry.Key(name), AsWritten})
	}
	return list
}

// ruleOfFile says what makes a file that holds no objects.
func ruleOfFile(f manifest.File) string {
	switch {
	case f.Path == manifest.KustomizationName:
		return "it lists the manifests of the target"
	case f.Path == scriptFile, f.Path == requestFile:
		return "it is what ASM's own API takes"
	case f.Path == configFile:
		return "it tells the ApplicationSet what to make for the target"
	case strings.HasPrefix(f.Path, installDir):
		return ruleOfInstall(f)
	case strings.HasSuffix(f.Path, ".tf.json"):
		return "it is the Terraform of the network"
	}
	return "all objects of the entry stand in one file"
}
