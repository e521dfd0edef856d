package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"sigs.k8s.io/yaml"
)

// kustomizeCommands build the sampled clusters: the same base, which is the tree without overlays, and the same components.
func (f scaleFleet) kustomizeCommands(kustomize string) (commands []command) {
	for _, c := range f.sampled() {
		commands = append(commands, command{kustomize, "build", filepath.Join(f.dir, "kustomize", clusterName(c))})
	}
	return commands
}

func (f scaleFleet) writeKustomize() error {
	for _, c := range f.sampled() {
		text := fmt.Sprintf("resources: [../../plain/clusters/%s]\ncomponents: [../../%s, ../../%s]\n", clusterName(c), f.regionOverlay(c%scaleRegions), f.clusterOverlay(c))
		if err := write(filepath.Join(f.dir, "kustomize", clusterName(c), "kustomization.yaml"), text); err != nil {
			return err
		}
	}
	return nil
}

// helmCommands render the sampled clusters from one chart, with the values of the fleet and those of the cluster.
func (f scaleFleet) helmCommands(helm string) (commands []command) {
	for _, c := range f.sampled() {
		chart := filepath.Join(f.dir, "chart")
		commands = append(commands, command{helm, "template", clusterName(c), chart, "-f", filepath.Join(f.dir, "chart-values", clusterName(c)+".yaml")})
	}
	return commands
}

// chartTemplate is what a person would write for the same objects.
const chartTemplate = `{{- $cell := .Values.cell }}
{{- range .Values.namespaces }}
---
apiVersion: v1
kind: Namespace
metadata:
  name: {{ .name }}
  labels:
    example.com/cell: {{ $cell }}
    {{- with .injection }}
    istio-injection: {{ . }}
    {{- end }}
{{- end }}
{{- range .Values.services }}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: {{ .name }}
  namespace: default
  labels:
    example.com/cell: {{ $cell }}
spec:
  host: {{ .name }}.default.svc.cluster.local
  subsets:
  - name: v1
    labels:
      version: v1
  trafficPolicy:
    connectionPool:
      tcp:
        connectTimeout: 1s
    loadBalancer:
      localityLbSetting:
        enabled: true
        failover:
        {{- range $.Values.failover }}
        - from: {{ .from }}
          to: {{ .to }}
        {{- end }}
    outlierDetection:
      baseEjectionTime: 30s
      consecutive5xxErrors: {{ .errors }}
      interval: {{ index $.Values.intervals .name | default .interval }}
      maxEjectionPercent: 100
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: {{ .name }}
  namespace: default
  labels:
    example.com/cell: {{ $cell }}
spec:
  hosts:
  - {{ .name }}.default.svc.cluster.local
  http:
  - timeout: {{ .timeout }}
    route:
    - destination:
        host: {{ .name }}
{{- if has .name $.Values.here }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .name }}
  namespace: default
  labels:
    account: {{ .name }}
    example.com/cell: {{ $cell }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .name }}
  namespace: default
  labels:
    app: {{ .name }}
    service: {{ .name }}
    example.com/cell: {{ $cell }}
spec:
  ports:
  - name: http
    port: 80
    protocol: TCP
    targetPort: 8080
  selector:
    app: {{ .name }}
{{- end }}
{{- end }}
`

func (f scaleFleet) writeChart() error {
	var services, failover []map[string]any
	for _, s := range f.services {
		services = append(services, map[string]any{"name": s.Name, "errors": s.Errors, "interval": fmt.Sprintf("%ds", s.Interval), "timeout": fmt.Sprintf("%ds", s.Timeout)})
	}
	for r := range scaleRegions {
		failover = append(failover, map[string]any{"from": regionName(r), "to": regionName((r + 1) % scaleRegions)})
	}
	values := map[string]any{
		"services": services, "failover": failover, "intervals": map[string]any{}, "here": []string{}, "cell": "",
		"namespaces": []map[string]any{{"name": "default", "injection": "enabled"}, {"name": "istio-system"}},
	}
	files := map[string]any{"chart/values.yaml": values, "chart/Chart.yaml": map[string]any{"apiVersion": "v2", "name": "fleet", "version": "0.1.0"}}
	for _, c := range f.sampled() {
		here := []string{}
		for _, s := range f.services {
			if s.Home == c {
				here = append(here, s.Name)
			}
		}
		files["chart-values/"+clusterName(c)+".yaml"] = map[string]any{"cell": fmt.Sprintf("cell-%d", c), "here": here, "intervals": map[string]any{f.services[c%scaleRegions].Name: "60s"}}
	}
	for name, value := range files {
		text, err := yaml.Marshal(value)
		if err != nil {
			return err
		}
		if err := write(filepath.Join(f.dir, name), string(text)); err != nil {
			return err
		}
	}
	return write(filepath.Join(f.dir, "chart", "templates", "fleet.yaml"), chartTemplate)
}

