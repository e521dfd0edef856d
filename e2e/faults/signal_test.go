package faults

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var ending = []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}

// seed repeats the random parts of a run: SEED, else what the clock gives. It is printed with what was measured.
func seed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("SEED")
	if text == "" {
		return uint64(time.Now().UnixNano()) % 1e6
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// interruptions counts how interrupted renders ended.
type interruptions struct{ all, two, whole, signal atomic.Int64 }

// TestSignals ends renders by signals, at calls that write and at random moments: the exit status is 2 with a message, or 0 if all was written by then, or the
// signal itself if the program had hardly begun; nothing is torn, and the next render repairs.
func TestSignals(t *testing.T) {
	all := renderedTrees(t)
	var n interruptions
	from := seed(t)
	t.Run("sweeps", func(t *testing.T) {
		for i, signal := range ending {
			for _, call := range []string{"flock", "mkdirat", "openat", "write", "renameat", "unlinkat"} {
				t.Run(fmt.Sprint(signal, " at ", call), func(t *testing.T) {
					t.Parallel()
					sweeps[1].interrupt(t, all, signal, call, 1+i, &n)
				})
			}
			t.Run(fmt.Sprint(signal, " at random"), func(t *testing.T) {
				t.Parallel()
				random := rand.New(rand.NewPCG(from, uint64(i)))
				for range 25 {
					sweeps[1].interruptAfter(t, all, signal, time.Duration(random.IntN(80_000))*time.Microsecond, &n)
				}
			})
		}
	})
	if n.all.Load() < 100 || n.two.Load() < 20 {
		t.Errorf("%d signals, %d exits with status 2: too few", n.all.Load(), n.two.Load())
	}
	measured(t, "writes: %d signals INT, TERM and HUP at calls that write and at random moments (seed %d): %d ended with exit status 2, %d had all written, %d died before they began; 0 torn files, all repaired",
		n.all.Load(), from, n.two.Load(), n.whole.Load(), n.signal.Load())
}

// interrupt sends a signal at every fourth call of a name, beginning with the one numbered first.
func (s sweep) interrupt(t *testing.T, all trees, signal syscall.Signal, call string, first int, n *interruptions) {
	for nth := first; ; nth += 4 {
		dir, out := s.disturbed(t, all[s.from], fault{call: call, nth: nth, signal: signal})
		if out.fired == 0 {
			return
		}
		r := result{out.status.ExitStatus(), out.stdout, out.stderr}
		if problem := s.judgeInterrupted(t, dir, all, r, n); problem != "" || r.status < 0 {
			t.Errorf("%v at %s %d: %s\n%v", signal, call, nth, problem, r)
		}
	}
}

func (s sweep) interruptAfter(t *testing.T, all trees, signal syscall.Signal, wait time.Duration, n *interruptions) {
	dir := filepath.Join(t.TempDir(), "out")
	all[s.from].write(t, dir)
	cmd := exec.Command(meshtopo, "render", s.to, "-o", dir)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(wait)
	_ = cmd.Process.Signal(signal) // it may have ended
	_ = cmd.Wait()                 // its exit status is judged
	r := result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
	if r.status < 0 && cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != signal {
		t.Errorf("died of something else: %v", cmd.ProcessState)
	}
	if problem := s.judgeInterrupted(t, dir, all, r, n); problem != "" {
		t.Errorf("%v after %v: %s\n%v", signal, wait, problem, r)
	}
}

func (s sweep) judgeInterrupted(t *testing.T, dir string, all trees, r result, n *interruptions) string {
	t.Helper()
	n.all.Add(1)
	switch r.status {
	case 0:
		n.whole.Add(1)
		return all[s.to].differs(readTree(t, dir))
	case -1:
		n.signal.Add(1)
	default:
		n.two.Add(1)
		if problem := r.trouble(""); problem != "" {
			return problem
		}
	}
	return s.judgeLeft(t, dir, all, false)
}
