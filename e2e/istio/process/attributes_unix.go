//go:build unix && !linux

package process

import "syscall"

// attributes has no parent-death signal here: a test that is killed leaves its processes behind.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
