// Package render makes of a mesh everything that follows from it: targets of files, one target at a time.
//
// Prepare applies the overlays, which is what may go wrong because of the user, and gives findings. Targets then yields the
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
}

// Rendering is a mesh ready to be rendered: its overlays have been applied.
type Rendering struct {
	mesh      *mesh.Mesh
	templates *template.Template
	overlaid  map[string]manifest.Target // targets that an overlay changed
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
	r := &Rendering{mesh: m, templates: templates, services: map[serviceKey]manifest.File{}}
	findings, err := r.applyOverlays(ctx, o)
	if err != nil || diag.Count(findings, diag.Error) > 0 {
		return nil, findings, err
	}
	return r, findings, nil
}

// Targets yields the targets whose name a pattern matches (see mesh.TargetMatches; "" matches all), in canonical order. It
// stops at the first error, which is our own bug or comes from the overlays.
func (r *Rendering) Targets(pattern string) iter.Seq2[manifest.Target, error] {
	return func(yield func(manifest.Target, error) bool) {
		for _, name := range r.mesh.Targets() {
			if pattern != "" && !mesh.TargetMatches(pattern, name.Name) {
				continue
			}
			t, ok := r.overlaid[name.Name]
			var err error
			if !ok {
				t, err = r.target(name)
			}
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
}

// target renders one target without overlays.
func (r *Rendering) target(name mesh.TargetName) (manifest.Target, error) {
	if !name.Manifests() {
		return r.network()
	}
	var files []manifest.File
	var err error
	if name.Cluster != nil {
		files, err = r.cluster(name.Cluster)
	} else {
		files, err = r.control()
	}
	if err != nil {
		return manifest.Target{}, fmt.Errorf("target %s: %w", name.Name, err)
	}
	return r.complete(name.Name, files)
}

// complete checks the objects of a target and adds its kustomization.
func (r *Rendering) complete(name string, files []manifest.File) (manifest.Target, error) {
	sortFiles(files)
	if findings := checkObjects(name, files); len(findings) > 0 {
		return manifest.Target{}, diag.Findings(findings)
	}
	files = append(files, manifest.Kustomization(files))
	return manifest.Target{Name: name, Files: files}, nil
}
