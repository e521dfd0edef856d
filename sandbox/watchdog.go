package sandbox

import (
	"os"
	"runtime/metrics"
	"time"
)

const (
	// watchEvery is short because a page of memory is quickly touched: at 2 GB/s,
	// 5 ms are 10 MB.
	watchEvery = 5 * time.Millisecond
	// watchGrace leaves the parent's timer the first word on time.
	watchGrace = 250 * time.Millisecond
)

// watch ends the process when it passes a limit or loses its parent. It is the
// second line: it needs a thread and a few milliseconds, but no limits of the
// operating system.
func watch(limits Limits, parent int) {
	deadline := time.Now().Add(limits.Wall + watchGrace)
	for {
		switch {
		case mapped() > uint64(limits.Memory):
			os.Exit(exitMemory)
		case processorTime() > limits.CPU:
			os.Exit(exitCPU)
		case time.Now().After(deadline), os.Getppid() != parent:
			os.Exit(exitWall)
		}
		time.Sleep(watchEvery)
	}
}

// mapped is the memory that the Go runtime holds, in bytes, without what it gave
// back to the system.
func mapped() uint64 {
	samples := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(samples)
	total, released := samples[0].Value.Uint64(), samples[1].Value.Uint64()
	return total - min(released, total)
}
