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
}

// Rendering is a mesh ready to be rendered: the objects of components are there, and its overlays have been applied.
type Rendering struct {
	mesh      *mesh.Mesh
	templates *template.Template
	added     map[string][]manifest.File
	made      map[string]manifest.Target // targets that are made already: those that a component adds to, or an overlay changed
	services  map[serviceKey]manifest.File
	talk      map[*mesh.Cluster][]string // the peers of each cluster, when somebody asked
	shared    map[*mesh.Service]bool     // services called across clusters, when somebody asked
	routed    []manifest.File            // the routing objects of every istiod, when one was rendered
}

// Prepare applies the overlays of a mesh. Targets without overlays are not rendered yet. With an error among the findings the
// Rendering is nil.
func Prepare(ctx context.Context, m *mesh.Mesh, o Options) (*Rendering, []diag.Finding, error) {
	templates, err := parseTemplates()
	if err != nil {
		return nil, nil, fmt.Errorf("parsing templates: %w", err)
	}
	r := &Rendering{mesh: m, templates: templates, services: map[serviceKey]manifest.File{}, added: o.Added, made: map[string]manifest.Target{}}
	findings, err := r.add()
	if err != nil || len(findings) > 0 {
		return nil, findings, err
	}
	findings, err = r.applyOverlays(ctx, o)
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

// Selected yields the targets of which the name is selected, as Targets does. No other target is rendered.
func (r *Rendering) Selected(selected func(name string) bool) iter.Seq2[manifest.Target, error] {
	return func(yield func(manifest.Target, error) bool) {
		for _, name := range r.mesh.Targets() {
			if !selected(name.Name) {
				continue
			}
			t, err := r.target(name)
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
}

// target gives one target: as it was made already, else as nothing adds to it or changes it.
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
	return r.complete(name.Name, files)
}

// files renders the files of a target of manifests.
func (r *Rendering) files(name mesh.TargetName) (files []manifest.File, err error) {
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
