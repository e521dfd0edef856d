package random

import (
	"math/rand/v2"
	"slices"
)

// dice are a source of chance.
type dice struct{ *rand.Rand }

func newDice(seed, stream uint64) dice { return dice{rand.New(rand.NewPCG(seed, stream))} }

// chance is true in so many per cent of all cases.
func (d dice) chance(percent int) bool { return d.IntN(100) < percent }

// between gives a number from low to high, both included.
func (d dice) between(low, high int) int { return low + d.IntN(high-low+1) }

// pick gives one of several.
func pick[T any](d dice, of ...T) T { return of[d.IntN(len(of))] }

// some gives n of a list in a random order; all when there are fewer.
func some[T any](d dice, n int, of []T) []T {
	list := slices.Clone(of)
	d.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list[:min(n, len(list))]
}

// parts gives n numbers, each at least 1, whose sum is 100.
func (d dice) parts(n int) []int {
	list := make([]int, n)
	left := 100
	for i := range list[:n-1] {
		list[i] = d.between(1, left-(n-1-i))
		left -= list[i]
	}
	list[n-1] = left
	return list
}
