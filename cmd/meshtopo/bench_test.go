package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"text/template"

	"github.com/meshtopo/meshtopo/manifest"
)

// fleetTemplate makes the fleets of e2e/bench too, so that both measure the same.
const fleetTemplate = "../../e2e/testdata/fleet.yaml.tmpl"

// writeAll names the environment variable that lets BenchmarkFleetWrite write 502,000 files.
const writeAll = "MESHTOPO_BENCH_WRITE_ALL"

// openBench takes a topology through load, check, mesh.Build and the overlays.
func openBench(b *testing.B, topology string) *project {
	b.Helper()
	a := &app{in: bytes.NewReader(nil), out: new(bytes.Buffer), err: new(bytes.Buffer), env: func(string) (string, bool) { return "", false }}
	p, err := a.open(context.Background(), topology)
	if err != nil {
		b.Fatal(err)
	}
	if p.failed() || p.rendering == nil {
		b.Fatalf("%s: %v", topology, p.findings)
	}
	return p
}

// discard renders all targets, keeps none, and gives the number of objects.
func discard(b *testing.B, p *project) int {
	b.Helper()
	objects := 0
	for t, err := range p.rendering.Targets("") {
		if err != nil {
			b.Fatal(err)
		}
		objects += countObjects(t)
	}
	return objects
}

func countObjects(t manifest.Target) int {
	n := 0
	for _, f := range t.Files {
		n += len(f.Objects)
	}
	return n
}

// reportPerObject reports the time per object, of all objects that one iteration renders.
func reportPerObject(b *testing.B, objects int) {
	b.Helper()
	if objects == 0 {
		b.Fatal("no object was rendered")
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(objects), "ns/object")
	b.ReportMetric(float64(objects), "objects")
}

// BenchmarkRenderTutorial takes the tutorial's topology from its file to all its targets, in this process.
func BenchmarkRenderTutorial(b *testing.B) {
	b.ReportAllocs()
	objects := 0
	for b.Loop() {
		p := openBench(b, filepath.Join(topologiesDir, "bookinfo-failover"))
		objects = discard(b, p)
		p.close()
	}
	reportPerObject(b, objects)
}

// writeFleet writes a topology of 500 services that each run in every cluster, and gives its directory.
func writeFleet(b *testing.B, clusters int) string {
	b.Helper()
	t, err := template.ParseFiles(fleetTemplate)
	if err != nil {
		b.Fatal(err)
	}
	const regions = 10
	var text bytes.Buffer
	if err := t.Execute(&text, struct{ Regions, PerRegion, Services int }{regions, clusters / regions, 500}); err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	for name, data := range map[string][]byte{".meshtopo-root": nil, "topology.yaml": text.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

func fleetName(clusters int) string { return fmt.Sprintf("clusters=%d", clusters) }

// BenchmarkFleet takes fleets from their file to all their targets, and writes nothing.
func BenchmarkFleet(b *testing.B) {
	for _, clusters := range []int{10, 100, 1000} {
		b.Run(fleetName(clusters), func(b *testing.B) {
			dir := writeFleet(b, clusters)
			b.ReportAllocs()
			objects := 0
			for b.Loop() {
				p := openBench(b, dir)
				objects = discard(b, p)
				p.close()
			}
			reportPerObject(b, objects)
		})
	}
}

// BenchmarkFleetOpen is the part of BenchmarkFleet before the first target: load, check and mesh.Build.
func BenchmarkFleetOpen(b *testing.B) {
	for _, clusters := range []int{10, 100, 1000} {
		b.Run(fleetName(clusters), func(b *testing.B) {
			dir := writeFleet(b, clusters)
			b.ReportAllocs()
			for b.Loop() {
				openBench(b, dir).close()
			}
		})
	}
}

// BenchmarkFleetWrite renders fleets into a new directory. The time is mostly the file system's: some of them are slow to make
// files soon after many were removed, so nothing is removed until the end.
func BenchmarkFleetWrite(b *testing.B) {
	for _, clusters := range []int{10, 100, 1000} {
		b.Run(fleetName(clusters), func(b *testing.B) {
			if clusters >= 1000 && os.Getenv(writeAll) != "1" {
				b.Skipf("writes 502,000 files, 2 GB; %s=1 measures it", writeAll)
			}
			topology, out := writeFleet(b, clusters), b.TempDir()
			objects, round := 0, 0
			for b.Loop() {
				p := openBench(b, topology)
				round++
				objects = writeTree(b, p, filepath.Join(out, fmt.Sprint(round)))
				p.close()
			}
			reportPerObject(b, objects)
		})
	}
}

func writeTree(b *testing.B, p *project, dir string) int {
	b.Helper()
	root, err := p.openOutput(dir, dir, true)
	if err != nil {
		b.Fatal(err)
	}
	defer root.Close()
	objects := 0
	counted := func(yield func(manifest.Target, error) bool) {
		for t, err := range p.rendering.Targets("") {
			objects += countObjects(t)
			if !yield(t, err) {
				return
			}
		}
	}
	if _, err := manifest.Write(root, p.mesh.Name, counted, true); err != nil {
		b.Fatal(err)
	}
	return objects
}
