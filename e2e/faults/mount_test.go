package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// mount mounts a file system until the end of the test; that it cannot is a failure.
func mount(t *testing.T, dir string, args ...string) {
	t.Helper()
	if text, err := exec.Command("mount", append(args, dir)...).CombinedOutput(); err != nil {
		t.Fatalf("this test needs the right to mount: mount %v: %v %s", args, err, text)
	}
	t.Cleanup(func() {
		if text, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("umount %s: %v %s", dir, err, text)
		}
	})
}

func remount(t *testing.T, dir, options string) {
	t.Helper()
	if text, err := exec.Command("mount", "-o", "remount,"+options, dir).CombinedOutput(); err != nil {
		t.Fatalf("mount -o remount,%s %s: %v %s", options, dir, err, text)
	}
}

// TestFullDisk renders to small file systems, page by page and inode by inode, until all fits: what does not fit is told, nothing is torn, and the next render
// with room completes the tree.
func TestFullDisk(t *testing.T) {
	all := renderedTrees(t)
	full := 0
	for _, s := range sweeps[:2] {
		for _, limit := range []struct {
			option string
			step   int
		}{{"size=%dk", 4}, {"nr_inodes=%d", 1}} {
			t.Run(s.name+" "+limit.option, func(t *testing.T) {
				full += s.fill(t, all, limit.option, limit.step)
			})
		}
	}
	if full < 40 {
		t.Errorf("only %d disks were full", full)
	}
	measured(t, "writes: %d small file systems that became full, by pages and by inodes: exit status 2, 0 torn files, all repaired once there was room", full)
}

// fill gives the number of file systems that were too small.
func (s sweep) fill(t *testing.T, all trees, option string, step int) int {
	dir := filepath.Join(t.TempDir(), "out")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	mount(t, dir, "-t", "tmpfs", "-o", "size=1m,nr_inodes=1000", "tmpfs")
	failures := 0
	for most := step; ; most += step {
		remount(t, dir, "size=1m,nr_inodes=1000")
		empty(t, dir)
		all[s.from].write(t, dir)
		if exec.Command("mount", "-o", "remount,"+fmt.Sprintf(option, most), dir).Run() != nil {
			continue // less than what is in it
		}
		r := run(t, "render", s.to, "-o", dir)
		if r.status == 0 {
			if problem := s.judgeWhole(t, dir, all); problem != "" {
				t.Error(problem)
			}
			return failures
		}
		failures++
		remount(t, dir, "size=1m,nr_inodes=1000")
		if problem := r.trouble(syscall.ENOSPC.Error()); problem != "" {
			t.Errorf(option+": %s\n%v", most, problem, r)
		}
		if n := readTree(t, dir).temporaries(); n > 0 {
			t.Errorf(option+": %d temporary files are left", most, n)
		}
		if problem := s.judgeLeft(t, dir, all, false); problem != "" {
			t.Errorf(option+": %s", most, problem)
		}
	}
}

func empty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if err == nil {
			err = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestReadOnlyMount: a tree that cannot be written is trouble when something is to be written, and stays as it is.
func TestReadOnlyMount(t *testing.T) {
	all := renderedTrees(t)
	dir := filepath.Join(t.TempDir(), "out")
	all[oldTopology].write(t, dir)
	mount(t, dir, "--bind", dir)
	remount(t, dir, "bind,ro")
	r := run(t, "render", newTopology, "-o", dir)
	if problem := r.trouble(syscall.EROFS.Error()); problem != "" || !strings.Contains(r.stderr, dir) {
		t.Error(problem, r)
	}
	if r := run(t, "render", newTopology, "-o", filepath.Join(dir, "new")); r.trouble(syscall.EROFS.Error()) != "" {
		t.Error(r)
	}
	if d := all[oldTopology].differs(readTree(t, dir)); d != "" {
		t.Error(d)
	}
	for _, args := range [][]string{{}, {"--check"}} {
		if r := run(t, append([]string{"render", oldTopology, "-o", dir}, args...)...); r.status != 0 {
			t.Errorf("there is nothing to write, but: %v", r)
		}
	}
}
