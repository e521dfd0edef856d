package manifest

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The states between which writes are interrupted: files change, appear and go, in directories of their own too; so do targets.
func crashStates() (old, next, other []Target) {
	extra := func(t Target, p, data string) Target {
		t.Files = append(t.Files, File{Path: p, From: "spec", Data: []byte(data)})
		return t
	}
	old = []Target{networkTarget(), extra(target("clusters/east", "a=1", "b=1", "c=1"), "gone/x.txt", "x"), target("clusters/west", "a=1", "b=1")}
	next = []Target{networkTarget(), extra(target("clusters/east", "a=1", "b=2", "d=1"), "new/dir/y.txt", "y"), target("mesh/asm", "a=1")}
	other = []Target{target("clusters/east", "e=1"), target("clusters/west", "b=2")}
	return old, next, other
}

type crash struct{}

// interrupted writes the targets until step n, counted from 0, and dies there. It tells whether the write came to its end before.
func interrupted(root *os.Root, n int, targets []Target) (finished bool, err error) {
	w := writer{root: root, topology: topology, prune: true}
	w.hook = func(string, string) error {
		if n--; n < 0 {
			panic(crash{})
		}
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(crash); !ok {
				panic(r)
			}
		}
	}()
	err = w.write(sequence(targets...))
	return true, err
}

// checkWhole sees that each file has its old or its new content.
func checkWhole(t *testing.T, dir string, old, next []Target) {
	t.Helper()
	before, after := expected(old...), expected(next...)
	for name, data := range contents(t, dir) {
		if strings.HasSuffix(name, "/") || path.Base(name) == IndexName || isTemporary(path.Base(name)) {
			continue
		}
		oldData, inOld := before[name]
		newData, inNew := after[name]
		if !(inOld && data == oldData || inNew && data == newData) {
			t.Fatalf("%s is torn or unknown: %q", name, data)
		}
	}
}

// onlyFiles leaves directories out: an interruption may leave empty ones, which mean nothing.
func onlyFiles(files map[string]string) map[string]string {
	for name := range files {
		if strings.HasSuffix(name, "/") {
			delete(files, name)
		}
	}
	return files
}

func checkFiles(t *testing.T, dir string, targets ...Target) {
	t.Helper()
	if diff := cmp.Diff(onlyFiles(expected(targets...)), onlyFiles(contents(t, dir))); diff != "" {
		t.Fatalf("-want +on disk:\n%s", diff)
	}
}

// checkSeen sees that Compare calls the tree complete only when it is.
func checkSeen(t *testing.T, root *os.Root, dir string, targets []Target) {
	t.Helper()
	found, err := Compare(root, topology, sequence(targets...), true)
	if err != nil {
		t.Fatal(err)
	}
	disk := onlyFiles(contents(t, dir))
	diff := cmp.Diff(onlyFiles(expected(targets...)), disk)
	if len(found) == 0 && diff != "" {
		t.Fatalf("Compare takes an interrupted tree for complete:\n%s", diff)
	}
	for _, target := range targets {
		incomplete := strings.Contains(disk[target.Name+"/"+IndexName], `"state": "writing"`)
		for _, d := range found {
			if d.Target == target.Name && d.Kind == Incomplete {
				incomplete = false
			}
		}
		if incomplete {
			t.Fatalf("Compare does not report that the write of %s was interrupted: %v", target.Name, found)
		}
	}
}

func TestCrashAtEveryStep(t *testing.T) {
	old, next, other := crashStates()
	finished := false
	for n := 0; !finished; n++ {
		if n > 500 {
			t.Fatal("the write never ends")
		}
		repair := [][]Target{next, other, old}[(n+n/3)%3] // a file takes 3 steps; each of them meets each repair
		root, dir := openRoot(t)
		mustWrite(t, root, old...)
		var err error
		if finished, err = interrupted(root, n, next); err != nil {
			t.Fatal(err)
		}
		checkWhole(t, dir, old, next)
		checkSeen(t, root, dir, next)
		checkSeen(t, root, dir, old)
		mustWrite(t, root, repair...)
		checkFiles(t, dir, repair...)
		checkClean(t, root, repair...)
	}
}

func TestCrashDuringRepair(t *testing.T) {
	old, next, other := crashStates()
	finished := false
	for n := 1; !finished; n += 11 {
		repaired := false
		for m := 1; !repaired; m += 8 {
			root, dir := openRoot(t)
			mustWrite(t, root, old...)
			var err error
			if finished, err = interrupted(root, n, next); err != nil {
				t.Fatal(err)
			}
			if repaired, err = interrupted(root, m, other); err != nil {
				t.Fatal(err)
			}
			mustWrite(t, root, next...)
			checkFiles(t, dir, next...)
		}
	}
}

func TestFailureAtEveryStep(t *testing.T) {
	old, next, _ := crashStates()
	for n := 0; ; n++ {
		root, dir := openRoot(t)
		mustWrite(t, root, old...)
		count, failedAt := 0, ""
		w := writer{root: root, topology: topology, prune: true, hook: func(step, name string) error {
			if count++; count <= n {
				return nil
			}
			if failedAt == "" {
				failedAt = fmt.Sprintf("%s %q", step, name)
			}
			return syscall.ENOSPC
		}}
		err := w.write(sequence(next...))
		if failedAt == "" {
			if err != nil {
				t.Fatal(err)
			}
			return
		}
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), failedAt) {
			t.Fatalf("%s failed, error is %v", failedAt, err)
		}
		for name := range contents(t, dir) {
			if isTemporary(path.Base(name)) {
				t.Fatalf("%s is left", name)
			}
		}
		checkWhole(t, dir, old, next)
		checkSeen(t, root, dir, next)
		mustWrite(t, root, next...)
		checkFiles(t, dir, next...)
	}
}

func TestAbortedIteratorIsRepaired(t *testing.T) {
	old, next, _ := crashStates()
	for n := range next {
		root, dir := openRoot(t)
		mustWrite(t, root, old...)
		if _, err := Write(root, topology, failing(errors.New("broken"), next[:n]...), true); err == nil {
			t.Fatal("no error")
		}
		checkSeen(t, root, dir, next)
		mustWrite(t, root, next...)
		checkFiles(t, dir, next...)
	}
}

// A power loss can leave a renamed file empty, since nothing is synced.
func TestTornFileIsSeenAndRepaired(t *testing.T) {
	old, _, _ := crashStates()
	root, dir := openRoot(t)
	mustWrite(t, root, old...)
	put(t, dir, "clusters/east/services/a.yaml", "")
	checkSeen(t, root, dir, old)
	mustWrite(t, root, old...)
	checkFiles(t, dir, old...)
}
