package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

const (
	argocd      = "../examples/argocd"
	argocdLimit = 60 * time.Second // after which argocd-repo-server gives up, by default
)

// plugin is a ConfigManagementPlugin as Argo CD's documentation describes it.
type plugin struct {
	APIVersion string
	Kind       string
	Metadata   struct{ Name string }
	Spec       struct {
		Version    string
		Generate   struct{ Command, Args []string }
		Parameters struct {
			Static []struct {
				Name, Title, Tooltip, ItemType, CollectionType, String string
				Required                                               bool
			}
		}
	}
}

func readPlugin(t *testing.T, text []byte) plugin {
	t.Helper()
	var p plugin
	if err := yaml.UnmarshalStrict(text, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// generation is one run of generate.
type generation struct {
	out, errs string
	status    int
	took      time.Duration
}

// generate runs the plugin's command as argocd-cmp-server does: in the directory of the source, with parameters as JSON and one by one, and
// with the variables of the plugin section under a prefix.
func generate(t *testing.T, dir string, parameters, variables map[string]string, environment ...string) generation {
	t.Helper()
	p := readPlugin(t, read(t, filepath.Join(argocd, "image/plugin.yaml")))
	cmd := exec.Command(p.Spec.Generate.Command[0], append(p.Spec.Generate.Command[1:], p.Spec.Generate.Args...)...)
	cmd.Dir = dir
	bin := t.TempDir()
	if err := os.Symlink(built.meshtopo, filepath.Join(bin, "meshtopo")); err != nil {
		t.Fatal(err)
	}
	cmd.Env = append([]string{"PATH=" + bin + ":/usr/local/bin:/usr/bin:/bin", "HOME=/home/argocd", "ARGOCD_APP_NAME=mesh", "ARGOCD_APP_NAMESPACE=default",
		"ARGOCD_APP_REVISION=0123456789abcdef0123456789abcdef01234567", "ARGOCD_APP_SOURCE_PATH=.", "KUBE_VERSION=1.34.1", "KUBE_API_VERSIONS=v1,apps/v1"}, environment...)
	type parameter struct {
		Name   string `json:"name"`
		String string `json:"string"`
	}
	list := []parameter{}
	for name, value := range parameters {
		list = append(list, parameter{name, value})
		cmd.Env = append(cmd.Env, "PARAM_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))+"="+value)
	}
	data, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(cmd.Env, "ARGOCD_APP_PARAMETERS="+string(data))
	for name, value := range variables {
		cmd.Env = append(cmd.Env, "ARGOCD_ENV_"+name+"="+value)
	}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	start := time.Now()
	err = cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return generation{out.String(), errs.String(), cmd.ProcessState.ExitCode(), time.Since(start)}
}

// source is a repository as a plugin may get it: without .git, with the mark of its root.
func source(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, part := range []string{"topologies", "overlays", "components"} {
		if err := os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join("..", part))); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, ".meshtopo-root"), nil)
	return dir
}

// TestArgoCDGenerate wants exactly what one target holds, overlays applied, within the limit, for every target of every topology.
func TestArgoCDGenerate(t *testing.T) {
	dir := source(t)
	slowest, runs := time.Duration(0), 0
	for _, name := range subdirectories(t, golden) {
		tree := filepath.Join(golden, name)
		for _, target := range targets(t, tree) {
			got := generate(t, dir, map[string]string{"topology": "topologies/" + name, "target": target}, nil)
			if got.status != 0 {
				t.Fatalf("%s %s: status %d\n%s", name, target, got.status, got.errs)
			}
			if diff := cmp.Diff(written(t, filepath.Join(tree, target)), decode(t, []byte(got.out))); diff != "" {
				t.Errorf("%s %s (-rendered +generated):\n%s", name, target, diff)
			}
			slowest, runs = max(slowest, got.took), runs+1
		}
	}
	if slowest >= argocdLimit {
		t.Errorf("the slowest took %v, the limit is %v", slowest, argocdLimit)
	}
	t.Logf("%d targets, the slowest in %v", runs, slowest)
}

