//go:build unix

package sandbox_test

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// markName is a file in the folder of a test. A child can make none, but it can lock one for reading, and the system tells whose the
// lock is.
const markName = "mark"

// mark locks the file in the requested folder, and then never ends.
func mark(request []byte) ([]byte, error) {
	f, err := os.Open(filepath.Join(string(request), markName))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := unix.FcntlFlock(f.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_RDLCK}); err != nil {
		return nil, err
	}
	return spin()
}

// markedFolder is a folder that a job can mark.
func markedFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, markName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// markedBy is the process that marked a folder, or 0.
func markedBy(t *testing.T, folder string) int {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(folder, markName), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(f.Fd(), unix.F_GETLK, &lock); err != nil {
		t.Fatal(err)
	}
	if lock.Type == unix.F_UNLCK {
		return 0
	}
	return int(lock.Pid)
}
