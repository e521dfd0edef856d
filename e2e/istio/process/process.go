// Package process runs servers that end with the test that started them, however the test ends: by Close, by the end of the
// process that started them (on Linux the kernel kills them, so a panic, a timeout or a SIGKILL leaves nothing behind), or by
// themselves, which Await reports with the tail of their log.
package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// grace is how long a process has between SIGTERM and SIGKILL.
const grace = 5 * time.Second

// A Group starts processes and ends them. One goroutine starts them all and keeps its thread, because Linux
// sends the parent-death signal when the thread that started a process ends.
type Group struct {
	dir    string
	starts chan start
	closed chan struct{}

	mu      sync.Mutex
	started []*Process
}

type start struct {
	cmd  *exec.Cmd
	done chan error
}

// NewGroup gives a group whose processes log to files in a directory.
func NewGroup(dir string) *Group {
	g := &Group{dir: dir, starts: make(chan start), closed: make(chan struct{})}
	go g.serve()
	return g
}

func (g *Group) serve() {
	runtime.LockOSThread() // never unlocked: the thread ends with this goroutine, after the processes have ended
	for {
		select {
		case s := <-g.starts:
			s.done <- s.cmd.Start()
		case <-g.closed:
			return
		}
	}
}

// Start starts a program in a process group of its own, with exactly the environment given beside HOME, PATH, TMPDIR and GOGC, and
// its output in the file name.log. GOGC spends memory, of which these programs need little, on time.
func (g *Group) Start(name, program string, args, env []string) (*Process, error) {
	log, err := os.Create(filepath.Join(g.dir, name+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close() // the process has its own descriptor
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = g.dir, log, log
	cmd.SysProcAttr = attributes()
	for _, v := range []string{"HOME", "PATH", "TMPDIR"} {
		env = append(env, v+"="+os.Getenv(v))
	}
	cmd.Env = append(env, "GOGC=400")
	s := start{cmd, make(chan error, 1)}
	select {
	case g.starts <- s:
	case <-g.closed:
		return nil, fmt.Errorf("start %s: the group is closed", name)
	}
	if err := <-s.done; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &Process{name: name, log: log.Name(), cmd: cmd, ended: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	g.mu.Lock()
	g.started = append(g.started, p)
	g.mu.Unlock()
	return p, nil
}

// Close kills what is still running and waits for its end. Nothing is saved: what the processes wrote is thrown away.
func (g *Group) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.started {
		p.signal(syscall.SIGKILL)
	}
	for _, p := range g.started {
		<-p.ended
	}
	close(g.closed)
}

// Logs gives the last lines of every process's log.
func (g *Group) Logs() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var b bytes.Buffer
	for _, p := range g.started {
		fmt.Fprintf(&b, "== %s\n%s\n", p.log, p.Tail())
	}
	return b.String()
}

// A Process is a running server.
type Process struct {
	name, log string
	cmd       *exec.Cmd
	ended     chan struct{}
	err       error // of Wait; set before ended is closed
}

// Stop ends the process and everything it started, and waits for its end. It may be called again.
func (p *Process) Stop() {
	p.signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(grace):
		p.signal(syscall.SIGKILL)
		<-p.ended
	}
}

// signal sends a signal to the process group, whose id is the pid of the process, as long as the process has not ended.
func (p *Process) signal(s syscall.Signal) {
	select {
	case <-p.ended:
	default:
		_ = syscall.Kill(-p.cmd.Process.Pid, s)
	}
}

// Await asks until the answer is nil, the process has ended or the context is done; the last two are errors with what it logged.
func (p *Process) Await(ctx context.Context, ready func(context.Context) error) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-p.ended:
			return fmt.Errorf("%s ended: %w\n%s", p.name, errors.Join(p.err, err), p.Tail())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w\n%s", p.name, err, p.Tail())
		}
	}
}

// Tail gives the end of the log.
func (p *Process) Tail() []byte {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return []byte(err.Error())
	}
	const lines = 25
	all := bytes.SplitAfter(text, []byte("\n"))
	return bytes.Join(all[max(0, len(all)-lines):], nil)
}
