package mesh_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/mesh"
	"pgregory.net/rapid"
)

// Every target of manifests is delivered in exactly one step: regions in the order asked for, then by name, and then the control plane.
func TestDeliverySteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		order := rapid.SliceOfN(rapid.SampledFrom(names("r", 4)), 0, 6).Draw(t, "order") // r3 has no cluster, and some stand twice
		spec.Spec.Delivery = &mesh.DeliverySpec{Type: mesh.DeliveryFlux, Path: ".", Order: order}
		m := mesh.Build(spec)
		var delivered, regions []string
		for i, s := range m.Delivery.Steps {
			if last := i == len(m.Delivery.Steps)-1; last != (s.Region == "") || len(s.Targets) == 0 {
				t.Fatalf("step %d: %+v", i, s)
			}
			if s.Region != "" {
				regions = append(regions, s.Region)
			}
			for _, target := range s.Targets {
				delivered = append(delivered, target.Name)
				if s.Region != "" && (target.Cluster == nil || target.Cluster.Region.Name != s.Region) {
					t.Fatalf("%s is in the step of %s", target.Name, s.Region)
				}
			}
		}
		var want []string
		for _, target := range m.Targets() {
			if target.Manifests() && target.Name != mesh.DeliveryTarget {
				want = append(want, target.Name)
			}
		}
		slices.Sort(delivered)
		slices.Sort(want)
		if d := cmp.Diff(want, delivered); d != "" {
			t.Fatal(d)
		}
		rank := func(region string) int {
			if i := slices.Index(order, region); i >= 0 {
				return i
			}
			return len(order)
		}
		if !slices.IsSortedFunc(regions, func(x, y string) int {
			if r := rank(x) - rank(y); r != 0 {
				return r
			}
			return strings.Compare(x, y)
		}) {
			t.Fatalf("order %v gives %v", order, regions)
		}
	})
}

func TestDeliveryDecode(t *testing.T) {
	for text, want := range map[string]mesh.Delivery{
		`"flux"`: {Type: "flux", Revision: "main", Path: ".", Namespace: "flux-system", Project: "default"},
		`{"type": "argocd", "repoURL": "https://h/p", "path": "./a//b/"}`:                                 {Type: "argocd", RepoURL: "https://h/p", Revision: "main", Path: "a/b", Namespace: "argocd", Project: "default"},
		`{"type": "flux", "path": ".", "revision": "r", "namespace": "n", "project": "p", "secret": "s"}`: {Type: "flux", Revision: "r", Path: ".", Namespace: "n", Project: "p", Secret: "s"},
	} {
		spec, err := mesh.Decode([]byte(`{"spec": {"delivery": ` + text + `}}`))
		if err != nil {
			t.Fatal(err)
		}
		got := *mesh.Build(spec).Delivery
		got.Steps = nil
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", text, d)
		}
	}
	if _, err := mesh.Decode([]byte(`{"spec": {"delivery": [1]}}`)); err == nil {
		t.Error("a list was taken")
	}
}
