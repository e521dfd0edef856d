package istio

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/meshtopo/meshtopo/e2e/istio/dataplane"
	"github.com/meshtopo/meshtopo/e2e/istio/lab"
	"github.com/meshtopo/meshtopo/e2e/istio/process"
)

const (
	many    = 5000        // calls that are split
	some    = 1000        // calls that go one way
	few     = 400         // calls that fail, which gRPC tries again after a while
	patient = time.Minute // for istiod and a client to take in what changed, and the calls
)

var (
	hangzhou  = dataplane.Place{Region: "cn-hangzhou", Zone: "cn-hangzhou-a"}
	shanghai  = dataplane.Place{Region: "cn-shanghai", Zone: "cn-shanghai-a"}
	beijing   = dataplane.Place{Region: "cn-beijing", Zone: "cn-beijing-a"}
	shenzhenA = dataplane.Place{Region: "cn-shenzhen", Zone: "cn-shenzhen-a"}
	shenzhenB = dataplane.Place{Region: "cn-shenzhen", Zone: "cn-shenzhen-b"}
	shenzhenC = dataplane.Place{Region: "cn-shenzhen", Zone: "cn-shenzhen-c"}
)

// TestGRPC sends real calls: gRPC clients that a real istiod tells where to go, with what was rendered, and echo servers. Who answers
// is held against what `meshtopo simulate` predicts of the same topology and the same loss.
func TestGRPC(t *testing.T) {
	start := time.Now()
	c := startCaller(t)
	started := time.Since(start)
	t.Run("all up", c.allUp)
	t.Run("wrong predictions", c.wrongPredictions)
	t.Run("closed", c.closed)
	t.Run("removed", c.removed)
	t.Run("unlike Envoy", c.unlikeEnvoy)
	fmt.Printf("measured: gRPC: servers started in %s; %d flows of %d calls in all, %d unlike their prediction; %s in all\n",
		ms(started), c.flows, c.calls, c.wrong, ms(time.Since(start)))
}

// A caller makes calls in a data plane and counts what was done, for people.
type caller struct {
	*dataplane.World
	simulator           dataplane.Simulator
	flows, calls, wrong int
}

// startCaller starts the servers, applies what is rendered and registers an echo server for every pod but the clients'.
func startCaller(t *testing.T) *caller {
	t.Helper()
	dir := t.TempDir()
	group := process.NewGroup(dir)
	t.Cleanup(group.Close)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("logs:\n%s", group.Logs())
		}
	})
	mesh, err := dataplane.Start(t.Context(), group, programs.Paths, ".", dir)
	if err != nil {
		t.Fatal(err)
	}
	topology := filepath.Join("dataplane", "testdata", "topology.yaml")
	tree, err := lab.Read(render(t, topology))
	if err != nil {
		t.Fatal(err)
	}
	if err := mesh.Apply(t.Context(), tree); err != nil {
		t.Fatal(err)
	}
	endpoints, err := dataplane.Endpoints(topology)
	if err != nil {
		t.Fatal(err)
	}
	w, err := dataplane.NewWorld(t.Context(), mesh, endpoints)
	t.Cleanup(w.End)
	if err != nil {
		t.Fatal(err)
	}
	return &caller{World: w, simulator: dataplane.Simulator{Program: programs.meshtopo, Topology: topology}}
}

// allUp is every way of choosing endpoints while all is up.
func (c *caller) allUp(t *testing.T) {
	for _, f := range []dataplane.Flow{
		{Client: hangzhou, Service: "split", Calls: many},  // 90 to 10
		{Client: shanghai, Service: "split", Calls: many},  // a row of three regions
		{Client: beijing, Service: "split", Calls: many},   // no row: all endpoints alike
		{Client: hangzhou, Service: "spread", Calls: many}, // failover without outlierDetection: all endpoints alike
		{Client: hangzhou, Service: "canary", Calls: many}, // versions by a VirtualService
		{Client: shanghai, Service: "canary", Calls: many},
		{Client: hangzhou, Service: "pair", Calls: some}, // failover: the client's own region
		{Client: shanghai, Service: "pair", Calls: some},
		{Client: beijing, Service: "pair", Calls: some},
		{Client: shenzhenA, Service: "pair", Calls: some}, // none in its region: the one that it fails over to
		{Client: shenzhenA, Service: "zones", Calls: some, Zones: true},
		{Client: shenzhenB, Service: "zones", Calls: some, Zones: true},
		{Client: shenzhenC, Service: "zones", Calls: some, Zones: true},
	} {
		c.agrees(t, f, dataplane.Loss{})
	}
}

