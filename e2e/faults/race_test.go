package faults

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const rounds = 40

const otherTopology = "testdata/other" // of another name

// TestRaces starts renders and checks of two topologies of one name, and renders of one of another name, in one directory at once: each ends in order, one after the
// other, and what is left is the tree of one of them and never a mix.
func TestRaces(t *testing.T) {
	all := renderedTrees(t)
	all[otherTopology] = rendered(t, otherTopology)
	from := seed(t)
	runs, killed, refused := 0, 0, 0
	for round := range rounds {
		random := rand.New(rand.NewPCG(from, uint64(round)))
		dir := filepath.Join(t.TempDir(), "out")
		if round%2 == 0 {
			all[oldTopology].write(t, dir)
		}
		crowd := []racer{{oldTopology, false}, {newTopology, false}, {newTopology, false}, {newTopology, true}, {otherTopology, false}, {oldTopology, true}}
		random.Shuffle(len(crowd), func(i, j int) { crowd[i], crowd[j] = crowd[j], crowd[i] })
		results := race(t, crowd, dir, round%4 == 3, time.Duration(random.IntN(60_000))*time.Microsecond)
		dead := false
		for i, r := range results {
			runs++
			if r.status < 0 {
				dead, killed = true, killed+1
			} else if problem := crowd[i].judge(r); problem != "" {
				t.Errorf("round %d, seed %d: %s\n%v %v", round, from, problem, crowd[i], r)
			} else if r.status == 2 {
				refused++
			}
		}
		if problem := judgeRaced(t, all, dir, dead); problem != "" {
			t.Errorf("round %d, seed %d: %s", round, from, problem)
		}
	}
	measured(t, "writes: %d renders and checks, %d at once, in %d rounds in one directory (seed %d), %d killed, %d refused as another topology's: never a mix",
		runs, runs/rounds, rounds, from, killed, refused)
}

// judgeRaced holds what is left to be the tree of one of the topologies. After a kill it may be incomplete, and the next render repairs.
func judgeRaced(t *testing.T, all trees, dir string, dead bool) string {
	t.Helper()
	if dead {
		if r := run(t, "render", newTopology, "-o", dir); r.status != 0 && !isForeign(r) {
			return r.String()
		} else if r.status == 2 {
			run(t, "render", otherTopology, "-o", dir) // what it leaves is judged
		}
	}
	left := readTree(t, dir).files()
	for topology, whole := range all {
		if topology != "" && whole.files().differs(left) == "" {
			return ""
		}
	}
	return "a mix is left: " + all[newTopology].files().differs(left)
}

func isForeign(r result) bool {
	return r.status == 2 && strings.Contains(r.stderr, "output directory belongs to topology")
}

type racer struct {
	topology string
	check    bool
}

func (c racer) args(dir string) []string {
	args := []string{"render", c.topology, "-o", dir}
	if c.check {
		args = append(args, "--check")
	}
	return args
}

// judge tells what is wrong with how a racer ended.
func (c racer) judge(r result) string {
	switch {
	case innards.MatchString(r.stdout + r.stderr):
		return "it shows its inside"
	case isForeign(r), r.status == 0, c.check && r.status == 1:
		return ""
	}
	return "it failed"
}

// race runs all at once, and kills one of them, the first, if so asked.
func race(t *testing.T, crowd []racer, dir string, kill bool, after time.Duration) []result {
	t.Helper()
	results := make([]result, len(crowd))
	var all sync.WaitGroup
	for i, c := range crowd {
		all.Go(func() {
			cmd := exec.Command(meshtopo, c.args(dir)...)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Start(); err != nil {
				t.Error(err)
				return
			}
			if kill && i == 0 {
				time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
			}
			timer := time.AfterFunc(runTime, func() { t.Error("a deadlock"); _ = cmd.Process.Kill() })
			defer timer.Stop()
			_ = cmd.Wait() // its exit status is judged
			results[i] = result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
		})
	}
	all.Wait()
	return results
}

// TestKilledHolder kills a render in the midst of its work while another one, or a check, waits for it: that one takes over at once; a render completes the tree, and
// a check says that it is not complete.
func TestKilledHolder(t *testing.T) {
	all := renderedTrees(t)
	for _, test := range []struct {
		waiter racer
		status int
	}{{racer{newTopology, false}, 0}, {racer{newTopology, true}, 1}, {racer{oldTopology, false}, 0}} {
		var w waiter
		dir, out := sweeps[1].disturbed(t, all[oldTopology], fault{call: "renameat", nth: 5, signal: syscall.SIGKILL, before: func(dir string) { w = await(t, test.waiter, dir) }})
		if out.fired != 1 {
			t.Fatal("nobody was killed")
		}
		if r := w.end(t); r.status != test.status {
			t.Errorf("after the holder was killed: %v", r)
		}
		if test.waiter.check {
			continue
		}
		if d := all[test.waiter.topology].files().differs(readTree(t, dir).files()); d != "" {
			t.Error(d)
		}
	}
}

// TestInterruptedWait: a signal ends a wait.
func TestInterruptedWait(t *testing.T) {
	dir := t.TempDir()
	held, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := syscall.Flock(int(held.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	for _, signal := range ending {
		w := await(t, racer{topology: newTopology}, dir)
		if err := w.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		r := w.end(t)
		r.stderr = r.stderr[strings.Index(r.stderr, "\n")+1:]
		if problem := r.trouble("lock the output directory"); problem != "" {
			t.Errorf("%v while it waits: %s\n%v", signal, problem, r)
		}
	}
	if left := readTree(t, dir); len(left) > 0 {
		t.Errorf("something was written: %v", left)
	}
}

// waiter is a run that waits for a lock.
type waiter struct {
	cmd            *exec.Cmd
	stdout, stderr *os.File
}

// await starts a run and returns when it says that it waits.
func await(t *testing.T, c racer, dir string) waiter {
	t.Helper()
	w := waiter{cmd: exec.Command(meshtopo, c.args(dir)...)}
	var err error
	if w.stdout, w.stderr, err = streams(w.cmd); err == nil {
		err = w.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(runTime); ; time.Sleep(time.Millisecond) {
		said, err := text(w.stderr)
		if strings.Contains(said, "waiting for another meshtopo") {
			return w
		}
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("it does not wait: %v %s", err, said)
		}
	}
}

func (w waiter) end(t *testing.T) result {
	t.Helper()
	timer := time.AfterFunc(runTime, func() { t.Error("a deadlock"); _ = w.cmd.Process.Kill() })
	defer timer.Stop()
	_ = w.cmd.Wait() // its exit status is judged
	stdout, err := text(w.stdout)
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := text(w.stderr)
	if err != nil {
		t.Fatal(err)
	}
	return result{w.cmd.ProcessState.ExitCode(), stdout, stderr}
}
