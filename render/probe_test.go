package render_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/render"
)

// probeJob gives the arguments of the Job of a cluster's connectivity check, and its name.
func probeJob(t *testing.T, r *render.Rendering, cluster string) (args []string, name string) {
	t.Helper()
	for target, err := range r.Targets("clusters/" + cluster) {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range target.Files {
			for _, o := range f.Objects {
				id, _ := o.ID()
				if id.Kind != "Job" {
					continue
				}
				pod := o.Fields["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any)
				for _, a := range pod["containers"].([]any)[0].(map[string]any)["args"].([]any) {
					args = append(args, a.(string))
				}
				return args, id.Name
			}
		}
	}
	return nil, ""
}

// TestProbePeers: the Job of each cluster asks those that the cluster talks to, and a change of them is another Job.
func TestProbePeers(t *testing.T) {
	r := prepare(t, "testdata/network", "terway.yaml")
	names := map[string]string{}
	for cluster, want := range map[string][]string{"1a": {"1b", "alone", "west"}, "1b": {"1a", "alone"}, "west": {"1a", "alone"}, "alone": {"1a", "1b", "west"}} {
		args, name := probeJob(t, r, cluster)
		if len(args) < 2 {
			t.Fatalf("cluster %s has no Job", cluster)
		}
		if diff := cmp.Diff(want, args[2:]); diff != "" {
			t.Errorf("cluster %s (-want +got):\n%s", cluster, diff)
		}
		if names[name] != "" {
			t.Errorf("the Jobs of %s and %s are both named %s", cluster, names[name], name)
		}
		names[name] = cluster
		object(t, r, "clusters/"+cluster, "Deployment", "meshtopo-probe")
		for _, s := range append(want, cluster) {
			object(t, r, "clusters/"+cluster, "Service", s)
		}
	}
	rule := object(t, r, "mesh/*", "DestinationRule", "meshtopo-probe")
	if diff := cmp.Diff("*.meshtopo-probe.svc.cluster.local", rule["spec"].(map[string]any)["host"]); diff != "" {
		t.Error(diff)
	}
}

// TestProbeOff: nothing of the check is rendered without network.probe.
func TestProbeOff(t *testing.T) {
	for target, err := range prepare(t, "testdata/network", "existing.yaml").Targets("") {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range target.Files {
			if strings.Contains(string(f.Data), "meshtopo-probe") {
				t.Errorf("%s/%s holds the check", target.Name, f.Path)
			}
		}
	}
}

// fakeWget answers as the mesh would: a peer that is reached says its name. DOWN never answers, FLAKY answers its first request
// only, and OTHER is answered by another cluster.
const fakeWget = `#!/bin/sh
for url; do :; done
echo "$*" >>"$LOG"
peer=${url#http://}
peer=${peer%%.*}
case "$url:$peer" in
http://127.*) exit "${SIDECAR:-0}" ;;
*:down) exit 1 ;;
*:flaky) if [ -e "$LOG.flaky" ]; then exit 1; fi; : >"$LOG.flaky"; printf flaky ;;
*:other) printf down ;;
*) printf %s "$peer" ;;
esac
`

// TestProbeScript runs the Job's script with a stand-in for wget.
func TestProbeScript(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	args, _ := probeJob(t, prepare(t, "testdata/network", "terway.yaml"), "1a")
	for _, c := range []struct {
		name   string
		peers  []string
		want   string
		status int
	}{
		{"all answer", []string{"east", "west"}, "east: ok 12/12\nwest: ok 12/12\n", 0},
		{"one is down", []string{"east", "down", "west"}, "east: ok 12/12\ndown: FAILED 0/12\nwest: ok 12/12\n", 1},
		{"one answers sometimes", []string{"flaky"}, "flaky: FAILED 1/12\n", 1},
		{"another cluster answers", []string{"other"}, "other: FAILED 0/12\n", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "wget"), []byte(fakeWget), 0o755); err != nil {
				t.Fatal(err)
			}
			command := exec.Command(sh, append([]string{"-c", args[0], args[1]}, c.peers...)...)
			command.Env = []string{"PATH=" + dir + ":/usr/bin:/bin", "LOG=" + filepath.Join(dir, "log")}
			var out bytes.Buffer
			command.Stdout = &out
			_ = command.Run() // the exit status is compared
			if diff := cmp.Diff(fmt.Sprint(c.want, c.status), fmt.Sprint(out.String(), command.ProcessState.ExitCode())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			if !strings.HasSuffix(string(log), "--post-data= http://127.0.0.1:15020/quitquitquit\n") {
				t.Errorf("the sidecar is not told to quit at the end:\n%s", log)
			}
		})
	}
}
