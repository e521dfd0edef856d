package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/meshtopo/meshtopo/sandbox"
)

func run(t *testing.T, job, request string) (string, error) {
	t.Helper()
	got, err := sandbox.Run(t.Context(), job, []byte(request), sandbox.DefaultLimits())
	return string(got), err
}

func TestRun(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ job, request, want string }{
		{"echo", "", ""},
		{"echo", "a\x00b\nMTSB", "a\x00b\nMTSB"},
		{"place", "", `meshtopo / []`},
		{"noise", "", "quiet"},
	} {
		if got, err := run(t, test.job, test.request); err != nil || got != test.want {
			t.Errorf("%s(%q) = %q, %v; want %q", test.job, test.request, got, err, test.want)
		}
	}
}

// TestGarbage: a job that makes far more garbage than the limit on memory ends well. On a machine that starves the collector it can fall behind once.
func TestGarbage(t *testing.T) {
	t.Parallel()
	for range 3 {
		got, err := run(t, "garbage", "")
		var limit *sandbox.LimitError
		if errors.As(err, &limit) && limit.Limit == sandbox.LimitMemory {
			t.Log(err, limit.Trace)
			continue
		}
		if err != nil || got != "\x00" {
			t.Errorf("got %q, %v", got, err)
		}
		return
	}
	t.Error("it ran into the limit on memory three times")
}

// TestTooLate: a limit that passes before the child has started is that limit all the same.
func TestTooLate(t *testing.T) {
	t.Parallel()
	limits := sandbox.DefaultLimits()
	limits.Wall = time.Nanosecond
	_, err := sandbox.Run(t.Context(), "echo", nil, limits)
	var limit *sandbox.LimitError
	if !errors.As(err, &limit) || limit.Limit != sandbox.LimitWall || limit.Value != "1ns" {
		t.Errorf("got %v", err)
	}
}

func TestJobError(t *testing.T) {
	t.Parallel()
	_, err := run(t, "error", "no such field \"x\"")
	var jobError *sandbox.JobError
	if !errors.As(err, &jobError) || jobError.Job != "error" || err.Error() != "no such field \"x\"" {
		t.Errorf("got %T %v", err, err)
	}
	if _, err := run(t, "write", t.TempDir()+"/x"); !errors.As(err, &jobError) || !strings.Contains(err.Error(), "file too large") && !strings.Contains(err.Error(), "operation not permitted") {
		t.Errorf("a job that writes a file: got %T %v", err, err)
	}
	long := strings.Repeat("x", 1<<20)
	if _, err := run(t, "error", long); !errors.As(err, &jobError) || len(err.Error()) != 64<<10 {
		t.Errorf("a long error: got %T of %d bytes", err, len(fmt.Sprint(err)))
	}
}

// An ordinary error says that no job ran.
func TestRefused(t *testing.T) {
	t.Parallel()
	if _, err := run(t, "none", ""); err == nil || err.Error() != `running none: this program has no job "none"` {
		t.Errorf("unknown job: %v", err)
	}
	if _, err := run(t, "nested", ""); err == nil || !strings.Contains(err.Error(), "must not start a child") {
		t.Errorf("nested: %v", err)
	}
	for name, change := range map[string]func(*sandbox.Limits){
		"wall":   func(l *sandbox.Limits) { l.Wall = 0 },
		"cpu":    func(l *sandbox.Limits) { l.CPU = 0 },
		"memory": func(l *sandbox.Limits) { l.Memory = -1 },
		"stack":  func(l *sandbox.Limits) { l.Stack = 0 },
		"output": func(l *sandbox.Limits) { l.Output = 0 },
	} {
		limits := sandbox.DefaultLimits()
		change(&limits)
		if _, err := sandbox.Run(t.Context(), "echo", nil, limits); err == nil || !strings.Contains(err.Error(), strconv.Quote(name)) {
			t.Errorf("limit %s: %v", name, err)
		}
	}
}

func TestCrash(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ job, request, want string }{
		{"panic", "oh \x1b[31mno", "running panic: it crashed (panic: oh ?[31mno)"},
		{"panic", strings.Repeat("y", 1000), "running panic: it crashed (panic: " + strings.Repeat("y", 193) + "...)"},
		{"nowhere", "ab", "running nowhere: it crashed (panic: runtime error: index out of range [2] with length 2)"},
		{"exit", "", "running exit: it crashed (its answer is not whole: reading a frame's header: EOF)"},
		{"exit3", "", "running exit3: it crashed (exit status 3)"},
	} {
		_, err := run(t, test.job, test.request)
		var limit *sandbox.LimitError
		if !errors.As(err, &limit) || limit.Limit != sandbox.LimitCrash || err.Error() != test.want {
			t.Errorf("%s: got %T %v\nwant %s", test.job, err, err, test.want)
		}
	}
}

