package istio

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/e2e/istio/kube"
)

// fleetShards is how many shards the examples say.
const fleetShards = 10

// TestFleet applies the Job and the WorkflowTemplate of examples/fleet to a real API server, and runs what each of their containers would run.
func TestFleet(t *testing.T) {
	server := startFleet(t)
	for _, name := range []string{"job.yaml", "workflowtemplate.yaml"} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(repository, "examples", "fleet", name))
			if err != nil {
				t.Fatal(err)
			}
			refusesMisspelt(t, server, string(text))
			o := decodeOne(t, string(text))
			if err := server.Apply(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			runShards(t, containerArgs(t, o))
		})
	}
	fmt.Printf("measured: a Job and a WorkflowTemplate applied, %d shards of each run\n", fleetShards)
}

func startFleet(t *testing.T) *kube.Server {
	t.Helper()
	definitions, err := kube.WorkflowDefinitions(".")
	if err != nil {
		t.Fatal(err)
	}
	return startServer(t, "hub", definitions, "mesh")
}

// refusesMisspelt proves that the server looks at the fields.
func refusesMisspelt(t *testing.T, server *kube.Server, text string) {
	t.Helper()
	for _, field := range []string{"runAsNonRoot:", "volumeMounts:", "args:"} {
		if !strings.Contains(text, field) {
			t.Fatalf("%s is not there", field)
		}
		o := decodeOne(t, strings.Replace(text, field, "x"+field, 1))
		if err := server.Apply(t.Context(), o); err == nil || !strings.Contains(err.Error(), "x"+strings.TrimSuffix(field, ":")) {
			t.Errorf("x%s was taken: %v", field, err)
		}
	}
}

func decodeOne(t *testing.T, text string) kube.Object {
	t.Helper()
	objects, err := kube.Decode([]byte(text))
	if err != nil || len(objects) != 1 {
		t.Fatal(err, len(objects))
	}
	return objects[0]
}

// containerArgs gives the arguments of the container that renders.
func containerArgs(t *testing.T, o kube.Object) []string {
	t.Helper()
	containers, _ := o.At("spec", "template", "spec")["containers"].([]any)
	if templates, ok := o.At("spec")["templates"].([]any); ok {
		last, _ := templates[len(templates)-1].(map[string]any)
		containers = []any{last["container"]}
	}
	if len(containers) != 1 {
		t.Fatalf("%d containers", len(containers))
	}
	container, _ := containers[0].(map[string]any)
	list, _ := container["args"].([]any)
	var args []string
	for _, a := range list {
		args = append(args, a.(string))
	}
	return args
}

// runShards runs the arguments for every shard, in directories of ours, and looks whether all of them make the whole.
func runShards(t *testing.T, args []string) {
	t.Helper()
	out := t.TempDir()
	topology := filepath.Join(repository, "topologies", "online-boutique")
	for shard := range fleetShards {
		var own []string
		for _, a := range args {
			own = append(own, strings.NewReplacer("$(SHARD)", fmt.Sprint(shard), "{{inputs.parameters.shard}}", fmt.Sprint(shard), "{{workflow.parameters.shards}}", fmt.Sprint(fleetShards),
				"/work/mesh/topology.yaml", topology, "/rendered", out).Replace(a))
		}
		if _, err := meshtopo(own...); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := meshtopo("render", topology, "-o", out, "--check"); err != nil {
		t.Fatalf("the shards together are not the whole: %v", err)
	}
}
