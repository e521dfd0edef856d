package simulate_test

import (
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/mesh"
)

// up is what pair does while nothing is lost, and what most losses leave of it.
var up = map[string]float64{"in@a > web v1@ca": 1, "web@a > api v1@ca": 1, "in@b > web v1@cb": 1, "web@b > api v1@cb": 1}

// with gives the shares of up in which some are others; 0 is none.
func with(other map[string]float64) map[string]float64 {
	all := map[string]float64{}
	for k, v := range up {
		all[k] = v
	}
	for k, v := range other {
		all[k] = v
		if v == 0 {
			delete(all, k)
		}
	}
	return all
}

// withoutA is what is left when the gateway of region a is.
var withoutA = with(map[string]float64{"in@a > web v1@ca": 0, "web@a > api v1@ca": 0, "in@a > web lostClient": 1})

// moved is all calls of a to api in b.
var moved = with(map[string]float64{"web@a > api v1@ca": 0, "web@a > api v1@cb": 1})

// Each kind of place, in both modes, in pair: outlierDetection of api may eject some per cent of its 4 pods.
func TestLoss(t *testing.T) {
	for _, c := range []struct {
		lost, mode string
		eject      int
		want       map[string]float64
	}{
		{"", "", 100, up},
		{"region/a", "removed", 100, withoutA},
		{"region/a", "failing", 100, withoutA},
		{"region/a", "", 10, withoutA},
		{"cluster/ca", "removed", 100, withoutA},
		{"cluster/ca", "failing", 10, withoutA},
		{"gateway/in@cluster/ca", "", 100, withoutA},
		{"gateway/in", "", 100, map[string]float64{"in@a > web lostClient": 1, "in@b > web lostClient": 1}},
		{"region/a region/b", "", 100, map[string]float64{"in@a > web lostClient": 1, "in@b > web lostClient": 1}},
		{"region/a region/b", "removed", 100, map[string]float64{"in@a > web lostClient": 1, "in@b > web lostClient": 1}},

		// Removed pods leave EDS; the rest are healthy, and the first priority takes all.
		{"service/api@cluster/ca", "", 10, moved},
		{"service/api@region/a", "removed", 10, moved},
		{"1:service/api@cluster/ca", "removed", 100, up},
		{"3:service/api", "removed", 100, moved},
		{"50%:service/api", "removed", 100, up},
		{"51%:service/api", "removed", 100, moved}, // rounded up to 3
		{"service/api", "removed", 100, with(map[string]float64{
			"web@a > api v1@ca": 0, "web@a > api noEndpoint": 1, "web@b > api v1@cb": 0, "web@b > api noEndpoint": 1,
		})},

		// Failing pods stay until they are ejected, as far as the limit goes.
		{"service/api@cluster/ca", "failing", 100, moved},
		{"service/api@cluster/ca", "failing", 50, moved},
		{"service/api@cluster/ca", "failing", 49, with(map[string]float64{
			"web@a > api v1@ca": 0.7, "web@a > api v1@ca !": 0.7, "web@a > api errors": 0.7, "web@a > api v1@cb": 0.3,
		})},
		{"service/api@cluster/ca", "failing", 24, with(map[string]float64{"web@a > api v1@ca !": 1, "web@a > api errors": 1})},
		{"1:service/api@cluster/ca", "failing", 25, with(map[string]float64{"web@a > api v1@ca": 0.7, "web@a > api v1@cb": 0.3})},
		{"1:service/api@cluster/ca", "failing", 24, with(map[string]float64{"web@a > api v1@ca !": 0.5, "web@a > api errors": 0.5})},
		{"service/api", "failing", 100, with(map[string]float64{
			"web@a > api v1@ca": 0, "web@a > api noEndpoint": 1, "web@b > api v1@cb": 0, "web@b > api noEndpoint": 1,
		})},

		// What two places take is lost once.
		{"region/a service/api@cluster/ca", "failing", 100, withoutA},
		{"service/api@region/a service/api@cluster/ca", "", 10, moved},
		{"service/api@version/v1 3:service/api", "failing", 24, with(map[string]float64{
			"web@a > api v1@ca !": 1, "web@a > api errors": 1, "web@b > api v1@cb !": 1, "web@b > api errors": 1,
		})},

		// Without the control plane nothing leaves EDS.
		{"mesh", "", 100, up},
		{"mesh service/api@cluster/ca", "removed", 24, with(map[string]float64{"web@a > api v1@ca !": 1, "web@a > api errors": 1})},
		{"service/api@cluster/ca mesh", "removed", 100, moved},

		// A link that is cut makes the endpoints behind it fail.
		{"link/a-b", "", 100, up},
		{"link/a-b service/api@cluster/ca", "removed", 100, with(map[string]float64{"web@a > api v1@ca": 0, "web@a > api noEndpoint": 1})},
		{"link/a-b service/api@cluster/ca", "removed", 10, with(map[string]float64{
			"web@a > api v1@ca": 0, "web@a > api v1@cb": 1, "web@a > api v1@cb !": 1, "web@a > api errors": 1,
		})},
		{"link/a-b service/api@cluster/ca", "failing", 50, with(map[string]float64{
			"web@a > api v1@ca": 0, "web@a > api v1@cb": 1, "web@a > api v1@cb !": 1, "web@a > api errors": 1,
		})},
	} {
		w := newWorld(t, changed(func(b *mesh.Body) { b.Services[1].TrafficPolicy = ejecting(c.eject) }), "")
		same(t, c.lost+" "+c.mode, c.want, shares(w.run(c.mode, strings.Fields(c.lost)...)))
	}
}

// A zone is lost with its part of the pods: of 3 in two zones, 2 are in the first.
func TestLossZone(t *testing.T) {
	zoned := func(b *mesh.Body) {
		b.Clusters[0].Zones = []string{"a1", "a2"}
		b.Services[0].Placements[0].Replicas, b.Services[1].Placements[0].Replicas = 2, 3
		b.Gateways[0].Settings = map[string]any{"replicaCount": 2}
	}
	for _, c := range []struct {
		lost, mode string
		want       map[string]float64 // what web in a does
		served     float64            // by api in a
	}{
		{"", "", map[string]float64{"api v1@ca": 1}, 100},
		{"zone/a/a1", "removed", map[string]float64{"api v1@ca": 1}, 100},
		{"zone/a/a1", "failing", map[string]float64{"api v1@ca": 1}, 100},
		{"zone/a/a2", "", map[string]float64{"api v1@ca": 1}, 100},
		{"zone/a/a1 zone/a/a2", "", map[string]float64{}, 0},
		{"service/api@region/a zone/a/a2", "failing", map[string]float64{"api v1@cb": 1}, 0},
	} {
		r := newWorld(t, changed(zoned), "").run(c.mode, strings.Fields(c.lost)...)
		same(t, c.lost+" "+c.mode, c.want, only("web@a", shares(r)))
		if got := rates(r)["api v1@a"]; got != c.served {
			t.Errorf("%s %s: api in a serves %v, want %v", c.lost, c.mode, got, c.served)
		}
	}
}

// A loss that names a place says so in the report, in the canonical spelling.
func TestLossNames(t *testing.T) {
	r := newWorld(t, pair(), "").run("failing", "link/b-a", "service/default/api", "mesh")
	if got, want := strings.Join(r.Lost, " "), "link/a-b service/api mesh"; got != want || r.Mode != "failing" {
		t.Errorf("%s (%s), want %s", got, r.Mode, want)
	}
}
