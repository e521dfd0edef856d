package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// scaleSizes are the fleets of the scale part, in clusters. They are written whole, unlike those of fleet.
func scaleSizes() []int { return []int{10, 100, 1000} }

const (
	scaleServices = 500
	scaleRegions  = 10
	scaleSeed     = 8
	scaleRuns     = 5 // medians of these
	// scaleSample is how many clusters kustomize and helm are timed with; their time is scaled to all, since each cluster is a process of its own.
	scaleSample = 2
)

// scaleResult is what one fleet took.
type scaleResult struct {
	clusters, objects, files  int
	meshtopo, again           sample // again: a render that changes nothing
	floor                     sample
	kustomize, helm           sample // of scaleSample clusters
	kustomizeTotal, helmTotal time.Duration
	checked                   int // objects of the sampled clusters that all three give alike
}

// scale times the renders of fleets in which every cluster has routing objects of 500 services, an overlay for its region and a label of its own:
// meshtopo, `kustomize build` and `helm template` for each cluster, and as the floor a program that only writes the files.
func (b *bench) scale() error {
	var results []scaleResult
	for _, n := range scaleSizes() {
		r, err := b.scaleOf(n)
		if err != nil {
			return fmt.Errorf("%d clusters: %w", n, err)
		}
		results = append(results, r)
	}
	if err := b.scaleTable(results); err != nil || b.docs == "" {
		return err
	}
	return b.scaleDocument(results)
}

func (b *bench) scaleOf(n int) (scaleResult, error) {
	f := newScaleFleet(filepath.Join(b.work.dir, fmt.Sprintf("scale-%d", n)), n)
	if err := f.write(); err != nil {
		return scaleResult{}, err
	}
	defer os.RemoveAll(f.dir)
	tree, archive, copied := filepath.Join(f.dir, "tree"), filepath.Join(f.dir, "archive"), filepath.Join(f.dir, "copied")
	render := command{b.meshtopo, "render", f.dir, "-o", tree}
	if _, err := render.run(nil); err != nil {
		return scaleResult{}, err
	}
	r := scaleResult{clusters: n}
	var err error
	if r.objects, r.files, err = pack(tree, archive); err != nil {
		return r, err
	}
	if r.checked, err = b.scaleSame(f, tree); err != nil {
		return r, err
	}
	if r.again, err = b.scaleAgain(render, tree); err != nil {
		return r, err
	}
	contenders := []contender{
		{name: "meshtopo", commands: []command{render}, prepare: func() error { return b.work.clear(tree) }},
		{name: "floor", commands: []command{{b.floor, archive, copied}}, prepare: func() error { return b.work.clear(copied) }},
		{name: "kustomize", commands: f.kustomizeCommands(b.kustomize)},
		{name: "helm", commands: f.helmCommands(b.helm)},
	}
	medians, err := race(scaleRuns, contenders)
	if err != nil {
		return r, err
	}
	r.meshtopo, r.floor, r.kustomize, r.helm = medians[0], medians[1], medians[2], medians[3]
	r.kustomizeTotal = r.kustomize.wall * time.Duration(n) / scaleSample
	r.helmTotal = r.helm.wall * time.Duration(n) / scaleSample
	return r, nil
}

// scaleAgain renders over what is rendered already, and proves that nothing was written.
func (b *bench) scaleAgain(render command, tree string) (sample, error) {
	before, err := stamps(tree)
	if err != nil {
		return sample{}, err
	}
	medians, err := race(scaleRuns, []contender{{name: "meshtopo again", commands: []command{render}}})
	if err != nil {
		return sample{}, err
	}
	after, err := stamps(tree)
	if err == nil && before != after {
		err = fmt.Errorf("a render that changes nothing wrote to %s", tree)
	}
	return medians[0], err
}

// scaleTable prints the results and judges them by the goals.
func (b *bench) scaleTable(results []scaleResult) error {
	if err := b.table(fmt.Sprintf("scale: %d services, medians of %d runs in turns; kustomize and helm by %d clusters, scaled", scaleServices, scaleRuns, scaleSample), scaleRows(results)); err != nil {
		return err
	}
	for _, g := range scaleGoals(results) {
		fmt.Fprintln(b.out, "goal "+strings.Join(g[:], ": "))
	}
	return nil
}
