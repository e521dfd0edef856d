package faults

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"unsafe"
)

// fault is what happens at one system call: the nth call, counted from 1, of that name by which the process touches the directory under test. All threads count
// together, so the numbers are exact however Go moves goroutines between threads; strace counts each thread alone.
type fault struct {
	call   string
	nth    int
	errno  syscall.Errno    // what the call, which is not made, fails with; 0 is no failure
	sticky bool             // all later calls of that name fail too
	signal syscall.Signal   // what is sent before the call is made; 0 is nothing
	before func(dir string) // what is done before that, while the process stands still; may be nil
}

// outcome is how a supervised process ended.
type outcome struct {
	status         syscall.WaitStatus
	stdout, stderr string
	calls          map[string]int // that touched the directory, by name
	fired          int            // faults
	at             string         // the path of the first
}

// supervised runs a command to its end under ptrace(2), with at most one fault in its calls below dir. Its children are not followed: they render nothing to
// disk, and a fault must not hit them by chance.
func supervised(cmd *exec.Cmd, dir string, f fault) (outcome, error) {
	runtime.LockOSThread() // a tracer is a thread
	defer runtime.UnlockOSThread()
	stdout, stderr, err := streams(cmd)
	if err != nil {
		return outcome{}, err
	}
	defer stdout.Close()
	defer stderr.Close()
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Setpgid: true} // the group is what is waited for
	if err := cmd.Start(); err != nil {
		return outcome{}, err
	}
	s := supervisor{pid: cmd.Process.Pid, dir: dir, fault: f, out: outcome{calls: map[string]int{}}, threads: map[int]bool{}, failing: map[int]bool{}}
	if err := s.run(); err != nil {
		_ = syscall.Kill(s.pid, syscall.SIGKILL)
		return outcome{}, fmt.Errorf("supervising: %w", err)
	}
	_ = cmd.Process.Release() // s has waited for it
	s.out.stdout, err = text(stdout)
	if err == nil {
		s.out.stderr, err = text(stderr)
	}
	return s.out, err
}

// streams gives a command files for what it prints, since pipes would take goroutines of their own and somebody to wait for them.
func streams(cmd *exec.Cmd) (stdout, stderr *os.File, err error) {
	for _, f := range []**os.File{&stdout, &stderr} {
		if *f, err = os.CreateTemp("", "meshtopo-stream-"); err != nil {
			return nil, nil, err
		}
		os.Remove((*f).Name())
	}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return stdout, stderr, nil
}

func text(f *os.File) (string, error) {
	data := make([]byte, 1<<16)
	n, err := f.ReadAt(data, 0)
	if n == len(data) || err == nil {
		return "", errors.New("more output than expected")
	}
	return string(data[:n]), nil
}

type supervisor struct {
	pid     int
	dir     string
	fault   fault
	out     outcome
	threads map[int]bool // that have made their first stop
	failing map[int]bool // in a call that is to fail
}

const (
	traceOptions = syscall.PTRACE_O_TRACESYSGOOD | syscall.PTRACE_O_TRACECLONE | 0x100000 // PTRACE_O_EXITKILL
	syscallStop  = syscall.SIGTRAP | 0x80
	waitOptions  = syscall.WALL | 0x20000000 // __WNOTHREAD: other threads trace other processes
)

func (s *supervisor) run() error {
	var status syscall.WaitStatus
	if _, err := wait(s.pid, &status); err != nil || !status.Stopped() {
		return fmt.Errorf("the process did not stop at its start: %v, status %x", err, status)
	}
	s.threads[s.pid] = true
	if err := syscall.PtraceSetOptions(s.pid, traceOptions); err != nil {
		return err
	}
	if err := syscall.PtraceSyscall(s.pid, 0); err != nil {
		return err
	}
	for {
		tid, err := wait(-s.pid, &status)
		if err != nil {
			return err
		}
		if !status.Stopped() {
			if tid == s.pid {
				s.out.status = status
				return nil
			}
			continue
		}
		signal, err := s.stopped(tid, status)
		if err == nil {
			err = syscall.PtraceSyscall(tid, signal)
		}
		if err != nil && !errors.Is(err, syscall.ESRCH) { // killed meanwhile
			return err
		}
	}
}

func wait(pid int, status *syscall.WaitStatus) (int, error) {
	for {
		tid, err := syscall.Wait4(pid, status, waitOptions, nil)
		if !errors.Is(err, syscall.EINTR) {
			return tid, err
		}
	}
}

// stopped handles a stop of a thread, and gives the signal that it is to go on with.
func (s *supervisor) stopped(tid int, status syscall.WaitStatus) (int, error) {
	first := !s.threads[tid]
	s.threads[tid] = true
	switch signal := status.StopSignal(); {
	case signal == syscallStop:
		return 0, s.atCall(tid)
	case signal == syscall.SIGTRAP && status.TrapCause() > 0: // a new thread
		return 0, nil
	case signal == syscall.SIGSTOP && first: // how a new thread begins
		return 0, nil
	default:
		return int(signal), nil
	}
}

