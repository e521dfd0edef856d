package review

import (
	"bytes"
	"fmt"
	"runtime"
	"strconv"
	"testing"

	"github.com/meshtopo/meshtopo/manifest"
)

// benchObject gives one of the objects of a tree: services, each of five kinds. Every hundredth has a change.
func benchObject(i int, changed bool) string {
	name, kind := fmt.Sprintf("service-%05d", i/5), i%5
	value := "10"
	if changed && i%100 == 0 {
		value = "30"
	}
	head := func(api, kind string) string {
		return "apiVersion: " + api + "\nkind: " + kind + "\nmetadata:\n  labels:\n    app: " + name + "\n    team: \"" + value + "\"\n  name: " + name + "\n  namespace: shop-" + strconv.Itoa(i%17) + "\nspec:\n"
	}
	switch kind {
	case 0:
		return head("networking.istio.io/v1", "VirtualService") + "  hosts:\n  - " + name + "\n  http:\n  - route:\n    - destination:\n        host: " + name +
			"\n        subset: v1\n      weight: 90\n    - destination:\n        host: " + name + "\n        subset: v2\n      weight: " + value + "\n"
	case 1:
		return head("networking.istio.io/v1", "DestinationRule") + "  host: " + name + "\n  subsets:\n  - labels:\n      version: v1\n    name: v1\n  - labels:\n      version: v2\n    name: v2\n" +
			"  trafficPolicy:\n    outlierDetection:\n      baseEjectionTime: 60s\n      consecutive5xxErrors: 5\n      interval: 1m\n"
	case 2:
		return head("v1", "Service") + "  ports:\n  - name: http\n    port: 9080\n    targetPort: 9080\n  selector:\n    app: " + name + "\n"
	case 3:
		return head("security.istio.io/v1", "AuthorizationPolicy") + "  rules:\n  - from:\n    - source:\n        principals:\n        - cluster.local/ns/default/sa/" + name + "\n  selector:\n    matchLabels:\n      app: " + name + "\n"
	}
	return head("apps/v1", "Deployment") + "  replicas: 3\n  selector:\n    matchLabels:\n      app: " + name + "\n  template:\n    metadata:\n      labels:\n        app: " + name +
		"\n    spec:\n      containers:\n      - env:\n        - name: LOG_DIR\n          value: /tmp/logs\n        image: registry.example/" + name + ":1.19.1\n        name: main\n        ports:\n        - containerPort: 9080\n          protocol: TCP\n" +
		"        resources:\n          limits:\n            cpu: \"2\"\n            memory: 512Mi\n          requests:\n            cpu: 100m\n            memory: 128Mi\n      serviceAccountName: " + name + "\n"
}

func benchFile(n int, changed bool) *manifest.Target {
	var b bytes.Buffer
	for i := range n {
		b.WriteString("---\n" + benchObject(i, changed))
	}
	return &manifest.Target{Name: "clusters/a", Files: []manifest.File{{Path: "all.yaml", Data: b.Bytes()}}}
}

func benchTree(n int, changed bool) *manifest.Target {
	t := &manifest.Target{Name: "clusters/a"}
	for i := range n {
		t.Files = append(t.Files, manifest.File{Path: fmt.Sprintf("d%d/o%d.yaml", i/500, i), Data: []byte(benchObject(i, changed))})
	}
	return t
}

// BenchmarkComparison compares two trees of 20,000 objects of which every hundredth changed. heap-MB is what the heap grew to at most, the
// texts themselves not counted.
func BenchmarkComparison(b *testing.B) {
	const n = 20_000
	for _, shape := range []struct {
		name string
		of   func(int, bool) *manifest.Target
	}{{"file", benchFile}, {"files", benchTree}} {
		b.Run(shape.name, func(b *testing.B) {
			old, new := shape.of(n, false), shape.of(n, true)
			bytes := 0
			for _, f := range new.Files {
				bytes += len(f.Data)
			}
			b.SetBytes(int64(2 * bytes))
			b.ReportAllocs()
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			for b.Loop() {
				changes, err := changesOf(old, new)
				if err != nil || len(changes) != n/100 {
					b.Fatalf("%d changes, want %d: %v", len(changes), n/100, err)
				}
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapSys-before.HeapSys)/(1<<20), "heap-MB")
		})
	}
}
