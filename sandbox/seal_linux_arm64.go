package sandbox

import "golang.org/x/sys/unix"

const (
	auditArch    = unix.AUDIT_ARCH_AARCH64
	firstForeign = 0xffffffff // there is none
)

var otherRefused = [...]uint32{unix.SYS_RENAMEAT}

var otherOpens = [...]uint32{}
