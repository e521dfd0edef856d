//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package manifest

import (
	"errors"
	"os"
	"syscall"
)

// tryLock takes the lock unless another process has it.
func tryLock(dir *os.File, shared bool) (bool, error) {
	how := syscall.LOCK_EX
	if shared {
		how = syscall.LOCK_SH
	}
	conn, err := dir.SyscallConn()
	if err != nil {
		return false, err
	}
	var locked error
	if err := conn.Control(func(fd uintptr) { locked = syscall.Flock(int(fd), how|syscall.LOCK_NB) }); err != nil {
		return false, err
	}
	switch {
	case locked == nil || hasNoLocks(locked):
		return true, nil
	case errors.Is(locked, syscall.EWOULDBLOCK) || errors.Is(locked, syscall.EINTR):
		return false, nil
	}
	return false, locked
}

// hasNoLocks tells that the file system keeps no locks, or none on directories: NFS, which asks for a file open for writing, says EBADF.
func hasNoLocks(err error) bool {
	for _, none := range []error{syscall.ENOTSUP, syscall.EOPNOTSUPP, syscall.ENOSYS, syscall.ENOLCK, syscall.EINVAL, syscall.EBADF} {
		if errors.Is(err, none) {
			return true
		}
	}
	return false
}
