package istio

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/meshtopo/meshtopo/e2e/istio/lab"
	"github.com/meshtopo/meshtopo/e2e/istio/random"
)

// TestConformance holds what `meshtopo simulate` says that each client is told against what a real istiod tells it: localities with their
// priorities, weights and endpoints, outlierDetection, panic threshold and locality weighting, for all examples and for random
// topologies, while all is up and when pods are lost. Not one may differ.
func TestConformance(t *testing.T) {
	start := time.Now()
	l := startLab(t)
	if !t.Run("control", func(t *testing.T) { canFail(t, l) }) {
		t.Fatal("what follows would prove nothing")
	}
	sum := &tally{}
	t.Run("examples", func(t *testing.T) {
		for _, example := range examples(t) {
			t.Run(filepath.Base(example), func(t *testing.T) { conforms(t, l, example, sum) })
		}
	})
	fmt.Printf("measured: examples: %s in %s\n", sum, ms(time.Since(start)))
	start, sum = time.Now(), &tally{}
	seed := seed(t)
	t.Run("random", func(t *testing.T) {
		trial := &trial{lab: l, read: lab.Read, install: oneSetting(l), seed: seed, size: 38, dir: t.TempDir(), sum: sum}
		for i, group := range random.Groups(seed) {
			t.Run(group.Name, func(t *testing.T) { trial.run(t, group, i*trial.size) })
		}
	})
	fmt.Printf("measured: random topologies (SEED=%d): %s in %s\n", seed, sum, ms(time.Since(start)))
	if t.Failed() {
		return
	}
	if all := sum.topologies + sum.refused; sum.topologies < 300 || sum.losses < 50 || sum.refused*10 >= all {
		t.Errorf("not enough: %s", sum)
	}
}

// oneSetting configures a laboratory for topologies that must have the same mesh-wide setting.
func oneSetting(l *lab.Lab) func(context.Context, ...*lab.Topology) error {
	return func(ctx context.Context, topologies ...*lab.Topology) error {
		for _, t := range topologies {
			if string(t.Locality) != string(topologies[0].Locality) {
				return fmt.Errorf("%s has another mesh-wide setting than %s", t.Name, topologies[0].Name)
			}
		}
		return l.Configure(ctx, topologies[0].Locality, topologies...)
	}
}

// usualSeed makes every run try the same topologies, so that a difference comes from what was changed.
const usualSeed = 2711

// seed is SEED, or the usual one. It is printed, so that a run can be repeated.
func seed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("SEED")
	if text == "" {
		return usualSeed
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("SEED: %v", err)
	}
	return seed
}

// A tally is what was compared.
type tally struct{ topologies, refused, losses, clients, answers, localities, differences int }

func (s *tally) String() string {
	return fmt.Sprintf("%d topologies (%d more refused), %d losses, %d clients, %d answers with %d localities compared, %d differences",
		s.topologies, s.refused, s.losses, s.clients, s.answers, s.localities, s.differences)
}

func (s *tally) add(compared []lab.Explained, differences []lab.Difference) {
	clients := map[lab.Client]bool{}
	for _, e := range compared {
		clients[e.Client] = true
		s.localities += len(e.Localities)
	}
	s.clients += len(clients)
	s.answers += len(compared)
	s.differences += len(differences)
}

// canFail proves that the comparison finds every kind of wrong prediction.
func canFail(t *testing.T, l *lab.Lab) {
	e, s := serveExample(t, l, filepath.Join(repository, "topologies", "bookinfo-hardened"))
	defer emptied(t, l)
	findsWrong(t, e, s)
}

