package main

import (
	"fmt"
	"iter"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
	"pgregory.net/rapid"
)

// clustersOf gives the targets of some clusters.
func clustersOf(numbers []int) []mesh.TargetName {
	var names []mesh.TargetName
	for _, n := range numbers {
		names = append(names, mesh.TargetName{Name: fmt.Sprintf("clusters/c%02d", n)})
	}
	return names
}

func drawClusters(t *rapid.T, label string) []mesh.TargetName {
	numbers := rapid.SliceOfNDistinct(rapid.IntRange(0, 40), 1, 20, rapid.ID).Draw(t, label)
	slices.Sort(numbers)
	return clustersOf(numbers)
}

// Every target is in one shard, every target that left the topology is removed by one, and shards differ by one target at most.
func TestShardsAreAPartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		targets, count := drawClusters(t, "targets"), rapid.IntRange(1, 30).Draw(t, "count")
		rendered, removed := map[string]int{}, map[string]int{}
		least, most := len(targets), 0
		for i := range count {
			s := &shard{index: i, count: count}
			mine, prunes := s.of(targets), s.prunes(targets)
			least, most = min(least, len(mine)), max(most, len(mine))
			for _, n := range clustersOf([]int{0, 1, 2, 3, 5, 8, 13, 21, 34, 40}) {
				if mine[n.Name] {
					rendered[n.Name]++
				}
				if prunes(n.Name) {
					removed[n.Name]++
				}
			}
		}
		if most-least > 1 {
			t.Fatalf("a shard has %d targets, another %d", most, least)
		}
		for _, n := range clustersOf([]int{0, 1, 2, 3, 5, 8, 13, 21, 34, 40}) {
			in := slices.Contains(targets, n)
			if in && (rendered[n.Name] != 1 || removed[n.Name] != 0) || !in && (rendered[n.Name] != 0 || removed[n.Name] != 1) {
				t.Fatalf("%s, in the topology: %v, is rendered by %d shards and removed by %d", n.Name, in, rendered[n.Name], removed[n.Name])
			}
		}
	})
}

// Shards that write into one directory at once, over the tree of an earlier topology, leave what one render of everything leaves.
func TestShardsTogetherAreAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "shards")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		before, after := drawClusters(t, "before"), drawClusters(t, "after")
		if _, err := manifest.Write(root, "fleet", contentOf(before, "old"), true); err != nil {
			t.Fatal(err)
		}
		count := rapid.IntRange(1, 8).Draw(t, "count")
		var shards sync.WaitGroup
		errs := make([]error, count)
		for i := range count {
			shards.Go(func() { errs[i] = writeShard(root, &shard{index: i, count: count}, after) })
		}
		shards.Wait()
		if diff := cmp.Diff(make([]error, count), errs); diff != "" {
			t.Fatal(diff)
		}
		left, err := manifest.Compare(root, "fleet", contentOf(after, "new"), true)
		if err != nil || len(left) > 0 {
			t.Fatal(err, left)
		}
	})
}

func writeShard(root *os.Root, s *shard, targets []mesh.TargetName) error {
	mine := s.of(targets)
	own := slices.DeleteFunc(slices.Clone(targets), func(t mesh.TargetName) bool { return !mine[t.Name] })
	if _, err := manifest.WritePart(root, "fleet", contentOf(own, "new"), s.prunes(targets)); err != nil {
		return err
	}
	left, err := manifest.ComparePart(root, "fleet", contentOf(own, "new"), s.prunes(targets))
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("shard %d: %v", s.index, left)
	}
	return err
}

// contentOf gives targets with one object each.
func contentOf(names []mesh.TargetName, value string) iter.Seq2[manifest.Target, error] {
	return func(yield func(manifest.Target, error) bool) {
		for _, n := range names {
			o := manifest.Object{Fields: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "x"}, "data": map[string]any{"in": n.Name, "is": value}}}
			f, err := manifest.Manifests("x.yaml", "spec", []manifest.Object{o})
			if !yield(manifest.Target{Name: n.Name, Files: []manifest.File{f, manifest.Kustomization([]manifest.File{f})}}, err) {
				return
			}
		}
	}
}
