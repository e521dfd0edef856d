package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/meshtopo/meshtopo/check"
	"github.com/meshtopo/meshtopo/component"
	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/load"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/render"
)

// project is a topology on its way through the stages. Rendering is nil when there is an error among the findings.
type project struct {
	root       *os.Root
	label      string // what stands before names of files, for a topology out of version control; else ""
	topology   *load.Topology
	mesh       *mesh.Mesh
	components *component.Made // nil until they have been evaluated without errors
	rendering  *render.Rendering
	shard      *shard         // nil for all targets
	waivers    *check.Waivers // nil when the file could not be read
	findings   []diag.Finding
	prefixes   map[int]*render.Rendering // with so many overlays only, of those that were asked for
	terms
}

func (p *project) close() { p.root.Close() }

func (p *project) failed() bool { return diag.Count(p.findings, diag.Error) > 0 }

// open takes a topology through load, check, the components and the overlays. All that is wrong with it is in the findings; an error is trouble.
func (a *app) open(ctx context.Context, arg string) (*project, error) {
	root, name, err := a.openRoot(arg)
	if err != nil {
		return nil, err
	}
	p := &project{root: root, terms: a.terms(), shard: a.shard}
	if err := p.read(ctx, name); err != nil {
		root.Close()
		return nil, err
	}
	return p, nil
}

func (p *project) read(ctx context.Context, name string) error {
	file, err := load.Find(p.root, name)
	if err != nil {
		return err
	}
	p.topology, err = load.File(ctx, file, load.Options{Root: p.root, Isolate: p.isolate, Limits: p.limits})
	if err != nil {
		return err
	}
	return p.follow(ctx)
}

// follow takes a topology that has been read through check, the components and the overlays.
func (p *project) follow(ctx context.Context) error {
	p.findings = p.topology.Findings
	if p.failed() {
		return nil
	}
	waivers, refused := check.NewWaivers(p.topology.Spec)
	p.waivers = waivers
	p.add(refused)
	p.add(check.Topology(p.topology.Spec, p.limits))
	if p.failed() {
		return nil
	}
	p.mesh = mesh.Build(p.topology.Spec)
	made, findings, err := component.Evaluate(ctx, p.mesh, component.Options{Root: p.root, Dir: path.Dir(p.topology.File), Isolate: p.isolate, Limits: p.limits})
	p.add(findings)
	if err != nil || p.failed() {
		return err
	}
	p.components = made
	p.rendering, findings, err = p.prepare(ctx, p.mesh)
	p.add(findings)
	if err == nil && !p.failed() {
		p.add(waivers.Unused())
	}
	return err
}

// prepare applies the overlays of the mesh, or of the same mesh with fewer.
func (p *project) prepare(ctx context.Context, m *mesh.Mesh) (*render.Rendering, []diag.Finding, error) {
	o := render.Options{Root: p.root, Dir: path.Dir(p.topology.File), Isolate: p.isolate, Added: p.components.Files}
	if p.shard != nil {
		mine := p.shard.of(m.Targets())
		o.Only = func(target string) bool { return mine[target] }
	}
	return render.Prepare(ctx, m, o)
}

// add adds the findings that no waiver silences.
func (p *project) add(findings []diag.Finding) {
	diag.Locate(findings, p.topology.At)
	diag.Identify(findings, p.topology.Named)
	if p.waivers != nil {
		findings = p.waivers.Apply(findings)
	}
	p.findings = append(p.findings, findings...)
	diag.Sort(p.findings)
}

// absorb adds the findings that an error carries; false when it is trouble, or nil.
func (p *project) absorb(err error) bool {
	var found diag.Findings
	if !errors.As(err, &found) {
		return false
	}
	p.add(found)
	return true
}

// openRoot opens the root of a topology and gives the topology's name below it.
func (a *app) openRoot(arg string) (*os.Root, string, error) {
	abs, err := filepath.Abs(arg)
	if err != nil {
		return nil, "", fmt.Errorf("finding topology %q: %w", arg, err)
	}
	info, err := os.Stat(abs)
	if err == nil && a.root == "" {
		err = a.inside(abs, info)
	}
	if err != nil {
		return nil, "", fmt.Errorf("finding topology %q: %w", arg, cause(err))
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	dir := abs
	if !info.IsDir() {
		dir = filepath.Dir(abs)
	}
	if dir, err = a.rootOf(dir); err != nil {
		return nil, "", err
	}
	name, err := filepath.Rel(dir, abs)
	if err != nil || name == ".." || strings.HasPrefix(name, ".."+string(filepath.Separator)) {
		return nil, "", fmt.Errorf("topology %q is not below the root %q", arg, a.root)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, "", fmt.Errorf("opening root %q: %w", dir, cause(err))
	}
	return root, filepath.ToSlash(name), nil
}

// rootOf gives --root, else the nearest directory at or above dir with .git or .meshtopo-root, else dir.
func (a *app) rootOf(dir string) (string, error) {
	if a.root != "" {
		abs, err := filepath.Abs(a.root)
		if err != nil {
			return "", fmt.Errorf("opening root %q: %w", a.root, err)
		}
		if real, err := filepath.EvalSymlinks(abs); err == nil {
			abs = real
		}
		return abs, nil
	}
	for d := dir; ; d = filepath.Dir(d) {
		if isMarked(d) {
			return d, nil
		}
		if d == filepath.Dir(d) {
			return dir, nil
		}
	}
}

// cause is a file error without the path, which the sentence around it names.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// openAll opens every topology; the caller closes them.
func (a *app) openAll(ctx context.Context, args []string) ([]*project, error) {
	var projects []*project
	names := map[string]string{}
	for _, arg := range args {
		p, err := a.open(ctx, arg)
		if err != nil {
			closeAll(projects)
			return nil, err
		}
		projects = append(projects, p)
		if p.mesh == nil {
			continue
		}
		if other, ok := names[p.mesh.Name]; ok {
			closeAll(projects)
			return nil, fmt.Errorf("topologies %q and %q have the same metadata.name %q", other, arg, p.mesh.Name)
		}
		names[p.mesh.Name] = arg
	}
	return projects, nil
}

func closeAll(projects []*project) {
	for _, p := range projects {
		p.close()
	}
}
