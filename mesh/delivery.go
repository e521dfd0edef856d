package mesh

import (
	"bytes"
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"
)

// Types of Delivery.
const (
	DeliveryArgoCD = "argocd"
	DeliveryFlux   = "flux"
)

// DeliverySpec is how rendered targets get into their clusters, as written: the type alone, or a mapping.
type DeliverySpec struct {
	Type      string   `json:"type"`
	RepoURL   string   `json:"repoURL"`
	Revision  string   `json:"revision"`
	Path      string   `json:"path"`
	Namespace string   `json:"namespace"`
	Project   string   `json:"project"`
	Secret    string   `json:"secret"`
	Order     []string `json:"order"`
}

// UnmarshalJSON takes both forms of a delivery.
func (d *DeliverySpec) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		*d = DeliverySpec{Path: "."}
		return decode(data, &d.Type)
	}
	type plain DeliverySpec
	return decode(data, (*plain)(d))
}

// Delivery is how rendered targets get into their clusters.
type Delivery struct {
	Type      string
	RepoURL   string // "" where Flux takes the GitRepository that its bootstrap makes
	Revision  string
	Path      string // in the repository, clean; "." is its top
	Namespace string // of the program's objects
	Project   string // AppProject of Argo CD
	Secret    string // of Flux, with the credentials of the repository; "" for none
	Steps     []Step // in the order of delivery
}

// Step is targets that are delivered at the same time, after those of the steps before it.
type Step struct {
	Region  string // "" for the last step, the control plane's
	Targets []TargetName
}

// DestinationOf is the name under which the delivering program knows where a target goes: the cluster's, or the control plane's.
func DestinationOf(target string) string { return path.Base(target) }

// DeliveryName names what delivers a target, an Application or a Kustomization: topology and target, joined by hyphens.
func DeliveryName(topology, target string) string {
	return topology + "-" + strings.ReplaceAll(target, "/", "-")
}

func (b *builder) delivery() {
	d := b.spec.Delivery
	if d == nil {
		return
	}
	namespace := "argocd"
	if d.Type == DeliveryFlux {
		namespace = "flux-system"
	}
	// Steps come first: Targets must not name the delivery yet.
	b.mesh.Delivery = &Delivery{
		Steps: b.steps(d.Order),
		Type:  d.Type, RepoURL: d.RepoURL, Revision: cmp.Or(d.Revision, "main"), Path: path.Clean(d.Path), Secret: d.Secret,
		Namespace: cmp.Or(d.Namespace, namespace), Project: cmp.Or(d.Project, "default"),
	}
}

// steps gives a step for each region with clusters, in the order asked for and then by name, and one for what is no cluster. Of those by name, regions whose
// remotes have their primaries in other regions come after these, where that can be. What runs must be there before traffic is sent to it, so routing is last.
func (b *builder) steps(order []string) []Step {
	byRegion := map[string][]TargetName{}
	var control []TargetName
	for _, t := range b.mesh.Targets() {
		switch {
		case t.Cluster != nil:
			byRegion[t.Region] = append(byRegion[t.Region], t)
		case t.Manifests():
			control = append(control, t)
		}
	}
	var steps []Step
	add := func(region string) {
		if targets := byRegion[region]; targets != nil {
			steps = append(steps, Step{Region: region, Targets: targets})
			delete(byRegion, region)
		}
	}
	for _, region := range order {
		add(region)
	}
	for len(byRegion) > 0 {
		left := slices.Sorted(maps.Keys(byRegion))
		ready := slices.IndexFunc(left, func(region string) bool { return !hasRemotesOf(byRegion, region) })
		add(left[max(ready, 0)]) // where regions wait for each other, by name
	}
	if len(control) > 0 {
		steps = append(steps, Step{Targets: control})
	}
	return steps
}

// hasRemotesOf says whether a region has remotes whose primary is in another region of those that are left.
func hasRemotesOf(left map[string][]TargetName, region string) bool {
	return slices.ContainsFunc(left[region], func(t TargetName) bool {
		primary := t.Cluster.Primary
		return primary != nil && primary.Region.Name != region && left[primary.Region.Name] != nil
	})
}