func TestOutputLimit(t *testing.T) {
	t.Parallel()
	limits := sandbox.DefaultLimits()
	limits.Output = 1 << 20
	if got, err := sandbox.Run(t.Context(), "output", []byte("1048576"), limits); err != nil || len(got) != 1<<20 {
		t.Errorf("at the limit: %d bytes, %v", len(got), err)
	}
	_, err := sandbox.Run(t.Context(), "output", []byte("1048577"), limits)
	var limit *sandbox.LimitError
	if !errors.As(err, &limit) || limit.Limit != sandbox.LimitOutput || limit.Value != "1 MiB" {
		t.Errorf("past the limit: %v", err)
	}
}

func TestLargeRequest(t *testing.T) {
	t.Parallel()
	request := bytes.Repeat([]byte("0123456789"), 2_000_000)
	got, err := sandbox.Run(t.Context(), "echo", request, sandbox.DefaultLimits())
	if err != nil || !bytes.Equal(got, request) {
		t.Errorf("got %d of %d bytes, %v", len(got), len(request), err)
	}
}

func TestConcurrent(t *testing.T) {
	t.Parallel()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			want := strings.Repeat(strconv.Itoa(i), 1000)
			if got, err := run(t, "echo", want); err != nil || got != want {
				t.Errorf("run %d: %d bytes, %v", i, len(got), err)
			}
		})
	}
	group.Wait()
}

func TestContext(t *testing.T) {
	t.Parallel()
	t.Run("cancelled", func(t *testing.T) {
		why := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(100*time.Millisecond, func() { cancel(why) })
		from := time.Now()
		_, err := sandbox.Run(ctx, "loop", nil, sandbox.DefaultLimits())
		if took := time.Since(from); !errors.Is(err, why) || took > 2*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
	})
	t.Run("before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := sandbox.Run(ctx, "echo", nil, sandbox.DefaultLimits()); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("deadline", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := sandbox.Run(ctx, "sleep", nil, sandbox.DefaultLimits())
		var limit *sandbox.LimitError
		if !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &limit) {
			t.Errorf("the caller's deadline is not our limit: %v", err)
		}
	})
}

// asChild starts the test binary as Run does, with a stdin of the test's choice.
func asChild(t *testing.T, args []string, stdin string) (stdout string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Args, cmd.Env, cmd.Stdin = args, []string{}, strings.NewReader(stdin)
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%q: %v", args, err)
	}
	return string(out)
}

// What is not a request is refused without running anything.
func TestGarbageStdin(t *testing.T) {
	t.Parallel()
	args := append([]string{"meshtopo", "__sandbox", "echo"}, "4000000000", "4000000000", "402653184", "67108864", "67108864", "false")
	for _, test := range []struct{ name, stdin, want string }{
		{"empty", "", "reading the request: reading a frame's header: EOF"},
		{"garbage", "GET / HTTP/1.1\r\n\r\n", `reading the request: "GET " does not begin a frame`},
		{"long", "MTSBQ\xff\xff\xff\xff\xff\xff\xff\xff", "reading the request: frame is longer than allowed"},
		{"cut", "MTSBQ\x00\x00\x00\x00\x00\x00\x00\x05abc", "reading the request: reading a frame's 5 bytes: unexpected EOF"},
	} {
		got := asChild(t, args, test.stdin)
		if !strings.HasPrefix(got, "MTSBX") || !strings.Contains(got, test.want) {
			t.Errorf("%s: answered %q, want %q", test.name, got, test.want)
		}
	}
	if got := asChild(t, args[:2], ""); !strings.Contains(got, "a child needs a job and limits") {
		t.Errorf("no job: answered %q", got)
	}
	if got := asChild(t, append(args[:7:7], "x", "false"), ""); !strings.Contains(got, "reading a limit") {
		t.Errorf("bad limit: answered %q", got)
	}
}

func TestNotChild(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"meshtopo"}, {"meshtopo", "render", "__sandbox"}} {
		if _, isChild := sandbox.Child(args, jobs(), strings.NewReader(""), os.Stdout); isChild {
			t.Errorf("%q is taken for a child", args)
		}
	}
}

func BenchmarkRun(b *testing.B) {
	for b.Loop() {
		if _, err := sandbox.Run(b.Context(), "echo", []byte("x"), sandbox.DefaultLimits()); err != nil {
			b.Fatal(err)
		}
	}
}
