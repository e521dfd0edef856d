//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	badSlow   = 5 * time.Second  // promised for every bad input on a machine that is idle; a slower one is told
	badTime   = 10 * time.Second // of processor time, all children counted: more fails, however busy the machine is
	badWall   = 2 * time.Minute  // it hangs
	badMemory = 512 << 20        // bytes of resident memory
)

// badSecret is in the environment and in files outside the root. Nothing that is printed may hold it.
var badSecret = "canary-" + rand.Text()

// bad is a directory with a good topology rendered to out/, into which a case puts something bad:
//
//	DIR/outside/secret.txt          outside the root
//	DIR/root/.meshtopo-root         the root and the working directory
//	DIR/root/out                    what `meshtopo render` made of the sample
//	DIR/bin/{git,helm,sh,...}       all of PATH; whatever is called leaves DIR/called
type bad struct {
	t   *testing.T
	dir string
}

// badCase is one bad input: made by setup, given to `meshtopo ARGS...` (default: render topology.yaml -o out), which must end
// with status (default 1) after one finding or error that matches want.
type badCase struct {
	name    string
	setup   func(*bad)
	args    []string
	stdin   string
	stdout  string   // a file that stdout goes to
	env     []string // beside PATH, HOME and a secret
	wrap    func(*exec.Cmd)
	status  int
	want    string
	several bool // there may be a finding for each of several places
	alters  bool // out is not a tree to compare: the case is about out itself
}

func newBad(t *testing.T, tree map[string][]byte) *bad {
	t.Helper()
	b := &bad{t: t, dir: t.TempDir()}
	b.write("../outside/secret.txt", badSecret+"\n")
	b.write(".meshtopo-root", "")
	for name, data := range tree {
		b.write("out/"+name, string(data))
	}
	if tree != nil {
		if err := os.Chmod(b.path("out/mesh/mesh/asm-api.sh"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, program := range []string{"git", "helm", "sh", "bash", "kustomize", "kubectl", "curl", "exec-plugin", "evil"} {
		b.write("../bin/"+program, "#!/bin/sh\necho "+program+" >>"+b.path("../called")+"\n")
		if err := os.Chmod(b.path("../bin/"+program), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// path is where a file of the root is.
func (b *bad) path(name string) string { return filepath.Join(b.dir, "root", filepath.FromSlash(name)) }

func (b *bad) write(name, text string) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Dir(b.path(name)), 0o777); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(b.path(name), []byte(text), 0o666); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bad) link(target, name string) {
	b.t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(b.path(name)), 0o777), os.Symlink(target, b.path(name))); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bad) fifo(name string) {
	b.t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(b.path(name)), 0o777), syscall.Mkfifo(b.path(name), 0o666)); err != nil {
		b.t.Fatal(err)
	}
}

// ended is what a run of the program left.
type ended struct {
	stdout, stderr string
	status         int
	wall, used     time.Duration // by the clock, and of processors
	rss            int64         // bytes, of the largest process of the tree
}

// run runs the program as it is: a process of its own, which starts its own children.
func (b *bad) run(c badCase) ended {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), badWall)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Args = append([]string{"meshtopo"}, c.args...)
	if c.args == nil {
		cmd.Args = []string{"meshtopo", "render", "topology.yaml", "-o", "out"}
	}
	cmd.Dir = b.path("")
	cmd.Env = []string{"PATH=" + b.path("../bin"), "HOME=" + b.path("../outside"), "SECRET=" + badSecret}
	cmd.Env = append(cmd.Env, c.env...)
	cmd.Stdin = strings.NewReader(c.stdin)
	if c.wrap != nil {
		c.wrap(cmd)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if c.stdout != "" {
		f, err := os.OpenFile(c.stdout, os.O_WRONLY, 0)
		if err != nil {
			b.t.Fatal(err)
		}
		defer f.Close()
		cmd.Stdout = f
	}
	start := time.Now()
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		b.t.Fatal(err)
	}
	e := ended{stdout: stdout.String(), stderr: stderr.String(), status: cmd.ProcessState.ExitCode(), wall: time.Since(start)}
	// wait4 counts the children that the process has waited for.
	e.used = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	e.rss = peakOf(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	if runtime.GOOS == "linux" {
		e.rss <<= 10
	}
	return e
}