// scaleSame writes what kustomize and helm take, and proves that all programs give the same objects for the sampled clusters. It gives their number.
func (b *bench) scaleSame(f scaleFleet, tree string) (int, error) {
	if err := f.writePlain(b.meshtopo); err != nil {
		return 0, err
	}
	if err := f.writeKustomize(); err != nil {
		return 0, err
	}
	if err := f.writeChart(); err != nil {
		return 0, err
	}
	checked := 0
	kustomize, helm := f.kustomizeCommands(b.kustomize), f.helmCommands(b.helm)
	for i, c := range f.sampled() {
		own, err := treeObjects(filepath.Join(tree, "clusters", clusterName(c)))
		if err != nil {
			return 0, err
		}
		for name, other := range map[string]command{"kustomize": kustomize[i], "helm": helm[i]} {
			var out bytes.Buffer
			if _, err := other.run(&out); err != nil {
				return 0, err
			}
			theirs, err := objectsOf(out.String())
			if err == nil {
				err = sameObjects(own, theirs)
			}
			if err != nil {
				return 0, fmt.Errorf("%s, %s: %w", clusterName(c), name, err)
			}
		}
		checked += len(own)
	}
	return checked, nil
}

// writePlain renders the sampled clusters without overlays, which is kustomize's base.
func (f scaleFleet) writePlain(meshtopo string) error {
	text, _, _ := strings.Cut(f.topology(), "  overlays:\n")
	if err := write(filepath.Join(f.dir, "plain.yaml"), text); err != nil {
		return err
	}
	for _, c := range f.sampled() {
		render := command{meshtopo, "render", filepath.Join(f.dir, "plain.yaml"), "-o", filepath.Join(f.dir, "plain"), "--target", "clusters/" + clusterName(c)}
		if _, err := render.run(nil); err != nil {
			return err
		}
	}
	return nil
}

// treeObjects reads the objects that a target's kustomization lists.
func treeObjects(dir string) (map[string]any, error) {
	text, err := os.ReadFile(filepath.Join(dir, "kustomization.yaml"))
	if err != nil {
		return nil, err
	}
	var k struct{ Resources []string }
	if err := yaml.Unmarshal(text, &k); err != nil {
		return nil, err
	}
	var all strings.Builder
	for _, name := range k.Resources {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		all.WriteString("---\n" + string(text))
	}
	return objectsOf(all.String())
}

func objectsOf(text string) (map[string]any, error) {
	objects := map[string]any{}
	for document := range strings.SplitSeq("\n"+text, "\n---\n") {
		var o map[string]any
		if err := yaml.Unmarshal([]byte(document), &o); err != nil {
			return nil, err
		}
		if o == nil {
			continue
		}
		metadata, _ := o["metadata"].(map[string]any)
		objects[fmt.Sprint(o["kind"], " ", metadata["namespace"], "/", metadata["name"])] = o
	}
	return objects, nil
}

func sameObjects(own, theirs map[string]any) error {
	if len(own) != len(theirs) {
		return fmt.Errorf("%d objects, meshtopo has %d", len(theirs), len(own))
	}
	for name, o := range own {
		if !reflect.DeepEqual(o, theirs[name]) {
			x, _ := json.Marshal(o)
			y, _ := json.Marshal(theirs[name])
			return fmt.Errorf("%s differs:\n%s\n%s", name, x, y)
		}
	}
	return nil
}
