// Package refused holds what meshtopo says of traffic policies against istiod's own validation: what one refuses, the other does.
package refused

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	networking "istio.io/api/networking/v1alpha3"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/validation"
	"sigs.k8s.io/yaml"
)

// policies is a document for each policy, with no comment in it.
//
//go:embed policies.yaml
var policies string

func TestTrafficPolicies(t *testing.T) {
	var list []string
	for _, text := range strings.Split(policies, "\n---\n") {
		list = append(list, strings.TrimSpace(text))
	}
	refused := refusedByMeshtopo(t, list)
	count := 0
	for i, text := range list {
		want := refusedByIstiod(t, text)
		if want != nil {
			count++
		}
		if got := refused[i]; (got != "") != (want != nil) {
			t.Errorf("%s\nmeshtopo: %q\nistiod:   %v", text, got, want)
		}
	}
	if count < 30 || count > len(list)-20 {
		t.Errorf("istiod refuses %d of %d: not enough of one kind", count, len(list))
	}
	t.Logf("measured: %d traffic policies, %d of them refused by istiod's validation, and by meshtopo the same", len(list), count)
}

// refusedByIstiod is what istiod's webhook and istioctl would answer.
func refusedByIstiod(t *testing.T, text string) error {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	policy := &networking.TrafficPolicy{}
	if err := policy.UnmarshalJSON(data); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	rule := &networking.DestinationRule{Host: "a.default.svc.cluster.local", TrafficPolicy: policy}
	_, err = validation.ValidateDestinationRule(config.Config{Meta: config.Meta{Name: "a", Namespace: "default"}, Spec: rule})
	return err
}

// refusedByMeshtopo gives the errors of rule MT013, which is about what istiod takes, by the index of the policy. Every policy is that of a service of one topology.
func refusedByMeshtopo(t *testing.T, list []string) map[int]string {
	t.Helper()
	var b strings.Builder
	b.WriteString("apiVersion: meshtopo.dev/v1alpha1\nkind: MeshTopology\nmetadata: {name: policies}\nspec:\n  provider: istio\n  mesh: {name: policies, version: 1.31.1}\n" +
		"  clusters: [{name: east, region: us-east1}, {name: west, region: us-west1}]\n  services:\n")
	for i, text := range list {
		fmt.Fprintf(&b, "  - name: service-%d\n    ports: [{name: http, port: 80}]\n    placements: [{clusterSelector: {}}]\n    trafficPolicy:\n      %s\n", i, strings.ReplaceAll(text, "\n", "\n      "))
	}
	file := filepath.Join(t.TempDir(), "topology.yaml")
	if err := os.WriteFile(file, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(os.Getenv("MESHTOPO"), "validate", "--format", "json", "--limit", "findings=100000", file)
	var errs bytes.Buffer
	command.Stderr = &errs
	out, err := command.Output()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	var report struct {
		Findings []struct{ Rule, Path, Message string }
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v\n%s%s", err, out, errs.String())
	}
	refused := map[int]string{}
	for _, f := range report.Findings {
		var i int
		if n, _ := fmt.Sscanf(f.Path, "spec.services[%d]", &i); n == 1 && f.Rule == "MT013" {
			refused[i] += f.Message + ". "
		}
	}
	return refused
}
