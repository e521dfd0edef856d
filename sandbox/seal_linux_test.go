//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/sandbox"
	"golang.org/x/sys/unix"
)

const canSeal = true

func unsealable() {
	if err := sandbox.Unsealable(); err != nil {
		panic(err)
	}
}

// systemAttempts are ways out that only system calls know.
func (s surroundings) systemAttempts() map[string]func() error {
	socket := func(family, kind int) func() error {
		return func() error {
			fd, err := unix.Socket(family, kind, 0)
			if err != nil {
				return err
			}
			return unix.Close(fd)
		}
	}
	return map[string]func() error{
		"socket inet6":   socket(unix.AF_INET6, unix.SOCK_STREAM),
		"socket netlink": socket(unix.AF_NETLINK, unix.SOCK_RAW),
		"socketpair": func() error {
			pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
			if err != nil {
				return err
			}
			return errors.Join(unix.Close(pair[0]), unix.Close(pair[1]))
		},
		"memfd": func() error {
			fd, err := unix.MemfdCreate("x", 0)
			if err != nil {
				return err
			}
			return unix.Close(fd)
		},
	}
}

// TestSealedCalls: the calls that not every process may make, or that only hostile code would make, are refused by the filter
// itself: EPERM or ENOSYS for arguments that the kernel would complain of otherwise.
func TestSealedCalls(t *testing.T) {
	t.Parallel()
	got, err := run(t, "calls", "")
	if err != nil {
		t.Fatal(err)
	}
	want := "io_uring_setup EPERM, execve EPERM, clone EPERM, clone3 ENOSYS, openat2 ENOSYS, ptrace EPERM, unshare EPERM, mount EPERM, bpf EPERM"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func calls([]byte) ([]byte, error) {
	var list []string
	for _, c := range []struct {
		name   string
		number uintptr
	}{
		{"io_uring_setup", unix.SYS_IO_URING_SETUP}, {"execve", unix.SYS_EXECVE}, {"clone", unix.SYS_CLONE}, {"clone3", unix.SYS_CLONE3}, {"openat2", unix.SYS_OPENAT2},
		{"ptrace", unix.SYS_PTRACE}, {"unshare", unix.SYS_UNSHARE}, {"mount", unix.SYS_MOUNT}, {"bpf", unix.SYS_BPF},
	} {
		// Every argument is a bad one, so that nothing happens where the call is let through: no process, no stack, no address.
		_, _, errno := unix.RawSyscall6(c.number, uintptr(unix.CLONE_SIGHAND), ^uintptr(0), ^uintptr(0), ^uintptr(0), ^uintptr(0), 0)
		list = append(list, c.name+" "+unix.ErrnoName(errno))
	}
	return []byte(strings.Join(list, ", ")), nil
}
