package istio

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/meshtopo/meshtopo/e2e/istio/lab"
	"github.com/meshtopo/meshtopo/e2e/istio/random"
)

// TestOwn is TestConformance for meshes whose control planes are in their clusters: an API server for each cluster, and an istiod for
// each primary, which reads the others by remote secrets. What each client is told by its own istiod must be what `meshtopo simulate` says.
func TestOwn(t *testing.T) {
	start := time.Now()
	l := startServers(t, lab.StartOwn, 3)
	charts := lab.NewCharts(programs.Chart)
	o := &own{lab: l, read: func(dir string) (*lab.Tree, error) { return lab.ReadOwn(dir, charts) }}
	fmt.Printf("measured: own control planes: servers started in %s\n", ms(time.Since(start)))
	if !t.Run("control", o.canFail) {
		t.Fatal("what follows would prove nothing")
	}
	start, sum := time.Now(), &tally{}
	t.Run("examples", func(t *testing.T) {
		for _, example := range ownExamples(t) {
			if filepath.Base(example) != ambient {
				t.Run(filepath.Base(example), func(t *testing.T) { o.conforms(t, example, sum) })
			}
		}
	})
	fmt.Printf("measured: own control planes: examples: %s in %s\n", sum, ms(time.Since(start)))
	start, sum = time.Now(), &tally{}
	seed := seed(t)
	t.Run("random", func(t *testing.T) {
		trial := &trial{lab: l, read: o.read, install: l.Install, seed: seed, size: 8, dir: t.TempDir(), sum: sum}
		for i, group := range random.OwnGroups(seed) {
			t.Run(group.Name, func(t *testing.T) { trial.run(t, group, firstOwn+i*trial.size) })
		}
	})
	fmt.Printf("measured: own control planes: random topologies (SEED=%d): %s in %s\n", seed, sum, ms(time.Since(start)))
	fmt.Println(notRun)
	if all := sum.topologies + sum.refused; !t.Failed() && (sum.topologies < 50 || sum.losses < 20 || sum.refused*10 >= all) {
		t.Errorf("not enough: %s", sum)
	}
}

// notRun is what TestOwn leaves out, for whoever reads its figures.
const notRun = "NOT RUN: " + ambient + " against istiod, since ztunnels choose endpoints by themselves and are not told by EDS; gRPC clients of topologies of provider istio; " +
	"the loss of a region with the istiod of clusters elsewhere; External Secrets and Sail operators: what they would make of what is rendered is made by the suite"

// firstOwn is the number of the first random topology here, beyond those of TestConformance.
const firstOwn = 10_000

// ambient is the example whose proxies are ztunnels.
const ambient = "istio-ambient"

// own is a laboratory of meshes with control planes of their own.
type own struct {
	lab  *lab.Lab
	read func(dir string) (*lab.Tree, error)
}

// predict renders and predicts an example.
func (o *own) predict(t *testing.T, example string) *experiment {
	t.Helper()
	e, err := readExperiment(o.read, filepath.Base(example), example, filepath.Join(t.TempDir(), "out"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// serve installs Istio and serves a topology until the test ends.
func (o *own) serve(t *testing.T, topology *lab.Topology) *lab.Served {
	t.Helper()
	if err := o.lab.Install(t.Context(), topology); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { emptied(t, o.lab) })
	s, err := o.lab.Serve(t.Context(), topology)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// conforms compares an example while all is up, at every loss of a service in a cluster, and at every loss of a region.
func (o *own) conforms(t *testing.T, example string, sum *tally) {
	e := o.predict(t, example)
	s := o.serve(t, e.topology)
	sum.topologies++
	compare(t, s, e.all, sum)
	for _, lost := range e.losses() {
		expected, err := e.lose(t.Context(), s, lost)
		if err != nil {
			t.Fatal(err)
		}
		sum.losses++
		compare(t, s, expected, sum)
		if err := s.Restore(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, region := range e.survivable(t) {
		expected, err := e.predict("region/" + region)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := s.LoseRegion(t.Context(), region); n == 0 || err != nil {
			t.Fatalf("%d pods went with %s: %v", n, region, err)
		}
		sum.losses++
		compare(t, s, slices.DeleteFunc(expected, func(x lab.Explained) bool { return !s.Has(x.Client) }), sum)
		if err := s.Restore(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// survivable gives the regions whose loss leaves somebody, with an istiod.
func (e *experiment) survivable(t *testing.T) []string {
	t.Helper()
	var regions []string
	for _, cluster := range slices.Sorted(maps.Keys(e.topology.Places)) {
		region := e.topology.Places[cluster].Region
		survives, err := e.topology.Survives(region)
		if err != nil {
			t.Fatal(err)
		}
		if survives && !slices.Contains(regions, region) {
			regions = append(regions, region)
		}
	}
	return regions
}

// canFail proves that the comparison finds wrong predictions, and when what makes a mesh of several clusters is not there: the secrets
// by which an istiod reads other clusters, and the networks of pods.
func (o *own) canFail(t *testing.T) {
	t.Run("predictions", func(t *testing.T) {
		e := o.predict(t, filepath.Join(repository, "topologies", "istio-multi-primary"))
		findsWrong(t, e, o.serve(t, e.topology))
	})
	broken := map[string]struct {
		example string
		lose    func(*lab.Topology)
	}{
		"no remote secrets": {"istio-multi-primary", func(t *lab.Topology) {
			for _, i := range t.Installs {
				i.Secrets = nil
			}
		}},
		"pods that injection puts into no network of the mesh": {"istio-primary-remote-multinetwork", func(t *lab.Topology) {
			for _, i := range t.Installs {
				i.Network = "elsewhere"
			}
		}},
	}
	for name, b := range broken {
		t.Run(name, func(t *testing.T) {
			e := o.predict(t, filepath.Join(repository, "topologies", b.example))
			b.lose(e.topology)
			s := o.serve(t, e.topology)
			differences, err := s.Compare(t.Context(), e.all, time.Second)
			if err != nil {
				t.Fatal(err)
			}
			if len(differences) < len(e.all)/2 {
				t.Errorf("only %d of %d answers differ", len(differences), len(e.all))
			}
		})
	}
}
