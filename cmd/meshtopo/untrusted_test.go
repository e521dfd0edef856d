package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// unsealableName is the program on a system where no child can be sealed.
const unsealableName = "meshtopo-unsealable"

// TestUntrustedRefuses: where a child cannot be sealed, --untrusted refuses what needs one, names the job and writes nothing; what
// needs none goes on, and so does everything without the flag.
func TestUntrustedRefuses(t *testing.T) {
	t.Parallel()
	plain := strings.Replace(string(sample), "podCIDR: 10.0.0.0/16", "podCIDR: 10.0.0.0/16, labels: {a: b}", 1)
	for name, test := range map[string]struct {
		job   string // "" when none is needed
		files map[string]string
	}{
		"yaml":    {"", map[string]string{"topology.yaml": plain}},
		"cue":     {"cue", map[string]string{"topology.cue": badProgram("", `"x"`)}},
		"jsonnet": {"jsonnet", map[string]string{"topology.jsonnet": badProgram("", `"x"`)}},
		"component": {"component", map[string]string{
			"topology.yaml":         plain + "  components: [{path: component, targets: [\"clusters/*\"]}]\n",
			"component/a.yaml.tmpl": configMapOf(200),
		}},
		"overlay": {"overlay", map[string]string{
			"topology.yaml":              plain + "  overlays: [{path: overlay}]\n",
			"overlay/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- target: {kind: Deployment}\n  patch: '[{\"op\": \"add\", \"path\": \"/spec/minReadySeconds\", \"value\": 5}]'\n",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			for file, text := range test.files {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(root, file)), 0o777); err != nil {
					t.Fatal(err)
				}
				writeFile(t, filepath.Join(root, file), []byte(text))
			}
			render := func(out string, flags ...string) (int, string) {
				cmd := exec.Command(os.Args[0])
				cmd.Args = append([]string{unsealableName, "render", "--root", root, root, "-o", filepath.Join(root, out)}, flags...)
				text, _ := cmd.CombinedOutput() // the status says it
				return cmd.ProcessState.ExitCode(), string(text)
			}
			if status, text := render("trusted"); status != 0 {
				t.Errorf("without the flag: exit status %d\n%s", status, text)
			}
			status, text := render("untrusted", "--untrusted")
			if test.job == "" {
				if status != 0 {
					t.Errorf("exit status %d\n%s", status, text)
				}
				return
			}
			if want := "--untrusted: running " + test.job + ": this system cannot keep a child from the network"; status != 2 || !strings.Contains(text, want) || !strings.HasPrefix(text, "meshtopo: ") {
				t.Errorf("exit status %d, want 2 and %q\n%s", status, want, text)
			}
			if _, err := os.Stat(filepath.Join(root, "untrusted")); err == nil {
				t.Error("something was written")
			}
		})
	}
}
