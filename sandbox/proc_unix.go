//go:build linux || darwin

package sandbox

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// openFiles is enough for an evaluator that reads a tree file by file.
const openFiles = 256

// killGroup kills the child and whatever it may have started. The child is
// asked for first because os.Process knows whether it is already reaped, after
// which its number may be another's.
func killGroup(child *os.Process) error {
	if err := child.Kill(); err != nil {
		return err
	}
	if err := unix.Kill(-child.Pid, unix.SIGKILL); err != nil && err != unix.ESRCH {
		return fmt.Errorf("killing the child's process group: %w", err)
	}
	return nil
}

// processorTime is what all threads of this process used.
func processorTime() time.Duration {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// limitCommon sets what every Unix has. Processor time is in whole seconds and
// ends in SIGKILL, so the watchdog speaks first. No file size means that a job
// can write to pipes and devices only.
func limitCommon(limits Limits) error {
	seconds := uint64(limits.CPU/time.Second) + 2
	for _, l := range []struct {
		name     string
		resource int
		value    uint64
	}{
		{"processor time", unix.RLIMIT_CPU, seconds},
		{"open files", unix.RLIMIT_NOFILE, openFiles},
		{"file size", unix.RLIMIT_FSIZE, 0},
		{"core dumps", unix.RLIMIT_CORE, 0},
	} {
		if err := lower(l.name, l.resource, l.value); err != nil {
			return err
		}
	}
	return nil
}

// lower sets the soft and the hard limit to value, or to the hard limit in force
// if that is lower already.
func lower(name string, resource int, value uint64) error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(resource, &limit); err != nil {
		return fmt.Errorf("reading the limit on %s: %w", name, err)
	}
	limit.Max = min(value, limit.Max)
	limit.Cur = limit.Max
	if err := unix.Setrlimit(resource, &limit); err != nil {
		return fmt.Errorf("setting the limit on %s: %w", name, err)
	}
	return nil
}
