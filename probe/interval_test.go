package probe

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The intervals for 0 of 10, 1 of 10, 5 of 10 and 10 of 100 are in tables of exact binomial limits; those of n of n and 1 of n follow from
// p^n and 1-(1-p)^n; 682 of 925 is the example of binom.test in R's manual.
func TestInterval(t *testing.T) {
	for _, c := range []struct {
		count, n  int
		miss      float64
		low, high float64
	}{
		{0, 10, 0.025, 0, 0.30850},
		{1, 10, 0.025, 0.00253, 0.44502},
		{5, 10, 0.025, 0.18709, 0.81291},
		{10, 100, 0.025, 0.04900, 0.17622},
		{682, 925, 0.025, 0.70767, 0.76541},
		{10, 10, 0.025, 0.69150, 1},
		{0, 0, 0.025, 0, 1},
		{100_000, 100_000, 0.0005, math.Pow(0.0005, 1e-5), 1},
		{1, 100_000, 0.0005, -math.Expm1(math.Log1p(-0.0005) / 100_000), 1.0007e-4},
	} {
		got := interval(c.count, c.n, c.miss)
		if math.Abs(got.Low-c.low) > 6e-6 || math.Abs(got.High-c.high) > 6e-6 {
			t.Errorf("interval(%d, %d, %v) = %v, want %v to %v", c.count, c.n, c.miss, got, c.low, c.high)
		}
	}
}

// atLeast is held against the sum over all outcomes, reckoned with Pascal's triangle.
func TestAtLeast(t *testing.T) {
	for n := range 30 {
		for _, p := range []float64{0, 1e-6, 0.1, 1.0 / 3, 0.5, 0.9, 1 - 1e-6, 1} {
			probability := outcomes(n, p)
			for count := -1; count <= n+1; count++ {
				want := 0.0
				for i, v := range probability {
					if i >= count {
						want += v
					}
				}
				if got := atLeast(count, n, p); math.Abs(got-want) > 1e-12 {
					t.Errorf("atLeast(%d, %d, %v) = %v, want %v", count, n, p, got, want)
				}
			}
		}
	}
}

// outcomes gives the probability of each number of successes, adding one trial at a time.
func outcomes(n int, p float64) []float64 {
	all := []float64{1}
	for range n {
		next := make([]float64, len(all)+1)
		for i, v := range all {
			next[i] += v * (1 - p)
			next[i+1] += v * p
		}
		all = next
	}
	return all
}

// An interval holds the share that was seen, and is misled as seldom as it says: at its ends the tails are what was asked for.
func TestIntervalEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 100_000).Draw(t, "n")
		count := rapid.IntRange(0, n).Draw(t, "count")
		miss := math.Pow(10, rapid.Float64Range(-8, -1).Draw(t, "log10 of miss"))
		r := interval(count, n, miss)
		if seen := float64(count) / float64(n); seen < r.Low-1e-12 || seen > r.High+1e-12 {
			t.Fatalf("%v does not hold %v", r, seen)
		}
		if count > 0 && math.Abs(atLeast(count, n, r.Low)/miss-1) > 1e-4 {
			t.Fatalf("at %v %d or more are seen with probability %v, want %v", r.Low, count, atLeast(count, n, r.Low), miss)
		}
		if below := 1 - atLeast(count+1, n, r.High); count < n && math.Abs(below-miss) > 1e-4*miss+1e-12 {
			t.Fatalf("at %v %d or fewer are seen with probability %v, want %v", r.High, count, below, miss)
		}
	})
}
