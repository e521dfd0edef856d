package review_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/review"
)

// largeTree is a target with so many DestinationRules in one file; one in a hundred has another limit.
func largeTree(objects, limit int) *manifest.Target {
	var b strings.Builder
	for i := range objects {
		percent := 50
		if i%100 == 0 {
			percent = limit
		}
		fmt.Fprintf(&b, "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: svc-%d\n  namespace: ns-%d\nspec:\n  host: svc-%d.ns-%d.svc.cluster.local\n  subsets:\n  - labels:\n      version: v1\n    name: v1\n  trafficPolicy:\n    outlierDetection:\n      baseEjectionTime: 30s\n      consecutive5xxErrors: 5\n      interval: 10s\n      maxEjectionPercent: %d\n", i, i%50, i, i%50, percent)
	}
	return &manifest.Target{Name: "clusters/a", Files: []manifest.File{{Path: "all.yaml", Data: []byte(b.String())}}}
}

// BenchmarkTrees compares two trees of 20,000 objects with 1 % changed.
func BenchmarkTrees(b *testing.B) {
	old, now := largeTree(20_000, 50), largeTree(20_000, 60)
	b.ReportAllocs()
	for b.Loop() {
		var c review.Comparison
		if err := c.Target(old, nil, now); err != nil {
			b.Fatal(err)
		}
		if _, changes, _, _ := c.Result(); len(changes) != 200 {
			b.Fatalf("%d changes", len(changes))
		}
	}
}

// BenchmarkHundredThousand is a target of 100,000 objects, all of which differ.
func BenchmarkHundredThousand(b *testing.B) {
	old := largeTree(100_000, 50)
	now := &manifest.Target{Name: old.Name, Files: []manifest.File{{Path: "all.yaml", Data: []byte(strings.ReplaceAll(string(old.Files[0].Data), "interval: 10s", "interval: 11s"))}}}
	b.ReportAllocs()
	for b.Loop() {
		var c review.Comparison
		if err := c.Target(old, nil, now); err != nil {
			b.Fatal(err)
		}
	}
}
