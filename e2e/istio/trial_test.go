package istio

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/meshtopo/meshtopo/e2e/istio/lab"
	"github.com/meshtopo/meshtopo/e2e/istio/random"
)

const (
	batch     = 10 // topologies that are served at the same time
	everyLoss = 3  // of so many topologies one loses something
	shrinking = 60 * time.Second
	shown     = 3 // differing topologies that are made smaller and shown
)

// A trial is of the random topologies.
type trial struct {
	lab     *lab.Lab
	read    func(dir string) (*lab.Tree, error)
	install func(context.Context, ...*lab.Topology) error
	seed    uint64
	size    int // topologies of a group
	dir     string
	sum     *tally
	shown   int
}

// An outcome is a random topology, and what differs.
type outcome struct {
	*experiment
	from        *random.Case
	lost        *loss
	served      *lab.Served
	differences []lab.Difference
}

// run tries the topologies of a group. They are served in batches, each beside the others of its batch.
func (r *trial) run(t *testing.T, group random.Group, first int) {
	outcomes := r.prepare(t, group, first)
	if len(outcomes) == 0 {
		t.Fatal("all topologies of the group were refused")
	}
	var topologies []*lab.Topology
	for _, o := range outcomes {
		topologies = append(topologies, o.topology)
	}
	if err := r.install(t.Context(), topologies...); err != nil {
		t.Fatal(err)
	}
	for some := range slices.Chunk(outcomes, batch) {
		if err := r.try(t.Context(), some, settle); err != nil {
			t.Fatal(err)
		}
		if err := r.lab.Retire(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range outcomes {
		if len(o.differences) > 0 {
			r.report(t, o)
		}
	}
}

// prepare makes, renders and predicts the topologies of a group; those that meshtopo refuses are counted.
func (r *trial) prepare(t *testing.T, group random.Group, first int) []*outcome {
	made := make([]*outcome, r.size)
	g := errgroup.Group{}
	g.SetLimit(4)
	for i := range made {
		g.Go(func() (err error) {
			o := &outcome{from: group.Topology(r.seed, first+i)}
			if o.experiment, err = newRandomExperiment(r.read, o.from, r.dir); err == nil {
				made[i] = o
				if losses := o.losses(); i%everyLoss == 0 && len(losses) > 0 {
					o.lost = &losses[rand.New(rand.NewPCG(r.seed, uint64(first+i))).IntN(len(losses))]
				}
			} else if isRefusal(err) {
				t.Logf("refused: %s: %s", o.from.Name, err)
				err = nil
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	accepted := slices.DeleteFunc(made, func(o *outcome) bool { return o == nil })
	r.sum.refused += r.size - len(accepted)
	return accepted
}

// try serves topologies beside each other, and compares first all of each and then what is left after its loss.
func (r *trial) try(ctx context.Context, outcomes []*outcome, settle time.Duration) error {
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for _, o := range outcomes {
		g.Go(func() (err error) {
			o.served, err = r.lab.Serve(inner, o.topology)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, o := range outcomes {
		if err := o.compare(ctx, o.all, settle, r.sum); err != nil {
			return err
		}
		r.sum.topologies++
	}
	return r.tryLosses(ctx, outcomes, settle)
}

func (r *trial) tryLosses(ctx context.Context, outcomes []*outcome, settle time.Duration) error {
	expected := make([][]lab.Explained, len(outcomes))
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i, o := range outcomes {
		if o.lost != nil {
			g.Go(func() (err error) {
				expected[i], err = o.lose(inner, o.served, *o.lost)
				return err
			})
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, o := range outcomes {
		if o.lost == nil {
			continue
		}
		if err := o.compare(ctx, expected[i], settle, r.sum); err != nil {
			return err
		}
		r.sum.losses++
	}
	return nil
}

func (o *outcome) compare(ctx context.Context, expected []lab.Explained, settle time.Duration, sum *tally) error {
	differences, err := o.served.Compare(ctx, expected, settle)
	sum.add(expected, differences)
	o.differences = append(o.differences, differences...)
	return err
}

// report tells of a topology that differs, made smaller as long as the time and the patience of a reader allow.
func (r *trial) report(t *testing.T, o *outcome) {
	if r.shown++; r.shown > shown {
		t.Errorf("%s differs in %d answers as well", o.from.Name, len(o.differences))
		return
	}
	deadline := time.Now().Add(shrinking)
	last := o
	small := random.Shrink(o.from, func(c *random.Case) bool {
		again, err := r.again(t.Context(), c, o.lost)
		if err != nil || len(again.differences) == 0 {
			return false
		}
		last = again
		return true
	}, func() bool { return time.Now().Before(deadline) })
	var text strings.Builder
	for _, d := range last.differences {
		fmt.Fprintln(&text, d)
	}
	t.Errorf("%s differs in %d answers; made smaller, with the loss of %v, in these:\n%s\n%s", o.from.Name, len(o.differences), last.lost, &text, small)
}

// again tries one topology alone.
func (r *trial) again(ctx context.Context, c *random.Case, lost *loss) (*outcome, error) {
	o := &outcome{from: c}
	var err error
	if o.experiment, err = newRandomExperiment(r.read, c, r.dir); err != nil {
		return nil, err
	}
	if lost != nil && slices.Contains(o.losses(), *lost) {
		o.lost = lost
	}
	if err := r.lab.Clear(ctx); err != nil {
		return nil, err
	}
	if err := r.install(ctx, o.topology); err != nil {
		return nil, err
	}
	return o, (&trial{lab: r.lab, sum: &tally{}}).try(ctx, []*outcome{o}, time.Second)
}
