package main

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// modelsDir holds a file for each way in which Istio can be installed in a mesh: the topology, and what is rendered of it in install/
// and namespaces.yaml, or why it is refused.
const modelsDir = "testdata/models"

// model is a cell of the table of models.
type model struct{ Planes, Networks, DataPlane, Install string }

func (m model) name() string {
	return strings.Join([]string{m.Planes, m.Networks, m.DataPlane, m.Install}, "-")
}

// models are all cells: nothing is left out by hand.
func models() []model {
	var all []model
	for _, planes := range []string{"multi-primary", "primary-remote"} {
		for _, networks := range []string{"single-network", "multi-network"} {
			for _, dataPlane := range []string{"sidecar", "ambient"} {
				for _, install := range []string{"helm", "sail"} {
					all = append(all, model{planes, networks, dataPlane, install})
				}
			}
		}
	}
	return all
}

var modelTopology = template.Must(template.New("").Parse(`apiVersion: meshtopo.dev/v1alpha1
kind: MeshTopology
metadata: {name: {{.Planes}}}
spec:
  provider: istio
  mesh: {name: shop, version: 1.31.1, dataPlane: {{.DataPlane}}, install: {{.Install}}}
  clusters:
  - name: east
    region: us-east1
{{- if eq .Networks "multi-network"}}
    network: net-east
{{- end}}
  - name: west
    region: us-west1
{{- if eq .Networks "multi-network"}}
    network: net-west
{{- end}}
{{- if eq .Planes "primary-remote"}}
    primary: east
    remotePilotAddress: 203.0.113.10
{{- end}}
  gateways:
  - name: ingress
    clusters: [east]
    listeners:
    - name: shop
      servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
  routes:
  - name: shop
    hosts: ["*"]
    gateways: [shop]
    http: [{route: [{destination: {host: web}}]}]
  services:
  - name: web
    ports: [{name: http, port: 80}]
    placements: [{clusterSelector: {}, image: registry.example.com/web:1}]
{{- if eq .DataPlane "ambient"}}
    trafficDistribution: PreferClose
{{- else}}
    trafficPolicy:
      connectionPool: {tcp: {connectTimeout: 1s}}
      outlierDetection: {consecutive5xxErrors: 5, maxEjectionPercent: 50}
  traffic:
    failover: [{from: us-east1, to: us-west1}, {from: us-west1, to: us-east1}]
{{- end}}
`))

// TestModels holds every cell of the table of models against its file: it is rendered, or refused with a reason.
func TestModels(t *testing.T) {
	var want []string
	for _, m := range models() {
		want = append(want, m.name()+".txtar")
		t.Run(m.name(), func(t *testing.T) {
			t.Parallel()
			var topology bytes.Buffer
			if err := modelTopology.Execute(&topology, m); err != nil {
				t.Fatal(err)
			}
			got := renderModel(t, topology.Bytes())
			file := filepath.Join(modelsDir, m.name()+".txtar")
			if os.Getenv("UPDATE") != "" {
				writeFile(t, file, txtar.Format(got))
			}
			if diff := cmp.Diff(string(readFile(t, file)), string(txtar.Format(got))); diff != "" {
				t.Errorf("%s is not what is rendered now (-file +rendered); %s:\n%s", file, goldenAdvice, diff)
			}
		})
	}
	var have []string
	for _, e := range readDir(t, modelsDir) {
		have = append(have, e.Name())
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, have); diff != "" && os.Getenv("UPDATE") == "" {
		t.Errorf("the files in %s are not the cells of the table (-cells +files):\n%s", modelsDir, diff)
	}
}

// renderModel gives the topology with the files of every target, and the contents of those that depend on the model; or the reasons
// of a refusal, each of which must have a fix.
func renderModel(t *testing.T, topology []byte) *txtar.Archive {
	t.Helper()
	root, out := t.TempDir(), t.TempDir()
	file := filepath.Join(root, "topology.yaml")
	writeFile(t, file, topology)
	archive := &txtar.Archive{Files: []txtar.File{{Name: "topology.yaml", Data: topology}}}
	status, _, findings := program(t, "render", "--root", root, file, "-o", out)
	if status != 0 {
		refusals := strings.ReplaceAll(findings, root+"/", "")
		if !strings.Contains(refusals, " error: ") || !strings.Contains(refusals, "fix: ") {
			t.Fatalf("exit %d without a finding that has a fix:\n%s", status, refusals)
		}
		archive.Files = append(archive.Files, txtar.File{Name: "refused", Data: []byte(refusals)})
		return archive
	}
	tree := readTree(t, out)
	names := make([]string, 0, len(tree))
	for name := range tree {
		names = append(names, name)
	}
	slices.Sort(names)
	archive.Files = append(archive.Files, txtar.File{Name: "files", Data: []byte(strings.Join(names, "\n") + "\n")})
	for _, name := range names {
		if inInstall := path.Base(path.Dir(name)) == "install"; (inInstall || path.Base(name) == "namespaces.yaml") && path.Ext(name) != ".sh" {
			archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(tree[name])})
		}
	}
	return archive
}

