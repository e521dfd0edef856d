//go:build race

package sandbox

// raceDetector says that the race detector is linked in. It maps several bytes
// for each of the heap's and dies in its own way when it cannot, so there the
// watchdog alone bounds memory.
const raceDetector = true
