package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	examples = "../examples"
	tutorial = "bookinfo-failover"
	hangzhou = "clusters/ack-hangzhou"
	foreign  = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: mine\ndata:\n  text: \"no\"\n"
)

// result is what a program left.
type result struct {
	stdout, stderr string
	status         int
}

// runIn runs a program in a directory, with meshtopo on its PATH.
func runIn(t *testing.T, dir string, stdin []byte, name string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, bytes.NewReader(stdin), &out, &errs
	cmd.Env = append(os.Environ(), "PATH="+onPath(t)+string(os.PathListSeparator)+os.Getenv("PATH"))
	err := cmd.Run()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// onPath gives a directory that holds the program under its name.
func onPath(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink(built.meshtopo, filepath.Join(dir, "meshtopo")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// build runs kustomize build with both flags that functions need, from another directory.
func build(t *testing.T, dir string, flags ...string) result {
	t.Helper()
	args := append([]string{"build", "--enable-alpha-plugins", "--enable-exec"}, flags...)
	return runIn(t, t.TempDir(), nil, built.kustomize, append(args, dir)...)
}

// succeeded gives the objects that a build printed.
func succeeded(t *testing.T, r result) []object {
	t.Helper()
	if r.status != 0 {
		t.Fatalf("exit status %d: %s", r.status, r.stderr)
	}
	return decode(t, []byte(r.stdout))
}

// config is a functionConfig that kustomize runs the program for.
func config(mode, targets string) string {
	return fmt.Sprintf("apiVersion: meshtopo.dev/v1alpha1\nkind: MeshRender\nmetadata:\n  name: %s\n  annotations:\n%sspec: {topology: topology.yaml, targets: [%q], mode: %s}\n",
		mode, function, targets, mode)
}

const function = "    config.kubernetes.io/function: |\n      exec: {path: meshtopo, args: [fn]}\n"

// kustomizations writes a directory for kustomize, with the tutorial's topology in it.
func kustomizationDir(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "base", "topology.yaml"), read(t, filepath.Join(topologies, tutorial, "topology.yaml")))
	write(t, filepath.Join(dir, "base", "mine.yaml"), []byte(foreign))
	write(t, filepath.Join(dir, "base", "generate.yaml"), []byte(config("generate", hangzhou)))
	write(t, filepath.Join(dir, "base", "transform.yaml"), []byte(config("transform", hangzhou)))
	write(t, filepath.Join(dir, "base", "validate.yaml"), []byte(config("validate", hangzhou)))
	for name, text := range files {
		write(t, filepath.Join(dir, name), []byte(text))
	}
	return dir
}

// generated gives the objects of the tutorial's target as fn makes them: those of render with two annotations, and what was there before.
func generated(t *testing.T, more ...object) []object {
	t.Helper()
	objects := written(t, filepath.Join(golden, tutorial, hangzhou))
	for _, o := range objects {
		metadata := o["metadata"].(object)
		annotations, _ := metadata["annotations"].(object)
		if annotations == nil {
			annotations = object{}
		}
		annotations["meshtopo.dev/topology"], annotations["meshtopo.dev/target"] = tutorial, hangzhou
		metadata["annotations"] = annotations
	}
	return sorted(append(objects, more...))
}

func expect(t *testing.T, what string, want, got []object) {
	t.Helper()
	if diff := cmp.Diff(want, sorted(got)); diff != "" {
		t.Errorf("%s (-want +kustomize):\n%s", what, diff)
	}
}

// TestFunctionInKustomize runs the function in every place that kustomize has for one.
func TestFunctionInKustomize(t *testing.T) {
	mine := decode(t, []byte(foreign))[0]
	indented := func(text string) string { return "- |\n  " + strings.ReplaceAll(text, "\n", "\n  ") + "\n" }
	for _, test := range []struct{ name, kustomization string }{
		{"generator in a file", "generators: [generate.yaml]\n"},
		{"generator inline", "generators:\n" + indented(config("generate", hangzhou))},
		{"topology inline", "generators:\n" + indented(inlineTopology(t))},
		{"transformer in a file", "transformers: [transform.yaml]\n"},
		{"transformer inline", "transformers:\n" + indented(config("transform", hangzhou))},
		{"transformer after a generator", "generators: [generate.yaml]\ntransformers: [transform.yaml]\n"},
		{"validator in a file", "generators: [generate.yaml]\nvalidators: [validate.yaml]\n"},
		{"validator inline", "generators: [generate.yaml]\nvalidators:\n" + indented(config("validate", hangzhou))},
		{"check among transformers", "generators: [generate.yaml]\ntransformers:\n" + indented(strings.Replace(config("validate", hangzhou), "args: [fn]", "args: [fn, --echo]", 1))},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := kustomizationDir(t, map[string]string{
				"base/kustomization.yaml":       "resources: [mine.yaml]\n" + test.kustomization,
				"over/there/kustomization.yaml": "resources: [../../base]\nlabels:\n- pairs: {tier: prod}\n",
			})
			expect(t, "kustomize build base", generated(t, mine), succeeded(t, build(t, filepath.Join(dir, "base"))))
			want := generated(t, decode(t, []byte(foreign))[0])
			for _, o := range want {
				metadata := o["metadata"].(object)
				labels, _ := metadata["labels"].(object)
				if labels == nil {
					labels = object{}
				}
				labels["tier"], metadata["labels"] = "prod", labels
			}
			expect(t, "kustomize build of an overlay elsewhere", want, succeeded(t, build(t, filepath.Join(dir, "over", "there"))))
		})
	}
}

