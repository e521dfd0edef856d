package sandbox

import "syscall"

// ownGroup starts the child in a process group of its own.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// limitProcess leaves memory to the watchdog: macOS takes RLIMIT_DATA and does
// not heed it.
func limitProcess(limits Limits) error { return limitCommon(limits) }
