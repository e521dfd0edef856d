package mesh_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/mesh"
)

// placeMesh has regions whose names are parts of each other's.
func placeMesh() *mesh.Mesh {
	s := &mesh.Spec{}
	s.Spec.Mesh = mesh.ControlPlane{Name: "m", Region: "cn-a"}
	s.Spec.Clusters = []mesh.ClusterSpec{
		{Name: "c1", Region: "cn-a", Zones: []string{"cn-a-1", "cn-a-2"}}, {Name: "c2", Region: "cn-b"}, {Name: "c3", Region: "a"}, {Name: "c4", Region: "cn"},
		{Name: "c5", Region: "b"}, {Name: "c6", Region: "us"},
	}
	s.Spec.Gateways = []mesh.GatewaySpec{{Name: "in", Clusters: []string{"c1", "c2"}}}
	s.Spec.Services = []mesh.ServiceSpec{
		{Name: "web", Namespace: "default", Placements: []mesh.PlacementSpec{{Cluster: "c1", Version: "v1"}, {Region: "cn-b", Version: "v2"}}},
		{Name: "mesh", Namespace: "shop", Placements: in("c1")},
		{Name: "idle", Namespace: "default"},
	}
	return mesh.Build(s)
}

func TestPlace(t *testing.T) {
	m := placeMesh()
	for _, c := range []struct {
		text, canonical string
		want            mesh.Place
	}{
		{"region/cn-a", "", mesh.Place{Kind: mesh.PlaceRegion, Region: "cn-a"}},
		{"zone/cn-a/cn-a-2", "", mesh.Place{Kind: mesh.PlaceZone, Region: "cn-a", Zone: "cn-a-2"}},
		{"cluster/c2", "", mesh.Place{Kind: mesh.PlaceCluster, Cluster: "c2"}},
		{"gateway/in", "", mesh.Place{Kind: mesh.PlaceGateway, Gateway: "in"}},
		{"gateway/in@cluster/c2", "", mesh.Place{Kind: mesh.PlaceGateway, Gateway: "in", Cluster: "c2"}},
		{"service/web", "", mesh.Place{Kind: mesh.PlaceService, Service: "default/web"}},
		{"service/default/web", "service/web", mesh.Place{Kind: mesh.PlaceService, Service: "default/web"}},
		{"service/shop/mesh", "", mesh.Place{Kind: mesh.PlaceService, Service: "shop/mesh"}},
		{"service/web@version/v2@region/cn-b@cluster/c2", "service/web@cluster/c2@region/cn-b@version/v2",
			mesh.Place{Kind: mesh.PlaceService, Service: "default/web", Cluster: "c2", Region: "cn-b", Version: "v2"}},
		{"50%:service/web@region/cn-b", "", mesh.Place{Kind: mesh.PlaceService, Service: "default/web", Region: "cn-b", Percent: 50}},
		{"012.50%:service/web", "12.5%:service/web", mesh.Place{Kind: mesh.PlaceService, Service: "default/web", Percent: 12.5}},
		{"100%:service/web", "", mesh.Place{Kind: mesh.PlaceService, Service: "default/web", Percent: 100}},
		{"2:service/web@cluster/c1", "", mesh.Place{Kind: mesh.PlaceService, Service: "default/web", Cluster: "c1", Count: 2}},
		{"link/cn-a-cn-b", "", mesh.Place{Kind: mesh.PlaceLink, Region: "cn-a", To: "cn-b"}},
		{"link/cn-b-cn-a", "link/cn-a-cn-b", mesh.Place{Kind: mesh.PlaceLink, Region: "cn-a", To: "cn-b"}},
		{"link/cn-a", "link/a-cn", mesh.Place{Kind: mesh.PlaceLink, Region: "a", To: "cn"}},
		{"mesh", "", mesh.Place{Kind: mesh.PlaceMesh}},
	} {
		got, err := m.Place(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s:\n%s", c.text, d)
		}
		if c.canonical == "" {
			c.canonical = c.text
		}
		if got.String() != c.canonical {
			t.Errorf("%s is written %s, want %s", c.text, got, c.canonical)
		}
		if again, err := m.Place(got.String()); err != nil || again != got {
			t.Errorf("%s reads as %+v, %v", got, again, err)
		}
	}
}

