package faults

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestCounts holds the supervisor's counts against those of strace, summed over threads: were calls missed, sweeps would end too early and show nothing.
func TestCounts(t *testing.T) {
	all := renderedTrees(t)
	counted := slices.DeleteFunc(slices.Collect(maps.Values(callNames())), func(name string) bool { return name == "fchmodat2" }) // strace may not know it; a render does not make it
	for _, s := range sweeps {
		if s.procs != 1 {
			continue // the number of calls depends on who is first to make a directory
		}
		_, out := s.disturbed(t, all[s.from], fault{})
		dir, log := filepath.Join(t.TempDir(), "out"), filepath.Join(t.TempDir(), "log")
		all[s.from].write(t, dir)
		cmd := exec.Command("strace", "-f", "-y", "-s", "0", "-e", "trace="+strings.Join(counted, ","), "-e", "signal=none", "-o", log, meshtopo, "render", s.to, "-o", dir)
		cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", s.procs))
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("strace: %v\n%s", err, text)
		}
		if want := straced(t, log, dir); !maps.Equal(want, out.calls) {
			t.Errorf("%s: strace counts %v, the supervisor %v", s.name, want, out.calls)
		}
	}
}

func callNames() map[uint64]string {
	names := map[uint64]string{}
	for number, call := range calls {
		names[number] = call.name
	}
	return names
}

// straced counts the calls in a log of strace that name a directory.
func straced(t *testing.T, log, dir string) map[string]int {
	t.Helper()
	f, err := os.Open(log)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	counts := map[string]int{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		_, line, _ := strings.Cut(lines.Text(), " ") // after the thread
		name, args, found := strings.Cut(strings.TrimSpace(line), "(")
		if found && strings.Contains(args, dir) && !strings.Contains(name, "resumed") {
			counts[name]++
		}
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	return counts
}
