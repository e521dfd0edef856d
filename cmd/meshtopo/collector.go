package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// heapTarget is the memory, in bytes, up to which the garbage collector is lazy.
	heapTarget = 128 << 20
	// heapGrowth is how many times what is in use may pile up before the next collection, as by default in Go, when that is more than heapTarget.
	heapGrowth = 2
)

// paceCollector makes the garbage collector lazy while there is little memory in use: a run is short and makes much garbage. From heapTarget on it works as hard as
// is needed to stay there, as long as that is not harder than by default. A memory limit alone would make it run without end once more than that is in use.
func paceCollector() {
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(heapTarget)
	afterCollection(func() { debug.SetMemoryLimit(max(heapTarget, heapGrowth*inUse())) })
}

// afterCollection calls f after every collection.
func afterCollection(f func()) {
	sentinel := new(any) // nobody holds it
	runtime.AddCleanup(sentinel, func(f func()) {
		f()
		afterCollection(f)
	}, f)
}

// inUse is the memory that the last collection found in use, in bytes.
func inUse() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}
