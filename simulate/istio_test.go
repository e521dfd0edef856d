package simulate_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/render"
	"github.com/meshtopo/meshtopo/simulate"
)

// istioPair is pair on plain Istio, with what the test changes.
func istioPair(change func(*mesh.Body)) *mesh.Spec {
	s := pair()
	s.Spec.Provider = mesh.ProviderIstio
	s.Spec.Mesh = mesh.ControlPlane{Name: "shop", Version: "1.31.1"}
	if change != nil {
		change(&s.Spec)
	}
	return s
}

// networksOf puts each cluster into a network of its own.
func networksOf(b *mesh.Body) {
	for i := range b.Clusters {
		b.Clusters[i].Network = "net-" + b.Clusters[i].Name
	}
}

// On plain Istio requests go where they went with ASM: the objects are the same, in another target, and the mesh-wide rule stands in
// the configuration of each istiod, whichever way it is installed.
func TestIstioIsLikeASM(t *testing.T) {
	asm := newWorld(t, pair(), "")
	for name, change := range map[string]func(*mesh.Body){
		"helm":           nil,
		"sail":           func(b *mesh.Body) { b.Mesh.Install = mesh.InstallSail },
		"primary-remote": func(b *mesh.Body) { b.Clusters[1].Primary = b.Clusters[0].Name },
	} {
		istio := newWorld(t, istioPair(change), "")
		for _, lost := range []string{"", "region/a", "service/api@cluster/ca", "service/api", "mesh service/api@cluster/ca"} {
			for _, mode := range []string{"removed", "failing"} {
				same(t, name+": "+lost+" "+mode, shares(asm.run(mode, strings.Fields(lost)...)), shares(istio.run(mode, strings.Fields(lost)...)))
			}
		}
	}
}

// The mesh-wide rule comes from meshConfig: switched off there by an overlay of the Sail operator's object, it is off.
func TestIstioMeshConfig(t *testing.T) {
	off := `
apiVersion: sailoperator.io/v1
kind: Istio
metadata: {name: default}
spec:
  values:
    meshConfig: {localityLbSetting: {enabled: false}}
`
	w := newWorld(t, istioPair(func(b *mesh.Body) {
		b.Mesh.Install = mesh.InstallSail
		b.Traffic = mesh.TrafficSpec{Scope: mesh.ScopeMesh, LocalityRules: mesh.LocalityRules{Failover: []mesh.Failover{{From: "a", To: "b"}}}}
	}), off)
	same(t, "switched off", map[string]float64{"api v1@ca": 0.5, "api v1@cb": 0.5}, only("web@a", shares(w.run(""))))
}

// Without any istiod nothing is taken from EDS; as long as one is left, it is.
func TestIstioWithoutIstiods(t *testing.T) {
	frozen := func(w *world, lost ...string) bool {
		for _, note := range w.run("removed", lost...).Notes {
			if strings.HasPrefix(note, "the control plane is lost") {
				return true
			}
		}
		return false
	}
	several := newWorld(t, istioPair(nil), "")
	if frozen(several, "cluster/ca") || !frozen(several, "cluster/ca", "cluster/cb") {
		t.Error("EDS of two primaries goes on as long as one is left, and no longer")
	}
	one := newWorld(t, istioPair(func(b *mesh.Body) { b.Clusters[1].Primary = b.Clusters[0].Name }), "")
	if !frozen(one, "cluster/ca") || frozen(one, "cluster/cb") {
		t.Error("EDS goes with the only primary, and not with its remote")
	}
}

// Pods of other networks are gateways: one by the chart's values, or as many as meshNetworks has addresses. To eject both pods of region a
// takes 60 per cent where they are 2 of 4 hosts, and more where they are 2 of 3.
func TestIstioNetworks(t *testing.T) {
	addressed := func(b *mesh.Body) {
		networksOf(b)
		b.Mesh.Networks = []mesh.MeshNetworkSpec{{Name: "net-cb", Gateways: []mesh.NetworkGateway{{Address: "203.0.113.1", Port: 15443}, {Address: "203.0.113.2", Port: 15443}}}}
	}
	for name, c := range map[string]struct {
		networks func(*mesh.Body)
		drains   bool
	}{
		"one network": {func(*mesh.Body) {}, true}, "a gateway": {networksOf, false}, "two addresses": {addressed, true},
	} {
		w := newWorld(t, istioPair(func(b *mesh.Body) {
			c.networks(b)
			b.Services[1].TrafficPolicy = ejecting(60)
		}), "")
		got := only("web@a", shares(w.run("failing", "service/api@cluster/ca")))
		if drained := got["api v1@cb"] == 1; drained != c.drains {
			t.Errorf("%s: all requests go to the other region: %v, want %v (%v)", name, drained, c.drains, got)
		}
	}
}

