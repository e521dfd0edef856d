package render_test

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
	"text/template"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

const asmScriptTemplate = "templates/asm/asm-api.sh.tmpl"

// asmScriptData is what templates/asm/asm-api.sh.tmpl is executed with.
type asmScriptData struct {
	Mesh, MeshID, Region string
	Clusters             []asmScriptCluster
	Locality             *asmScriptLocality
}

type asmScriptCluster struct{ Name, ID string }

type asmScriptLocality struct{ Mode, Conf string }

func asmScriptTopology(name string) asmScriptData {
	d := asmScriptData{
		Mesh: "asm-bookinfo", MeshID: "mesh-1", Region: "cn-hangzhou",
		Clusters: []asmScriptCluster{{"ack-hangzhou", "c-hz"}, {"ack-shanghai", "c-sh"}},
		Locality: &asmScriptLocality{"failover", `{"failover":[{"from":"cn-hangzhou","to":"cn-shanghai"},{"from":"cn-shanghai","to":"cn-hangzhou"}]}`},
	}
	switch name {
	case "failover":
	case "distribute":
		d.Locality = &asmScriptLocality{"distribute", `{"distribute":[{"from":"cn-hangzhou","to":{"cn-hangzhou":90,"cn-shanghai":10}}]}`}
	case "no-locality":
		d.Locality = nil
	case "no-ids":
		d.MeshID = ""
		d.Clusters = []asmScriptCluster{{"ack-hangzhou", ""}, {"ack-shanghai", ""}}
	case "empty":
		d.Clusters, d.Locality = nil, nil
	case "hostile":
		d.Mesh = asmHostile
		d.Region = asmHostile
		d.Clusters[0].Name = asmHostile
		d.Locality.Conf = `{"failover":[{"from":"'; touch pwned; '$(touch pwned)","to":"` + "`touch pwned`" + `"}]}`
	default:
		panic("no such topology: " + name)
	}
	return d
}

const asmHostile = "-n it's $(touch pwned) `touch pwned`' ; touch pwned ; ' \\ \"$HOME\" %s {{.}} */* \x1b[31m\ntouch pwned\n# \n"

// shQuote is the template function "sh": one word of a POSIX shell, whatever s is.
func shQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func asmScript(t *testing.T, topology string) string {
	t.Helper()
	text, err := os.ReadFile(asmScriptTemplate)
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := template.New("asm-api.sh").Option("missingkey=error").
		Funcs(template.FuncMap{"sh": shQuote}).Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := tmpl.Execute(&b, asmScriptTopology(topology)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// standIn is a folder with the script and a stand-in aliyun that answers from files.
type standIn struct{ dir, path string }

// newStandIn renders the script; path is what the script finds commands in, after the stand-in.
func newStandIn(t *testing.T, script, path string, answers []txtar.File) *standIn {
	t.Helper()
	s := &standIn{dir: t.TempDir()}
	aliyun, err := os.ReadFile("testdata/asm/aliyun")
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, "bin/aliyun", aliyun, 0o755)
	s.write(t, "asm-api.sh", []byte(script), 0o644)
	if err := os.Mkdir(filepath.Join(s.dir, "work"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.write(t, "answers/default.json", []byte(`{"RequestId":"r"}`), 0o644)
	for _, f := range answers {
		s.write(t, "answers/"+f.Name, f.Data, 0o644)
	}
	s.path = filepath.Join(s.dir, "bin") + string(os.PathListSeparator) + path
	return s
}

func (s *standIn) write(t *testing.T, name string, data []byte, mode os.FileMode) {
	t.Helper()
	file := filepath.Join(s.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, mode); err != nil {
		t.Fatal(err)
	}
}

// run runs shell with args in the folder work and reports what happened, a line each.
func (s *standIn) run(t *testing.T, shell []string, args ...string) (report string, stdout string) {
	t.Helper()
	calls := filepath.Join(s.dir, "calls")
	if err := os.RemoveAll(calls); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	cmd := exec.Command(shell[0], append(slices.Clone(shell[1:]), args...)...)
	cmd.Dir = filepath.Join(s.dir, "work")
	cmd.Env = []string{"PATH=" + s.path, "STANDIN=" + s.dir, "HOME=" + s.dir}
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if files, _ := filepath.Glob(filepath.Join(cmd.Dir, "*")); len(files) > 0 {
		t.Errorf("a value became a command: %v", files)
	}
	recorded, err := os.ReadFile(calls)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	report = asmLines("call", string(recorded)) + asmLines("out", out.String()) + asmLines("err", errs.String())
	return report + fmt.Sprintf("exit %d\n", cmd.ProcessState.ExitCode()), out.String()
}

func asmLines(label, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		fmt.Fprintf(&b, "%s: %s\n", label, strings.TrimRight(line, " \n"))
	}
	return b.String()
}

// asmTool gives the path of a program. Without it the test is skipped; with
// MESHTOPO_REQUIRE_TOOLS=1, which CI sets, it fails instead.
func asmTool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("MESHTOPO_REQUIRE_TOOLS") == "1" {
		t.Fatalf("MESHTOPO_REQUIRE_TOOLS=1 and no %s: apt-get install %s", name, name)
	}
	t.Skipf("NOT TESTED: the ASM script needs %s here: apt-get install %s", name, name)
	return ""
}

// asmShells are the shells of the behaviour cases: sh, and where tools are required every one.
func asmShells(t *testing.T) [][]string {
	shells := [][]string{{asmTool(t, "sh")}}
	if os.Getenv("MESHTOPO_REQUIRE_TOOLS") == "1" {
		shells = append(shells, []string{asmTool(t, "dash")}, []string{asmTool(t, "bash"), "--posix"})
	}
	return shells
}

// TestASMScriptCases runs testdata/asm/*.txtar. The comment names the topology and the
// runs; the files are the stand-in's answers; "want" is what the runs call and print.
func TestASMScriptCases(t *testing.T) {
	t.Parallel()
	asmTool(t, "jq")
	files, err := filepath.Glob("testdata/asm/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		for _, shell := range asmShells(t) {
			t.Run(filepath.Base(file)+"/"+filepath.Base(shell[0]), func(t *testing.T) {
				t.Parallel()
				asmCase(t, file, shell)
			})
		}
	}
}

