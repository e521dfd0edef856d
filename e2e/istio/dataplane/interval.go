package dataplane

import "math"

// Chance is how often a count lies outside its interval although the prediction is right.
const Chance = 1e-6

// Interval gives the least and the greatest number of n independent calls that a group with a share p of them gets: it gets fewer
// than the least with a probability of at most chance/2, and so it is with more than the greatest. The sums are those of the
// binomial distribution, not of an approximation.
func Interval(n int, p, chance float64) (least, greatest int) {
	return lowest(n, p, chance/2), n - lowest(n, 1-p, chance/2)
}

// lowest gives the least k of which k or fewer hits of n have a probability above tail.
func lowest(n int, p, tail float64) int {
	if p <= 0 {
		return 0
	}
	if p >= 1 {
		return n
	}
	all, _ := math.Lgamma(float64(n) + 1)
	var sum float64
	for k := range n {
		hits, _ := math.Lgamma(float64(k) + 1)
		misses, _ := math.Lgamma(float64(n-k) + 1)
		sum += math.Exp(all - hits - misses + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
		if sum > tail {
			return k
		}
	}
	return n
}
