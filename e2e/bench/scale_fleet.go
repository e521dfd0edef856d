package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
)

// scaleFleet is a fleet, written for all programs: the topology with its overlays, and in what kustomize and helm take.
type scaleFleet struct {
	dir      string
	clusters int
	services []scaleService
}

// scaleService differs from the others in what chance says.
type scaleService struct {
	Name     string
	Home     int // the cluster that it runs in
	Timeout  int // seconds
	Errors   int
	Interval int // seconds
}

func newScaleFleet(dir string, clusters int) scaleFleet {
	random := rand.New(rand.NewPCG(scaleSeed, uint64(clusters)))
	f := scaleFleet{dir: dir, clusters: clusters}
	for i := range scaleServices {
		f.services = append(f.services, scaleService{
			Name: fmt.Sprintf("service-%03d", i), Home: random.IntN(clusters), Timeout: 1 + random.IntN(20), Errors: 3 + random.IntN(5), Interval: 5 + random.IntN(20),
		})
	}
	return f
}

func clusterName(c int) string { return fmt.Sprintf("cluster-%04d", c) }

func regionName(r int) string { return fmt.Sprintf("region-%d", r) }

// sampled are the clusters that kustomize and helm render: the first, and one in the middle.
func (f scaleFleet) sampled() []int {
	var list []int
	for i := range scaleSample {
		list = append(list, i*f.clusters/scaleSample)
	}
	return list
}

func (f scaleFleet) write() error {
	files := map[string]string{".meshtopo-root": "", "topology.yaml": f.topology()}
	for r := range scaleRegions {
		files[f.regionOverlay(r)+"/kustomization.yaml"] = f.regionPatch(r)
	}
	for c := range f.clusters {
		files[f.clusterOverlay(c)+"/kustomization.yaml"] = f.clusterLabel(c)
	}
	for name, text := range files {
		if err := write(filepath.Join(f.dir, name), text); err != nil {
			return err
		}
	}
	return nil
}

func (f scaleFleet) regionOverlay(r int) string { return "overlays/" + regionName(r) }

func (f scaleFleet) clusterOverlay(c int) string { return "overlays/" + clusterName(c) }

// topology is that of a mesh with an istiod in each cluster, which all read the same routing objects.
func (f scaleFleet) topology() string {
	var b strings.Builder
	b.WriteString("apiVersion: meshtopo.dev/v1alpha1\nkind: MeshTopology\nmetadata: {name: fleet}\nspec:\n  provider: istio\n  mesh: {name: fleet, version: 1.31.1}\n  clusters:\n")
	for c := range f.clusters {
		fmt.Fprintf(&b, "  - {name: %s, region: %s}\n", clusterName(c), regionName(c%scaleRegions))
	}
	b.WriteString("  services:\n")
	for _, s := range f.services {
		fmt.Fprintf(&b, "  - name: %s\n    ports: [{name: http, port: 80, targetPort: 8080}]\n    placements: [{cluster: %s}]\n", s.Name, clusterName(s.Home))
		fmt.Fprintf(&b, "    http: [{timeout: %ds, route: [{destination: {host: %s}}]}]\n", s.Timeout, s.Name)
		fmt.Fprintf(&b, "    trafficPolicy:\n      connectionPool: {tcp: {connectTimeout: 1s}}\n      outlierDetection: {consecutive5xxErrors: %d, interval: %ds, baseEjectionTime: 30s, maxEjectionPercent: 100}\n", s.Errors, s.Interval)
	}
	b.WriteString("  traffic:\n    scope: service\n    failover:\n")
	for r := range scaleRegions {
		fmt.Fprintf(&b, "    - {from: %s, to: %s}\n", regionName(r), regionName((r+1)%scaleRegions))
	}
	b.WriteString("  overlays:\n")
	for r := range scaleRegions {
		fmt.Fprintf(&b, "  - {path: %s, regions: [%s]}\n", f.regionOverlay(r), regionName(r))
	}
	for c := range f.clusters {
		fmt.Fprintf(&b, "  - {path: %s, targets: [clusters/%s]}\n", f.clusterOverlay(c), clusterName(c))
	}
	return b.String()
}

const componentHead = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"

// regionPatch gives one service another interval in one region.
func (f scaleFleet) regionPatch(r int) string {
	return componentHead + fmt.Sprintf("patches:\n- target: {kind: DestinationRule, name: %s}\n  patch: |-\n    - {op: replace, path: /spec/trafficPolicy/outlierDetection/interval, value: 60s}\n", f.services[r].Name)
}

func (f scaleFleet) clusterLabel(c int) string {
	return componentHead + fmt.Sprintf("labels:\n- pairs: {example.com/cell: cell-%d}\n", c)
}
