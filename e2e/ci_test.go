package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

// action is what the tests need of action.yml.
type action struct {
	Inputs map[string]struct {
		Default  string
		Required bool
	}
	Runs struct{ Steps []actionStep }
}

type actionStep struct {
	ID, Name, If, Shell, Run string
	Env                      map[string]string
}

func readAction(t *testing.T) action {
	t.Helper()
	return readActionFile(t, "../action.yml")
}

func readActionFile(t *testing.T, file string) action {
	t.Helper()
	var a action
	if err := yaml.Unmarshal(read(t, file), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestActionSchema holds action.yml against a schema of action metadata.
func TestActionSchema(t *testing.T) {
	c := jsonschema.NewCompiler()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(read(t, "testdata/action.schema.json")))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.AddResource("action.schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("action.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	verdict := func(text []byte) error {
		data, err := yaml.YAMLToJSONStrict(text)
		if err != nil {
			return err
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			return err
		}
		return schema.Validate(value)
	}
	good := read(t, "../action.yml")
	for _, file := range []string{"../action.yml", "../comment/action.yml"} {
		if err := verdict(read(t, file)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	for _, change := range [][2]string{{"    shell: bash\n", ""}, {"required: true", "required: yes please"}, {"using: composite", "using: node20"}, {"\nruns:\n", "\nrun:\n"}} {
		if verdict(bytes.Replace(good, []byte(change[0]), []byte(change[1]), 1)) == nil {
			t.Errorf("the schema takes %q instead of %q", change[1], change[0])
		}
	}
}

// TestActionScripts holds that no input is part of a script's text, and that shellcheck has nothing to say.
func TestActionScripts(t *testing.T) {
	shellcheck := need(t, "shellcheck")
	for _, s := range append(readAction(t).Runs.Steps, readActionFile(t, "../comment/action.yml").Runs.Steps...) {
		if strings.Contains(s.Run, "${{") {
			t.Errorf("step %q: an expression in the text of a script is run: give it through env", s.Name)
		}
		cmd := exec.Command(shellcheck, "--shell=bash", "-")
		cmd.Stdin = strings.NewReader(s.Run)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("step %q: %v\n%s", s.Name, err, out)
		}
	}
}

// TestActionlint lets actionlint read workflows that use the action: it checks inputs against action.yml.
func TestActionlint(t *testing.T) {
	example := read(t, "../examples/github/meshtopo.yml")
	second := read(t, "../examples/github/meshtopo-comment.yml")
	local := bytes.Replace(example, []byte("meshtopo/meshtopo@v0.1.0"), []byte("./"), 1)
	for _, test := range []struct {
		name     string
		workflow []byte
		want     string // in the complaint; "" for none
	}{
		{"the example", example, ""},
		{"the second example", second, ""},
		{"the action of this clone", local, ""},
		{"an input that there is not", bytes.Replace(local, []byte("output: rendered"), []byte("outptu: rendered"), 1), `input "outptu" is not defined`},
		{"no topology", bytes.Replace(local, []byte("topologies: mesh"), []byte("fail-on: error"), 1), `missing input "topologies"`},
	} {
		r := newRepository(t)
		write(t, filepath.Join(r.dir, "action.yml"), read(t, "../action.yml"))
		write(t, filepath.Join(r.dir, ".github/workflows/mesh.yml"), test.workflow)
		tool := strings.TrimSpace(string(run(t, "go", "tool", "-n", "actionlint")))
		out, ok := r.run(tool, "-no-color")
		if ok != (test.want == "") || !strings.Contains(out, test.want) {
			t.Errorf("%s: ended well: %v, want %q in\n%s", test.name, ok, test.want, out)
		}
	}
}

var expression = regexp.MustCompile(`\$\{\{ *([a-z_.-]+) *\}\}`)

// runner does what GitHub's runner does with the steps of the action. It knows the expressions that action.yml uses and no others.
type runner struct {
	t      *testing.T
	action action
	values map[string]string // of expressions: github.repository, inputs.output, steps.review.outputs.risk
	env    []string          // beside that of the repository
}

// value gives an expression's value; one that nobody set is an error of the test, or empty when it is an output or of the event.
func (r *runner) value(name string) string {
	if v, ok := r.values[name]; ok {
		return v
	}
	input, isInput := strings.CutPrefix(name, "inputs.")
	declared, ok := r.action.Inputs[input]
	if isInput && !ok || !isInput && !strings.HasPrefix(name, "steps.") && !strings.HasPrefix(name, "github.event.") {
		r.t.Fatalf("the runner of this test does not know %s", name)
	}
	return declared.Default
}

func (r *runner) expand(text string) string {
	return expression.ReplaceAllStringFunc(text, func(e string) string { return r.value(expression.FindStringSubmatch(e)[1]) })
}

// condition judges an if: comparisons joined by &&.
func (r *runner) condition(text string) bool {
	text = strings.TrimSuffix(strings.TrimPrefix(text, "${{ "), " }}")
	if text == "" {
		return true
	}
	operand := func(s string) string {
		if literal, ok := strings.CutPrefix(s, "'"); ok {
			return strings.TrimSuffix(literal, "'")
		}
		return r.value(s)
	}
	for _, part := range strings.Split(text, " && ") {
		if left, right, ok := strings.Cut(part, " != "); ok {
			if operand(left) == operand(right) {
				return false
			}
			continue
		}
		left, right, ok := strings.Cut(part, " == ")
		if !ok {
			r.t.Fatalf("the runner of this test does not know %q", part)
		}
		if operand(left) != operand(right) {
			return false
		}
	}
	return true
}

// outputs takes what a step wrote to GITHUB_OUTPUT.
func (r *runner) outputs(id string, text []byte) {
	for _, line := range strings.Split(string(text), "\n") {
		if name, value, ok := strings.Cut(line, "="); ok {
			r.values["steps."+id+".outputs."+name] = value
		}
	}
}

func (r *runner) run(repo repository) (out string, ok bool) {
	temp := r.t.TempDir()
	output := filepath.Join(temp, "output")
	root, err := filepath.Abs("..")
	if err != nil {
		r.t.Fatal(err)
	}
	for _, s := range r.action.Runs.Steps {
		if !r.condition(s.If) {
			continue
		}
		write(r.t, output, nil)
		cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", s.Run)
		cmd.Dir = repo.dir
		cmd.Env = append(slices.Clone(repo.env), "GITHUB_OUTPUT="+output, "GITHUB_STEP_SUMMARY="+filepath.Join(temp, "summary"), "GITHUB_ACTION_PATH="+root, "RUNNER_TEMP="+temp)
		cmd.Env = append(cmd.Env, r.env...)
		for k, v := range s.Env {
			cmd.Env = append(cmd.Env, k+"="+r.expand(v))
		}
		text, err := cmd.CombinedOutput()
		out += string(text)
		if err != nil {
			return out, false
		}
		r.outputs(s.ID, read(r.t, output))
	}
	return out, true
}

// newRunner is a runner with inputs.
func newRunner(t *testing.T, inputs map[string]string) *runner {
	r := &runner{t: t, action: readAction(t), values: map[string]string{"github.repository": "example/mesh", "github.event.pull_request.number": "7"}}
	for name, v := range inputs {
		r.values["inputs."+name] = v
	}
	return r
}

func runAction(t *testing.T, r repository, inputs map[string]string) (out string, ok bool) {
	t.Helper()
	return newRunner(t, inputs).run(r)
}

// meshRepository has a topology in mesh and its rendered tree in rendered.
func meshRepository(t *testing.T) repository {
	t.Helper()
	r := newRepository(t)
	r.mustRun(built.meshtopo, "init", "mesh")
	r.mustRun(built.meshtopo, "render", "mesh", "-o", "rendered")
	r.mustCommit()
	return r
}

// TestActionRuns runs the steps of the action as the runner does.
func TestActionRuns(t *testing.T) {
	inputs := map[string]string{"topologies": " \t\r\n  mesh \r\n", "output": "rendered", "program": built.meshtopo, "base-ref": "HEAD"}
	r := meshRepository(t)
	if out, ok := runAction(t, r, inputs); !ok {
		t.Fatalf("it fails on a clean repository:\n%s", out)
	}
	r.replace("mesh/topology.yaml", "cluster: hangzhou, replicas: 2", "cluster: hangzhou, replicas: 3")
	if out, ok := runAction(t, r, inputs); ok || !strings.Contains(out, "have 2, want 3 [stale]") {
		t.Errorf("a stale tree must fail:\n%s", out)
	}
	r.replace("mesh/topology.yaml", "podCIDR: 10.1.0.0/16", "podCIDR: 10.0.0.0/16")
	if out, ok := runAction(t, r, inputs); ok || !strings.Contains(out, "::error file=mesh/topology.yaml,line=") {
		t.Errorf("a finding must fail, as an annotation:\n%s", out)
	}
	if out, ok := runAction(t, r, map[string]string{"topologies": "mesh", "program": built.meshtopo + "\nother=value"}); ok || !strings.Contains(out, "::error::the input program holds a line break") {
		t.Errorf("a second output is written:\n%s", out)
	}
	// A value that would be run if it were part of a script.
	for _, name := range []string{"topologies", "output", "fail-on", "base-ref"} {
		hostile := map[string]string{"topologies": "mesh", "program": built.meshtopo, name: `"; touch owned; "$(touch owned)` + "`touch owned`"}
		runAction(t, r, hostile)
		if _, err := os.Stat(filepath.Join(r.dir, "owned")); err == nil {
			t.Fatalf("the input %s is run", name)
		}
	}
}

// TestActionForks: the topology of a fork's pull request is a stranger's, in every step; nobody else's is, unless the input says so.
func TestActionForks(t *testing.T) {
	for _, test := range []struct {
		name, number, head, input string
		want                      bool
	}{
		{"a push", "", "", "", false},
		{"a branch", "7", "example/mesh", "", false},
		{"a fork", "7", "stranger/mesh", "", true},
		{"a fork that was deleted", "7", "", "", true},
		{"a fork of who would rather not", "7", "stranger/mesh", "false", true},
		{"a branch, and the input", "7", "example/mesh", "true", true},
	} {
		repo := meshRepository(t)
		program, calls := recorder(t)
		r := newRunner(t, map[string]string{"topologies": "mesh", "output": "rendered", "base-ref": "HEAD", "program": program, "untrusted": test.input})
		r.values["github.event.pull_request.number"] = test.number
		r.values["github.event.pull_request.head.repo.full_name"] = test.head
		if out, ok := r.run(repo); !ok {
			t.Fatalf("%s: %s", test.name, out)
		}
		holdTrust(t, test.name, calls(), 3, test.want)
	}
}

// recorder is a program that notes its arguments and then is meshtopo.
func recorder(t *testing.T) (program string, calls func() []string) {
	t.Helper()
	dir := t.TempDir()
	program, log := filepath.Join(dir, "meshtopo"), filepath.Join(dir, "log")
	write(t, program, []byte("#!/bin/sh\nprintf '%s\\n' \"$*\" >>'"+log+"'\nexec '"+built.meshtopo+"' \"$@\"\n"))
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	return program, func() []string { return strings.Split(strings.TrimSpace(string(read(t, log))), "\n") }
}

// holdTrust holds that so many commands were called, all with --untrusted or none.
func holdTrust(t *testing.T, name string, calls []string, number int, want bool) {
	t.Helper()
	if len(calls) != number {
		t.Errorf("%s: %d commands: %q", name, len(calls), calls)
	}
	for _, c := range calls {
		if slices.Contains(strings.Fields(c), "--untrusted") != want {
			t.Errorf("%s: with --untrusted: want %v: %s", name, want, c)
		}
	}
}

// TestActionBuilds lets the action build its own meshtopo.
func TestActionBuilds(t *testing.T) {
	if out, ok := runAction(t, meshRepository(t), map[string]string{"topologies": "mesh", "output": "rendered"}); !ok {
		t.Errorf("%s", out)
	}
}

// gitlab is what the tests need of the template.
type gitlab struct {
	Variables map[string]string
	Meshtopo  struct {
		Stage, Image string
		BeforeScript []string `json:"before_script"`
		Script       []string
		Artifacts    struct {
			When     string
			ExposeAs string `json:"expose_as"`
			Paths    []string
			Reports  struct{ Codequality string }
		}
	}
}

func readGitLab(t *testing.T) (g gitlab) {
	t.Helper()
	if err := yaml.UnmarshalStrict(read(t, "../ci/gitlab.yml"), &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// runGitLab runs the template's script in a repository.
func runGitLab(t *testing.T, r repository, variables ...string) (string, bool) {
	t.Helper()
	g := readGitLab(t)
	r.env = slices.Clone(r.env)
	for k, v := range g.Variables {
		r.env = append(r.env, k+"="+v)
	}
	r.env = append(r.env, variables...)
	return r.run("bash", "-eo", "pipefail", "-c", strings.Join(g.Meshtopo.Script, "\n"))
}

// TestGitLab reads the template, refusing what GitLab's keyword reference does not know, and runs its script as GitLab's shell executor
// does: all lines in one shell that stops at the first failing one. The installation is replaced by the program under test.
func TestGitLab(t *testing.T) {
	g := readGitLab(t)
	if want := `go install "github.com/meshtopo/meshtopo/cmd/meshtopo@$MESHTOPO_VERSION"`; len(g.Meshtopo.BeforeScript) == 0 || g.Meshtopo.BeforeScript[0] != want {
		t.Errorf("before_script is %q", g.Meshtopo.BeforeScript)
	}
	r := meshRepository(t)
	runScript := func(variables ...string) (string, bool) { return runGitLab(t, r, variables...) }
	if out, ok := runScript("MESHTOPO_TOPOLOGIES=mesh", "MESHTOPO_OUTPUT=rendered", "CI_MERGE_REQUEST_DIFF_BASE_SHA=HEAD"); !ok {
		t.Fatalf("it fails on a clean repository:\n%s", out)
	}
	if got := string(read(t, filepath.Join(r.dir, g.Meshtopo.Artifacts.Reports.Codequality))); strings.TrimSpace(got) != "[]" {
		t.Errorf("code quality of a clean repository is %s", got)
	}
	r.replace("mesh/topology.yaml", "podCIDR: 10.1.0.0/16", "podCIDR: 10.0.0.0/16")
	if out, ok := runScript("MESHTOPO_TOPOLOGIES=mesh"); ok || !strings.Contains(out, "MT101") {
		t.Errorf("a finding must fail:\n%s", out)
	}
	if got := read(t, filepath.Join(r.dir, g.Meshtopo.Artifacts.Reports.Codequality)); !bytes.Contains(got, []byte(`"path": "mesh/topology.yaml"`)) {
		t.Errorf("code quality lacks the finding: %s", got)
	}
	r.replace("mesh/topology.yaml", "podCIDR: 10.0.0.0/16, serviceCIDR: 172.17", "podCIDR: 10.1.0.0/16, serviceCIDR: 172.17")
	r.replace("mesh/topology.yaml", "cluster: hangzhou, replicas: 2", "cluster: hangzhou, replicas: 3")
	if out, ok := runScript("MESHTOPO_TOPOLOGIES=mesh", "MESHTOPO_OUTPUT=rendered"); ok || !strings.Contains(out, "[stale]") {
		t.Errorf("a stale tree must fail:\n%s", out)
	}
}

// TestGitLabForks: the same in a merge request from a fork.
func TestGitLabForks(t *testing.T) {
	for name, test := range map[string]struct {
		variables []string
		want      bool
	}{
		"a push":   {nil, false},
		"a branch": {[]string{"CI_MERGE_REQUEST_SOURCE_PROJECT_ID=5", "CI_MERGE_REQUEST_PROJECT_ID=5"}, false},
		"a fork":   {[]string{"CI_MERGE_REQUEST_SOURCE_PROJECT_ID=6", "CI_MERGE_REQUEST_PROJECT_ID=5"}, true},
	} {
		r := meshRepository(t)
		program, calls := recorder(t)
		variables := append([]string{"PATH=" + filepath.Dir(program) + ":" + os.Getenv("PATH"), "MESHTOPO_TOPOLOGIES=mesh", "MESHTOPO_OUTPUT=rendered", "CI_MERGE_REQUEST_DIFF_BASE_SHA=HEAD"}, test.variables...)
		if out, ok := runGitLab(t, r, variables...); !ok {
			t.Fatalf("%s: %s", name, out)
		}
		holdTrust(t, name, calls(), 4, test.want)
	}
}