// TestArgoCDEnvironment gives the parameters in the other ways.
func TestArgoCDEnvironment(t *testing.T) {
	dir := source(t)
	want := generate(t, dir, map[string]string{"topology": "topologies/bookinfo-failover", "target": "clusters/ack-shanghai"}, nil).out
	for name, got := range map[string]generation{
		"variables of the plugin section":              generate(t, dir, nil, map[string]string{"TOPOLOGY": "topologies/bookinfo-failover", "TARGET": "clusters/ack-shanghai"}),
		"the topology is the source":                   generate(t, filepath.Join(dir, "topologies/bookinfo-failover"), map[string]string{"target": "clusters/ack-shanghai"}, nil),
		"parameters win over variables":                generate(t, dir, map[string]string{"topology": "topologies/bookinfo-failover", "target": "clusters/ack-shanghai"}, map[string]string{"TARGET": "clusters/ack-hangzhou"}),
		"variables that have no prefix are not ours":   generate(t, dir, map[string]string{"topology": "topologies/bookinfo-failover", "target": "clusters/ack-shanghai"}, nil, "TARGET=clusters/ack-hangzhou"),
		"what is rendered does not depend on the rest": generate(t, dir, map[string]string{"topology": "topologies/bookinfo-failover", "target": "clusters/ack-shanghai"}, nil, "TZ=Asia/Tokyo", "LC_ALL=C"),
	} {
		if got.status != 0 || got.out != want || want == "" {
			t.Errorf("%s: status %d, %d bytes, want %d\n%s", name, got.status, len(got.out), len(want), got.errs)
		}
	}
}

