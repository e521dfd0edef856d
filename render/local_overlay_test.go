package render_test

import (
	"fmt"
	"math/rand/v2"
)

// overlayMaker makes random Components.
type overlayMaker struct {
	random *rand.Rand
	files  map[string]string // that the Component of the last call names
}

func (m *overlayMaker) pick(values ...string) string { return values[m.random.IntN(len(values))] }

// one says yes once in n times.
func (m *overlayMaker) one(n int) bool { return m.random.IntN(n) == 0 }

type fields = map[string]any

func (m *overlayMaker) component() fields {
	m.files = map[string]string{}
	c := fields{"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
	add := []func(fields){m.patches, m.patches, m.patches, m.labels, m.labels, m.annotations, m.images, m.replicas}
	for range 1 + m.random.IntN(2) {
		add[m.random.IntN(len(add))](c)
	}
	if m.one(8) { // what is not local to an object
		more := []func(fields){m.names, m.resources, m.generator, m.replacements}
		more[m.random.IntN(len(more))](c)
	}
	return c
}

func (m *overlayMaker) patches(c fields) {
	list, _ := c["patches"].([]any)
	for range 1 + m.random.IntN(2) {
		p := fields{}
		text := m.patch(p)
		if m.one(3) {
			name := fmt.Sprintf("patch%d.yaml", len(m.files))
			m.files[name], p["path"] = text, name
		} else {
			p["patch"] = text
		}
		if m.one(15) {
			p["options"] = fields{"allowNameChange": true}
		}
		list = append(list, p)
	}
	c["patches"] = list
}

// patch gives the text of a patch and, where it needs one, its target.
func (m *overlayMaker) patch(p fields) string {
	switch m.random.IntN(8) {
	case 0, 1: // by identity
		return m.pick(
			"apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a, namespace: default, labels: {patched: \"yes\"}}\nspec: {trafficPolicy: {outlierDetection: {interval: 30s}}}\n",
			"apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{name: http, port: 80, targetPort: 9090}]}\n",
			"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b-v1, namespace: default}\nspec: {template: {spec: {containers: [{name: b, resources: {limits: {cpu: \"1\"}}}]}}}\n",
			"apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: b, namespace: default}\n$patch: delete\n",
			"apiVersion: v1\nkind: Namespace\nmetadata: {name: other, labels: {istio-injection: null, app: a}}\n",
			"apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a, namespace: default}\nspec: {hosts: [a, b]}\n",
			"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "+m.pick("a", "a", "absent")+", namespace: default}\ndata: {more: \"1\"}\n")
	case 2: // deletes what it selects
		p["target"] = fields{"kind": m.pick("ServiceAccount", "DestinationRule", "(Virtual)?Service"), "name": m.pick("a", "b.*")}
		return "apiVersion: v1\nkind: Any\nmetadata: {name: any}\n$patch: delete\n"
	case 3: // renames, which kustomize only does when told
		p["target"] = m.target()
		return "apiVersion: v1\nkind: " + m.pick("Service", "Deployment") + "\nmetadata: {name: renamed, namespace: moved, annotations: {patched: \"1\"}}\n"
	case 4, 5:
		p["target"] = m.target()
		return "apiVersion: v1\nkind: Any\nmetadata:\n  name: any\n  labels: {patched: \"1.0\", app: " + m.pick("a", "z") + "}\n"
	}
	p["target"] = m.target()
	return m.json6902()
}

func (m *overlayMaker) json6902() string {
	if m.one(6) { // fails, or does what kustomize must see
		return "- " + m.pick(
			"{op: replace, path: /metadata/name, value: other-name}",
			"{op: replace, path: /metadata/name, value: \"\"}",
			"{op: remove, path: /metadata/labels}",
			"{op: test, path: /kind, value: Service}",
			"{op: copy, from: /metadata/name, path: /metadata/labels}",
			"{op: move, from: /metadata/namespace, path: /metadata/annotations}",
			"{op: add, path: /metadata/annotations, value: {internal.config.kubernetes.io/needsHashSuffix: enabled}}",
			"{op: add, path: /metadata/annotations, value: {internal.config.kubernetes.io/allowNameChange: enabled}}",
			"{op: add, path: /spec, value: {}}") + "\n"
	}
	return "- " + m.pick(
		"{op: add, path: /metadata/labels, value: {app: z, \"on\": \"off\"}}",
		"{op: add, path: /metadata/annotations, value: {config.kubernetes.io/local-config: \"true\"}}",
		"{op: add, path: /metadata/annotations, value: {note: \"a: b # c\"}}",
		"{op: add, path: /metadata/finalizers, value: [a, \"1\", \"on\"]}") + "\n"
}

// target gives a selector: by kind, name, namespace, label, annotation, or more of them.
func (m *overlayMaker) target() fields {
	if m.one(25) {
		return fields{m.pick("name", "labelSelector", "kind"): m.pick("absent", "[", "app=a,,")}
	}
	t := fields{}
	switch m.random.IntN(5) {
	case 0:
		t["kind"] = m.pick("Service", "Deployment", "DestinationRule", "(Virtual)?Service", "Namespace", "ServiceAccount", ".*")
	case 1:
		t["name"] = m.pick("a", "b", "b.*", "a|c", "a-v1", "def.*")
	case 2:
		t["labelSelector"] = m.pick("app=a", "app in (a, b)", "!app", "app=a,app!=b", "app", "app=z", "patched=1.0")
	case 3:
		t["annotationSelector"] = m.pick("!note", "!team", "team!=blue")
	default:
		t["group"], t["version"] = m.pick("apps", "networking.istio.io", ".*istio.*"), "v1"
	}
	if m.one(3) {
		t["namespace"] = m.pick("default", "default", "other", "def.*")
	}
	if m.one(6) {
		t["labelSelector"] = m.pick("app=a", "!team", "app", "patched=1.0")
	}
	return t
}

func (m *overlayMaker) labels(c fields) {
	list, _ := c["labels"].([]any)
	entry := fields{"pairs": fields{m.pick("team", "app", "example.com/cell"): m.pick("red", "1", "true", "on", "1e3", "", "0x1f", "a")}}
	switch m.random.IntN(24) {
	case 0:
		entry["includeSelectors"] = true
	case 1:
		entry["includeTemplates"] = true
	case 2:
		entry["includeSelectors"] = false
	case 3:
		entry["fields"] = []any{fields{"path": "spec/labels", "create": true, "kind": m.pick("Service", "Widget")}}
	}
	c["labels"] = append(list, entry)
}

func (m *overlayMaker) annotations(c fields) {
	key := m.pick("team", "note", "note", "team", "note", "example.com/x", "config.kubernetes.io/origin")
	c["commonAnnotations"] = fields{key: m.pick("blue", "true", "2024-01-01", "a\nb\n", " padded ", "")}
}

func (m *overlayMaker) images(c fields) {
	c["images"] = []any{fields{"name": "registry.example.com/" + m.pick("a", "b", "c"), "newTag": m.pick("2.0", "1", "latest")}}
}

func (m *overlayMaker) replicas(c fields) {
	c["replicas"] = []any{fields{"name": m.pick("a-v1", "a-v1", "a-v1", "a-v1", "b-v1", "b-v1", "b-v1", "b-v1", "a", "absent"), "count": m.random.IntN(9)}}
}

func (m *overlayMaker) names(c fields) {
	switch m.random.IntN(3) {
	case 0:
		c["namespace"] = m.pick("moved", "moved", "moved", "other")
	case 1:
		c["namePrefix"] = "pre-"
	default:
		c["nameSuffix"] = "-suf"
	}
}

func (m *overlayMaker) resources(c fields) {
	m.files["resource.yaml"] = "apiVersion: v1\nkind: " + m.pick("ConfigMap", "ConfigMap", "Secret", "ServiceAccount") + "\nmetadata: {name: " + m.pick("added", "added", "added", "a") + ", namespace: default}\n"
	c["resources"] = []any{"resource.yaml"}
}

func (m *overlayMaker) generator(c fields) {
	c["configMapGenerator"] = []any{fields{"name": m.pick("made", "made", "a"), "namespace": "default", "literals": []any{"k=" + m.pick("1", "2")}}}
}

func (m *overlayMaker) replacements(c fields) {
	c["replacements"] = []any{fields{
		"source":  fields{"kind": "Service", "name": "a", "namespace": "default", "fieldPath": "spec.ports.0.port"},
		"targets": []any{fields{"select": fields{"kind": "Deployment"}, "fieldPaths": []any{"spec.replicas"}}},
	}}
}
