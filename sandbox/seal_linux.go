//go:build linux && (amd64 || arm64)

package sandbox

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// seal takes from this process, for good, what no job needs: the network, other programs and processes, and changing files. It is
// a seccomp filter (seccomp(2)), which any user may put upon itself and which all threads get at once.
//
// The filter names what is refused and lets the rest pass. A list of what may pass would also hold against calls that are not
// there yet, but it would have to follow every version of Go's runtime and of the kernel; a job is our own code, and what it
// must not get is this.
func seal() error { return install(sealFilter()) }

// install puts a filter upon all threads of this process.
func install(filter []unix.SockFilter) error {
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	// A filter needs a thread that can gain no rights; the other threads become so together with it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("prctl: %w", err)
	}
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	runtime.KeepAlive(filter)
	if errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	if thread != 0 {
		return fmt.Errorf("seccomp: thread %d has a filter of its own", thread)
	}
	return nil
}

// refusedCalls are the calls that fail with EPERM, on every architecture; otherRefused has those of one.
var refusedCalls = [...]uint32{
	// network
	unix.SYS_SOCKET, unix.SYS_SOCKETPAIR, unix.SYS_CONNECT, unix.SYS_BIND, unix.SYS_LISTEN, unix.SYS_ACCEPT, unix.SYS_ACCEPT4,
	unix.SYS_SENDTO, unix.SYS_SENDMSG, unix.SYS_SENDMMSG, unix.SYS_RECVFROM, unix.SYS_RECVMSG, unix.SYS_RECVMMSG,
	// programs and other processes
	unix.SYS_EXECVE, unix.SYS_EXECVEAT, unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PIDFD_GETFD,
	// files: everything that changes a name or what is behind one
	unix.SYS_UNLINKAT, unix.SYS_RENAMEAT2, unix.SYS_MKDIRAT, unix.SYS_MKNODAT, unix.SYS_LINKAT, unix.SYS_SYMLINKAT,
	unix.SYS_FCHMOD, unix.SYS_FCHMODAT, unix.SYS_FCHMODAT2, unix.SYS_FCHOWN, unix.SYS_FCHOWNAT, unix.SYS_TRUNCATE, unix.SYS_FTRUNCATE, unix.SYS_FALLOCATE, unix.SYS_UTIMENSAT,
	unix.SYS_SETXATTR, unix.SYS_LSETXATTR, unix.SYS_FSETXATTR, unix.SYS_REMOVEXATTR, unix.SYS_LREMOVEXATTR, unix.SYS_FREMOVEXATTR,
	unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_MEMFD_CREATE,
	// what does the same by other ways
	unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER,
	unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD, unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY,
	unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_CHROOT, unix.SYS_PIVOT_ROOT, unix.SYS_MOUNT, unix.SYS_UMOUNT2,
	unix.SYS_FSOPEN, unix.SYS_FSMOUNT, unix.SYS_OPEN_TREE, unix.SYS_MOVE_MOUNT, unix.SYS_MOUNT_SETATTR,
}

// unknownCalls fail with ENOSYS, as on a kernel that does not have them: their arguments are in memory, where a filter cannot look,
// and who calls them falls back to the call before.
var unknownCalls = [...]uint32{unix.SYS_CLONE3, unix.SYS_OPENAT2}

// writing are the flags of openat that ask for more than reading.
const writing = unix.O_WRONLY | unix.O_RDWR | unix.O_CREAT | unix.O_TRUNC | unix.O_APPEND | (unix.O_TMPFILE &^ unix.O_DIRECTORY)

// Offsets in struct seccomp_data of linux/seccomp.h. Arguments are 8 bytes; the lower half comes first on both architectures.
const (
	atNumber = 0
	atArch   = 4
	atArgs   = 16
)

// Verdicts and instructions of a filter, which is a program of the Berkeley packet filter.
const (
	allow    = unix.SECCOMP_RET_ALLOW
	refuse   = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	unknown  = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	foreign  = unix.SECCOMP_RET_KILL_PROCESS // a call of another architecture has other numbers
	loadWord = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	equal    = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	atLeast  = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
	hasBits  = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
	verdict  = unix.BPF_RET | unix.BPF_K
)

// sealFilter is the filter of seal.
func sealFilter() []unix.SockFilter {
	var f []unix.SockFilter
	add := func(code uint16, k uint32, then, otherwise uint8) {
		f = append(f, unix.SockFilter{Code: code, K: k, Jt: then, Jf: otherwise})
	}
	end := func(with uint32) { add(verdict, with, 0, 0) }
	// when ends with a verdict for a call of a number, whose argument need not be looked at.
	when := func(number, with uint32) {
		add(equal, number, 0, 1)
		end(with)
	}
	// whenBits ends for a call of a number: refused when its argument has, or has not, one of the bits.
	whenBits := func(number uint32, argument int, bits uint32, with, without uint32) {
		add(equal, number, 0, 4)
		add(loadWord, uint32(atArgs+8*argument), 0, 0)
		add(hasBits, bits, 0, 1)
		end(with)
		end(without)
	}
	add(loadWord, atArch, 0, 0)
	add(equal, auditArch, 1, 0)
	end(foreign)
	add(loadWord, atNumber, 0, 0)
	add(atLeast, firstForeign, 0, 1)
	end(refuse)
	for _, n := range refusedCalls {
		when(n, refuse)
	}
	for _, n := range otherRefused {
		when(n, refuse)
	}
	for _, n := range unknownCalls {
		when(n, unknown)
	}
	whenBits(unix.SYS_CLONE, 0, unix.CLONE_THREAD, allow, refuse) // threads, and no processes
	whenBits(unix.SYS_OPENAT, 2, writing, refuse, allow)
	for _, o := range otherOpens {
		whenBits(o, 1, writing, refuse, allow)
	}
	end(allow)
	return f
}

// sealFiles takes away the opening of files by a path that does not begin at an open directory.
func sealFiles() error {
	filter := []unix.SockFilter{{Code: loadWord, K: atNumber}}
	for _, o := range otherOpens {
		filter = append(filter, unix.SockFilter{Code: equal, K: o, Jf: 1}, unix.SockFilter{Code: verdict, K: refuse})
	}
	here := int32(unix.AT_FDCWD)
	return install(append(filter,
		unix.SockFilter{Code: equal, K: unix.SYS_OPENAT, Jf: 2},
		unix.SockFilter{Code: loadWord, K: atArgs},
		unix.SockFilter{Code: equal, K: uint32(here), Jt: 1},
		unix.SockFilter{Code: verdict, K: allow},
		unix.SockFilter{Code: verdict, K: refuse},
	))
}