// closed is a region whose servers are dead and still listed. Envoy would eject them; gRPC leaves what it cannot connect to, with the
// same outcome where outlierDetection lets all of a region's endpoints go.
func (c *caller) closed(t *testing.T) {
	for _, test := range []struct {
		service, region string
		flows           []dataplane.Flow
	}{
		{"pair", "cn-hangzhou", []dataplane.Flow{
			{Client: hangzhou, Service: "pair", Calls: some},
			{Client: beijing, Service: "pair", Calls: some},
			{Client: shenzhenA, Service: "pair", Calls: many},
		}},
		{"", "cn-hangzhou", []dataplane.Flow{
			{Client: shanghai, Service: "pair", Calls: some},
			{Client: shenzhenA, Service: "pair", Calls: many},
			{Client: shenzhenB, Service: "zones", Calls: some, Zones: true},
		}},
		{"", "cn-shenzhen", []dataplane.Flow{{Client: hangzhou, Service: "zones", Calls: some}}},
	} {
		l := dataplane.Losing(test.service, test.region, "failing")
		c.Close(l.Of)
		c.thereAndBack(t, l, test.flows, func() error { return c.Open(l.Of) })
	}
}

// removed is a region whose endpoints are gone from the lists, while the servers still run.
func (c *caller) removed(t *testing.T) {
	for _, test := range []struct{ service, region string }{
		{"pair", "cn-hangzhou"}, {"split", "cn-hangzhou"}, {"zones", "cn-shenzhen"},
	} {
		l := dataplane.Losing(test.service, test.region, "removed")
		if err := c.Deregister(t.Context(), l.Of); err != nil {
			t.Fatal(err)
		}
		var flows []dataplane.Flow
		for _, client := range []dataplane.Place{hangzhou, beijing, shenzhenC} {
			flows = append(flows, dataplane.Flow{Client: client, Service: test.service, Calls: many, Zones: test.service == "zones"})
		}
		c.thereAndBack(t, l, flows, func() error { return c.Register(t.Context(), l.Of) })
	}
}