// Injection labels pods with their network, also where all clusters are in one, and a rule may compare that label.
func TestIstioNetworkOfPods(t *testing.T) {
	for name, change := range map[string]func(*mesh.Body){
		"helm":           func(*mesh.Body) {},
		"sail":           func(b *mesh.Body) { b.Mesh.Install = mesh.InstallSail },
		"primary-remote": func(b *mesh.Body) { b.Clusters[1].Primary = b.Clusters[0].Name },
	} {
		for network, near := range map[string]float64{"pair": 1, "another": 0.5} {
			w := newWorld(t, istioPair(func(b *mesh.Body) {
				change(b)
				b.Services[1].Locality = &mesh.LocalitySpec{LocalityRules: mesh.LocalityRules{FailoverPriority: []string{"topology.istio.io/network=" + network, "topology.istio.io/cluster"}}}
			}), "")
			for _, home := range []string{"a", "b"} {
				got := only("web@"+home, shares(w.run("")))["api v1@c"+home]
				if got != near {
					t.Errorf("%s: network %s: %v of the requests of %s stay there, want %v", name, network, got, home, near)
				}
			}
		}
	}
}

// From another network, pods have the cluster of the gateway that stands for them: cb's pods are behind that of cc, which is preferred
// although it has none, and is not when the addresses of gateways are given, since nothing says which cluster those are in.
func TestIstioClusterOfGateway(t *testing.T) {
	for name, c := range map[string]struct {
		networks []mesh.MeshNetworkSpec
		far      float64 // of the requests of ca
	}{
		"gateway of another cluster": {nil, 1},
		"an address":                 {[]mesh.MeshNetworkSpec{{Name: "far", Gateways: []mesh.NetworkGateway{{Address: "203.0.113.1", Port: 15443}}}}, 2.0 / 4},
	} {
		w := newWorld(t, istioPair(func(b *mesh.Body) {
			b.Clusters = append(b.Clusters, mesh.ClusterSpec{Name: "cc", Region: "b"})
			no := false
			b.Clusters[0].Network, b.Clusters[1].Network, b.Clusters[2].Network = "near", "far", "far"
			b.Clusters[1].EastWestGateway = &no
			b.Mesh.Networks = c.networks
			b.Services[1].Locality = &mesh.LocalitySpec{LocalityRules: mesh.LocalityRules{FailoverPriority: []string{"topology.istio.io/cluster=cc"}}}
		}), "")
		if got := only("web@a", shares(w.run("")))["api v1@cb"]; got != c.far {
			t.Errorf("%s: %v of the requests leave, want %v", name, got, c.far)
		}
	}
}

// In an ambient mesh the gateway of a network is an object, and a Service says itself which endpoints its clients prefer.
func TestIstioAmbient(t *testing.T) {
	w := newWorld(t, istioPair(func(b *mesh.Body) {
		networksOf(b)
		b.Mesh.DataPlane = mesh.DataPlaneAmbient
		for i := range b.Services {
			b.Services[i].TrafficPolicy, b.Services[i].TrafficDistribution = nil, "PreferClose"
		}
	}), "")
	same(t, "all up", map[string]float64{"api v1@ca": 1}, only("web@a", shares(w.run(""))))
	same(t, "removed", map[string]float64{"api v1@cb": 1}, only("web@a", shares(w.run("removed", "service/api@cluster/ca"))))
	if notes := strings.Join(w.run("").Notes, "\n"); strings.Contains(notes, "is not simulated") {
		t.Errorf("what is rendered is not simulated: %q", notes)
	}
}

// Istiods that are told different things: that is said, and the first counts.
func TestIstiodsThatDiffer(t *testing.T) {
	targets := istioPair(func(b *mesh.Body) {
		b.Mesh.Install = mesh.InstallSail
	})
	m := mesh.Build(targets)
	r, _, err := render.Prepare(context.Background(), m, render.Options{})
	if err != nil {
		t.Fatal(err)
	}
	model, err := simulate.New(m, func(yield func(manifest.Target, error) bool) {
		for target, err := range r.Targets("") {
			if target.Name == "clusters/cb" {
				target.Files = slices.DeleteFunc(slices.Clone(target.Files), func(f manifest.File) bool { return f.Path == "routing/services/api.yaml" })
			}
			if !yield(target, err) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t, m, model}
	if notes := strings.Join(w.run("").Notes, "\n"); !strings.Contains(notes, "the istiod of clusters/cb is told something else than that of clusters/ca") {
		t.Errorf("the difference is not noted: %q", notes)
	}
}
