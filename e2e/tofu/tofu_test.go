// Package tofu holds rendered Terraform against tofu itself. There is no network and no account here: the provider is a stand-in
// with the schema that the tests of render have as a table (provider/), so that tofu validates and plans as far as a schema goes.
//
// It knows the program from outside only. MESHTOPO names a built one; otherwise it is built here, as tofu and the provider are.
package tofu

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	hcljson "github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"
)

const (
	repository = "../.."
	table      = repository + "/render/testdata/provider/alicloud.yaml"
)

// tools are the programs under test and tofu's environment.
type tools struct {
	meshtopo, tofu string
	env            []string
}

func build(t *testing.T) tools {
	t.Helper()
	dir := t.TempDir()
	s := tools{meshtopo: os.Getenv("MESHTOPO"), tofu: filepath.Join(dir, "tofu")}
	if s.meshtopo == "" {
		s.meshtopo = filepath.Join(dir, "meshtopo")
		compile(t, repository, s.meshtopo, "./cmd/meshtopo")
	}
	compile(t, ".", s.tofu, "github.com/opentofu/opentofu/cmd/tofu")
	compile(t, ".", filepath.Join(dir, "terraform-provider-alicloud"), "./provider")
	config := filepath.Join(dir, "tofu.rc")
	write(t, config, fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"aliyun/alicloud\" = %q\n  }\n  direct {}\n}\n", dir))
	absolute, err := filepath.Abs(table)
	if err != nil {
		t.Fatal(err)
	}
	s.env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+config, "TABLE="+absolute, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1")
	return s
}

func compile(t *testing.T, module, out, pkg string) {
	t.Helper()
	c := exec.Command("go", "build", "-buildvcs=false", "-o", out, pkg)
	c.Dir = module
	if text, err := c.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", pkg, err, text)
	}
}

func write(t *testing.T, file, data string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run runs tofu in a directory.
func (s tools) run(dir string, args ...string) (string, error) {
	c := exec.Command(s.tofu, args...)
	c.Dir, c.Env = dir, s.env
	out, err := c.CombinedOutput()
	return string(out), err
}

// render gives the directory of a topology's network target, or "" when it has none.
func (s tools) render(t *testing.T, topology string) string {
	t.Helper()
	out := t.TempDir()
	if text, err := exec.Command(s.meshtopo, "render", "-q", topology, "-o", out).CombinedOutput(); err != nil {
		t.Fatalf("render %s: %v\n%s", topology, err, text)
	}
	dir := filepath.Join(out, "network")
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}

func TestTofu(t *testing.T) {
	s := build(t)
	networks := 0
	for _, pattern := range []string{"topologies/*/topology.*", "render/testdata/network/*.yaml"} {
		files, err := filepath.Glob(filepath.Join(repository, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			name, _ := filepath.Rel(repository, file)
			t.Run(filepath.ToSlash(name), func(t *testing.T) {
				dir := s.render(t, file)
				if dir == "" {
					t.Logf("no network")
					return
				}
				networks++
				s.validates(t, dir)
				s.plans(t, dir)
				s.refuses(t, dir)
			})
		}
	}
	if networks < 5 {
		t.Errorf("only %d topologies have a network", networks)
	}
	t.Run("text", s.text)
}

func (s tools) validates(t *testing.T, dir string) {
	t.Helper()
	if out, err := s.run(dir, "validate", "-no-color"); err != nil {
		t.Errorf("tofu validate: %v\n%s", err, out)
	}
}

var planned = regexp.MustCompile(`(?m)^Plan: (\d+) to add, 0 to change, 0 to destroy`)

// plans expects every resource of the files in a plan.
func (s tools) plans(t *testing.T, dir string) {
	t.Helper()
	values := filepath.Join(t.TempDir(), "values.tfvars.json")
	write(t, values, answers(t, dir))
	out, err := s.run(dir, "plan", "-no-color", "-input=false", "-var-file="+values)
	m := planned.FindStringSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("tofu plan: %v\n%s", err, out)
	}
	if want := strconv.Itoa(resources(t, dir)); m[1] != want {
		t.Errorf("%s resources are planned, want %s", m[1], want)
	}
}

type file struct {
	Resource map[string]map[string]map[string]any
	Variable map[string]map[string]any
}

func read(t *testing.T, dir string) []file {
	t.Helper()
	names, _ := filepath.Glob(filepath.Join(dir, "*.tf.json"))
	var files []file
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var f file
		if err := json.Unmarshal(data, &f); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		files = append(files, f)
	}
	return files
}

