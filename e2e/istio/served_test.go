package istio

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/meshtopo/meshtopo/e2e/istio/lab"
	"github.com/meshtopo/meshtopo/e2e/istio/parts"
	"github.com/meshtopo/meshtopo/e2e/istio/process"
)

// settle is how long istiod may take to say what it has been given.
const settle = 10 * time.Second

// TestServed is everything that needs servers, which start once: each rendered target goes to its own API server by server-side
// apply, and an istiod that reads them all tells clients where requests go. What it says is compared with what testdata/served says
// by hand of some examples; of the others it is only tested that the servers take them.
func TestServed(t *testing.T) {
	start := time.Now()
	l := startLab(t)
	started := time.Since(start)
	t.Run("broken objects", func(t *testing.T) { refuses(t, l) })
	cases := served(t)
	var sum counts
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(t, l, &sum) })
	}
	fmt.Printf("measured: servers started in %s; %d objects of %d targets applied with %d pods; %d answers of istiod compared; %s in all\n",
		ms(started), sum.objects, sum.targets, sum.pods, sum.answers, ms(time.Since(start)))
}

// startLab starts servers for a control plane and four clusters; they end with the test.
func startLab(t *testing.T) *lab.Lab {
	t.Helper()
	return startServers(t, lab.Start, 4)
}

// startServers starts a laboratory; it ends with the test.
func startServers(t *testing.T, start func(context.Context, *process.Group, parts.Paths, string, string, int) (*lab.Lab, error), n int) *lab.Lab {
	t.Helper()
	dir := t.TempDir()
	group := process.NewGroup(dir)
	t.Cleanup(group.Close)
	t.Cleanup(func() { // before Close, whose signals the servers log as well
		if t.Failed() {
			t.Logf("logs:\n%s", group.Logs())
		}
	})
	l, err := start(t.Context(), group, programs.Paths, ".", dir, n)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A servedCase is an example, where its Nodes are, and what istiod must say, by hand, in the form of what `meshtopo simulate
// --explain` prints.
type servedCase struct {
	name      string
	Example   string              `json:"example"`
	Says      string              `json:"says"`
	Zones     map[string][]string `json:"zones"` // by cluster; none: Nodes without a zone
	Explained []lab.Explained     `json:"explained"`
}

// served gives the cases of testdata/served, and one that expects nothing for every example that is in none of them.
func served(t *testing.T) []servedCase {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "served", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	cases := make([]servedCase, len(files))
	for i, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cases[i].name = strings.TrimSuffix(filepath.Base(file), ".json")
		if err := json.Unmarshal(data, &cases[i]); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if len(cases[i].Explained) == 0 {
			t.Fatalf("%s expects nothing", file)
		}
	}
	for _, example := range examples(t) {
		name := filepath.Base(example)
		if !slices.ContainsFunc(cases, func(c servedCase) bool { return c.Example == name }) {
			cases = append(cases, servedCase{name: name, Example: name})
		}
	}
	return cases
}

// counts are what was done, for people.
type counts struct{ objects, targets, pods, answers int }

func (c servedCase) run(t *testing.T, l *lab.Lab, sum *counts) {
	ctx := t.Context()
	topology := c.topology(t)
	if err := l.Configure(ctx, topology.Locality, topology); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Clear(context.Background()); err != nil {
			t.Error(err)
		}
	})
	s, err := l.Serve(ctx, topology)
	if err != nil {
		t.Fatal(err)
	}
	differences, err := s.Compare(ctx, c.Explained, settle)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences {
		t.Error(d)
	}
	sum.objects += s.Objects
	sum.targets += 1 + len(s.Clusters)
	sum.pods += len(s.Pods)
	sum.answers += len(c.Explained)
	if len(c.Explained) > 0 {
		c.canFail(t, s)
	}
}

func ms(d time.Duration) time.Duration { return d.Round(time.Millisecond) }