// findsWrong changes one prediction in every way that is wrong.
func findsWrong(t *testing.T, e *experiment, s *lab.Served) {
	t.Helper()
	i := slices.IndexFunc(e.all, func(x lab.Explained) bool { return len(x.Localities) > 1 && x.Outlier != nil })
	if i < 0 {
		t.Fatal("no answer has two localities and outlierDetection")
	}
	compare(t, s, e.all[i:i+1], &tally{})
	wrong := map[string]func(*lab.Explained){
		"weight":             func(x *lab.Explained) { x.Localities[0].Weight++ },
		"priority":           func(x *lab.Explained) { x.Localities[1].Priority++ },
		"region":             func(x *lab.Explained) { x.Localities[0].Region += "x" },
		"zone":               func(x *lab.Explained) { x.Localities[0].Zone += "x" },
		"locality too few":   func(x *lab.Explained) { x.Localities = x.Localities[1:] },
		"number of pods":     func(x *lab.Explained) { x.Localities[0].Endpoints[0].Replicas++ },
		"version of pods":    func(x *lab.Explained) { x.Localities[0].Endpoints[0].Version += "x" },
		"cluster of pods":    func(x *lab.Explained) { x.Localities[0].Endpoints[0].Cluster += "x" },
		"no detection":       func(x *lab.Explained) { x.Outlier = nil },
		"errors":             func(x *lab.Explained) { x.Outlier.ConsecutiveErrors++ },
		"gateway errors":     func(x *lab.Explained) { x.Outlier.ConsecutiveGatewayErrors = new(uint32) },
		"interval":           func(x *lab.Explained) { x.Outlier.Interval = "11s" },
		"ejection time":      func(x *lab.Explained) { x.Outlier.BaseEjectionTime = "31s" },
		"ejection per cent":  func(x *lab.Explained) { x.Outlier.MaxEjectionPercent++ },
		"panic threshold":    func(x *lab.Explained) { *x.PanicThresholdPercent += 50 },
		"locality weighting": func(x *lab.Explained) { x.LocalityWeighted = !x.LocalityWeighted },
		"subset":             func(x *lab.Explained) { x.Subset = "v9" },
	}
	for name, change := range wrong {
		x := copied(t, e.all[i])
		change(&x)
		differences, err := s.Compare(t.Context(), []lab.Explained{x}, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(differences) != 1 {
			t.Errorf("a wrong %s is not found: %v", name, differences)
		}
	}
}

// copied gives a copy that shares nothing.
func copied(t *testing.T, x lab.Explained) lab.Explained {
	t.Helper()
	data, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	var out lab.Explained
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// conforms compares an example while all is up, and at every loss of a service in a cluster.
func conforms(t *testing.T, l *lab.Lab, example string, sum *tally) {
	e, s := serveExample(t, l, example)
	sum.topologies++
	compare(t, s, e.all, sum)
	emptied(t, l)
	for _, lost := range e.losses() {
		s, err := l.Serve(t.Context(), e.topology)
		if err != nil {
			t.Fatal(err)
		}
		expected, err := e.lose(t.Context(), s, lost)
		if err != nil {
			t.Fatal(err)
		}
		sum.losses++
		compare(t, s, expected, sum)
		emptied(t, l)
	}
}

// serveExample predicts an example and serves it.
func serveExample(t *testing.T, l *lab.Lab, example string) (*experiment, *lab.Served) {
	t.Helper()
	e, err := newExperiment(filepath.Base(example), example, filepath.Join(t.TempDir(), "out"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Configure(t.Context(), e.topology.Locality, e.topology); err != nil {
		t.Fatal(err)
	}
	s, err := l.Serve(t.Context(), e.topology)
	if err != nil {
		t.Fatal(err)
	}
	return e, s
}

func emptied(t *testing.T, l *lab.Lab) {
	t.Helper()
	if err := l.Clear(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// lose takes pods away and gives what is then predicted for the clients that are left.
func (e *experiment) lose(ctx context.Context, s *lab.Served, lost loss) ([]lab.Explained, error) {
	expected, err := e.predict(lost.place())
	if err != nil {
		return nil, err
	}
	switch n, err := s.Lose(ctx, lost.service, lost.cluster); {
	case err != nil:
		return nil, err
	case n == 0:
		return nil, fmt.Errorf("%s: %s has no pods", e.topology.Name, lost.place())
	}
	return slices.DeleteFunc(expected, func(x lab.Explained) bool { return !s.Has(x.Client) }), nil
}

func compare(t *testing.T, s *lab.Served, expected []lab.Explained, sum *tally) {
	t.Helper()
	differences, err := s.Compare(t.Context(), expected, settle)
	if err != nil {
		t.Fatal(err)
	}
	sum.add(expected, differences)
	for _, d := range differences {
		t.Error(d)
	}
}
