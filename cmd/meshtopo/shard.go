package main

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"strconv"

	"github.com/meshtopo/meshtopo/mesh"
)

// shard is one part of the targets of a topology, so that several machines can render a fleet: part index of count, counted from 0 as Kubernetes counts the
// pods of an Indexed Job. The nil shard is everything.
type shard struct{ index, count int }

// maxShards is how many parts there may be: more than targets are of no use.
const maxShards = 10000

var shardForm = regexp.MustCompile(`^([0-9]{1,5})/([0-9]{1,5})$`)

// parseShard reads I/N; "" is the nil shard.
func parseShard(text string) (*shard, error) {
	if text == "" {
		return nil, nil
	}
	m := shardForm.FindStringSubmatch(text)
	if m == nil {
		return nil, fmt.Errorf("--shard %q is not I/N, such as 0/4", text)
	}
	index, _ := strconv.Atoi(m[1]) // digits, and few
	count, _ := strconv.Atoi(m[2])
	switch {
	case count < 1 || count > maxShards:
		return nil, fmt.Errorf("--shard %s: there can be 1 to %d shards", text, maxShards)
	case index >= count:
		return nil, fmt.Errorf("--shard %s: shards are counted from 0, so the last of %d is %d/%d", text, count, count-1, count)
	}
	return &shard{index: index, count: count}, nil
}

// of gives the targets of the shard: every count-th in canonical order, so that shards differ by one target at most and share out each
// region.
func (s *shard) of(targets []mesh.TargetName) map[string]bool {
	mine := map[string]bool{}
	for i, t := range targets {
		if i%s.count == s.index {
			mine[t.Name] = true
		}
	}
	return mine
}

// prunes says whether it is the shard's to remove a target that is on disk and was not rendered here. What is still in the topology is another shard's; what has left it belongs to
// one shard, by its name, since nothing else is left of it.
func (s *shard) prunes(targets []mesh.TargetName) func(target string) bool {
	rendered := map[string]bool{}
	for _, t := range targets {
		rendered[t.Name] = true
	}
	return func(target string) bool {
		h := fnv.New32a()
		h.Write([]byte(target)) // cannot fail
		return !rendered[target] && int(h.Sum32()%uint32(s.count)) == s.index
	}
}
