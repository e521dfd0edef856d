// Package istio holds what meshtopo renders and predicts against the real parts of a mesh: istioctl, kube-apiservers with Istio's
// definitions, and an istiod that reads them. It is a module of its own, since those are programs of thousands of packages.
//
// Everything here knows the program from outside only, as a process with files in and out; MESHTOPO names it. The real parts are
// built once (`go run ./build`) and kept. They listen on loopback and end with the test, however it ends.
package istio

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/meshtopo/meshtopo/e2e/istio/parts"
)

const repository = "../.."

// programs are the programs under test. TestMain sets them before any test runs; nothing changes them.
var programs struct {
	parts.Paths
	meshtopo string
}

func TestMain(m *testing.M) {
	if err := build(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func build() (err error) {
	named := os.Getenv("MESHTOPO")
	if named == "" {
		return fmt.Errorf("MESHTOPO must name a built meshtopo: go build -o /somewhere/meshtopo ./cmd/meshtopo")
	}
	if programs.meshtopo, err = filepath.Abs(named); err != nil {
		return err
	}
	if text, err := exec.Command(programs.meshtopo, "version").CombinedOutput(); err != nil {
		return fmt.Errorf("MESHTOPO=%s: %w\n%s", named, err, text)
	}
	programs.Paths, err = parts.Build(context.Background(), ".", os.Stderr)
	return err
}

// examples gives the directories of the example topologies.
// Those of provider istio are in ownExamples.
func examples(t *testing.T) []string {
	t.Helper()
	managed, _ := byProvider(t)
	return managed
}

// ownExamples gives the shipped topologies whose control planes are their own.
func ownExamples(t *testing.T) []string {
	t.Helper()
	_, own := byProvider(t)
	return own
}

var ownProvider = regexp.MustCompile(`(?m)^\s*"?provider"?:\s*["']?istio\b`)

func byProvider(t *testing.T) (managed, own []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(repository, "topologies", "*", "topology.*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 6 {
		t.Fatalf("only %d examples: %q", len(files), files)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if ownProvider.Match(text) {
			own = append(own, filepath.Dir(file))
		} else {
			managed = append(managed, filepath.Dir(file))
		}
	}
	if len(managed) == 0 || len(own) == 0 {
		t.Fatalf("%d examples of managed control planes, %d of others", len(managed), len(own))
	}
	return managed, own
}

// render renders a topology to a new directory and gives it.
func render(t *testing.T, topology string) string {
	t.Helper()
	out := t.TempDir()
	if text, err := exec.Command(programs.meshtopo, "render", "--quiet", topology, "-o", out).CombinedOutput(); err != nil {
		t.Fatalf("render %s: %v\n%s", topology, err, text)
	}
	return out
}