// callInfo is the kernel's struct ptrace_syscall_info.
type callInfo struct {
	op     uint8
	_      [3]uint8
	_      uint32
	_, _   uint64
	number uint64
	args   [6]uint64
	_      [2]uint64
}

const opEntry, opExit = 1, 2

func (s *supervisor) atCall(tid int) error {
	var info callInfo
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PTRACE, 0x420e /* PTRACE_GET_SYSCALL_INFO */, uintptr(tid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0); errno != 0 {
		return errno
	}
	switch {
	case info.op == opExit && s.failing[tid]:
		delete(s.failing, tid)
		return s.setRegister(tid, func(r *syscall.PtraceRegs) { r.Rax = -uint64(s.fault.errno) })
	case info.op != opEntry:
		return nil
	}
	call, watched := calls[info.number]
	if !watched {
		return nil
	}
	name := subject(tid, call, info.args)
	if name != s.dir && !strings.HasPrefix(name, s.dir+"/") {
		return nil
	}
	s.out.calls[call.name]++
	if n := s.out.calls[call.name]; call.name != s.fault.call || n < s.fault.nth || n > s.fault.nth && !s.fault.sticky {
		return nil
	}
	if s.out.fired++; s.out.fired == 1 {
		s.out.at = name
	}
	if s.fault.before != nil {
		s.fault.before(s.dir)
	}
	if s.fault.signal != 0 {
		return syscall.Kill(s.pid, s.fault.signal) // a call at whose entry the process is killed is not made
	}
	if s.fault.errno == 0 {
		return nil
	}
	s.failing[tid] = true
	return s.setRegister(tid, func(r *syscall.PtraceRegs) { r.Orig_rax = ^uint64(0) }) // no call: nothing is done
}

func (s *supervisor) setRegister(tid int, set func(*syscall.PtraceRegs)) error {
	var regs syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(tid, &regs); err != nil {
		return err
	}
	set(&regs)
	return syscall.PtraceSetRegs(tid, &regs)
}

// subject is the path that a call is about.
func subject(tid int, call sysCall, args [6]uint64) string {
	if call.path < 0 {
		return descriptor(tid, args[0])
	}
	name := stringAt(tid, args[call.path])
	if !filepath.IsAbs(name) {
		name = filepath.Join(descriptor(tid, args[call.path-1]), name)
	}
	return name
}

// descriptor gives the path of an open file, or of the working directory.
func descriptor(tid int, fd uint64) string {
	const workingDirectory = -100 // AT_FDCWD
	link := fmt.Sprintf("/proc/%d/fd/%d", tid, int32(fd))
	if int32(fd) == workingDirectory {
		link = fmt.Sprintf("/proc/%d/cwd", tid)
	}
	name, _ := os.Readlink(link) // a bad descriptor is of no file
	return name
}

// stringAt reads a path from the memory of a thread.
func stringAt(tid int, address uint64) string {
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", tid))
	if err != nil {
		return ""
	}
	defer memory.Close()
	data := make([]byte, 4096)
	n, _ := memory.ReadAt(data, int64(address)) // as far as it is readable
	name, _, _ := bytes.Cut(data[:n], []byte{0})
	return string(name)
}

// sysCall is a call that can change a file or a directory, or hold what is changed. path is the number of the argument that is a path, after its directory; -1
// where the first argument is a descriptor.
type sysCall struct {
	name string
	path int
}

// calls are x86-64's: every call by which a Go program can change a directory, and those that hold or list it. touched asserts that a render makes no others.
var calls = map[uint64]sysCall{
	syscall.SYS_OPENAT: {"openat", 1}, 437: {"openat2", 1}, syscall.SYS_WRITE: {"write", -1}, syscall.SYS_PWRITE64: {"pwrite64", -1},
	syscall.SYS_CLOSE: {"close", -1}, syscall.SYS_RENAMEAT: {"renameat", 1}, 316: {"renameat2", 1}, syscall.SYS_UNLINKAT: {"unlinkat", 1},
	syscall.SYS_MKDIRAT: {"mkdirat", 1}, syscall.SYS_FCHMOD: {"fchmod", -1}, syscall.SYS_FCHMODAT: {"fchmodat", 1}, 452: {"fchmodat2", 1},
	syscall.SYS_FSYNC: {"fsync", -1}, syscall.SYS_FDATASYNC: {"fdatasync", -1}, syscall.SYS_FTRUNCATE: {"ftruncate", -1}, syscall.SYS_FLOCK: {"flock", -1},
	syscall.SYS_GETDENTS64: {"getdents64", -1}, syscall.SYS_READ: {"read", -1},
}