// thereAndBack holds flows against the prediction of a loss, then ends the loss and holds them against that of none.
func (c *caller) thereAndBack(t *testing.T, l dataplane.Loss, flows []dataplane.Flow, end func() error) {
	t.Helper()
	for _, f := range flows {
		c.agrees(t, f, l)
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	for _, f := range flows {
		c.agrees(t, f, dataplane.Loss{})
	}
}

// wrongPredictions proves that calls can disagree with a prediction, of other weights and of a loss that there is none of, and that
// the wait for istiod tells other weights apart.
func (c *caller) wrongPredictions(t *testing.T) {
	split := dataplane.Flow{Client: hangzhou, Service: "split", Calls: many}
	other := c.simulator
	other.Topology = edited(t, c.simulator.Topology, "cn-hangzhou: 90, cn-shanghai: 10", "cn-hangzhou: 80, cn-shanghai: 20")
	weights := predict(t, other, split, dataplane.Loss{})
	c.disagrees(t, split, weights.Shares, "80 to 20 is wrong")

	pair := dataplane.Flow{Client: hangzhou, Service: "pair", Calls: some}
	lost := predict(t, c.simulator, pair, dataplane.Losing("pair", "cn-hangzhou", "removed"))
	c.disagrees(t, pair, lost.Shares, "nothing is lost")

	ctx, stop := context.WithTimeout(t.Context(), time.Second)
	defer stop()
	if err := c.Told(ctx, split, weights); err == nil || !strings.Contains(err.Error(), "Weight:") {
		t.Errorf("istiod must not tell wrong weights: %v", err)
	}
}

// edited gives a copy of a topology in which a text that it has once is another.
func edited(t *testing.T, topology, text, other string) string {
	t.Helper()
	data, err := os.ReadFile(topology)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(data), text) != 1 {
		t.Fatalf("%s must have %q once", topology, text)
	}
	file := filepath.Join(t.TempDir(), "topology.yaml")
	if err := os.WriteFile(file, []byte(strings.Replace(string(data), text, other, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// unlikeEnvoy shows where a gRPC client does what no Envoy would. Calls prove nothing of Envoy there; simulate predicts an Envoy.
func (c *caller) unlikeEnvoy(t *testing.T) {
	local := dataplane.Group{Region: "cn-hangzhou", Version: "v1"}
	all := dataplane.Losing("pair", "cn-hangzhou", "failing")
	pair := dataplane.Flow{Client: hangzhou, Service: "pair", Calls: few}
	before := c.Attempts(all.Of)
	c.Fail(all.Of, true)
	errors := dataplane.Shares{{Region: "cn-hangzhou", Version: "v1", Failed: true}: 1}
	c.differs(t, pair, all, errors, "no host is ejected for errors in a row: those that answer UNAVAILABLE keep all calls")
	fmt.Printf("measured: gRPC: %s, %s: the hosts got %d attempts\n", pair, all, c.Attempts(all.Of)-before)
	c.Fail(all.Of, false)
	c.agrees(t, pair, dataplane.Loss{})

	pair.Calls = many
	one := all.Only(c.Endpoints(all.Of)[0].Name)
	c.Close(one.Of)
	c.differs(t, pair, one, dataplane.Shares{local: 1}, "nothing spills over by degrees: the one host of two that is left holds all calls")
	c.reopen(t, one)

	dead := dataplane.Losing("spread", "cn-hangzhou", "failing")
	c.Close(dead.Of)
	c.differs(t, dataplane.Flow{Client: hangzhou, Service: "spread", Calls: many}, dead, dataplane.Shares{
		{Region: "cn-shanghai", Version: "v1"}: 2. / 3, {Region: "cn-beijing", Version: "v1"}: 1. / 3,
	}, "hosts that refuse connections get no calls, also without outlierDetection")
	c.reopen(t, dead)
}

func (c *caller) reopen(t *testing.T, l dataplane.Loss) {
	t.Helper()
	if err := c.Open(l.Of); err != nil {
		t.Fatal(err)
	}
}

// agrees holds the calls of a flow against what simulate predicts of the loss that is in force.
func (c *caller) agrees(t *testing.T, f dataplane.Flow, l dataplane.Loss) {
	t.Helper()
	p := predict(t, c.simulator, f, l)
	tally := c.call(t, f, p, p.Shares)
	result := f.Compare(p.Shares, tally)
	fmt.Printf("measured: gRPC: %s, %s: %s\n", f, l, result)
	if wrong := result.Wrong(); len(wrong) > 0 {
		c.wrong++
		t.Errorf("%s, %s: %s; all answers: %v", f, l, wrong, tally)
	}
}

// disagrees proves that the calls of a flow, while all is up, are outside a wrong prediction.
func (c *caller) disagrees(t *testing.T, f dataplane.Flow, wrong dataplane.Shares, why string) {
	t.Helper()
	p := predict(t, c.simulator, f, dataplane.Loss{})
	result := f.Compare(wrong, c.call(t, f, p, p.Shares))
	fmt.Printf("measured: gRPC: %s: must differ, %s: %s\n", f, why, result)
	if len(result.Wrong()) == 0 {
		t.Errorf("%s: %s, and the calls do not show it: %s", f, why, result)
	}
}

// differs shows that the calls of a flow are what is known of gRPC, and not what simulate predicts of Envoy.
func (c *caller) differs(t *testing.T, f dataplane.Flow, l dataplane.Loss, known dataplane.Shares, why string) {
	t.Helper()
	p := predict(t, c.simulator, f, l)
	tally := c.call(t, f, p, known)
	result := f.Compare(p.Shares, tally)
	fmt.Printf("measured: gRPC: %s, %s: differs from Envoy: %s: %s\n", f, l, why, result)
	if wrong := f.Compare(known, tally).Wrong(); len(wrong) > 0 {
		t.Errorf("%s, %s: gRPC does something else: %s; all answers: %v", f, l, wrong, tally)
	}
	if len(result.Wrong()) == 0 {
		t.Errorf("%s, %s: gRPC does what Envoy does, so this belongs with what agrees: %s", f, l, result)
	}
}

// call makes the calls of a flow. That they cannot be made ends the test.
func (c *caller) call(t *testing.T, f dataplane.Flow, p dataplane.Prediction, shares dataplane.Shares) dataplane.Tally {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patient)
	defer stop()
	tally, err := c.Call(ctx, f, p, shares)
	if err != nil {
		t.Fatal(err)
	}
	c.flows++
	c.calls += f.Calls
	return tally
}

func predict(t *testing.T, s dataplane.Simulator, f dataplane.Flow, l dataplane.Loss) dataplane.Prediction {
	t.Helper()
	p, err := s.Predict(t.Context(), f, l)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
