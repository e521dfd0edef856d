package check

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

func TestCovers(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"*", "r", true},
		{"*", "r/z/s", true},
		{"r", "r", true},
		{"r", "r/z", true},
		{"r", "r/*", true},
		{"r/*", "r", true}, // a missing part matches all, as * does
		{"r/*", "r/z/s", true},
		{"r/z", "r/z/s", true},
		{"r/z", "r", false},
		{"r/z", "r/*", false},
		{"r/z", "r/y", false},
		{"r", "rr", false},
		{"r", "*", false},
		{"r/z/s", "r/z/t", false},
	} {
		if got := covers(test.a, test.b); got != test.want {
			t.Errorf("covers(%q, %q) = %v", test.a, test.b, got)
		}
	}
}

// TestOverlapKnowsNoOrder: two localities overlap whichever stands first; istiod's own check depends on it.
func TestOverlapKnowsNoOrder(t *testing.T) {
	part := rapid.SampledFrom([]string{"a", "b"})
	locality := rapid.Custom(func(t *rapid.T) string {
		s := ""
		for range rapid.IntRange(0, 2).Draw(t, "parts") {
			s += part.Draw(t, "part") + "/"
		}
		return s + rapid.SampledFrom([]string{"a", "b", "*"}).Draw(t, "last")
	})
	overlap := func(x, y string) bool {
		c := &checker{}
		c.checkOverlap(y, []written{{locality: x}}, spot{})
		return len(c.findings) > 0
	}
	rapid.Check(t, func(t *rapid.T) {
		x, y := locality.Draw(t, "x"), locality.Draw(t, "y")
		if overlap(x, y) != overlap(y, x) {
			t.Fatalf("%s before %s: %v, after: %v", x, y, overlap(x, y), overlap(y, x))
		}
	})
}

func TestBalance(t *testing.T) {
	for _, test := range []struct {
		from string
		to   map[string]int
		want string
	}{
		{"a", map[string]int{"a": 90, "b": 20}, "write a: 80"},
		{"a", map[string]int{"a": 50, "b": 20}, "write a: 80"},
		{"a", map[string]int{"b": 20}, "add a: 80"},
		{"a", map[string]int{"a/z": 20, "b": 20}, "add 60 to one of the weights"},
		{"*", map[string]int{"a": 20}, "add 80 to one of the weights"},
		{"a", map[string]int{"a": 5, "b": 60, "c": 60}, "take 25 off the weights"},
		{"a", map[string]int{"b": 80, "c": 80}, "take 60 off the weights"},
	} {
		sum := 0
		for _, weight := range test.to {
			sum += weight
		}
		if got := balance(diag.Finding{}, mesh.Distribute{From: test.from, To: test.to}, sum).Fix; got != test.want {
			t.Errorf("from %s to %v: %q, want %q", test.from, test.to, got, test.want)
		}
	}
}

func TestServiceRef(t *testing.T) {
	for host, want := range map[string]string{
		"reviews":                                "shop/reviews",
		"reviews.default.svc.cluster.local":      "default/reviews",
		"reviews.default":                        "", // Istio completes names without dots only
		"reviews.default.svc":                    "",
		"reviews.svc.cluster.local":              "",
		"v1.reviews.default.svc.cluster.local":   "",
		"reviews.default.svc.cluster.local.":     "",
		"example.com":                            "",
		"reviews.default.svc.cluster.local.evil": "",
	} {
		if got := mesh.ServiceRef(host, "shop"); got != want {
			t.Errorf("ServiceRef(%q) = %q, want %q", host, got, want)
		}
	}
}

// TestDrainsIsTheLeastThatDrains walks Envoy's test (a host is ejected while 100*(ejected+1)/hosts <= maxEjectionPercent).
func TestDrainsIsTheLeastThatDrains(t *testing.T) {
	drained := func(percent, local, all int) bool {
		ejected := 0
		for ejected < local && 100*(ejected+1) <= percent*all {
			ejected++
		}
		return ejected == local
	}
	rapid.Check(t, func(t *rapid.T) {
		s := &service{endpoints: map[string]int{}}
		for i := range rapid.IntRange(2, 4).Draw(t, "regions") {
			n := rapid.IntRange(1, 40).Draw(t, fmt.Sprint(i))
			s.endpoints[fmt.Sprint("r", i)], s.total = n, s.total+n
		}
		_, region := s.worst().drains()
		largest := s.endpoints[region]
		if need := s.drains(); !drained(need, largest, s.total) || drained(need-1, largest, s.total) {
			t.Fatalf("%v: %d is not the least", s.endpoints, need)
		}
	})
}
