package random

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSameSeedSameTopologies(t *testing.T) {
	all := func(seed uint64) []string {
		var list []string
		for i, g := range append(Groups(seed), OwnGroups(seed)...) {
			list = append(list, g.Topology(seed, i).String())
		}
		return list
	}
	if diff := cmp.Diff(all(7), all(7)); diff != "" {
		t.Errorf("one seed gives two results:\n%s", diff)
	}
	if cmp.Equal(all(7), all(8)) {
		t.Error("two seeds give one result")
	}
}

func TestShrinkKeepsWhatMatters(t *testing.T) {
	c := Groups(1)[1].Topology(1, 1)
	interesting := func(c *Case) bool { return strings.Count(c.String(), "replicas:") >= 2 }
	if !interesting(c) {
		t.Fatal("the test needs a case with two placements")
	}
	small := Shrink(c, interesting, func() bool { return true })
	if got := len(strings.Split(small.String(), "\n")); !interesting(small) || got > 20 {
		t.Errorf("%d lines are left:\n%s", got, small)
	}
	steps := 3
	Shrink(c, interesting, func() bool { steps--; return steps > 0 })
	if steps != 0 {
		t.Errorf("Shrink goes on when it may not: %d", steps)
	}
}
