package flow

import (
	"math"
	"testing"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		f    float64
		want string
	}{
		{0, "0 %"}, {1e-12, "0 %"}, {0.0001, "<0.1 %"}, {0.0006, "0.1 %"}, {1.0 / 3, "33.3 %"}, {0.5, "50 %"}, {0.1 + 0.2, "30 %"},
		{0.9994, "99.9 %"}, {0.9997, ">99.9 %"}, {1 - 1e-8, ">99.9 %"}, {1 - 1e-12, "100 %"}, {1, "100 %"}, {1.0001, ">100 %"}, {1.3, "130 %"}, {25, "2500 %"},
	} {
		if got := Percent(c.f); got != c.want {
			t.Errorf("Percent(%v) = %s, want %s", c.f, got, c.want)
		}
	}
	for _, c := range []struct {
		f    float64
		want string
	}{
		{0, "0"}, {0.001, "<0.01"}, {0.25, "0.25"}, {10.0 / 3, "3.33"}, {30.000000000000004, "30"}, {100.0 / 3, "33.3"}, {1e6, "1000000"},
	} {
		if got := rate(c.f); got != c.want {
			t.Errorf("rate(%v) = %s, want %s", c.f, got, c.want)
		}
	}
	for _, c := range []struct {
		f    float64
		want string
	}{
		{0.001, "<0.01 s"}, {0.5, "0.5 s"}, {12.34, "12.3 s"}, {119.2, "119.2 s"}, {119.96, "2 min 0 s"}, {151.25, "2 min 31 s"}, {7200, "2 h"}, {1e5, "27.8 h"},
	} {
		if got := seconds(c.f); got != c.want {
			t.Errorf("seconds(%v) = %s, want %s", c.f, got, c.want)
		}
	}
}

func TestRound(t *testing.T) {
	for f, want := range map[float64]float64{
		0.1 + 0.2: 0.3, 1 - 0.7 - 0.3: 0, -1e-17: 0, 1e6 / 3: 333333.333, 3333333333333: 3333333330000, math.MaxFloat64: 1.79769313e308, 1: 1, 0.123456789123: 0.123456789,
	} {
		if got := Round(f); got != want || math.Signbit(got) {
			t.Errorf("Round(%v) = %v, want %v", f, got, want)
		}
	}
	if f := Round(math.Inf(1)); !math.IsInf(f, 1) {
		t.Errorf("Round(infinity) = %v", f)
	}
}
