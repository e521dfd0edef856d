//go:build !linux && !darwin

package sandbox

import (
	"os"
	"syscall"
	"time"
)

// ownGroup has nothing to ask for: the parent's timer and the watchdog bound the
// child.
func ownGroup() *syscall.SysProcAttr { return nil }

func killGroup(child *os.Process) error { return child.Kill() }

func limitProcess(Limits) error { return nil }

// processorTime is not known; Limits.Wall stands in for Limits.CPU.
func processorTime() time.Duration { return 0 }
