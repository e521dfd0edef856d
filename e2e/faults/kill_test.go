package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
)

// writing are the calls that are swept: what changes a directory or a file, opens it for that, holds it or lists it.
var writing = []string{
	"openat", "openat2", "write", "pwrite64", "close", "renameat", "renameat2", "unlinkat", "mkdirat", "fchmod", "fchmodat", "fchmodat2", "fsync", "fdatasync",
	"ftruncate", "flock", "getdents64",
}

// leastKills is how many kills the suite promises.
const leastKills = 500

// sweep is a render from one tree to another that is disturbed at one call after another.
type sweep struct {
	name     string
	from, to string // topologies; from "" is an empty directory
	procs    int    // GOMAXPROCS; with more than one, targets are written side by side
	calls    []string
}

var sweeps = []sweep{
	{"first render", "", newTopology, 1, writing},
	{"render over an older tree", oldTopology, newTopology, 1, writing},
	{"first render side by side", "", newTopology, 2, writing},
	{"render over an older tree side by side", oldTopology, newTopology, 2, writing},
	{"render with a child at work on overlays", "", overlaidTopology, 1, []string{"renameat", "mkdirat"}},
}

// disturbed runs one render with a fault in a new directory.
func (s sweep) disturbed(t *testing.T, before tree, f fault) (string, outcome) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out")
	if len(before) > 0 {
		before.write(t, dir)
	}
	cmd := exec.Command(meshtopo, "render", s.to, "-o", dir)
	cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", s.procs))
	out, err := supervised(cmd, dir, f)
	if err != nil {
		t.Fatal(err)
	}
	return dir, out
}

// TestKill kills a render at each of its calls: whatever the moment, no file is torn, an incomplete tree is not taken for a complete one, and the next render
// repairs what is left.
func TestKill(t *testing.T) {
	all := renderedTrees(t)
	var kills, temporaries atomic.Int64
	t.Run("sweeps", func(t *testing.T) {
		for _, s := range sweeps {
			for _, call := range s.calls {
				t.Run(s.name+" "+call, func(t *testing.T) {
					t.Parallel()
					s.kill(t, all, call, &kills, &temporaries)
				})
			}
		}
	})
	if kills.Load() < leastKills || temporaries.Load() == 0 {
		t.Errorf("%d kills, want %d; %d temporary files were left", kills.Load(), leastKills, temporaries.Load())
	}
	measured(t, "writes: %d kills at every call that writes, one call at a time: 0 torn files, 0 incomplete trees taken for complete, all repaired by the next render (%d temporary files removed)",
		kills.Load(), temporaries.Load())
}

func (s sweep) kill(t *testing.T, all trees, call string, kills, temporaries *atomic.Int64) {
	for nth := 1; ; nth++ {
		dir, out := s.disturbed(t, all[s.from], fault{call: call, nth: nth, signal: syscall.SIGKILL})
		if out.fired == 0 {
			// Side by side two writers may both make a directory that holds both targets, so the number of calls is exact with one only.
			if out.status.ExitStatus() != 0 || s.procs == 1 && out.calls[call] != nth-1 {
				t.Fatalf("without a kill: %v, %d calls, want %d\n%s", out.status, out.calls[call], nth-1, out.stderr)
			}
			if problem := s.judgeWhole(t, dir, all); problem != "" {
				t.Fatalf("without a kill: %s", problem)
			}
			return
		}
		if out.status.Signal() != syscall.SIGKILL {
			t.Fatalf("not killed at %s %d: %v", call, nth, out.status)
		}
		kills.Add(1)
		temporaries.Add(int64(readTree(t, dir).temporaries()))
		back := nth%2 == s.procs%2
		if problem := s.judgeLeft(t, dir, all, back); problem != "" {
			t.Fatalf("killed at %s %d: %s", call, nth, problem)
		}
	}
}

// judgeLeft holds what a disturbed render left against the promises. The next render is of the topology again, or first of the old one.
func (s sweep) judgeLeft(t *testing.T, dir string, all trees, back bool) string {
	t.Helper()
	left := readTree(t, dir)
	if problem := left.torn(all[s.from], all[s.to]); problem != "" {
		return problem
	}
	topologies := []string{s.to}
	if back {
		topologies = []string{s.to, oldTopology}
	}
	for _, topology := range topologies {
		r := run(t, "render", topology, "-o", dir, "--check")
		if d := all[topology].files().differs(left.files()); r.status != 0 && r.status != 1 || r.status == 0 && d != "" {
			return fmt.Sprintf("render --check of %s, where %s: %v", topology, d, r)
		}
	}
	if d := left.differs(readTree(t, dir)); d != "" {
		return "render --check changed the directory: " + d
	}
	for _, topology := range slices.Backward(topologies) {
		if r := run(t, "render", topology, "-o", dir); r.status != 0 {
			return fmt.Sprintf("the next render: %v", r)
		}
		if d := all[topology].files().differs(readTree(t, dir).files()); d != "" {
			return "after the next render " + d
		}
	}
	return ""
}

// judgeWhole holds a complete tree against the promises.
func (s sweep) judgeWhole(t *testing.T, dir string, all trees) string {
	t.Helper()
	if d := all[s.to].differs(readTree(t, dir)); d != "" {
		return d
	}
	if r := run(t, "render", s.to, "-o", dir, "--check"); r.status != 0 {
		return r.String()
	}
	return ""
}