// resources counts the resources, those of a for_each singly.
func resources(t *testing.T, dir string) int {
	n := 0
	for _, f := range read(t, dir) {
		for _, names := range f.Resource {
			for _, body := range names {
				if each, ok := body["for_each"].(map[string]any); ok {
					n += len(each)
				} else {
					n++
				}
			}
		}
	}
	return n
}

var version = regexp.MustCompile(`version ([0-9.]+) of`)

// answers gives a value to every variable without a default.
func answers(t *testing.T, dir string) string {
	values := map[string]string{}
	for _, f := range read(t, dir) {
		for name, body := range f.Variable {
			if _, ok := body["default"]; ok {
				continue
			}
			values[name] = "an-id"
			if m := version.FindStringSubmatch(body["description"].(string)); m != nil {
				values[name] = "v" + m[1] + "-gabcdef-aliyun"
			}
			if strings.HasSuffix(name, "_cidr") {
				values[name] = "172.30.0.0/16"
			}
		}
	}
	data, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// refuses breaks a copy of the files in ways that a JSON parser takes and tofu must not.
func (s tools) refuses(t *testing.T, dir string) {
	t.Helper()
	for _, change := range [][2]string{
		{`"alicloud_security_group_rule"`, `"alicloud_security_group_rules"`},
		{`"nic_type"`, `"nic_typ"`},
		{`"security_group_id":`, `"security_groups_id":`},
		{`"priority": 1`, `"priority": "first"`},
		{`"alias": `, `"alias": "x`},
		{`.transit_router_route_table_id}`, `.transit_router_route_tables_id}`},
		{`"${alicloud_cen_transit_router_route_table.`, `"${alicloud_cen_transit_router_route_table.x`},
	} {
		copied, changed := t.TempDir(), false
		names, _ := filepath.Glob(filepath.Join(dir, "*.tf.json"))
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			text := string(data)
			if change[0] == `"alias": ` {
				text = regexp.MustCompile(`"alias": "`).ReplaceAllString(text, `"alias": "x`)
			} else {
				text = strings.Replace(text, change[0], change[1], 1)
			}
			changed = changed || text != string(data)
			write(t, filepath.Join(copied, filepath.Base(name)), text)
		}
		if !changed {
			continue // no cluster talks to another one here
		}
		if out, err := s.run(copied, "validate", "-no-color"); err == nil {
			t.Errorf("tofu validate takes %s for %s:\n%s", change[1], change[0], out)
		}
	}
}

// text puts hostile strings into the one field that takes any, and reads the file as tofu does: each must come out as it is.
func (s tools) text(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"$", "%", "{", "}", "${", "%{", "$${", "%%{", "~", "\"", "\\", "if", "a", " ", "é", "\n", "file(\"x\")", "😀"}
	var want []string
	for len(want) < 2000 {
		var b strings.Builder
		for range 1 + random.IntN(6) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		want = append(want, b.String())
	}
	list, _ := json.Marshal(want)
	template, err := os.ReadFile(filepath.Join(repository, "render/testdata/network/terway.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	topology := filepath.Join(t.TempDir(), "topology.yaml")
	write(t, topology, regexp.MustCompile(`instanceTypes: \[[^\]]*\]`).ReplaceAllLiteralString(string(template), "instanceTypes: "+string(list)))
	if !bytes.Contains(list, []byte("$${")) {
		t.Fatal("no hostile string")
	}
	for i, got := range instanceTypes(t, filepath.Join(s.render(t, topology), "cluster-1a.tf.json")) {
		if normal := cty.StringVal(want[i]).AsString(); got != normal {
			t.Errorf("%q is read as %q", normal, got)
		}
	}
}

// instanceTypes reads the types of the first node pool of a file, as HCL evaluates them.
func instanceTypes(t *testing.T, name string) []string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f, diags := hcljson.Parse(data, name)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	content, _, diags := f.Body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "resource", LabelNames: []string{"type", "name"}}}})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	for _, b := range content.Blocks {
		if b.Labels[0] != "alicloud_cs_kubernetes_node_pool" {
			continue
		}
		attributes, _ := b.Body.JustAttributes()
		v, diags := attributes["instance_types"].Expr.Value(&hcl.EvalContext{})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		var list []string
		for _, e := range v.AsValueSlice() {
			list = append(list, e.AsString())
		}
		return list
	}
	t.Fatal("no node pool")
	return nil
}
