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
	var a action
	if err := yaml.Unmarshal(read(t, "../action.yml"), &a); err != nil {
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
	if err := verdict(good); err != nil {
		t.Errorf("action.yml: %v", err)
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
	for _, s := range readAction(t).Runs.Steps {
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
	local := bytes.Replace(example, []byte("meshtopo/meshtopo@v0.1.0"), []byte("./"), 1)
	for _, test := range []struct {
		name     string
		workflow []byte
		want     string // in the complaint; "" for none
	}{
		{"the example", example, ""},
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

var expression = regexp.MustCompile(`\$\{\{ *(inputs|steps\.program\.outputs)\.([a-z-]+) *\}\}`)

// runAction does what the runner does with the steps of the action. It knows the expressions that action.yml uses and no others.
func runAction(t *testing.T, r repository, inputs map[string]string) (out string, ok bool) {
	t.Helper()
	a := readAction(t)
	temp := t.TempDir()
	output, summary := filepath.Join(temp, "output"), filepath.Join(temp, "summary")
	program := ""
	for _, s := range a.Runs.Steps {
		expand := func(text string) string {
			return expression.ReplaceAllStringFunc(text, func(e string) string {
				m := expression.FindStringSubmatch(e)
				if m[1] != "inputs" {
					return program
				}
				if v, given := inputs[m[2]]; given {
					return v
				}
				return a.Inputs[m[2]].Default
			})
		}
		if name, found := strings.CutSuffix(strings.TrimPrefix(s.If, "${{ inputs."), " != '' }}"); found && expand("${{ inputs."+name+" }}") == "" {
			continue
		}
		cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", s.Run)
		cmd.Dir = r.dir
		root, err := filepath.Abs("..")
		if err != nil {
			t.Fatal(err)
		}
		cmd.Env = append(slices.Clone(r.env), "GITHUB_OUTPUT="+output, "GITHUB_STEP_SUMMARY="+summary, "GITHUB_ACTION_PATH="+root, "RUNNER_TEMP="+temp)
		for k, v := range s.Env {
			cmd.Env = append(cmd.Env, k+"="+expand(v))
		}
		text, err := cmd.CombinedOutput()
		out += string(text)
		if err != nil {
			return out, false
		}
		if s.ID == "program" {
			program = strings.TrimSpace(strings.TrimPrefix(string(read(t, output)), "program="))
		}
	}
	return out, true
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
			When    string
			Reports struct{ Codequality string }
		}
	}
}

// TestGitLab reads the template, refusing what GitLab's keyword reference does not know, and runs its script as GitLab's shell executor
// does: all lines in one shell that stops at the first failing one. The installation is replaced by the program under test.
func TestGitLab(t *testing.T) {
	var g gitlab
	if err := yaml.UnmarshalStrict(read(t, "../ci/gitlab.yml"), &g); err != nil {
		t.Fatal(err)
	}
	if want := `go install "github.com/meshtopo/meshtopo/cmd/meshtopo@$MESHTOPO_VERSION"`; !slices.Equal(g.Meshtopo.BeforeScript, []string{want}) {
		t.Errorf("before_script is %q", g.Meshtopo.BeforeScript)
	}
	script := strings.Join(g.Meshtopo.Script, "\n")
	r := meshRepository(t)
	runScript := func(variables ...string) (string, bool) {
		c := r
		c.env = slices.Clone(r.env)
		for k, v := range g.Variables {
			c.env = append(c.env, k+"="+v)
		}
		c.env = append(c.env, variables...)
		return c.run("bash", "-eo", "pipefail", "-c", script)
	}
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
