package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

const (
	// childName is argv[0] of every child. Script tests dispatch on it, since
	// there the running binary is the test's and not meshtopo's.
	childName = "meshtopo"
	// childArg is the hidden first argument that makes a process a child.
	childArg = "__sandbox"
	// longestTrace bounds what is kept of a child's stderr.
	longestTrace = 64 << 10
	// pipeGrace is how long a dead child's pipes may stay open. What is in them must be read in that time, on a machine that is busy, too.
	pipeGrace = 5 * time.Second
)

// Run starts the running binary once more as a child with limits, gives it
// request, and returns the response of the named job, which is one of those that
// main hands to [Child].
//
// The error is a [*JobError] if the job returned an error, a [*LimitError] if
// the child was stopped or died, a [*SealError] if limits ask for a sealed child
// and there can be none, one that wraps the cause of ctx if ctx ended
// first, and any other error if no child could be started. Run may be called
// from many goroutines, but not inside a child.
func Run(ctx context.Context, job string, request []byte, limits Limits) ([]byte, error) {
	if err := limits.check(); err != nil {
		return nil, fmt.Errorf("running %s: %w", job, err)
	}
	if startedAsChild(os.Args) {
		// A main, or a TestMain, that does not call Child would otherwise start
		// itself without end.
		return nil, fmt.Errorf("running %s: a child must not start a child; does main call sandbox.Child first?", job)
	}
	end, err := start(ctx, job, request, limits)
	if errors.Is(err, errTooLate) {
		return nil, &LimitError{Limit: LimitWall, Value: limits.Wall.String(), Job: job}
	}
	if err != nil {
		return nil, fmt.Errorf("running %s: %w", job, err)
	}
	return end.judge(ctx, job, limits)
}

// ending is what is left of a child.
type ending struct {
	state   *os.ProcessState
	err     error // of exec.Cmd.Wait
	answer  answer
	stderr  head
	timeout bool // Limits.Wall passed
}

// answer is the frame that a child wrote, or why that was none.
type answer struct {
	kind    kind
	payload []byte
	err     error
}

// errTooLate says that Limits.Wall passed before there was a child.
var errTooLate = errors.New("too late to start a child")

// start runs a child to its end. An error means that there was no child.
func start(ctx context.Context, job string, request []byte, limits Limits) (*ending, error) {
	path, err := executable()
	if err != nil {
		return nil, err
	}
	// Linux kills the child when the thread that started it ends, so this thread
	// must not end before the child (go.dev/issue/27505).
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	timed, cancel := context.WithTimeout(ctx, limits.Wall)
	defer cancel()
	cmd := command(timed, path, job, request, limits)
	end := &ending{}
	cmd.Stderr = &end.stderr
	stdout, finish := receive(limits)
	cmd.Stdout = stdout
	if err := cmd.Start(); err != nil {
		finish()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if timed.Err() != nil {
			return nil, errTooLate
		}
		return nil, fmt.Errorf("starting a child of %q: %w", path, err)
	}
	end.err = cmd.Wait()
	end.answer = finish()
	end.state = cmd.ProcessState
	end.timeout = timed.Err() != nil && ctx.Err() == nil
	return end, nil
}

func command(ctx context.Context, path, job string, request []byte, limits Limits) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path)
	cmd.Args = append([]string{childName, childArg, job}, limits.args()...)
	cmd.Env = []string{} // nil would inherit
	cmd.Dir = filepath.VolumeName(path) + string(filepath.Separator)
	header, sum := frameEnds(kindRequest, request)
	cmd.Stdin = io.MultiReader(bytes.NewReader(header), bytes.NewReader(request), bytes.NewReader(sum))
	cmd.SysProcAttr = ownGroup()
	cmd.Cancel = func() error { return killGroup(cmd.Process) }
	cmd.WaitDelay = pipeGrace
	return cmd
}

