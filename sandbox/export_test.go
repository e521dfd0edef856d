package sandbox

import "os"

// RaceDetector tells tests that memory is dear and time is slow.
const RaceDetector = raceDetector

// Watched runs job with the watchdog as the only limit, as on a system that has
// no limits of its own.
func Watched(job Job, limits Limits) {
	go watch(limits, os.Getppid())
	job(nil)
}