// inlineTopology gives the tutorial's topology as a functionConfig.
func inlineTopology(t *testing.T) string {
	t.Helper()
	text := string(read(t, filepath.Join(topologies, tutorial, "topology.yaml")))
	_, text, _ = strings.Cut(text, "\n") // its comment
	name := "metadata:\n  name: " + tutorial + "\n"
	if !strings.Contains(text, name) {
		t.Fatalf("no %q in the topology", name)
	}
	return strings.Replace(text, name, name+"  annotations:\n    meshtopo.dev/targets: "+hangzhou+"\n"+function, 1)
}

// TestTransformerRefreshes: what was generated once and edited since is put right, what is of a service that is gone is removed, and what is the user's stays.
func TestTransformerRefreshes(t *testing.T) {
	dir := kustomizationDir(t, map[string]string{"base/kustomization.yaml": "resources: [mine.yaml]\ngenerators: [generate.yaml]\n"})
	old := build(t, filepath.Join(dir, "base")).stdout
	if !strings.Contains(old, "replicas: 1") {
		t.Fatal("no replicas in the build")
	}
	gone := "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: gone\n  annotations:\n    meshtopo.dev/topology: " + tutorial + "\n    meshtopo.dev/target: " + hangzhou + "\n"
	write(t, filepath.Join(dir, "base", "old.yaml"), []byte(strings.ReplaceAll(old, "replicas: 1", "replicas: 9")+gone))
	write(t, filepath.Join(dir, "base", "kustomization.yaml"), []byte("resources: [old.yaml]\ntransformers: [transform.yaml]\n"))
	expect(t, "kustomize build", generated(t, decode(t, []byte(foreign))[0]), succeeded(t, build(t, filepath.Join(dir, "base"))))
}

// TestFindingFailsBuild: kustomize throws results away, so the finding must be on stderr and the exit status must not be 0.
func TestFindingFailsBuild(t *testing.T) {
	for _, kustomization := range []string{"generators: [generate.yaml]", "transformers: [transform.yaml]", "validators: [validate.yaml]"} {
		dir := kustomizationDir(t, map[string]string{"base/kustomization.yaml": "resources: [mine.yaml]\n" + kustomization + "\n"})
		file := filepath.Join(dir, "base", "topology.yaml")
		write(t, file, bytes.Replace(read(t, file), []byte("podCIDR: 10.1.0.0/16"), []byte("podCIDR: 10.0.128.0/17"), 1))
		r := build(t, filepath.Join(dir, "base"))
		if r.status == 0 || r.stdout != "" || !strings.Contains(r.stderr, "[MT101 cidr-overlap]") || !strings.Contains(r.stderr, "topology.yaml:46:14: error:") {
			t.Errorf("%s: exit status %d, stdout %q, stderr:\n%s", kustomization, r.status, r.stdout, r.stderr)
		}
	}
}

