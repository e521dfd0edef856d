package simulate_test

import (
	"context"
	"fmt"
	"iter"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/render"
	"github.com/meshtopo/meshtopo/simulate"
)

// world is a model and the mesh it is of.
type world struct {
	t     testing.TB
	mesh  *mesh.Mesh
	model *simulate.Model
}

// fatal is what a test and a property have in common.
type fatal interface {
	Helper()
	Fatal(...any)
}

// modelOf renders a topology and reads it; objects, in YAML, are laid over what is rendered.
func modelOf(t fatal, s *mesh.Spec, objects string) (*mesh.Mesh, *simulate.Model) {
	t.Helper()
	m := mesh.Build(s)
	r, findings, err := render.Prepare(context.Background(), m, render.Options{})
	if err != nil || len(findings) > 0 {
		t.Fatal(err, findings)
	}
	more, err := manifest.Decode([]byte(objects))
	if err != nil {
		t.Fatal(err)
	}
	model, err := simulate.New(m, overlaid(r.Targets(""), more))
	if err != nil {
		t.Fatal(err)
	}
	return m, model
}

func newWorld(t testing.TB, s *mesh.Spec, objects string) *world {
	t.Helper()
	m, model := modelOf(t, s, objects)
	return &world{t, m, model}
}

// overlaid puts routing objects into the target of the control plane, and lays others over those of clusters.
func overlaid(targets iter.Seq2[manifest.Target, error], more []map[string]any) iter.Seq2[manifest.Target, error] {
	return func(yield func(manifest.Target, error) bool) {
		for t, err := range targets {
			if len(more) > 0 {
				t = laidOver(t, more)
			}
			if !yield(t, err) {
				return
			}
		}
	}
}

// laidOver gives a target with objects replaced by those of the same name; a routing object that it does not have is added, and an
// object without spec is taken away.
func laidOver(t manifest.Target, more []map[string]any) manifest.Target {
	byName := map[string]manifest.Object{}
	added := manifest.File{Path: "added.yaml", From: "spec.overlays[0]"}
	for _, fields := range more {
		o := manifest.Object{Fields: fields}
		byName[identity(o)] = o
		routing := strings.HasPrefix(fmt.Sprint(fields["apiVersion"]), "networking.istio.io/")
		if routing && fields["spec"] != nil && strings.HasPrefix(t.Name, "mesh/") {
			added.Objects = append(added.Objects, o)
		}
	}
	files := []manifest.File{added}
	for _, f := range t.Files {
		var kept []manifest.Object
		for _, o := range f.Objects {
			switch other, replaced := byName[identity(o)]; {
			case !replaced:
				kept = append(kept, o)
			case other.Fields["spec"] != nil && strings.HasPrefix(t.Name, "clusters/"):
				kept = append(kept, other)
			}
		}
		if f.Objects != nil {
			f.Objects = kept
		}
		files = append(files, f)
	}
	return manifest.Target{Name: t.Name, Files: files}
}

func identity(o manifest.Object) string {
	metadata, _ := o.Fields["metadata"].(map[string]any)
	return fmt.Sprint(o.Fields["kind"], metadata["namespace"], metadata["name"])
}

// scenario reads places.
func (w *world) scenario(mode string, lost ...string) simulate.Scenario {
	w.t.Helper()
	s := simulate.Scenario{Mode: mode}
	for _, text := range lost {
		p, err := w.mesh.Place(text)
		if err != nil {
			w.t.Fatal(err)
		}
		s.Lost = append(s.Lost, p)
	}
	return s
}

func (w *world) run(mode string, lost ...string) *flow.Report {
	w.t.Helper()
	return w.model.Run(w.scenario(mode, lost...))
}

// shares gives what a report says in short: "web@a > api v1@b" is the share of a hop, with " !" of the errors in it, and
// "web@a > api noEndpoint" the share of a drop.
func shares(r *flow.Report) map[string]float64 {
	short := map[string]float64{}
	for _, h := range r.Hops {
		to := fmt.Sprintf("%s > %s %s@%s", client(h.From), h.To.Service, h.To.Version, h.To.Cluster)
		short[to] = h.Share
		if h.Errors > 0 {
			short[to+" !"] = h.Errors
		}
	}
	for _, d := range r.Dropped {
		short[strings.TrimSpace(client(d.From)+" > "+d.Service)+" "+d.Kind] += d.Share
	}
	return short
}

// only keeps the shares of one client.
func only(from string, all map[string]float64) map[string]float64 {
	kept := map[string]float64{}
	for k, v := range all {
		if strings.HasPrefix(k, from+" >") {
			kept[strings.TrimPrefix(k, from+" > ")] = v
		}
	}
	return kept
}

func client(c flow.Client) string {
	if c.Gateway != "" {
		return c.Gateway + "@" + c.Region
	}
	return c.Service + "@" + c.Region
}

// rates gives requests per second by service, version and region, and the drops.
func rates(r *flow.Report) map[string]float64 {
	short := map[string]float64{}
	for _, s := range r.EndToEnd {
		short[s.Service+" "+s.Version+"@"+s.Region] = s.RPS
	}
	for _, d := range r.Dropped {
		short[d.Service+" "+d.Kind] += d.RPS
	}
	return short
}

var close9 = cmpopts.EquateApprox(1e-9, 1e-9)

func same(t testing.TB, what string, want, got map[string]float64) {
	t.Helper()
	for k, v := range got {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("%s: %s is %v", what, k, v)
		}
	}
	if d := cmp.Diff(want, got, close9); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// reference is how a report names a service.
func reference(qualified string) string {
	return strings.TrimPrefix(qualified, mesh.DefaultNamespace+"/")
}

func last(qualified string) string { return qualified[strings.LastIndex(qualified, "/")+1:] }
