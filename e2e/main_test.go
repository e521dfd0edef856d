// Package e2e holds what meshtopo renders against real programs: kustomize of the version that users run. It is a module of its
// own, so that nothing it needs is linked into the program or seen by its `go build ./...`.
//
// Everything here knows the program from outside only, as a process with files in and out; nothing imports meshtopo's packages.
// run.sh builds the programs and names them in MESHTOPO and KUSTOMIZE; `go test` alone builds them itself.
package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// programs are the paths of the programs under test.
type programs struct{ meshtopo, kustomize string }

// built is set by TestMain before any test runs and never changed.
var built programs

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "meshtopo-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	var errs [2]error
	built.meshtopo, errs[0] = program("MESHTOPO", dir, "..", "./cmd/meshtopo")
	built.kustomize, errs[1] = program("KUSTOMIZE", dir, ".", "sigs.k8s.io/kustomize/kustomize/v5")
	if err := errors.Join(errs[:]...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// program gives the absolute path of a program: the environment's, else built from a package of the module in a directory.
func program(variable, out, module, pkg string) (string, error) {
	if named := os.Getenv(variable); named != "" {
		return filepath.Abs(named)
	}
	file := filepath.Join(out, strings.ToLower(variable)) // what hooks call it by
	build := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-o", file, pkg)
	build.Dir = module
	if text, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", pkg, err, text)
	}
	return file, nil
}

// run runs a program and gives its output. That it fails fails the test.
func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %q: %v\n%s", filepath.Base(name), args, err, errs.Bytes())
	}
	return out.Bytes()
}

// render renders a topology to a new directory and gives it.
func render(t *testing.T, topology string) string {
	t.Helper()
	out := t.TempDir()
	run(t, built.meshtopo, "render", "--quiet", topology, "-o", out)
	return out
}

// subdirectories gives the names of the directories in dir, and fails when there is none.
func subdirectories(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	if len(names) == 0 {
		t.Fatalf("no directory in %s", dir)
	}
	return names
}