// TestCheckOfItems: what was generated once and edited since is a warning, which fails the build where the kustomization says so. What is as
// it was generated is none, also when a kustomization above changes it.
func TestCheckOfItems(t *testing.T) {
	dir := kustomizationDir(t, map[string]string{
		"base/kustomization.yaml": "resources: [mine.yaml]\ngenerators: [generate.yaml]\nvalidators: [validate.yaml]\n",
		"over/kustomization.yaml": "resources: [../base]\nlabels:\n- pairs: {tier: prod}\n",
	})
	base := filepath.Join(dir, "base")
	if r := build(t, filepath.Join(dir, "over")); r.status != 0 || strings.Contains(r.stderr, "MT602") {
		t.Errorf("exit status %d: %s", r.status, r.stderr)
	}
	write(t, filepath.Join(base, "old.yaml"), []byte(strings.ReplaceAll(build(t, base).stdout, "replicas: 1", "replicas: 9")))
	write(t, filepath.Join(base, "kustomization.yaml"), []byte("resources: [old.yaml]\nvalidators: [validate.yaml]\n"))
	if r := build(t, base); r.status != 0 || !strings.Contains(r.stdout, "replicas: 9") {
		t.Errorf("exit status %d: %s", r.status, r.stderr)
	}
	strict := strings.Replace(config("validate", hangzhou), "args: [fn]", "args: [fn, --fail-on, warning]", 1)
	write(t, filepath.Join(base, "validate.yaml"), []byte(strict))
	if r := build(t, base); r.status == 0 || r.stdout != "" || !strings.Contains(r.stderr, "spec.replicas: have 9, want 1 [MT602 tree-stale]") {
		t.Errorf("exit status %d: %s", r.status, r.stderr)
	}
}

// TestCheckAmongTransformers: what docs/krm.md warns of. kustomize takes the answer that its validators need for an empty one.
func TestCheckAmongTransformers(t *testing.T) {
	dir := kustomizationDir(t, map[string]string{"base/kustomization.yaml": "resources: [mine.yaml]\ntransformers: [validate.yaml]\n"})
	if objects := succeeded(t, build(t, filepath.Join(dir, "base"))); len(objects) != 0 {
		t.Errorf("a check among transformers no longer deletes everything: %v", objects)
	}
}

// TestMisplacedModes: what MT607 says of modes under fields that are not for them.
func TestMisplacedModes(t *testing.T) {
	ours := len(generated(t))
	for _, test := range []struct {
		kustomization string
		status        int
		objects       int // with the ConfigMap
		stderr        string
	}{
		{"generators: [transform.yaml]", 0, ours + 1, ""},
		{"generators: [validate.yaml]", 0, 1, ""},
		{"transformers: [generate.yaml]", 0, ours + 1, ""},
		{"generators: [generate.yaml]\ntransformers: [generate.yaml]", 1, 0, "it was generated before"},
		{"validators: [generate.yaml]", 1, 0, "validator shouldn't modify the resource map"},
		{"validators: [transform.yaml]", 1, 0, "validator shouldn't modify the resource map"},
	} {
		dir := kustomizationDir(t, map[string]string{"base/kustomization.yaml": "resources: [mine.yaml]\n" + test.kustomization + "\n"})
		r := build(t, filepath.Join(dir, "base"))
		objects := decode(t, []byte(r.stdout))
		if r.status != test.status || len(objects) != test.objects || !strings.Contains(r.stderr, test.stderr) {
			t.Errorf("%s: exit status %d, %d objects, %s", test.kustomization, r.status, len(objects), r.stderr)
		}
	}
}

// TestMissingFlags: what docs/krm.md says of kustomize without one of the flags. That it is silent in one case is kustomize's doing; when
// that changes, the documentation must.
func TestMissingFlags(t *testing.T) {
	dir := filepath.Join(kustomizationDir(t, map[string]string{"base/kustomization.yaml": "resources: [mine.yaml]\ngenerators: [generate.yaml]\n"}), "base")
	r := runIn(t, dir, nil, built.kustomize, "build", "--enable-exec", ".")
	if r.status == 0 || !strings.Contains(r.stderr, "external plugins disabled") {
		t.Errorf("only --enable-exec: exit status %d, %s", r.status, r.stderr)
	}
	r = runIn(t, dir, nil, built.kustomize, "build", "--enable-alpha-plugins", ".")
	if diff := cmp.Diff(decode(t, []byte(foreign)), succeeded(t, r)); diff != "" || strings.Contains(r.stderr, "meshtopo") {
		t.Errorf("only --enable-alpha-plugins: kustomize no longer skips the function silently: %s\n%s", diff, r.stderr)
	}
}

