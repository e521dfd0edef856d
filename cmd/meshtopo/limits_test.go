package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template"

	"github.com/meshtopo/meshtopo/limit"
)

// limitCase is a large topology of an honest user that meets one limit first.
type limitCase struct {
	name  string            // of the limit
	files map[string]string // below the root
	// pass is a value at which it passes, and refuse one at which it does not. Where the input's own measure is known, they are
	// this measure and one less; with time and memory there is room between them.
	pass, refuse string
	warns        bool // what exceeds it is told by a warning
}

// exactly is a case whose measure is known.
func exactly(name string, measure int, files map[string]string) limitCase {
	return limitCase{name: name, files: files, pass: strconv.Itoa(measure), refuse: strconv.Itoa(measure - 1)}
}

// limitCases are one for each limit. The defaults let all of them pass, those of --untrusted too.
func limitCases(t *testing.T) []limitCase {
	yaml := func(text string) map[string]string { return map[string]string{"topology.yaml": text} }
	fleet := fleetText(t, 1000) // with 500 services each
	withEntry := func(entry string, files map[string]string) map[string]string {
		files["topology.yaml"] = string(sample) + "  " + entry + "\n"
		return files
	}
	const settings = 512 << 10
	component := withEntry(`components: [{path: component, targets: ["clusters/*"]}]`, map[string]string{"component/a.yaml.tmpl": configMapOf(settings)})
	overlay := withEntry("overlays: [{path: overlay}]", map[string]string{"overlay/kustomization.yaml": `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
- target: {kind: Deployment}
  patch: '[{"op": "add", "path": "/spec/minReadySeconds", "value": 5}]'
`})
	program := map[string]string{"topology.jsonnet": badProgram("", `std.toString(std.length(std.range(1, 100000)))`)}
	return []limitCase{
		exactly(limit.InputSize, len(fleet), yaml(fleet)),
		exactly(limit.Placements, 500_000, yaml(fleet)),
		exactly(limit.Items, 1000, yaml(fleet)), // clusters
		exactly(limit.Depth, 7, yaml(fleet)),    // spec.services[].trafficPolicy.outlierDetection.interval
		exactly(limit.Keys, 1500, yaml(annotated(1500))),
		{name: limit.Findings, files: yaml(warned(150)), pass: "150", refuse: "149", warns: true},
		exactly(limit.TemplateOutput, settings, component),
		{name: limit.CPUTime, files: program, pass: "10s", refuse: "1ms"},
		{name: limit.OverlayTime, files: overlay, pass: "30s", refuse: "1ms"},
		{name: limit.WallTime, files: program, pass: "10m", refuse: "1ms"},
		{name: limit.Memory, files: program, pass: "1GiB", refuse: "1MiB"},
		{name: limit.Stack, files: program, pass: "128MiB", refuse: "4KiB"},
		{name: limit.Output, files: program, pass: "1GiB", refuse: "100"},
	}
}

// TestLimits: each limit lets a large honest topology pass by default, refuses it when it is lowered by one step, names itself and
// the flag, and lets it pass when it is raised again.
func TestLimits(t *testing.T) {
	t.Parallel()
	cases := limitCases(t)
	for _, name := range limit.Names() {
		if !slices.ContainsFunc(cases, func(c limitCase) bool { return c.name == name }) {
			t.Errorf("limit %s has no case", name)
		}
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			for name, text := range c.files {
				file := filepath.Join(root, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
					t.Fatal(err)
				}
				writeFile(t, file, []byte(text))
			}
			all := [][]string{nil, {"--untrusted"}, {"--limit", c.name + "=" + c.pass}, {"--untrusted", "--limit", c.name + "=" + c.pass}}
			if !thorough() {
				all = all[1:3]
			}
			for _, flags := range all {
				if status, out := c.validate(t, root, flags...); status != 0 || strings.Contains(out, "MT007") {
					t.Errorf("%v: exit status %d\n%.2000s", flags, status, out)
				}
			}
			want := 1
			if c.warns {
				want = 0
			}
			status, out := c.validate(t, root, "--limit", c.name+"="+c.refuse)
			for range 20 { // Go looks at the size of a stack only when it grows one, which a small program may not need
				if c.name != limit.Stack || status == want {
					break
				}
				status, out = c.validate(t, root, "--limit", c.name+"="+c.refuse)
			}
			if status != want || !strings.Contains(out, "[MT007 limit]") || !strings.Contains(out, "allow more with --limit "+c.name+"=N") {
				t.Errorf("%s=%s: exit status %d\n%.2000s", c.name, c.refuse, status, out)
			}
		})
	}
}

func (c limitCase) validate(t *testing.T, root string, flags ...string) (status int, output string) {
	t.Helper()
	status, out, errs := program(t, append([]string{"validate", "--root", root, root}, flags...)...)
	return status, out + errs
}

// annotated is a topology with so many annotations.
func annotated(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "    key-%d: x\n", i)
	}
	return strings.Replace(string(sample), "metadata:\n", "metadata:\n  annotations:\n"+b.String(), 1)
}

// warned is a topology with so many warnings: services of which a region cannot drain.
func warned(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `  - name: extra-%d
    ports: [{name: http, port: 80}]
    placements: [{clusterSelector: {}}]
    trafficPolicy:
      outlierDetection: {consecutive5xxErrors: 5, interval: 10s, baseEjectionTime: 30s, maxEjectionPercent: 10}
`, i)
	}
	return strings.Replace(string(sample), "  services:\n", "  services:\n"+b.String(), 1)
}

// configMapOf is a ConfigMap of so many bytes.
func configMapOf(size int) string {
	const head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: default}\ndata:\n  text: "
	return head + strings.Repeat("x", size-len(head)-1) + "\n"
}

// fleetText is a topology of 500 services that each run in every cluster.
func fleetText(t testing.TB, clusters int) string {
	t.Helper()
	parsed, err := template.ParseFiles(fleetTemplate)
	if err != nil {
		t.Fatal(err)
	}
	const regions = 10
	var text bytes.Buffer
	if err := parsed.Execute(&text, struct{ Regions, PerRegion, Services int }{regions, clusters / regions, 500}); err != nil {
		t.Fatal(err)
	}
	return text.String()
}
