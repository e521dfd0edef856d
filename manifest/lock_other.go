//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package manifest

import "os"

// tryLock does nothing: Windows cannot lock a directory, and a file beside the targets would be one more thing to leave behind.
func tryLock(*os.File, bool) (bool, error) { return true, nil }