// trace is what only a Go program that fell over prints.
var trace = regexp.MustCompile(`(?i)panic|goroutine|\.go:\d|runtime error|0x[0-9a-f]{6}`)

// judge holds what a run printed and took against what is promised for every bad input.
func (b *bad) judge(c badCase, e ended) {
	t := b.t
	t.Helper()
	if e.status != max(c.status, 1) {
		t.Errorf("exit status %d, want %d", e.status, max(c.status, 1))
	}
	output := e.stdout + e.stderr
	if problems := problemLines(output); len(problems) != 1 && !(c.several && len(problems) > 1) || !regexp.MustCompile(c.want).MatchString(problems[0]) {
		t.Errorf("want one finding or error that matches %q, got %d", c.want, len(problems))
	}
	if trace.MatchString(output) {
		t.Error("the output shows the inside of the program")
	}
	if strings.Contains(output, badSecret) {
		t.Error("the output holds what the program must not read")
	}
	if strings.ContainsFunc(output, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == 0x202e }) {
		t.Errorf("the output can act on a terminal: %q", output)
	}
	if len(output) > 8<<10 && !c.several || len(output) > 128<<10 {
		t.Errorf("%d bytes of output", len(output))
	}
	if e.used > badTime || e.rss > badMemory {
		t.Errorf("took %v of processor time and %d MiB", e.used, e.rss>>20)
	}
	if called, err := os.ReadFile(b.path("../called")); err == nil {
		t.Errorf("other programs were called: %s", called)
	}
	slow := ""
	if e.wall > badSlow {
		slow = " SLOW: the promise is 5 s"
	}
	t.Logf("%.2f s, %d MiB%s", e.wall.Seconds(), e.rss>>20, slow)
	if t.Failed() {
		t.Logf("output:\n%.4000s", output)
	}
}

// problemLines gives the first line of every finding and error.
func problemLines(output string) []string {
	var lines []string
	for line := range strings.Lines(output) {
		if strings.HasPrefix(line, "meshtopo: ") || regexp.MustCompile(`^(\S.*: )?(error|warning): .* \[MT\d+ `).MatchString(line) {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

// peakOf gives the peak of memory that Linux tells of a child, in KiB, or 0 where it may be this process's own: a child inherits what its parent had at
// most when it was started.
func peakOf(kib int64) int64 {
	var own syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &own) == nil && kib <= own.Maxrss {
		return 0
	}
	return kib
}

func runBad(t *testing.T, cases []badCase) {
	t.Parallel()
	tree := sampleTree(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBad(t, tree)
			c.setup(b)
			if c.alters {
				b.judge(c, b.run(c))
				return
			}
			before, err := snapshot(b.path("out"))
			if err != nil {
				t.Fatal(err)
			}
			b.judge(c, b.run(c))
			after, err := snapshot(b.path("out"))
			if err != nil {
				t.Fatal(err)
			}
			if after != before {
				t.Errorf("the rendered tree was changed:\n%s", cmp.Diff(strings.Split(before, "\n"), strings.Split(after, "\n")))
			}
		})
	}
}

// sampleTree is what the sample renders to, by file name.
func sampleTree(t *testing.T) map[string][]byte {
	t.Helper()
	b := newBad(t, nil)
	b.write("topology.yaml", string(sample))
	if e := b.run(badCase{}); e.status != 0 {
		t.Fatalf("the sample does not render: %s%s", e.stdout, e.stderr)
	}
	return filesBelow(t, b.path("out"))
}

// filesBelow gives the files below a directory.
func filesBelow(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	tree := map[string][]byte{}
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			tree[name], err = fs.ReadFile(root, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}