func asmCase(t *testing.T, file string, shell []string) {
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	last := len(ar.Files) - 1
	if last < 0 || ar.Files[last].Name != "want" {
		t.Fatal(`the last file of a case is "want"; an empty one is filled by UPDATE=1`)
	}
	topology, runs := "", []string(nil)
	for line := range strings.Lines(string(ar.Comment)) {
		switch key, value, _ := strings.Cut(strings.TrimSpace(line), ":"); key {
		case "topology":
			topology = strings.TrimSpace(value)
		case "run":
			runs = append(runs, strings.TrimSpace(value))
		}
	}
	s := newStandIn(t, asmScript(t, topology), os.Getenv("PATH"), ar.Files[:last])
	var got strings.Builder
	for _, args := range runs {
		report, _ := s.run(t, append(slices.Clone(shell), filepath.Join(s.dir, "asm-api.sh")), strings.Fields(args)...)
		fmt.Fprintf(&got, "$ asm-api.sh %s\n%s", args, report)
	}
	if os.Getenv("UPDATE") == "1" {
		ar.Files[last].Data = []byte(got.String())
		if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(ar.Files[last].Data), got.String()); diff != "" {
		t.Errorf("UPDATE=1 rewrites %s (-want +got):\n%s", file, diff)
	}
}

// TestASMScriptQuotes needs no tool but sh: whatever a value holds, it arrives as it is,
// and nothing in it runs.
func TestASMScriptQuotes(t *testing.T) {
	t.Parallel()
	script, ok := strings.CutSuffix(asmScript(t, "hostile"), "main \"$@\"\n")
	if !ok {
		t.Fatal("the script does not end with main")
	}
	script += "show() { printf '<%s>' \"$@\"; }\nshow \"$mesh\" \"$region\" \"$locality_conf\"\neach_cluster show\n"
	d := asmScriptTopology("hostile")
	var want strings.Builder
	for _, v := range []string{d.Mesh, d.Region, d.Locality.Conf, d.Clusters[0].Name, d.Clusters[0].ID, d.Clusters[1].Name, d.Clusters[1].ID} {
		fmt.Fprintf(&want, "<%s>", v)
	}
	for _, shell := range asmShells(t) {
		s := newStandIn(t, script, os.Getenv("PATH"), nil)
		report, got := s.run(t, append(slices.Clone(shell), filepath.Join(s.dir, "asm-api.sh")))
		if got != want.String() {
			t.Errorf("%s: got %q, want %q\n%s", shell, got, want.String(), report)
		}
	}
}

