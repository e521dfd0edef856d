package faults

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"sync"
	"syscall"
	"testing"
)

// errnos are what calls that write fail with in the field: full and broken disks, quotas, file systems that became read-only, rights, too many open files.
var errnos = map[string][]syscall.Errno{
	"openat":     {syscall.ENOSPC, syscall.EACCES, syscall.EMFILE, syscall.EROFS, syscall.EDQUOT, syscall.EIO},
	"write":      {syscall.ENOSPC, syscall.EDQUOT, syscall.EIO},
	"close":      {syscall.EIO, syscall.ENOSPC, syscall.EDQUOT},
	"renameat":   {syscall.ENOSPC, syscall.EACCES, syscall.EROFS, syscall.EIO, syscall.EDQUOT},
	"unlinkat":   {syscall.EACCES, syscall.EROFS, syscall.EIO},
	"mkdirat":    {syscall.ENOSPC, syscall.EACCES, syscall.EROFS, syscall.EDQUOT, syscall.EIO},
	"getdents64": {syscall.EIO},
	"flock":      {syscall.EIO},
	"read":       {syscall.EIO},
}

// mayBeAbsorbed are the calls that may fail without harm: what was only read is closed, and a directory is removed by a second call when it is no file.
var mayBeAbsorbed = []string{"close", "unlinkat"}

const leastErrors = 300

// tally counts injected errors by what came of them; several sweeps write to it.
type tally struct {
	mu       sync.Mutex
	injected map[string]int // by call
	absorbed map[string]int
}

func (c *tally) add(call string, absorbed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.injected[call]++
	if absorbed {
		c.absorbed[call]++
	}
}

// TestErrors lets each call of a render fail: the program says which file and why, nothing is torn, no temporary file is left, and the next render repairs.
func TestErrors(t *testing.T) {
	all := renderedTrees(t)
	counts := tally{injected: map[string]int{}, absorbed: map[string]int{}}
	t.Run("sweeps", func(t *testing.T) {
		for _, s := range sweeps[:2] {
			for _, call := range slices.Sorted(maps.Keys(errnos)) {
				t.Run(s.name+" "+call, func(t *testing.T) {
					t.Parallel()
					s.fail(t, all, call, false, &counts)
				})
			}
		}
		for _, call := range []string{"openat", "write", "renameat", "mkdirat"} {
			t.Run("from then on "+call, func(t *testing.T) {
				t.Parallel()
				sweeps[1].fail(t, all, call, true, &counts)
			})
		}
	})
	sum := 0
	for call, n := range counts.injected {
		sum += n
		if counts.absorbed[call] > 0 && !slices.Contains(mayBeAbsorbed, call) {
			t.Errorf("%d errors of %s went unnoticed", counts.absorbed[call], call)
		}
	}
	if sum < leastErrors || len(counts.injected) != len(errnos) {
		t.Errorf("%d errors in %v, want %d", sum, counts.injected, leastErrors)
	}
	measured(t, "writes: %d calls made to fail, by name %v: exit status 2 with path and cause, except for %v after which the tree was whole; 0 torn files, all repaired",
		sum, counts.injected, counts.absorbed)
}

func (s sweep) fail(t *testing.T, all trees, call string, sticky bool, counts *tally) {
	for nth := 1; ; nth++ {
		errno := errnos[call][nth%len(errnos[call])]
		dir, out := s.disturbed(t, all[s.from], fault{call: call, nth: nth, errno: errno, sticky: sticky})
		if out.fired == 0 {
			if problem := s.judgeWhole(t, dir, all); out.status.ExitStatus() != 0 || problem != "" {
				t.Fatalf("without an error: %v %s %s", out.status, out.stderr, problem)
			}
			return
		}
		r := result{out.status.ExitStatus(), out.stdout, out.stderr}
		counts.add(call, r.status == 0)
		if problem := s.judgeFailed(t, dir, all, r, out.at, fault{call: call, errno: errno}); problem != "" {
			t.Errorf("%s %d of %s fails with %q: %s\n%v", call, nth, out.at, errno.Error(), problem, r)
		}
	}
}

func (s sweep) judgeFailed(t *testing.T, dir string, all trees, r result, at string, f fault) string {
	t.Helper()
	left := readTree(t, dir)
	if r.status == 0 {
		if temporary.MatchString(path.Base(at)) {
			return "that what was written may be lost goes unnoticed"
		}
		return all[s.to].differs(left)
	}
	if problem := r.trouble(f.errno.Error()); problem != "" {
		return problem
	}
	if message := regexp.MustCompile(`^meshtopo: rendering to "` + regexp.QuoteMeta(dir) + `": .*"[^"]+"`); at != dir && !message.MatchString(r.stderr) {
		return "the message does not name the file"
	}
	if f.call != "unlinkat" && left.temporaries() > 0 {
		return "a temporary file is left"
	}
	return s.judgeLeft(t, dir, all, false)
}
