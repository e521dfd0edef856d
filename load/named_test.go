package load_test

import (
	"context"
	"testing"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/load"
	"github.com/rogpeppe/go-internal/txtar"
)

const lists = `apiVersion: meshtopo.dev/v1alpha1
kind: MeshTopology
metadata: {name: shop}
spec:
  clusters:
  - {name: a, region: r}
  - {name: 1.b, region: r}
  - {name: twice, region: r}
  - {name: twice, region: r}
  services:
  - {name: web, namespace: one}
  - name: web
    namespace: two
    calls: [api, db, db]
    placements: [{cluster: a, version: v1}, {cluster: a, version: v2}, {cluster: b}, {region: r}]
  - {name: 7, calls: [a, {service: b}, {service: c, path: /x}, {service: c, path: /y}]}
  demand: [{gateway: g}, {gateway: h, region: r}, {gateway: h, region: s}, {region: s}]
  traffic: {distribute: [{from: r/*, to: {r: 100}}]}
`

// An element of a list is known by what tells it apart from the others, in a file that does not fit the schema too; what nothing
// tells apart, or is not there, keeps its place.
func TestNamed(t *testing.T) {
	top, err := load.File(context.Background(), "topology.yaml", load.Options{Root: tree(t, []txtar.File{{Name: "topology.yaml", Data: []byte(lists)}})})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[diag.Path]diag.Path{
		"":                                   "",
		"spec.clusters":                      "spec.clusters",
		"spec.clusters[0].podCIDR":           "spec.clusters[name=a].podCIDR",
		"spec.clusters[1]":                   `spec.clusters[name="1.b"]`,
		"spec.clusters[3].region":            "spec.clusters[3].region",
		"spec.clusters[9].x[2]":              "spec.clusters[9].x[2]",
		"spec.services[1].name":              "spec.services[namespace=two][name=web].name",
		"spec.services[2].ports[0]":          `spec.services[name="7"].ports[0]`,
		"spec.services[1].calls[0]":          "spec.services[namespace=two][name=web].calls[=api]",
		"spec.services[1].calls[2]":          "spec.services[namespace=two][name=web].calls[2]",
		"spec.services[2].calls[1].port":     `spec.services[name="7"].calls[service=b].port`,
		"spec.services[2].calls[3]":          `spec.services[name="7"].calls[path="/y"]`,
		"spec.demand[0].rps":                 "spec.demand[gateway=g].rps",
		"spec.demand[2].rps":                 "spec.demand[gateway=h][region=s].rps",
		"spec.demand[3].rps":                 "spec.demand[3].rps",
		"spec.services[1].placements[0]":     "spec.services[namespace=two][name=web].placements[cluster=a][version=v1]",
		"spec.services[1].placements[2].x":   "spec.services[namespace=two][name=web].placements[cluster=b].x",
		"spec.services[1].placements[3]":     "spec.services[namespace=two][name=web].placements[region=r]",
		`spec.traffic.distribute[0].to["r"]`: `spec.traffic.distribute[from="r/*"].to.r`,
		"spec.metadata[0][1]":                "spec.metadata[0][1]",
	} {
		if got := top.Named(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// A file that cannot be read has no names.
func TestNamedWithoutDocument(t *testing.T) {
	top, err := load.File(context.Background(), "topology.yaml", load.Options{Root: tree(t, []txtar.File{{Name: "topology.yaml", Data: []byte("{")}})})
	if err != nil || len(top.Findings) == 0 {
		t.Fatal(err)
	}
	if got := top.Named("spec.clusters[0]"); got != "spec.clusters[0]" {
		t.Error(got)
	}
}
