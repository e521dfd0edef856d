package probe

import (
	"math/rand/v2"
	"testing"

	"github.com/meshtopo/meshtopo/mesh"
)

// drawn gives the answers of a mesh that serves each class with the given probability; the last two are no sign and failed.
func drawn(t *testing.T, r *rand.Rand, n int, probability []float64) *Tally {
	t.Helper()
	service := &mesh.Service{Name: "api", Namespace: mesh.DefaultNamespace}
	var markers []mesh.Marker
	for i := range len(probability) - 2 {
		markers = append(markers, mesh.Marker{Service: service, Version: string(rune('a' + i)), Pattern: "x"})
	}
	signs, err := NewSigns(markers)
	if err != nil {
		t.Fatal(err)
	}
	tally := newTally(signs)
	for range n {
		class, left := 0, r.Float64()
		for class < len(probability)-1 && left >= probability[class] {
			left -= probability[class]
			class++
		}
		tally.add(&Answer{Status: 200}, []int{class}, Options{})
	}
	return tally
}

func known(shares ...float64) []Prediction {
	p := Prediction{}
	for _, s := range shares {
		p.Classes = append(p.Classes, Range{s, s})
	}
	return []Prediction{p}
}

// A mesh that is as predicted is called different no more often than the confidence allows; one that is not is found out.
func TestJudgeErrs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		name        string
		n           int
		is          []float64
		predicted   []float64
		confidence  float64
		least, most int // how many of 1000 are said to differ
	}{
		{"as predicted", 100, []float64{0.5, 0.3, 0.1, 0.1}, []float64{0.5, 0.3, 0.1, 0.1}, 0.9, 0, 100},
		{"as predicted, few", 10, []float64{0.9, 0.1, 0, 0}, []float64{0.9, 0.1, 0, 0}, 0.9, 0, 100},
		{"as predicted, sure", 100, []float64{1. / 3, 1. / 3, 1. / 3, 0, 0}, []float64{1. / 3, 1. / 3, 1. / 3, 0, 0}, 0.999, 0, 3},
		{"70 for 90", 1000, []float64{0.7, 0.3, 0, 0}, []float64{0.9, 0.1, 0, 0}, 0.999, 1000, 1000},
		{"70 for 90, few", 100, []float64{0.7, 0.3, 0, 0}, []float64{0.9, 0.1, 0, 0}, 0.999, 900, 1000},
		{"1 in 20 for never", 100, []float64{0.95, 0.05, 0, 0}, []float64{1, 0, 0, 0}, 0.999, 980, 1000},
	} {
		differ := 0
		for range 1000 {
			if !drawn(t, r, c.n, c.is).Judge(known(c.predicted...), c.confidence).Consistent {
				differ++
			}
		}
		if differ < c.least || differ > c.most {
			t.Errorf("%s: %d of 1000 are said to differ, want %d to %d", c.name, differ, c.least, c.most)
		}
	}
}

// One answer decides about what is predicted to be always or never, however many there are; a range is met at its ends.
func TestJudgeEnds(t *testing.T) {
	signs, err := NewSigns([]mesh.Marker{{Service: &mesh.Service{Name: "api", Namespace: mesh.DefaultNamespace}, Version: "a", Pattern: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name       string
		counts     []int // a, no sign, failed
		predicted  []Range
		consistent bool
	}{
		{"always", []int{100_000, 0, 0}, []Range{{1, 1}, {}, {}}, true},
		{"once not", []int{99_999, 1, 0}, []Range{{1, 1}, {}, {0, 1}}, false},
		{"once not, where it may", []int{99_999, 1, 0}, []Range{{0.99, 1}, {0, 0.01}, {}}, true},
		{"once for never", []int{99_999, 0, 1}, []Range{{0, 1}, {0, 1}, {}}, false},
		{"in the range", []int{50, 20, 30}, []Range{{0.2, 0.6}, {0, 1}, {0.1, 0.3}}, true},
		{"above the range", []int{90, 10, 0}, []Range{{0.2, 0.6}, {0, 1}, {0, 1}}, false},
		{"below the range", []int{2, 98, 0}, []Range{{0.2, 0.6}, {0, 1}, {0, 1}}, false},
		{"nothing seen", []int{0, 0, 0}, []Range{{1, 1}, {}, {}}, true},
	} {
		tally := newTally(signs)
		tally.counts[0] = c.counts
		for _, n := range c.counts {
			tally.seen += n
		}
		got := tally.Judge([]Prediction{{Classes: c.predicted}}, 0.999999)
		if got.Consistent != c.consistent {
			t.Errorf("%s: consistent is %v, want %v: %+v", c.name, got.Consistent, c.consistent, got.Services)
		}
	}
}

// What is skipped is shown and not judged.
func TestJudgeSkipped(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	got := drawn(t, r, 10, []float64{0, 0, 1}).Judge([]Prediction{{Skipped: "twice"}}, 0.999)
	if got.Judged() || !got.Consistent || got.Services[0].Skipped != "twice" || got.Services[0].Classes[2].Count != 10 {
		t.Errorf("got %+v", got)
	}
}
