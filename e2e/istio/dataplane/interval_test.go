package dataplane

import (
	"math/big"
	"testing"
)

// TestInterval holds the interval against sums of exact fractions.
func TestInterval(t *testing.T) {
	for _, n := range []int{1, 2, 17, 120} {
		for _, p := range []int64{0, 1, 10, 33, 50, 90, 99, 100} {
			for _, chance := range []float64{0.05, 1e-6} {
				least, greatest := Interval(n, float64(p)/100, chance)
				wantLeast, wantGreatest := exact(n, p, chance), n-exact(n, 100-p, chance)
				if least != wantLeast || greatest != wantGreatest {
					t.Errorf("%d calls, %d %%, chance %g: %d to %d, not %d to %d", n, p, chance, least, greatest, wantLeast, wantGreatest)
				}
			}
		}
	}
}

// exact gives the least k of which k or fewer hits have a probability above chance/2, with p per cent a hit.
func exact(n int, p int64, chance float64) int {
	hit, miss := big.NewRat(p, 100), big.NewRat(100-p, 100)
	tail := new(big.Rat).SetFloat64(chance / 2)
	sum := new(big.Rat)
	for k := range n {
		part := new(big.Rat).SetInt(new(big.Int).Binomial(int64(n), int64(k)))
		part.Mul(part, power(hit, k)).Mul(part, power(miss, n-k))
		if sum.Add(sum, part).Cmp(tail) > 0 {
			return k
		}
	}
	return n
}

func power(x *big.Rat, n int) *big.Rat {
	out := big.NewRat(1, 1)
	for range n {
		out.Mul(out, x)
	}
	return out
}
