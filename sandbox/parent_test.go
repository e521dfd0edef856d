//go:build unix

package sandbox_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/meshtopo/meshtopo/sandbox"
)

// startOuter gives a running outer parent and what it prints.
func startOuter(t *testing.T, program, job, folder string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.Command(program, folder)
	cmd.Env = []string{outerEnv + "=" + job}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, &out
}

func TestExecutableGone(t *testing.T) {
	t.Parallel()
	bytes, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "meshtopo")
	if err := os.WriteFile(program, bytes, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd, out := startOuter(t, program, "gone", "x")
	cmd.Wait()
	if want := fmt.Sprintf("|running echo: this program's own file %q is gone since it started; run the command again", program); out.String() != want {
		t.Errorf("got  %s\nwant %s", out, want)
	}
}

// The watchdog alone ends what the system's limits would have ended.
func TestWatchdog(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		job    string
		status int
	}{{"small", 121}, {"slice", 121}, {"loop", 122}, {"sleep", 123}} {
		t.Run(test.job, func(t *testing.T) {
			t.Parallel()
			if sandbox.RaceDetector && test.job == "small" {
				t.Skip("too slow to run out of memory in time")
			}
			cmd, out := startOuter(t, os.Args[0], "watched "+test.job, "x")
			cmd.Wait()
			rss := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
			if cmd.ProcessState.ExitCode() != test.status || runtime.GOOS == "linux" && rss > 500_000 {
				t.Errorf("%v with %d KiB, want an exit status of %d\n%s", cmd.ProcessState, rss, test.status, out)
			}
		})
	}
}

// A child does not outlive a parent that had no time to say good-bye.
func TestParentKilled(t *testing.T) {
	t.Parallel()
	folder := markedFolder(t)
	cmd, _ := startOuter(t, os.Args[0], "mark", folder)
	pid := marked(t, folder)
	cmd.Process.Kill()
	cmd.Wait()
	waitGone(t, pid, 1500*time.Millisecond)
}

// A child is not in the parent's group, and is gone when Run returns.
func TestCancelKillsGroup(t *testing.T) {
	t.Parallel()
	folder := markedFolder(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := sandbox.Run(ctx, "mark", []byte(folder), sandbox.DefaultLimits())
		done <- err
	}()
	pid := marked(t, folder)
	if group, err := syscall.Getpgid(pid); err != nil || group != pid {
		t.Errorf("child %d is in group %d, %v", pid, group, err)
	}
	cancel()
	if err := <-done; err == nil {
		t.Error("no error")
	}
	if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
		t.Errorf("child %d is still there: %v", pid, err)
	}
}

// marked waits for the job "mark" to say its process id.
func marked(t *testing.T, folder string) (pid int) {
	t.Helper()
	for range 400 {
		if pid := markedBy(t, folder); pid != 0 {
			return pid
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the child did not start")
	return 0
}

// waitGone waits for a process to end or to be a zombie that nobody reaps.
func waitGone(t *testing.T, pid int, patience time.Duration) {
	t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if syscall.Kill(pid, 0) == syscall.ESRCH || bytes.Contains(stat, []byte(") Z ")) {
			return
		}
	}
	t.Errorf("child %d outlived its parent by %v", pid, patience)
}
