// Package render makes of a mesh everything that follows from it: targets of files, one target at a time.
//
// Prepare adds the objects of components and applies the overlays, which is what may go wrong because of the user, and gives findings. Targets then yields the
// targets in canonical order; nothing is written here (manifest.Write writes). The same Rendering serves render, --check,
// --stdout, golden tests and KRM.
//
// For its next author: what a target holds is decided in Go (cluster.go, control.go, asm.go, probe.go) and printed by templates/, which
// decide nothing; Terraform is Go values all the way (network.go). The output of a template is parsed at once, compared with the objects that were planned, and encoded
// canonically. Overlays are vetted by us (component.go) and applied by kustomize in memory (kustomize.go) in a child process;
// this is the only room that knows kustomize. It imports diag, document, manifest, mesh and shape.
package render

import (
	"context"
	"fmt"
	"iter"
	"os"
	"slices"
	"sync"
	"text/template"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// Isolate runs a job of Jobs where it can do no harm. What the job exceeds comes back as a diag.Findings error.
type Isolate func(ctx context.Context, job string, request []byte) (response []byte, err error)

// Options say how a mesh is rendered.
type Options struct {
	Root    *os.Root // overlays are read below it
	Dir     string   // the topology's directory, slash-separated, relative to Root: overlay paths start here
	Isolate Isolate
	Added   map[string][]manifest.File // by target: files of objects of components, which overlays then change like the others
	Only    func(target string) bool   // nil, or the targets that overlays are applied to: no other may be asked for then
	whole   bool                       // every overlay is applied to whole targets; for tests
}

// Rendering is a mesh ready to be rendered: the objects of components are there, and its overlays have been applied.
type Rendering struct {
	mesh      *mesh.Mesh
	templates *template.Template
	added     map[string][]manifest.File
	made      map[string]manifest.Target // targets that are made already: those that an overlay changed as a whole
	edits     map[string]*edit           // what local overlays make of the other targets
	services  sync.Map                   // by serviceKey: files that clusters share

	// What is the same for all targets is made once, when the first asks.
	talk    func() map[*mesh.Cluster][]string // the peers of each cluster
	shared  func() map[*mesh.Service]bool     // services called across clusters
	routing func() ([]manifest.File, error)   // the routing objects of every istiod
}

// Prepare applies the overlays of a mesh. Targets without overlays are not rendered yet. With an error among the findings the
// Rendering is nil.
func Prepare(ctx context.Context, m *mesh.Mesh, o Options) (*Rendering, []diag.Finding, error) {
	templates, err := parseTemplates()
	if err != nil {
		return nil, nil, fmt.Errorf("parsing templates: %w", err)
	}
	r := &Rendering{mesh: m, templates: templates, added: o.Added, made: map[string]manifest.Target{}, edits: map[string]*edit{}}
	r.talk, r.shared, r.routing = sync.OnceValue(r.peersOfAll), sync.OnceValue(m.Shared), sync.OnceValues(r.routingFiles)
	findings, err := r.add()
	if err != nil || diag.Count(findings, diag.Error) > 0 {
		return nil, findings, err
	}
	ofOverlays, err := r.applyOverlays(ctx, o)
	findings = append(findings, ofOverlays...)
	if err != nil || diag.Count(findings, diag.Error) > 0 {
		return nil, findings, err
	}
	return r, findings, nil
}

// Targets yields the targets whose name a pattern matches (see mesh.TargetMatches; "" matches all), in canonical order. It
// stops at the first error, which is our own bug or comes from the overlays.
func (r *Rendering) Targets(pattern string) iter.Seq2[manifest.Target, error] {
	return r.Selected(func(name string) bool { return pattern == "" || mesh.TargetMatches(pattern, name) })
}

// Selected yields the targets of which the name is selected, as Targets does. No other target is rendered. Some are rendered before they are asked for,
// side by side.
func (r *Rendering) Selected(selected func(name string) bool) iter.Seq2[manifest.Target, error] {
	names := slices.DeleteFunc(r.mesh.Targets(), func(t mesh.TargetName) bool { return !selected(t.Name) })
	return ahead(names, r.target)
}

// target gives one target, as the overlays leave it.
func (r *Rendering) target(name mesh.TargetName) (manifest.Target, error) {
	if t, ok := r.made[name.Name]; ok {
		return t, nil
	}
	if !name.Manifests() {
		return r.network()
	}
	files, err := r.files(name)
	if err != nil {
		return manifest.Target{}, err
	}
	if e := r.edits[name.Name]; e != nil {
		if files, err = e.apply(files); err != nil {
			return manifest.Target{}, fmt.Errorf("target %s: %w", name.Name, err)
		}
	}
	return r.complete(name.Name, files)
}

// files gives the files of a target of manifests before overlays, those of components among them.
func (r *Rendering) files(name mesh.TargetName) ([]manifest.File, error) {
	files, err := r.own(name)
	return append(files, r.added[name.Name]...), err
}

// own renders what follows from the topology itself.
func (r *Rendering) own(name mesh.TargetName) (files []manifest.File, err error) {
	switch {
	case name.Name == mesh.DeliveryTarget:
		return r.delivery()
	case name.Cluster != nil:
		files, err = r.cluster(name.Cluster)
	default:
		files, err = r.control()
	}
	if err != nil {
		return nil, fmt.Errorf("target %s: %w", name.Name, err)
	}
	config, err := r.config(name)
	return append(files, config...), err
}

// complete protects and checks the objects of a target and adds its kustomization.
func (r *Rendering) complete(name string, files []manifest.File) (manifest.Target, error) {
	files, err := r.protect(files)
	if err != nil {
		return manifest.Target{}, fmt.Errorf("target %s: %w", name, err)
	}
	sortFiles(files)
	if findings := checkObjects(name, files); len(findings) > 0 {
		return manifest.Target{}, diag.Findings(findings)
	}
	files = append(files, manifest.Kustomization(files))
	return manifest.Target{Name: name, Files: files}, nil
}