// receive reads a child's answer as it comes, into memory of just its size. What
// is no frame, or too long, closes the pipe at once. finish is called when the
// child has ended.
func receive(limits Limits) (stdout io.Writer, finish func() answer) {
	r, w := io.Pipe()
	done := make(chan answer, 1)
	go func() {
		var a answer
		a.kind, a.payload, a.err = readFrame(r, max(limits.Output, longestText))
		r.CloseWithError(a.err)
		done <- a
	}()
	return w, func() answer {
		w.Close()
		return <-done
	}
}

// judge turns an ending into a response or an error.
func (e *ending) judge(ctx context.Context, job string, limits Limits) ([]byte, error) {
	if e.err != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("running %s: %w", job, context.Cause(ctx))
	}
	if e.err != nil || e.answer.err != nil {
		return nil, e.limitError(job, limits)
	}
	switch e.answer.kind {
	case kindResult:
		return e.answer.payload, nil
	case kindJobError:
		return nil, &JobError{Job: job, Text: string(e.answer.payload)}
	case kindOutput:
		return nil, &LimitError{Limit: LimitOutput, Value: size(limits.Output), Job: job}
	case kindUnsealed:
		return nil, &SealError{Job: job, Cause: string(e.answer.payload)}
	case kindRefused:
		return nil, fmt.Errorf("running %s: %s", job, e.answer.payload)
	}
	return nil, &LimitError{Limit: LimitCrash, Value: fmt.Sprintf("its answer is of unknown kind %q", byte(e.answer.kind)), Job: job}
}

// limitError says why a child ended without a whole answer.
func (e *ending) limitError(job string, limits Limits) *LimitError {
	out := &LimitError{Job: job, Trace: string(e.stderr)}
	limit, line := death(out.Trace)
	processor := e.state.UserTime() + e.state.SystemTime()
	switch code := e.state.ExitCode(); {
	case e.timeout, code == exitWall:
		out.Limit, out.Value = LimitWall, limits.Wall.String()
	case errors.Is(e.answer.err, errTooLong):
		out.Limit, out.Value = LimitOutput, size(limits.Output)
	case code == exitMemory, limit == LimitMemory:
		out.Limit, out.Value = LimitMemory, size(limits.Memory)
	case limit == LimitStack:
		out.Limit, out.Value = LimitStack, size(int64(limits.Stack))
	case code == exitCPU, code < 0 && processor >= limits.CPU:
		out.Limit, out.Value = LimitTime, limits.CPU.String()+" of processor time"
	case limit == LimitCrash:
		out.Limit, out.Value = LimitCrash, line
	case e.answer.err != nil && !errors.Is(e.answer.err, io.EOF) || e.err == nil:
		out.Limit, out.Value = LimitCrash, "its answer is not whole: "+printable(e.answer.err.Error())
	default:
		out.Limit, out.Value = LimitCrash, printable(e.err.Error())
	}
	return out
}

// executable is the path of the running binary. A binary that was replaced
// since the start is an error: the new one may know other jobs or give other
// results than the process that asks.
func executable() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("finding this program's own file, to start it as a child: %w", err)
	}
	return path, sameProgram(path, "/proc/self/exe")
}

// sameProgram compares path with self, which leads to the running file even
// after it was unlinked; where there is no self, that path exists is all that is known.
func sameProgram(path, self string) error {
	now, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("this program's own file %q is gone since it started; run the command again", path)
	}
	if err != nil {
		return fmt.Errorf("finding this program's own file, to start it as a child: %w", err)
	}
	running, err := os.Stat(self)
	if err == nil && !os.SameFile(now, running) {
		return fmt.Errorf("this program's own file %q was replaced since it started; run the command again", path)
	}
	return nil
}

// head keeps the first longestTrace bytes that are written to it.
type head []byte

func (h *head) Write(p []byte) (int, error) {
	*h = append(*h, p[:min(len(p), longestTrace-len(*h))]...)
	return len(p), nil
}
