package kube

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// parallel is how many requests are under way at once: enough to keep a server of one or two cores busy.
const parallel = 16

// Each calls do for every object, several at a time, and gives the first error.
func Each(ctx context.Context, objects []Object, do func(context.Context, Object) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for _, o := range objects {
		g.Go(func() error { return do(ctx, o) })
	}
	return g.Wait()
}
