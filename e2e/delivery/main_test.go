// Package delivery holds what meshtopo renders for Argo CD and Flux against their own code: Argo CD's generator, templates and progressive
// syncs, Flux's kustomize builds, substitution and order of dependencies. No controller runs and no cluster is there; what their API
// servers take is held in e2e/istio, which has one.
//
// It knows the program from outside only. MESHTOPO names a built one; otherwise it is built here.
package delivery

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sirupsen/logrus"
)

const repository = "../.."

// meshtopo is the program under test. TestMain sets it before any test runs; nothing changes it.
var meshtopo string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	logrus.SetOutput(io.Discard) // what Argo CD says of each step
	if named := os.Getenv("MESHTOPO"); named != "" {
		meshtopo = named
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "meshtopo-delivery-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	meshtopo = filepath.Join(dir, "meshtopo")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", meshtopo, "./cmd/meshtopo")
	build.Dir = repository
	if text, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building meshtopo: %v\n%s", err, text)
		return 1
	}
	return m.Run()
}

// example is the directory of a shipped topology.
func example(name string) string { return filepath.Join(repository, "topologies", name) }

// render renders a topology below a directory.
func render(t *testing.T, topology, out string) {
	t.Helper()
	if text, err := exec.Command(meshtopo, "render", "--quiet", topology, "-o", out).CombinedOutput(); err != nil {
		t.Fatalf("render %s: %v\n%s", topology, err, text)
	}
}

// rendered gives a git repository that holds a topology's tree in a directory of a branch.
func rendered(t *testing.T, topology, branch, dir string) string {
	t.Helper()
	root := t.TempDir()
	render(t, topology, filepath.Join(root, dir))
	for _, args := range [][]string{
		{"init", "-q", "-b", branch}, {"add", "-A"},
		{"-c", "user.name=e2e", "-c", "user.email=e2e@example.com", "-c", "commit.gpgsign=false", "commit", "-q", "-m", "rendered"},
	} {
		cmd := exec.Command("git", append([]string{"-C", root}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, text)
		}
	}
	return root
}

// targets gives the targets of a tree that are delivered: those of clusters and control planes, sorted.
func targets(t *testing.T, tree string) []string {
	t.Helper()
	var names []string
	for _, group := range []string{"clusters", "mesh"} {
		found, err := filepath.Glob(filepath.Join(tree, group, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			names = append(names, group+"/"+filepath.Base(f))
		}
	}
	if len(names) < 3 {
		t.Fatalf("only %q in %s", names, tree)
	}
	slices.Sort(names)
	return names
}

func read(t *testing.T, elements ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elements...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o666); err != nil {
		t.Fatal(err)
	}
}