// artefacts are the rows of the table in docs/istio.md: what a file, or a line in it, stands for.
var artefacts = []struct{ what, file, line string }{
	{"values of the charts `base` and `istiod`", "install/istiod-values.yaml", ""},
	{"... `externalIstiod: true`", "install/istiod-values.yaml", "externalIstiod: true"},
	{"... profile `remote`, `injectionPath`, `remotePilotAddress`", "install/istiod-values.yaml", "remotePilotAddress:"},
	{"values of the charts `cni` and `ztunnel`", "install/ztunnel-values.yaml", ""},
	{"objects `Istio`, and for ambient `IstioCNI` and `ZTunnel`", "install/istio.yaml", ""},
	{"... `externalIstiod: true`", "install/istio.yaml", "externalIstiod: true"},
	{"... profile `remote`, `injectionPath`, `remotePilotAddress`", "install/istio.yaml", "remotePilotAddress:"},
	{"label `topology.istio.io/network` of namespace `istio-system`", "namespaces.yaml", "topology.istio.io/network:"},
	{"annotation `topology.istio.io/controlPlaneClusters` of it", "namespaces.yaml", "topology.istio.io/controlPlaneClusters:"},
	{"values of the chart `gateway` for an east-west gateway", "install/gateway-eastwestgateway-values.yaml", ""},
	{"Gateway API object for an east-west gateway", "install/gateway-eastwestgateway.yaml", ""},
	{"Gateway `cross-network-gateway`, which lets other networks in", "install/expose-services.yaml", ""},
	{"Gateway `istiod-gateway` and VirtualService `istiod-vs`", "install/expose-istiod.yaml", ""},
	{"script for remote secrets", "install/remote-secrets.sh", ""},
	{"routing objects", "routing/services/web.yaml", ""},
}

// TestModelTable holds the table of docs/istio.md against what the cells render: in which of the two clusters each artefact is.
func TestModelTable(t *testing.T) {
	var b strings.Builder
	b.WriteString("| cell | refused |\n|---|---|\n")
	var rendered []model
	archives := map[string]*txtar.Archive{}
	for _, m := range models() {
		archive, err := txtar.ParseFile(filepath.Join(modelsDir, m.name()+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		archives[m.name()] = archive
		if refused := fileOf(archive, "refused"); refused != "" {
			reason, _, _ := strings.Cut(refused, "\n")
			_, reason, _ = strings.Cut(reason, "error: ")
			fmt.Fprintf(&b, "| %s, %s, %s, %s | %s |\n", m.Planes, m.Networks, m.DataPlane, m.Install, cell(reason))
		} else {
			rendered = append(rendered, m)
		}
	}
	b.WriteString("\n| |")
	for _, m := range rendered {
		fmt.Fprintf(&b, " %s, %s, %s, %s |", m.Planes, m.Networks, m.DataPlane, m.Install)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(rendered)) + "\n")
	for _, a := range artefacts {
		fmt.Fprintf(&b, "| %s |", a.what)
		for _, m := range rendered {
			fmt.Fprintf(&b, " %s |", clustersWith(archives[m.name()], a.file, a.line))
		}
		b.WriteString("\n")
	}
	const file, begin, end = "../../docs/istio.md", "<!-- models: generated by make golden -->\n", "<!-- end of models -->\n"
	text := string(readFile(t, file))
	from, to := strings.Index(text, begin), strings.Index(text, end)
	if from < 0 || to < from {
		t.Fatalf("%s does not hold %q and %q", file, begin, end)
	}
	holdDocument(t, file, text[:from+len(begin)]+b.String()+text[to:])
}

func fileOf(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

// clustersWith says which of the two clusters of a model have a file, with a line in it when one is given.
func clustersWith(a *txtar.Archive, file, line string) string {
	var have []string
	for _, cluster := range []string{"east", "west"} {
		name := "clusters/" + cluster + "/" + file
		listed := slices.Contains(strings.Split(fileOf(a, "files"), "\n"), name)
		if listed && strings.Contains(fileOf(a, name), line) {
			have = append(have, cluster)
		}
	}
	switch len(have) {
	case 2:
		return "both"
	case 1:
		return have[0]
	}
	return ""
}
