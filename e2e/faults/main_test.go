// Package faults makes things fail under meshtopo that do not fail on a good day, and looks at what is left: processes that are killed at every system
// call that writes, calls that fail, full and read-only file systems, obstacles in the output, renders that race, signals and streams that are gone.
//
// Everything here knows the program from outside only. faults.sh builds it and names it in MESHTOPO; `go test` alone builds it itself. Root is needed
// for mounts. Nothing is skipped.
package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// meshtopo is the path of the program. It is set by TestMain before any test runs and never changed.
var meshtopo string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "meshtopo-faults-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if meshtopo, err = program(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// program gives the absolute path of meshtopo: the environment's, else built.
func program(dir string) (string, error) {
	if named := os.Getenv("MESHTOPO"); named != "" {
		return filepath.Abs(named)
	}
	file := filepath.Join(dir, "meshtopo")
	build := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-o", file, "./cmd/meshtopo")
	build.Dir = "../.."
	if text, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building meshtopo: %w\n%s", err, text)
	}
	return file, nil
}

// measured prints what a test counted, for faults.sh; a test that failed has nothing to say.
func measured(t *testing.T, format string, args ...any) {
	if !t.Failed() {
		fmt.Printf("measured: "+format+"\n", args...)
	}
}
