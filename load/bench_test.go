package load_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/meshtopo/meshtopo/load"
	"github.com/rogpeppe/go-internal/txtar"
)

// large is a topology of many clusters and services, each service in every cluster.
func large(clusters, services int) string {
	var b strings.Builder
	b.WriteString("apiVersion: meshtopo.dev/v1alpha1\nkind: MeshTopology\nmetadata: {name: large}\nspec:\n  provider: asm\n")
	b.WriteString("  mesh: {name: m, version: 1.22.6.66, region: r0}\n  clusters:\n")
	for i := range clusters {
		fmt.Fprintf(&b, "  - {name: c%d, region: r%d, podCIDR: 10.%d.%d.0/24, labels: {tier: prod}}\n", i, i%10, i/256, i%256)
	}
	b.WriteString("  services:\n")
	for i := range services {
		fmt.Fprintf(&b, `  - name: s%d
    ports: [{name: http, port: 80}]
    placements: [{clusterSelector: {}}]
    calls: [s%d]
    trafficPolicy: {outlierDetection: {baseEjectionTime: 1m, consecutive5xxErrors: 5}}
`, i, (i+1)%services)
	}
	return b.String()
}

func BenchmarkFile(b *testing.B) {
	root := tree(b, []txtar.File{{Name: "topology.yaml", Data: []byte(large(1000, 500))}})
	for b.Loop() {
		top, err := load.File(context.Background(), "topology.yaml", load.Options{Root: root})
		if err != nil || len(top.Findings) > 0 {
			b.Fatal(err, top.Findings)
		}
	}
}

// A file of which everything is wrong is refused quickly, too, and says a bounded number of things.
func TestEverythingWrong(t *testing.T) {
	text := strings.NewReplacer("tier: prod", "tier: 5", "region: r", "regoin: r", "port: 80", "port: eighty", "calls: [s", "calls: [S").Replace(large(300, 300))
	root := tree(t, []txtar.File{{Name: "topology.yaml", Data: []byte(text)}})
	start := time.Now()
	top, err := load.File(context.Background(), "topology.yaml", load.Options{Root: root})
	if err != nil || len(top.Findings) != 201 || top.Spec != nil {
		t.Errorf("%d findings, %v", len(top.Findings), err)
	}
	if took := time.Since(start); took > 8*time.Second {
		t.Errorf("took %s", took)
	}
}
