package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/krm"
	"github.com/meshtopo/meshtopo/limit"
	"github.com/meshtopo/meshtopo/load"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/spf13/cobra"
)

// fnFlags are the flags of fn.
type fnFlags struct {
	failOn, results string
	echo            bool
}

func (a *app) fnCommand() *cobra.Command {
	var f fnFlags
	c := &cobra.Command{
		Use:   "fn [CONFIG]",
		Short: "Be a KRM function: a ResourceList in, a ResourceList out",
		Long: `Be a KRM function: a ResourceList in, a ResourceList out.

kustomize, kpt and other hosts run it; docs/krm.md shows how. The functionConfig is a MeshTopology, whose objects are generated, or a MeshRender:

  apiVersion: meshtopo.dev/v1alpha1
  kind: MeshRender
  metadata: {name: mesh}
  spec:
    topology: topology.yaml        # below the working directory
    targets: [clusters/hangzhou]   # patterns; without them all targets
    mode: generate                 # or transform, or validate

CONFIG is a file with the functionConfig, for a List or a stream of objects, which bring none.

Nothing outside the working directory is read. Findings go to stderr too, since kustomize throws results away.

Exit status: 1 when there is a finding at or above --fail-on, and 2 for trouble; then stdout is empty.`,
		Example: "  kustomize build --enable-alpha-plugins --enable-exec examples/kustomize/overlays/prod\n  kpt fn eval --exec 'meshtopo fn' --fn-config render.yaml\n  kubectl get deployments -o yaml | meshtopo fn render.yaml",
		Args:    cobra.MaximumNArgs(1),
	}
	c.Flags().StringVar(&f.failOn, "fail-on", "error", "the least severity that makes the exit status 1: error or warning")
	c.Flags().StringVar(&f.results, "results-file", "", "also write the results to this file, as YAML")
	c.Flags().BoolVar(&f.echo, "echo", false, "mode validate: answer with the items under kustomize too, which transformers need and validators refuse")
	c.RunE = func(c *cobra.Command, args []string) error { return a.fn(c.Context(), args, f) }
	return c
}

// function is one run of fn.
type function struct {
	list     *krm.List
	config   krm.Config
	text     []byte   // of the functionConfig
	project  *project // nil when the functionConfig could not be read
	findings []diag.Finding
	items    []diag.Finding // about items
	results  []krm.Result   // of these
	notes    []string       // what is no finding
}

func (a *app) fn(ctx context.Context, args []string, f fnFlags) error {
	if err := oneOf("--fail-on", f.failOn, "error", "warning"); err != nil {
		return err
	}
	if err := a.verifyPlace(); err != nil {
		return err
	}
	signal.Ignore(syscall.SIGPIPE) // a host that has gone away is an error that can be told
	root, err := os.OpenRoot(a.dir)
	if err != nil {
		return fmt.Errorf("opening the working directory: %w", cause(err))
	}
	defer root.Close()
	fn, err := a.readFunction(root, args)
	if err != nil {
		return err
	}
	if err := fn.open(ctx, root, a.terms()); err != nil {
		return err
	}
	if err := fn.apply(ctx); err != nil {
		return err
	}
	return a.respond(fn, f)
}

// verifyPlace refuses to run where "below the working directory" means nothing.
func (a *app) verifyPlace() error {
	switch {
	case a.root != "":
		return errors.New("--root is not for fn: a function reads below its working directory only")
	case a.dir == "":
		return errors.New("the working directory is gone")
	case filepath.Dir(a.dir) == a.dir:
		return fmt.Errorf("the working directory is %s: a function reads below its working directory, and that would be everything; start it in the directory of the topology", a.dir)
	case terminal(a.in) && !isNull(a.in):
		return errors.New("fn reads a ResourceList from its input: it is started by kustomize, kpt or a pipe; to render by hand, run meshtopo render")
	case closedStdout(a.out):
		return errors.New("stdout is closed: the answer would be lost")
	}
	return nil
}

// isNull says whether a stream is the null device.
func isNull(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	null, nullErr := os.Stat(os.DevNull)
	return err == nil && nullErr == nil && os.SameFile(info, null)
}