// canFail proves that the comparison finds one weight that is one too high.
func (c servedCase) canFail(t *testing.T, s *lab.Served) {
	t.Helper()
	wrong := c.Explained[0]
	wrong.Localities = slices.Clone(wrong.Localities)
	wrong.Localities[0].Weight++
	differences, err := s.Compare(t.Context(), []lab.Explained{wrong}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(differences) != 1 || !strings.Contains(differences[0].Diff, "Weight:") {
		t.Errorf("a wrong weight is not found: %v", differences)
	}
}

// topology renders the example and adds what its tree does not say.
func (c servedCase) topology(t *testing.T) *lab.Topology {
	t.Helper()
	tree, err := lab.Read(render(t, filepath.Join(repository, "topologies", c.Example)))
	if err != nil {
		t.Fatal(err)
	}
	topology := &lab.Topology{Name: c.name, Tree: tree, Places: map[string]lab.Place{}, Gateways: gateways(c.Explained)}
	regions := regions(t, c.Example)
	for cluster := range tree.Clusters {
		region, known := regions[cluster]
		if !known {
			t.Fatalf("the graph of %s does not say where %s is", c.Example, cluster)
		}
		topology.Places[cluster] = lab.Place{Region: region, Zones: c.Zones[cluster]}
	}
	return topology
}

var (
	inRegion = regexp.MustCompile(`subgraph cluster_r\d+ \{\s+label="([^"]+)"`)
	inNode   = regexp.MustCompile(`\bn\d+ \[label="([^"\\]+)`)
)

// regions gives the regions of an example's clusters. Its graph says so, which simulate has no part in.
func regions(t *testing.T, example string) map[string]string {
	t.Helper()
	graph := exec.Command(programs.meshtopo, "graph", "--quiet", "--format", "dot", filepath.Join(repository, "topologies", example))
	dot, err := graph.Output()
	if err != nil {
		t.Fatalf("graph %s: %v", example, err)
	}
	regions := map[string]string{}
	starts := append(inRegion.FindAllStringSubmatchIndex(string(dot), -1), []int{len(dot)})
	for i, start := range starts[:len(starts)-1] {
		for _, node := range inNode.FindAllSubmatch(dot[start[1]:starts[i+1][0]], -1) {
			regions[string(node[1])] = string(dot[start[2]:start[3]])
		}
	}
	return regions
}

// gateways gives the gateways that are clients: ASM makes their pods, where an IstioGateway says.
func gateways(explained []lab.Explained) []lab.Gateway {
	var out []lab.Gateway
	for _, e := range explained {
		namespace, name, is := strings.Cut(e.Client.Gateway, "/")
		g := lab.Gateway{Namespace: namespace, Name: name, Cluster: e.Client.Cluster}
		if is && !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return out
}

// refuses proves that an API server with these definitions refuses what is not right.
func refuses(t *testing.T, l *lab.Lab) {
	tests := map[string]struct{ manifest, want string }{
		"a misspelt field of Istio": {`
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: broken, namespace: default}
spec: {host: a, trafficPolicy: {outlierDetection: {baseEjectTime: 1m}}}
`, "baseEjectTime"},
		"a bad duration": {`
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: broken, namespace: default}
spec: {host: a, trafficPolicy: {outlierDetection: {interval: often}}}
`, "interval"},
		"a misspelt field of ASM": {`
apiVersion: istio.alibabacloud.com/v1beta1
kind: IstioGateway
metadata: {name: broken, namespace: istio-system}
spec: {gatewayType: ingress, replicas: 1}
`, "replicas"},
		"a number for a string of ASM": {`
apiVersion: istio.alibabacloud.com/v1beta1
kind: IstioGateway
metadata: {name: broken, namespace: istio-system}
spec: {gatewayType: ingress, rollingMaxSurge: 1}
`, "rollingMaxSurge"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := l.TakesControl(t.Context(), []byte(test.manifest))
			if got := fmt.Sprint(err); err == nil || !strings.Contains(got, test.want) {
				t.Errorf("the answer does not name %s: %s", test.want, got)
			}
		})
	}
}