func TestPlaceErrors(t *testing.T) {
	m := placeMesh()
	for text, want := range map[string]string{
		"":                                  `"" is not a place: it begins with none of`,
		"web":                               "it begins with none of region/",
		"version/v1":                        "it begins with none of region/",
		"region/":                           "the name after region/ is missing",
		"region":                            "the name after region/ is missing",
		"region/cn-c":                       "there is no region cn-c; known here: a, b, cn, cn-a, cn-b and 1 more",
		"region/cn-a@cluster/c1":            "a region cannot be narrowed",
		"zone/cn-a-1":                       "a zone is written zone/REGION/ZONE",
		"zone/x/cn-a-1":                     "there is no region x",
		"zone/cn-b/cn-b-1":                  "the zones of region cn-b are not known",
		"zone/cn-a/cn-a-3":                  "region cn-a has no zone cn-a-3; known here: cn-a-1, cn-a-2",
		"cluster/x":                         "there is no cluster x",
		"gateway/x":                         "there is no gateway x; known here: in",
		"gateway/in@cluster/c3":             "gateway in does not run in cluster c3; known here: c1, c2",
		"gateway/in@cluster/x":              "there is no cluster x",
		"gateway/in@region/cn-a":            "a gateway is narrowed by @cluster/CLUSTER only",
		"service/mesh":                      "there is no service mesh; known here: idle, shop/mesh, web",
		"service/a/b/c":                     "there is no service a/b/c",
		"service/web@":                      "a service is narrowed by",
		"service/web@cluster/":              "the name after @cluster/ is missing",
		"service/web@cluster/c1@zone/z":     "a service is narrowed by",
		"service/web@version/v3":            "service web has no version v3; known here: v1, v2",
		"service/web@version/v1@version/v2": "@version/ stands twice",
		"service/web@cluster/c3":            "nothing runs at service/web@cluster/c3",
		"service/web@region/a":              "nothing runs at service/web@region/a",
		"service/web@cluster/c1@version/v2": "nothing runs at service/web@cluster/c1@version/v2",
		"service/idle":                      "nothing runs at service/idle",
		":service/web":                      "before the colon stands a number of pods",
		"0:service/web":                     "the part is 1 pod or more",
		"-1:service/web":                    "before the colon stands a number of pods",
		"99999999999:service/web":           "before the colon stands a number of pods",
		"0.0%:service/web":                  "the part is 1 pod or more",
		"100.1%:service/web":                "at most 100%",
		"NaN%:service/web":                  "before the colon stands a number of pods",
		"1e1%:service/web":                  "before the colon stands a number of pods",
		"1:2:service/web":                   "it begins with none of",
		"1:mesh":                            "only of a service can a part be lost",
		"link/cn-a-x":                       "is not a link between two regions of the mesh",
		"link/cn-a-cn-a":                    "a link joins two regions",
		"link/cn-a-cn-b@region/cn-a":        "a link cannot be narrowed",
		"mesh/m":                            "the control plane is written mesh, without more",
		"mesh@cluster/c1":                   "a mesh cannot be narrowed",
	} {
		p, err := m.Place(text)
		var e *mesh.PlaceError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v, want %q", text, p, err, want)
			continue
		}
		if !slices.IsSorted(e.Known) || slices.Contains(e.Known, e.Name) {
			t.Errorf("%s: %q of %q", text, e.Name, e.Known)
		}
	}
}

// A link that can be read in two ways is refused, and both are said.
func TestPlaceAmbiguousLink(t *testing.T) {
	s := &mesh.Spec{}
	for _, r := range []string{"a", "b-c", "a-b", "c"} {
		s.Spec.Clusters = append(s.Spec.Clusters, mesh.ClusterSpec{Name: r, Region: r})
	}
	_, err := mesh.Build(s).Place("link/a-b-c")
	if want := "it may be the link between a and b-c, or between a-b and c"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

func FuzzPlace(f *testing.F) {
	m := placeMesh()
	for _, text := range []string{"region/cn-a", "50%:service/web@region/cn-b", "2:service/shop/mesh@version/v1", "link/cn-a-cn-b", "gateway/in@cluster/c1", "mesh", "zone/cn-a/cn-a-1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := m.Place(text)
		if err != nil {
			if err.Error() == "" || p != (mesh.Place{}) {
				t.Errorf("%q: %+v with the error %q", text, p, err)
			}
			return
		}
		if again, err := m.Place(p.String()); err != nil || again != p {
			t.Errorf("%q is %s, which reads as %+v, %v", text, p, again, err)
		}
	})
}