// readFunction reads the input and the functionConfig.
func (a *app) readFunction(root *os.Root, args []string) (*function, error) {
	limits := a.terms().limits
	input, err := io.ReadAll(io.LimitReader(a.in, krm.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("reading the input: %w", err)
	}
	list, err := krm.Read(input)
	if errors.Is(err, krm.ErrEmpty) {
		return nil, fmt.Errorf("%w: want a ResourceList, as kustomize and kpt send it; to render by hand, run meshtopo render", err)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the input: %w", err)
	}
	if err := list.CheckIDs(); err != nil {
		return nil, fmt.Errorf("reading the input: %w", err)
	}
	fn := &function{list: list, text: list.Config}
	switch {
	case len(args) == 0 && list.Config == nil:
		return nil, errors.New("the input has no functionConfig: let the host send one, or name a file with it: meshtopo fn CONFIG")
	case len(args) == 1 && list.Config != nil:
		return nil, fmt.Errorf("two functionConfigs: the input brings one, and %q is another", args[0])
	case len(args) == 1:
		if fn.text, err = readConfig(root, args[0], limits.InputSize); err != nil {
			return nil, err
		}
	}
	if int64(len(fn.text)) > limits.InputSize {
		return nil, fmt.Errorf("the functionConfig is larger than %d bytes; allow more with --limit %s=N", limits.InputSize, limit.InputSize)
	}
	fn.config, fn.findings = krm.ReadConfig(fn.text, load.DocumentLimits(limits))
	if len(args) == 1 {
		fn.config.File = filepath.ToSlash(args[0])
	}
	diag.Locate(fn.findings, func(diag.Path, bool) (diag.Place, bool) { return diag.Place{File: krm.ConfigFile}, true })
	return fn, nil
}

func readConfig(root *os.Root, name string, most int64) ([]byte, error) {
	info, err := root.Stat(name)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > most) {
		err = fmt.Errorf("not a file of at most %d bytes; allow more with --limit %s=N", most, limit.InputSize)
	}
	var text []byte
	if err == nil {
		text, err = root.ReadFile(name)
	}
	if err != nil {
		return nil, fmt.Errorf("reading functionConfig %q: %w", name, cause(err))
	}
	return text, nil
}

// open takes the topology that the functionConfig is or names through the stages.
func (fn *function) open(ctx context.Context, root *os.Root, t terms) error {
	if diag.Count(fn.findings, diag.Error) > 0 {
		return nil
	}
	p := &project{root: root, terms: t}
	fn.project = p
	if fn.config.Kind == krm.KindTopology {
		p.topology = load.Text(krm.ConfigFile, fn.text, p.limits)
		return p.follow(ctx)
	}
	return p.read(ctx, path.Clean(fn.config.Topology))
}

// apply does what the mode says.
func (fn *function) apply(ctx context.Context) error {
	p := fn.project
	if p == nil || p.failed() {
		return nil
	}
	if fn.config.Mode == krm.Validate {
		if err := p.judge(ctx); err != nil || p.failed() {
			return err
		}
		return fn.compare()
	}
	objects, err := fn.objects(fn.selected)
	if p.absorb(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(objects) == 0 { // a host would delete what is there
		return fmt.Errorf("no target with manifests matches %q; the targets are %v, and %s holds Terraform", fn.config.Targets, p.targetNames(), mesh.NetworkTarget)
	}
	if fn.config.Mode == krm.Generate {
		_, err = fn.list.Generate(p.mesh.Name, fn.config, objects)
	} else {
		_, err = fn.list.Transform(p.mesh.Name, objects, fn.selected)
	}
	return err
}

// selected says whether a target is among those that the functionConfig chooses.
func (fn *function) selected(target string) bool {
	return len(fn.config.Targets) == 0 || slices.ContainsFunc(fn.config.Targets, func(glob string) bool { return mesh.TargetMatches(glob, target) })
}

// objects gives the objects of the selected targets, and renders no other.
func (fn *function) objects(selected func(target string) bool) ([]krm.Object, error) {
	var all []krm.Object
	for t, err := range fn.project.rendering.Selected(func(name string) bool { return name != mesh.NetworkTarget && selected(name) }) {
		if err != nil {
			return nil, err
		}
		all = append(all, fn.objectsOf(t)...)
	}
	return all, nil
}

func (fn *function) objectsOf(t manifest.Target) []krm.Object {
	var all []krm.Object
	var others []string
	for _, f := range t.Files {
		if !f.Listed && f.Path != manifest.KustomizationName {
			others = append(others, f.Path)
		}
		for i, o := range f.Objects {
			if f.Listed {
				all = append(all, krm.Object{Target: t.Name, File: f.Path, Index: i, Object: o})
			}
		}
	}
	if len(others) > 0 {
		fn.notes = append(fn.notes, fmt.Sprintf("target %s also holds %v, which are no manifests: meshtopo render writes them", t.Name, others))
	}
	return all
}
