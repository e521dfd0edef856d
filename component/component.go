// Package component makes objects of the user's own: what spec.components adds to the targets of a mesh.
//
// A component is a directory of Go templates, or a Jsonnet file with a function. Either gets a view of the mesh (view.go), of the
// target's cluster, and the values of its entry, and answers with Kubernetes objects. Evaluate asks every component for every target
// that it is chosen for, and gives files that render adds to the targets before overlays. All that is wrong with a component is a
// finding with the component's file and line.
//
// For its next author: components are programs of strangers, so they are read and run by a job (job.go) in a child process. A
// directory (directory.go, template.go) is executed to text, which is parsed at once; origin.go knows which line of which template
// printed a line. A Jsonnet file (program.go) gives values. Both end in vet (object.go). This file and collect.go are the parent's
// part. The room imports diag, document, jsonnet, manifest, mesh and shape.
package component

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/limit"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// Isolate runs a job of Jobs where it can do no harm. What the job exceeds comes back as a diag.Findings error.
type Isolate func(ctx context.Context, job string, request []byte) (response []byte, err error)

// Options say where components are read and run.
type Options struct {
	Root    *os.Root // components are below it
	Dir     string   // the topology's directory, slash-separated, relative to Root: paths of components start here
	Isolate Isolate
	Limits  limit.Limits
}

// Made is what the components of a mesh make.
type Made struct {
	Files map[string][]manifest.File // by target: components/<name>.yaml of each component that makes something for it
	About map[string]string          // what component.yaml says of a component, by the From of its files
}

const (
	maxComponents = 32
	// maxBatch is how many targets one child gets: enough to share its start, few enough for its limits.
	maxBatch = 200
	// maxFindings is how many findings of one component are shown.
	maxFindings = 20
)

// Evaluate runs the components of a mesh. With an error among the findings what was made is of no use.
func Evaluate(ctx context.Context, m *mesh.Mesh, o Options) (*Made, []diag.Finding, error) {
	e := evaluator{
		mesh: m, options: o, made: &Made{Files: map[string][]manifest.File{}, About: map[string]string{}},
		names: map[string]int{}, seen: map[made]manifest.Object{}, twice: map[collision]int{},
	}
	if len(m.Components) == 0 {
		return e.made, nil, nil
	}
	if n := len(m.Components); n > maxComponents {
		return nil, []diag.Finding{diag.New(diag.Limit, "spec.components", "the topology has %d components; the limit is %d", n, maxComponents).
			WithFix("put what belongs together into one component")}, nil
	}
	view, err := json.Marshal(viewOf(m))
	if err != nil {
		return nil, nil, fmt.Errorf("encoding the mesh for components: %w", err)
	}
	e.view = view
	for i := range m.Components {
		if err := e.component(ctx, i); err != nil {
			return nil, nil, err
		}
	}
	e.reportCollisions()
	return e.made, e.findings, nil
}

// evaluator evaluates the components of a mesh, one after the other.
type evaluator struct {
	mesh       *mesh.Mesh
	options    Options
	view       json.RawMessage
	made       *Made
	names      map[string]int // index of the component of a name
	seen       map[made]manifest.Object
	twice      map[collision]int // index in collisions
	collisions []collided
	findings   []diag.Finding
}

func pathOf(i int) diag.Path { return diag.Path("spec.components").Index(i).Key("path") }

// component evaluates one component for all its targets.
func (e *evaluator) component(ctx context.Context, i int) error {
	if f, bad := e.misplaced(i); bad {
		e.findings = append(e.findings, f)
		return nil
	}
	c := collected{}
	for targets := range slices.Chunk(e.mesh.Components[i].Targets, maxBatch) {
		r, err := e.ask(ctx, i, targets)
		if found := (diag.Findings)(nil); errors.As(err, &found) {
			for j := range found {
				found[j].Path = pathOf(i)
			}
			e.findings = append(e.findings, found...)
			return nil
		}
		if err != nil {
			return fmt.Errorf("component %q: %w", e.mesh.Components[i].Path, err)
		}
		c.add(r)
		if len(r.Findings) > 0 {
			break // they are about the component itself
		}
	}
	return e.accept(i, c)
}

// misplaced says what is wrong with where a component is, or is for.
func (e *evaluator) misplaced(i int) (diag.Finding, bool) {
	c := e.mesh.Components[i]
	name := path.Join(e.options.Dir, c.Path)
	info, err := e.options.Root.Stat(name)
	switch {
	case name == ".." || strings.HasPrefix(name, "../") || escapes(err):
		return diag.New(diag.OutsideRoot, pathOf(i), "component %s leads outside the root", c.Path).
			WithFix("move the component below the root, or name a higher root with --root"), true
	case err != nil:
		return diag.New(diag.ComponentMissing, pathOf(i), "component %s: there is no %s", c.Path, name).
			WithFix("correct the path; it is relative to the topology's directory"), true
	case !info.IsDir() && (!info.Mode().IsRegular() || path.Ext(name) != jsonnetExtension):
		return diag.New(diag.ComponentMissing, pathOf(i), "component %s is neither a directory nor a Jsonnet file", c.Path).
			WithFix("name a directory with *%s, or a file *%s", templateExtension, jsonnetExtension), true
	case len(c.Targets) == 0:
		return diag.New(diag.ComponentNowhere, pathOf(i).Parent(), "component %s is chosen for no target", c.Path).
			WithFix("correct its targets, regions or labels; the targets are %s", some(e.targets())), true
	}
	return diag.Finding{}, false
}

// targets are the names of all targets that objects can be added to.
func (e *evaluator) targets() []string {
	var names []string
	for _, t := range e.mesh.Targets() {
		if t.Manifests() {
			names = append(names, t.Name)
		}
	}
	return names
}

// some lists at most five names.
func some(names []string) string {
	if len(names) > 5 {
		return strings.Join(names[:5], ", ") + fmt.Sprintf(" and %d more", len(names)-5)
	}
	return strings.Join(names, ", ")
}

// escapes says whether an os.Root refused a path because it leads outside; os exports no error for that.
func escapes(err error) bool { return err != nil && strings.Contains(err.Error(), "escapes") }

// ask runs a component for some targets in a child.
func (e *evaluator) ask(ctx context.Context, i int, targets []string) (response, error) {
	c := e.mesh.Components[i]
	q := request{Root: e.options.Root.Name(), Path: path.Join(e.options.Dir, c.Path), Values: c.Values, Mesh: e.view, MaxOutput: e.options.Limits.OrDefault().TemplateOutput}
	for _, t := range e.mesh.Targets() {
		if slices.Contains(targets, t.Name) {
			q.Targets = append(q.Targets, requestTarget{Name: t.Name, Cluster: targetOf(e.mesh, t.Cluster)})
		}
	}
	data, err := json.Marshal(q)
	if err != nil {
		return response{}, fmt.Errorf("encoding the request: %w", err)
	}
	answer, err := e.options.Isolate(ctx, Job, data)
	if err != nil {
		return response{}, err
	}
	var r response
	if err := decode(answer, &r); err != nil {
		return response{}, fmt.Errorf("reading the answer: %w", err)
	}
	return r, nil
}
