package probe

import "math"

// interval gives the exact confidence interval of Clopper and Pearson for the probability behind count of n: each end is missed
// with a probability of at most miss. (C. J. Clopper, E. S. Pearson, The use of confidence or fiducial limits illustrated in the case
// of the binomial, Biometrika 26 (1934), 404-413.) Without any trial it is from 0 to 1.
func interval(count, n int, miss float64) Range {
	return Range{Low: lowest(count, n, miss), High: 1 - lowest(n-count, n, miss)}
}

// lowest gives the probability with which count or more of n are seen in a part miss of all experiments. It is found by halving:
// the more probable the event, the more of it is seen.
func lowest(count, n int, miss float64) float64 {
	if count == 0 {
		return 0
	}
	low, high := 0.0, 1.0
	for range 100 {
		middle := (low + high) / 2
		if atLeast(count, n, middle) < miss {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// atLeast gives the probability of count or more of n, where each is seen with probability p.
func atLeast(count, n int, p float64) float64 {
	switch {
	case count <= 0:
		return 1
	case count > n || p <= 0:
		return 0
	case p >= 1:
		return 1
	case float64(count) < float64(n)*p:
		return 1 - upper(n-count+1, n, 1-p)
	}
	return upper(count, n, p)
}

// upper adds up the binomial probabilities from count upwards. Count is at least n*p, so that they only get smaller.
func upper(count, n int, p float64) float64 {
	term := math.Exp(logChoose(n, count) + float64(count)*math.Log(p) + float64(n-count)*math.Log1p(-p))
	total, odds := 0.0, p/(1-p)
	for i := count; term > total*1e-17; i++ {
		total += term
		term *= odds * float64(n-i) / float64(i+1)
	}
	return min(1, total)
}

// logChoose is the logarithm of the number of ways to choose k of n.
func logChoose(n, k int) float64 {
	all, _ := math.Lgamma(float64(n + 1))
	chosen, _ := math.Lgamma(float64(k + 1))
	left, _ := math.Lgamma(float64(n - k + 1))
	return all - chosen - left
}
