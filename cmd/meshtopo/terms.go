package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/meshtopo/meshtopo/component"
	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/limit"
	"github.com/meshtopo/meshtopo/load"
	"github.com/meshtopo/meshtopo/render"
	"github.com/meshtopo/meshtopo/sandbox"
	"github.com/spf13/cobra"
)

// terms are what a topology may cost, and whether what it brings along runs only where the system can seal it off. They come from
// flags alone: no topology, functionConfig or environment changes them.
type terms struct {
	limits    limit.Limits
	untrusted bool
}

// addTerms adds the flags that say the terms, to every command alike.
func (a *app) addTerms(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.BoolVar(&a.untrusted, "untrusted", false, "the topology is a stranger's: stricter limits, and CUE, Jsonnet, components and overlays only where the system can seal them off (SECURITY.md)")
	flags.StringArrayVar(&a.limits, "limit", nil, "change a limit, `NAME=VALUE`; can be repeated (meshtopo explain limits)")
	_ = root.RegisterFlagCompletionFunc("limit", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var words []string
		for _, name := range limit.Names() {
			words = append(words, name+"=")
		}
		return words, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
	}) // it fails only for a flag that there is not
}

// terms gives the terms that the flags say; these have been verified before a command runs.
func (a *app) terms() terms {
	limits, err := a.bounds()
	if err != nil {
		panic(err)
	}
	return terms{limits: limits, untrusted: a.untrusted}
}

// bounds gives the limits that the flags say.
func (a *app) bounds() (limit.Limits, error) {
	limits := limit.Default()
	if a.untrusted {
		limits = limit.Untrusted()
	}
	for _, assignment := range a.limits {
		if err := limits.Set(assignment); err != nil {
			return limits, fmt.Errorf("--limit: %w", err)
		}
	}
	return limits, nil
}

// isolate runs a job in a child of this program. What it exceeds is the user's mistake, and comes back as a finding. A stranger's
// job that cannot be sealed off is not run.
func (t terms) isolate(ctx context.Context, job string, request []byte) ([]byte, error) {
	response, err := sandbox.Run(ctx, job, request, t.child(job))
	var exceeded *sandbox.LimitError
	if errors.As(err, &exceeded) {
		return nil, diag.Findings{diag.New(diag.Limit, "", "%s", exceeded).WithFix("%s", advice(exceeded.Limit, job))}
	}
	var unsealed *sandbox.SealError
	if errors.As(err, &unsealed) {
		return nil, fmt.Errorf("--untrusted: %w; a topology in plain YAML or JSON without components and overlays needs no child, and Linux on amd64 and arm64 can do it", err)
	}
	return response, err
}

// child gives the limits of the child that runs a job. kustomize gets more time: what it reads has been vetted, and its time
// grows with the square of the objects.
func (t terms) child(job string) sandbox.Limits {
	l := t.limits
	return sandbox.Limits{Wall: l.WallTime, CPU: t.processor(job), Memory: l.Memory, Stack: int(l.Stack), Output: l.Output, Sealed: t.untrusted}
}

func (t terms) processor(job string) time.Duration {
	if job == render.JobOverlay {
		return t.limits.OverlayTime
	}
	return t.limits.CPUTime
}

// advice is what to do about a job that exceeded a limit of its child.
func advice(exceeded, job string) string {
	const otherwise = "make the input smaller or simpler"
	switch exceeded {
	case sandbox.LimitTime:
		if job == render.JobOverlay {
			return limit.Advice(limit.OverlayTime, otherwise)
		}
		return limit.Advice(limit.CPUTime, otherwise)
	case sandbox.LimitWall:
		return limit.Advice(limit.WallTime, otherwise)
	case sandbox.LimitMemory:
		return limit.Advice(limit.Memory, otherwise)
	case sandbox.LimitStack:
		return limit.Advice(limit.Stack, otherwise)
	case sandbox.LimitOutput:
		return limit.Advice(limit.Output, otherwise)
	}
	return otherwise
}

// childJobs are what a child of this program does for it.
func childJobs() map[string]sandbox.Job {
	jobs := map[string]sandbox.Job{}
	for name, job := range load.Jobs() {
		jobs[name] = job
	}
	for name, job := range component.Jobs() {
		jobs[name] = job
	}
	for name, job := range render.Jobs() {
		jobs[name] = func(request []byte) ([]byte, error) {
			if err := sandbox.SealFiles(); err != nil { // overlays come with the request
				return nil, err
			}
			return job(request)
		}
	}
	return jobs
}
