package load_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/load"
)

// testdata/describe.txt holds what is said about some paths. UPDATE=1 rewrites it.
func TestDescribe(t *testing.T) {
	var b strings.Builder
	for _, path := range []string{
		"", "spec.clusters.podCIDR", "spec.clusters[].podCIDR", "spec.clusters[3].cni", "clusters.podCIDR", "clusters", "kind", "metadata", "spec.provider",
		"spec.services.placements.replicas", "services.placements.version", "spec.gateways.replicaCount", "gateways.overrides.ports.port",
		"spec.services.trafficPolicy", "spec.services[name=reviews].trafficPolicy.outlierDetection.interval", "services.http", "routes.tls.match",
		"gateways.listeners.servers", "clusters.labels", "clusters.labels.tier", `clusters[0].labels["a/b"]`, "traffic.failover", "network.cen.links.between",
		"images.tag", "overlays.targets", "spec.services.calls", "spec.services.calls.times", "spec.demand.rps", "expect.to", "traffic",
		// unknown
		"podCIDR", "cluster", "clusters.podCidr", "spec.services.placement", "spec.zzzz", "qqq.rrr", "spec.clusters.name.x", "..", "[", "spec.clusters.region.zzzzzzzzzz",
	} {
		f, ok := load.Describe(path)
		fmt.Fprintf(&b, "== %s (%v)\n", path, ok)
		write(&b, f, "")
	}
	want, _ := os.ReadFile("testdata/describe.txt")
	if b.String() == string(want) {
		return
	}
	if os.Getenv("UPDATE") == "" {
		t.Error(cmp.Diff(string(want), b.String()))
	} else if err := os.WriteFile("testdata/describe.txt", []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func write(b *strings.Builder, f load.Field, indent string) {
	fmt.Fprintf(b, "%s%s: %s", indent, f.Path, f.Type)
	if f.Required {
		b.WriteString(" (required)")
	}
	if f.Default != "" {
		fmt.Fprintf(b, " (default %s)", f.Default)
	}
	if len(f.Allowed) > 0 {
		fmt.Fprintf(b, " %q", f.Allowed)
	}
	if f.Istio != "" {
		fmt.Fprintf(b, " [%s]", f.Istio)
	}
	fmt.Fprintf(b, "\n%s  %s\n", indent, f.Doc)
	for _, sub := range f.Fields {
		write(b, sub, indent+"    ")
	}
}

// Every field is documented, is found by its path, and says which of Istio's messages it is where it is open.
func TestFields(t *testing.T) {
	fields := load.Fields()
	if len(fields) < 150 {
		t.Errorf("%d fields", len(fields))
	}
	for i, f := range fields {
		if i%9 == 0 {
			got, ok := load.Describe(f.Path)
			got.Fields = nil
			if d := cmp.Diff(f, got); !ok || d != "" {
				t.Errorf("%s: %s", f.Path, d)
			}
		}
		if f.Doc == "" && !kubernetes.MatchString(f.Path) {
			t.Errorf("%s has no documentation", f.Path)
		}
		if strings.HasSuffix(f.Doc, ".") || f.Type == "" || strings.Contains(f.Type, "of the schema") {
			t.Errorf("%s: %q %q", f.Path, f.Doc, f.Type)
		}
	}
}

// kubernetes matches fields of Kubernetes' own types, which the schema need not document.
var kubernetes = regexp.MustCompile(`\.(affinity|lifecycle|valueFrom)\.`)
