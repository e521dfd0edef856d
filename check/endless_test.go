package check

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
	"pgregory.net/rapid"
)

// calling is services that call each other: calls[i] are those of service i.
func calling(calls ...[]mesh.CallSpec) *checker {
	b := &mesh.Body{Clusters: []mesh.ClusterSpec{{Name: "c", Region: "r"}}}
	for i, list := range calls {
		b.Services = append(b.Services, mesh.ServiceSpec{Name: fmt.Sprint("s", i), Namespace: "default", Calls: list})
	}
	c := &checker{Body: b}
	c.index()
	return c
}

// TestEndlessIsSpectralRadius holds the rule against requests that are followed from call to call.
func TestEndlessIsSpectralRadius(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "services")
		m, calls := make([][]float64, n), make([][]mesh.CallSpec, n)
		for i := range n {
			m[i] = make([]float64, n)
			for j := range n {
				if times := rapid.SampledFrom([]float64{0, 0, 0, 0.25, 0.5, 0.7, 1, 1.5, 4}).Draw(t, "times"); times > 0 {
					m[i][j] = times
					calls[i] = append(calls[i], mesh.CallSpec{Service: fmt.Sprint("s", j), Times: times})
				}
			}
		}
		c := calling(calls...)
		c.checkEndless()
		// A radius so near to 1 that these rounds do not tell is not among the numbers above, but for 1 itself.
		if grows := radius(m) >= 1-1e-3; grows != (len(c.findings) > 0) {
			t.Fatalf("radius %v, findings %v", radius(m), c.findings)
		}
		for _, f := range c.findings {
			if f.Rule != diag.EndlessCalls {
				t.Fatal(f)
			}
		}
	})
}

// radius is the spectral radius of a matrix without negative numbers, by Gelfand's formula: the n-th root of the norm of its
// n-th power.
func radius(m [][]float64) float64 {
	log, power := 0.0, m
	n := 1.0
	for range 16 {
		norm := 0.0
		for _, row := range power {
			for _, v := range row {
				norm = max(norm, v)
			}
		}
		if norm == 0 {
			return 0
		}
		scaled := make([][]float64, len(m))
		for i, row := range power {
			scaled[i] = make([]float64, len(m))
			for j, v := range row {
				scaled[i][j] = v / norm
			}
		}
		log += math.Log(norm) / n
		power = times(scaled, scaled)
		n *= 2
	}
	return math.Exp(log)
}

func times(a, b [][]float64) [][]float64 {
	c := make([][]float64, len(a))
	for i := range a {
		c[i] = make([]float64, len(a))
		for j := range a {
			for k := range a {
				c[i][j] += a[i][k] * b[k][j]
			}
		}
	}
	return c
}

// TestEndlessIsBounded: circles of many services are judged soon, or refused with the limit.
func TestEndlessIsBounded(t *testing.T) {
	ring := func(n int, times float64) [][]mesh.CallSpec {
		var calls [][]mesh.CallSpec
		for i := range n {
			calls = append(calls, []mesh.CallSpec{{Service: fmt.Sprint("s", (i+1)%n), Times: times}})
		}
		return calls
	}
	mixed := func(n int, more ...mesh.CallSpec) [][]mesh.CallSpec {
		calls := ring(n, 1)
		calls[0] = append([]mesh.CallSpec{{Service: "s1", Times: 0.5}}, more...)
		return calls
	}
	everyone := make([][]mesh.CallSpec, maxCircle)
	for i := range everyone {
		for j := range everyone {
			everyone[i] = append(everyone[i], mesh.CallSpec{Service: fmt.Sprint("s", j), Times: 1.5 / maxCircle})
		}
	}
	for _, test := range []struct {
		name  string
		calls [][]mesh.CallSpec
		want  string
	}{
		{"5000 that call the next", ring(5000, 1), diag.EndlessCalls},
		{"5000 that call the next half the time", ring(5000, 0.5), ""},
		{"as many as are followed", mixed(maxCircle), ""},
		{"as many as are followed, and once back", mixed(maxCircle, mesh.CallSpec{Service: "s0", Times: 0.5}), diag.EndlessCalls},
		{"more than are followed", mixed(maxCircle + 1), diag.Limit},
		{"all call all", everyone, diag.EndlessCalls},
		{"a thousand calls for each request", ring(maxCircle, 1e6), diag.EndlessCalls},
	} {
		start := time.Now()
		c := calling(test.calls...)
		c.checkEndless()
		got := ""
		if len(c.findings) > 0 {
			got = c.findings[0].Rule
		}
		if got != test.want || len(c.findings) > 1 {
			t.Errorf("%s: %v, want %q", test.name, c.findings, test.want)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: %v", test.name, took)
		}
	}
}
