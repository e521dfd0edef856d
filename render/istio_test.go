package render_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestRemoteSecrets runs the rendered script with stand-ins for istioctl and kubectl. A case is a txtar archive: lines "run: ARGUMENTS"
// before its file want, which says what was called and printed.
func TestRemoteSecrets(t *testing.T) {
	r := prepare(t, "testdata/istio", "mixed.yaml")
	script := ""
	for target, err := range r.Targets("clusters/east") {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range target.Files {
			if filepath.Base(f.Path) == "remote-secrets.sh" {
				if !f.Executable {
					t.Error("the script is not executable")
				}
				script = string(f.Data)
			}
		}
	}
	if script == "" {
		t.Fatal("no script was rendered")
	}
	cases, err := filepath.Glob("testdata/istio/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("%d cases (%v)", len(cases), err)
	}
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, line := range strings.Split(string(archive.Comment), "\n") {
				if args, ok := strings.CutPrefix(line, "run:"); ok {
					got.WriteString(runRemoteSecrets(t, script, strings.Fields(args)))
				}
			}
			archive.Files = []txtar.File{{Name: "want", Data: wantOf(archive)}}
			if os.Getenv("UPDATE") != "" {
				archive.Files[0].Data = []byte(got.String())
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(archive.Files[0].Data), got.String()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}

func wantOf(a *txtar.Archive) []byte {
	for _, f := range a.Files {
		if f.Name == "want" {
			return f.Data
		}
	}
	return nil
}

// standIns print how they were called; istioctl fails for the context broken, and kubectl tells what it read.
const (
	istioctlStandIn = "#!/bin/sh\nprintf 'istioctl' >&2; printf ' [%s]' \"$@\" >&2; echo >&2\ncase \"$*\" in *broken*) exit 7 ;; esac\necho \"secret of $5\"\n"
	kubectlStandIn  = "#!/bin/sh\nprintf 'kubectl' >&2; printf ' [%s]' \"$@\" >&2; printf ' < ' >&2; cat >&2\n"
)

func runRemoteSecrets(t *testing.T, script string, args []string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"remote-secrets.sh": script, "istioctl": istioctlStandIn, "kubectl": kubectlStandIn} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", append([]string{filepath.Join(dir, "remote-secrets.sh")}, args...)...)
	cmd.Env = []string{"PATH=" + dir + string(os.PathListSeparator) + os.Getenv("PATH")}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return "$ remote-secrets.sh " + strings.Join(args, " ") + "\n" + out.String() + "exit " + cmd.ProcessState.String()[len("exit status "):] + "\n"
}

// TestInstall holds what installs Istio in a mesh with a bit of everything against a file.
func TestInstall(t *testing.T) {
	r := prepare(t, "testdata/istio", "mixed.yaml")
	got := &txtar.Archive{}
	for target, err := range r.Targets("") {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range target.Files {
			if strings.HasPrefix(f.Path, "install/") && filepath.Ext(f.Path) != ".sh" || f.Path == "namespaces.yaml" {
				got.Files = append(got.Files, txtar.File{Name: target.Name + "/" + f.Path, Data: f.Data})
			}
		}
	}
	const file = "testdata/istio/mixed.install"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, txtar.Format(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(txtar.Format(got))); diff != "" {
		t.Errorf("%s (-file +rendered):\n%s", file, diff)
	}
}