// TestArgoCDFails wants a status that is not 0, a reason on stderr and nothing on stdout, whatever is wrong.
func TestArgoCDFails(t *testing.T) {
	dir := source(t)
	topology := map[string]string{"topology": "topologies/bookinfo-failover"}
	with := func(name, value string) map[string]string {
		m := map[string]string{"topology": topology["topology"], "target": "clusters/ack-shanghai"}
		m[name] = value
		return m
	}
	write(t, filepath.Join(dir, "empty/kustomization.yaml"), []byte("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- target: {kind: .*}\n  patch: |-\n    $patch: delete\n    apiVersion: v1\n    kind: any\n    metadata: {name: any}\n"))
	sample := string(read(t, "../cmd/meshtopo/sample.yaml"))
	write(t, filepath.Join(dir, "emptied/topology.yaml"), []byte(sample+"\n  overlays: [{path: ../empty, targets: [clusters/shanghai]}]\n"))
	write(t, filepath.Join(dir, "broken/topology.yaml"), []byte(strings.Replace(sample, "10.1.0.0/16", "10.0.0.0/16", 1)))
	if err := os.Symlink("../topologies/bookinfo-failover", filepath.Join(dir, "broken/away")); err != nil {
		t.Fatal(err)
	}
	silent := t.TempDir()
	write(t, filepath.Join(silent, "meshtopo"), []byte("#!/bin/sh\n"))
	slow := t.TempDir()
	write(t, filepath.Join(slow, "meshtopo"), []byte("#!/bin/sh\necho half: 1\nexec sleep 30\n"))
	for _, p := range []string{silent, slow} {
		if err := os.Chmod(filepath.Join(p, "meshtopo"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	system := ":/usr/local/bin:/usr/bin:/bin"
	for _, test := range []struct {
		name string
		got  generation
		want string
	}{
		{"no target", generate(t, dir, topology, nil), "set the parameter target"},
		{"a pattern", generate(t, dir, with("target", "clusters/*"), nil), "be no pattern"},
		{"all targets", generate(t, dir, with("target", "*"), nil), "be no pattern"},
		{"a command", generate(t, dir, with("target", "clusters/x; touch owned"), nil), "be no pattern"},
		{"a target that there is not", generate(t, dir, with("target", "clusters/nowhere"), nil), "has no target that matches"},
		{"Terraform", generate(t, dir, with("target", "network"), nil), "holds Terraform"},
		{"no topology", generate(t, dir, with("topology", "nowhere"), nil), "no such file"},
		{"a flag", generate(t, dir, with("topology", "--help"), nil), "no such file"},
		{"an absolute path", generate(t, dir, with("topology", filepath.Join(dir, "topologies/bookinfo-failover")), nil), "leads out of the application's source directory"},
		{"a path that climbs", generate(t, filepath.Join(dir, "broken"), with("topology", "../topologies/bookinfo-failover"), nil), "leads out of the application's source directory"},
		{"a link that leads away", generate(t, filepath.Join(dir, "broken"), with("topology", "away"), nil), "leads out of the application's source directory"},
		{"a finding", generate(t, dir, map[string]string{"topology": "broken", "target": "clusters/shanghai"}, nil), "MT101"},
		{"an overlay that deletes everything", generate(t, dir, map[string]string{"topology": "emptied", "target": "clusters/shanghai"}, nil), "MT408"},
		{"an empty render", generate(t, dir, with("topology", "topologies/bookinfo-failover"), nil, "PATH="+silent+system), "nothing was rendered"},
		{"a render that does not end", generate(t, dir, with("topology", "topologies/bookinfo-failover"), nil, "PATH="+slow+system, "MESHTOPO_TIMEOUT=1"), "took longer than 1 s"},
	} {
		if test.got.status == 0 || test.got.out != "" || !strings.Contains(test.got.errs, test.want) {
			t.Errorf("%s: status %d, stdout %q, want %q in\n%s", test.name, test.got.status, test.got.out, test.want, test.got.errs)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "owned")); err == nil {
		t.Error("a parameter was run")
	}
}

// TestArgoCDDocumented wants the command in the example's README to be the one that runs these tests.
func TestArgoCDDocumented(t *testing.T) {
	want := []string{"go", "test", "-C", "e2e", "-run", "ArgoCD", "-v", "."}
	if text := string(read(t, filepath.Join(argocd, "README.md"))); !strings.Contains(text, "```sh\n"+strings.Join(want, " ")+" ") || !strings.Contains(t.Name(), want[5]) {
		t.Errorf("the README does not say %q", want)
	}
}

// TestArgoCDFiles holds the forms of the plugin against each other, and the files against what they are for.
func TestArgoCDFiles(t *testing.T) {
	baked := read(t, filepath.Join(argocd, "image/plugin.yaml"))
	p := readPlugin(t, baked)
	if p.APIVersion != "argoproj.io/v1alpha1" || p.Kind != "ConfigManagementPlugin" || p.Metadata.Name != "meshtopo" {
		t.Errorf("it is %s %s %q", p.APIVersion, p.Kind, p.Metadata.Name)
	}
	if p.Spec.Version != "" {
		t.Errorf("with a version, applications have to name meshtopo-%s", p.Spec.Version)
	}
	var configMap struct {
		Kind string
		Data map[string]string
	}
	if err := yaml.Unmarshal(read(t, filepath.Join(argocd, "configmap/plugin.yaml")), &configMap); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(baked), configMap.Data["plugin.yaml"]); diff != "" {
		t.Errorf("the ConfigMap holds another plugin (-image +ConfigMap):\n%s", diff)
	}
	cmd := exec.Command(need(t, "shellcheck"), "--shell=sh", "-")
	cmd.Stdin = strings.NewReader(p.Spec.Generate.Args[0])
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("shellcheck: %v\n%s", err, out)
	}
	var application struct {
		Spec struct {
			Source struct {
				Plugin struct {
					Name       string
					Parameters []struct{ Name, String string }
				}
			}
		}
	}
	if err := yaml.Unmarshal(read(t, filepath.Join(argocd, "application.yaml")), &application); err != nil {
		t.Fatal(err)
	}
	announced := map[string]bool{}
	for _, s := range p.Spec.Parameters.Static {
		announced[s.Name] = true
	}
	for _, given := range application.Spec.Source.Plugin.Parameters {
		if !announced[given.Name] {
			t.Errorf("the application sets %q, which the plugin does not announce", given.Name)
		}
	}
	if application.Spec.Source.Plugin.Name != p.Metadata.Name {
		t.Errorf("the application names plugin %q", application.Spec.Source.Plugin.Name)
	}
}
