package sandbox

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// threadStacks is the address space of five threads' stacks at the usual 8 MiB,
// of which Go touches next to nothing, and too little for one more arena.
const threadStacks = 40 * mebibyte

// ownGroup starts the child in a process group of its own, and has it killed
// when the thread that starts it ends.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// limitProcess sets the limits of the operating system on this process.
//
// Memory is RLIMIT_AS: when it is reached, the Go heap fails to reserve its next
// arena (64 MiB) and says so. RLIMIT_DATA, which looks like the better fit, does
// not stop the step that goes too far, since the kernel takes pages that Go
// reserved before for counted already, and then fails the garbage collector's
// own small needs, where the runtime does not check and crashes. A program that
// is linked with cgo also maps a stack for every thread, and dies where it
// cannot: there is room for the few that are still to come.
func limitProcess(limits Limits) error {
	reserved, err := addressSpace()
	if err != nil {
		return err
	}
	if !raceDetector {
		err = lower("memory", unix.RLIMIT_AS, reserved+uint64(limits.Memory)+threadStacks)
	}
	if err != nil {
		return err
	}
	return limitCommon(limits)
}

// addressSpace is what this process reserved before the job began, in bytes:
// more than a gigabyte of tables that Go hardly touches.
func addressSpace() (uint64, error) {
	statm, err := os.ReadFile("/proc/self/statm") // proc(5): size resident shared ...
	if err != nil {
		return 0, fmt.Errorf("reading the memory in use: %w", err)
	}
	var pages uint64
	if _, err := fmt.Sscan(string(statm), &pages); err != nil {
		return 0, fmt.Errorf("reading the memory in use: %w", err)
	}
	return pages * uint64(os.Getpagesize()), nil
}
