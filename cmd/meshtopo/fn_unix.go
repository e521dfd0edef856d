//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// closedStdout says whether the program was started without a stdout. Go's runtime opens the null device for reading and writing
// in its place, which a shell's >/dev/null does not.
func closedStdout(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok || !isNull(f) {
		return false
	}
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}
