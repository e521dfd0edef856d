package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// istioOf is bookinfo-failover with provider istio, and nothing else changed.
func istioOf(t *testing.T) string {
	t.Helper()
	text := string(readFile(t, filepath.Join(topologiesDir, "bookinfo-failover", "topology.yaml")))
	const old = "provider: asm"
	if strings.Count(text, old) != 1 {
		t.Fatalf("bookinfo-failover holds %q %d times, want once", old, strings.Count(text, old))
	}
	text = strings.Replace(text, old, "provider: istio", 1)
	file := filepath.Join(t.TempDir(), "topology.yaml")
	writeFile(t, file, []byte(text))
	return file
}

// TestASMToIstio changes the provider of bookinfo-failover: that gives a multi-primary mesh with the same rules for traffic, so that
// requests go where they went, whatever is lost.
func TestASMToIstio(t *testing.T) {
	file, out := istioOf(t), t.TempDir()
	if status, findings, stderr := program(t, "validate", "--root", filepath.Dir(file), file); status != 0 {
		t.Fatalf("validate: exit %d\n%s%s", status, findings, stderr)
	}
	if status, _, stderr := program(t, "render", "--root", filepath.Dir(file), file, "-o", out); status != 0 {
		t.Fatalf("render: exit %d\n%s", status, stderr)
	}
	tree, asm := readTree(t, out), readTree(t, filepath.Join(goldenDir, "bookinfo-failover"))
	for _, cluster := range []string{"ack-hangzhou", "ack-shanghai"} {
		target := "clusters/" + cluster + "/"
		for _, name := range []string{"install/istiod-values.yaml", "install/base-values.yaml", "install/remote-secrets.sh"} {
			if tree[target+name] == "" {
				t.Errorf("%s%s is missing: the mesh has an istiod in each cluster", target, name)
			}
		}
		for _, name := range []string{"services/reviews.yaml", "routes/bookinfo.yaml"} {
			if diff := cmp.Diff(asm["mesh/asm-bookinfo/"+name], tree[target+"routing/"+name]); diff != "" {
				t.Errorf("%srouting/%s is not what ASM's control plane gets (-asm +istio):\n%s", target, name, diff)
			}
		}
		for _, name := range []string{"services/reviews.yaml", "services/ratings.yaml"} {
			if diff := cmp.Diff(asm[target+name], tree[target+name]); diff != "" {
				t.Errorf("%s%s is not what the cluster gets with ASM (-asm +istio):\n%s", target, name, diff)
			}
		}
	}
	for name := range asm {
		if strings.HasPrefix(name, "network/") && tree[name] == "" && name != "network/mesh.tf.json" {
			t.Errorf("%s is missing: the cloud's network is the same", name)
		}
	}
	if tree["network/mesh.tf.json"] != "" {
		t.Error("network/mesh.tf.json makes an ASM instance")
	}
	sameFlows(t, file)
}

// sameFlows holds where requests go with the two providers against each other, for every question that bookinfo-failover is asked.
func sameFlows(t *testing.T, istio string) {
	t.Helper()
	asm := filepath.Join(topologiesDir, "bookinfo-failover")
	for _, s := range scenariosOf(t, asm) {
		if s.name == "sweep" {
			continue // losing a region may take the last istiod along, or not
		}
		answer := func(topology string, more ...string) map[string]any {
			args := append([]string{"simulate", "--quiet", topology, "--format", "json"}, append(s.flags, more...)...)
			status, out, stderr := program(t, args...)
			if status != 0 {
				t.Fatalf("%v: exit %d\n%s", args, status, stderr)
			}
			var report map[string]any
			if err := json.Unmarshal([]byte(out), &report); err != nil {
				t.Fatal(err)
			}
			return report
		}
		got, want := answer(istio, "--root", filepath.Dir(istio)), answer(asm)
		for _, report := range []map[string]any{got, want} {
			delete(report, "topology")
			explained, _ := report["explained"].([]any)
			for _, e := range explained {
				delete(e.(map[string]any), "decidedBy") // it names the files
			}
		}
		if len(want) < 3 {
			t.Errorf("%s: a report of %d fields says nothing", s.name, len(want))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: answers differ (-asm +istio):\n%s", s.name, diff)
		}
	}
}