// TestASMScriptDryRun: what a dry run prints is what a shell may run, to the byte the
// writes of a real run, also for hostile values.
func TestASMScriptDryRun(t *testing.T) {
	t.Parallel()
	asmTool(t, "jq")
	answers := []txtar.File{
		{Name: "DescribeServiceMeshDetail.json", Data: []byte(`{"ServiceMesh":{"Clusters":["c-hz"],"Spec":{"MeshConfig":{}}}}`)},
		{Name: "DescribeServiceMeshClusters.json", Data: []byte(`{"NumberOfClusters":1,"Clusters":[{"ClusterId":"c-sh","ForbiddenFlag":0}]}`)},
	}
	for _, topology := range []string{"failover", "hostile"} {
		for _, shell := range asmShells(t) {
			s := newStandIn(t, asmScript(t, topology), os.Getenv("PATH"), answers)
			script := append(slices.Clone(shell), filepath.Join(s.dir, "asm-api.sh"))
			report, commands := s.run(t, script, "--dry-run")
			if strings.Contains(report, "call: [servicemesh] [Add") || strings.Contains(report, "call: [servicemesh] [Upd") {
				t.Errorf("%s %s: a dry run wrote:\n%s", shell, topology, report)
			}
			s.run(t, append(slices.Clone(shell), "-c", commands))
			printed, err := os.ReadFile(filepath.Join(s.dir, "calls"))
			if err != nil {
				t.Fatal(err)
			}
			s.run(t, script, "--wait", "0")
			done, err := os.ReadFile(filepath.Join(s.dir, "calls"))
			if err != nil {
				t.Fatal(err)
			}
			if len(printed) == 0 || !bytes.Contains(done, printed) {
				t.Errorf("%s %s: dry run %q, real run %q", shell, topology, printed, done)
			}
		}
	}
}

// TestASMScriptMissing needs no tool but sh: each thing that is missing is named.
func TestASMScriptMissing(t *testing.T) {
	t.Parallel()
	hostileID := strings.Replace(asmScript(t, "failover"), "mesh_id='mesh-1'", "mesh_id="+shQuote(asmHostile), 1)
	cases := []struct{ name, script, dropped, want string }{
		{"jq", asmScript(t, "failover"), "", "err: asm-api.sh: error: jq, which reads the API's JSON answers, is not installed (https://jqlang.org; apt-get install jq)\nexit 2\n"},
		{"aliyun", asmScript(t, "failover"), "aliyun", "err: asm-api.sh: error: aliyun, the Alibaba Cloud CLI, is not installed (https://github.com/aliyun/aliyun-cli)\nexit 2\n"},
		{"hostile ID", hostileID, "", "is not an ID (letters, digits and -)\nexit 2\n"},
	}
	tr, err := exec.LookPath("tr")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		for _, shell := range asmShells(t) {
			s := newStandIn(t, c.script, "", nil)
			s.path = filepath.Join(s.dir, "bin")
			s.write(t, "bin/tr", []byte("#!/bin/sh\nexec "+tr+" \"$@\"\n"), 0o755)
			if c.name == "hostile ID" {
				s.write(t, "bin/jq", []byte("#!/bin/sh\nexit 9\n"), 0o755)
			}
			if c.dropped != "" {
				if err := os.Remove(filepath.Join(s.dir, "bin", c.dropped)); err != nil {
					t.Fatal(err)
				}
			}
			report, _ := s.run(t, append(slices.Clone(shell), filepath.Join(s.dir, "asm-api.sh")))
			if !strings.HasSuffix(report, c.want) || strings.Contains(report, "call:") {
				t.Errorf("%s, no %s:\n%s", shell, c.name, report)
			}
		}
	}
}

// TestASMScriptSyntax parses every topology's script with sh, and has shellcheck read
// those that differ in more than values.
func TestASMScriptSyntax(t *testing.T) {
	t.Parallel()
	for _, topology := range []string{"failover", "distribute", "no-locality", "no-ids", "empty", "hostile"} {
		file := filepath.Join(t.TempDir(), "asm-api.sh")
		if err := os.WriteFile(file, []byte(asmScript(t, topology)), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, shell := range asmShells(t) {
			if out, err := exec.Command(shell[0], append(slices.Clone(shell[1:]), "-n", file)...).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%s -n, topology %s: %v\n%s", shell, topology, err, out)
			}
		}
		if topology != "failover" && topology != "empty" {
			continue // the others differ in values only; of the hostile ones it reports each quoted $
		}
		t.Run("shellcheck/"+topology, func(t *testing.T) {
			if out, err := exec.Command(asmTool(t, "shellcheck"), "-s", "sh", file).CombinedOutput(); err != nil {
				t.Errorf("shellcheck: %v\n%s", err, out)
			}
		})
	}
}