// TestExamples runs the documented command of each example.
func TestExamples(t *testing.T) {
	t.Run("kustomize", func(t *testing.T) {
		command := documented(t, "kustomize")
		if len(command) < 2 || command[0] != "kustomize" {
			t.Fatalf("not a command of kustomize: %q", command)
		}
		r := runIn(t, "..", nil, built.kustomize, command[1:]...)
		kinds := map[string]bool{}
		for _, o := range succeeded(t, r) {
			kinds[o["kind"].(string)] = true
		}
		for _, kind := range []string{"Namespace", "Deployment", "Service", "ServiceAccount", "ResourceQuota"} {
			if !kinds[kind] {
				t.Errorf("no %s in\n%s", kind, r.stdout)
			}
		}
		if !strings.Contains(r.stdout, "image: registry.example.com/web:1.1\n") {
			t.Errorf("the overlay has not changed the image of what was generated:\n%s", r.stdout)
		}
	})
	t.Run("kpt", func(t *testing.T) {
		pkg := filepath.Join(t.TempDir(), "kpt")
		if err := os.CopyFS(pkg, os.DirFS(filepath.Join(examples, "kpt"))); err != nil {
			t.Fatal(err)
		}
		if kpt, err := exec.LookPath("kpt"); err == nil {
			kptRenders(t, kpt, pkg)
		} else {
			t.Log("NOT RUN against the real kpt, which is not here: the Kptfile is held against its specification only")
			kptPipeline(t, pkg)
		}
	})
}

// documented gives the one command in the shell block of an example's README, word by word, without any cd before it and comment after it.
func documented(t *testing.T, example string) []string {
	t.Helper()
	_, text, ok := strings.Cut(string(read(t, filepath.Join(examples, example, "README.md"))), "```sh\n")
	block, _, closed := strings.Cut(text, "\n```")
	if !ok || !closed || strings.Contains(block, "\n") {
		t.Fatalf("the README of %s does not hold one command", example)
	}
	block, _, _ = strings.Cut(block, " # ")
	if _, after, ok := strings.Cut(block, " && "); ok {
		block = after
	}
	return strings.Fields(block)
}

// kptRenders runs the real kpt twice: the second time nothing changes.
func kptRenders(t *testing.T, kpt, pkg string) {
	before := treeOf(t, pkg)
	for range 2 {
		if r := runIn(t, pkg, nil, kpt, documented(t, "kpt")[1:]...); r.status != 0 {
			t.Fatalf("exit status %d:\n%s%s", r.status, r.stdout, r.stderr)
		}
	}
	once := treeOf(t, pkg)
	for name, text := range before {
		if once[name] != text && name != "Kptfile" { // kpt writes a status there
			t.Errorf("%s was changed:\n%s", name, cmp.Diff(text, once[name]))
		}
	}
	for _, name := range []string{"clusters/hangzhou/namespaces.yaml", "clusters/shanghai/services/web.yaml", "mesh/mesh/services/web.yaml"} {
		if once[name] == "" {
			t.Errorf("%s was not written", name)
		}
	}
	topology := filepath.Join(pkg, "topology.yaml")
	write(t, topology, bytes.Replace(read(t, topology), []byte("replicas: 2"), []byte("replicas: 5"), 1))
	if r := runIn(t, pkg, nil, kpt, documented(t, "kpt")[1:]...); r.status != 0 {
		t.Fatalf("exit status %d:\n%s%s", r.status, r.stdout, r.stderr)
	}
	if text := treeOf(t, pkg)["clusters/shanghai/services/web.yaml"]; !strings.Contains(text, "replicas: 5") {
		t.Errorf("the change did not arrive:\n%s", text)
	}
}

// treeOf gives the text of every file below a directory.
func treeOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	names := []string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range names {
		name, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.ToSlash(name)] = string(read(t, path))
	}
	return files
}

// kptPipeline does what the specification of Kptfiles says of a pipeline: every YAML file of the package is an item with its path and
// index, each function gets the answer of the one before, with its config file as functionConfig.
func kptPipeline(t *testing.T, pkg string) {
	var items strings.Builder
	files := treeOf(t, pkg)
	var names []string
	for name := range files {
		if strings.HasSuffix(name, ".yaml") || name == "Kptfile" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		o := decode(t, []byte(files[name]))[0]
		fmt.Fprintf(&items, "- %s\n", inFile(t, o, name))
	}
	list := items.String()
	for _, step := range []string{"render.yaml", "check.yaml"} {
		input := "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n" + list + "functionConfig: " + inFile(t, decode(t, []byte(files[step]))[0], step) + "\n"
		r := runIn(t, pkg, []byte(input), built.meshtopo, "fn")
		if r.status != 0 {
			t.Fatalf("%s: exit status %d: %s", step, r.status, r.stderr)
		}
		if step == "check.yaml" && r.stdout != input {
			t.Errorf("the check changed the list:\n%s", cmp.Diff(input, r.stdout))
		}
		_, after, _ := strings.Cut(r.stdout, "items:\n")
		list = after
	}
	if !strings.Contains(list, "internal.config.kubernetes.io/path: clusters/shanghai/services/web.yaml") {
		t.Errorf("nothing was generated:\n%s", list)
	}
}
