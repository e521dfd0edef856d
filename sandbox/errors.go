package sandbox

import (
	"fmt"
	"strings"
	"unicode"
)

// What a child can run into; the values of [LimitError.Limit].
const (
	LimitTime   = "time" // of processors
	LimitWall   = "wall" // by the clock
	LimitMemory = "memory"
	LimitStack  = "stack"
	LimitOutput = "output"
	LimitCrash  = "crash" // no limit of ours: a panic, a signal, an answer that is none
)

// LimitError says that a child was stopped or died instead of answering. Its
// text is one sentence for people.
type LimitError struct {
	Limit string // LimitTime, LimitWall, LimitMemory, LimitStack, LimitOutput or LimitCrash
	Value string // the limit as people write it ("4s", "384 MiB"), or how the child crashed
	Job   string
	Trace string // what the Go runtime wrote when it died, at most 64 KiB, for bug reports; not part of the text
}

func (e *LimitError) Error() string {
	switch e.Limit {
	case LimitTime, LimitWall:
		return fmt.Sprintf("running %s: it took longer than %s and was stopped; it may loop without end", e.Job, e.Value)
	case LimitMemory:
		return fmt.Sprintf("running %s: it needed more than %s of memory and was stopped", e.Job, e.Value)
	case LimitStack:
		return fmt.Sprintf("running %s: it needed a stack of more than %s and was stopped; it may call itself without end", e.Job, e.Value)
	case LimitOutput:
		return fmt.Sprintf("running %s: it gave more than %s of output and was stopped", e.Job, e.Value)
	}
	return fmt.Sprintf("running %s: it crashed (%s)", e.Job, e.Value)
}

// JobError is an error that the job returned in the child. Only its text
// survives the way; errors.Is and errors.As find nothing below it.
type JobError struct {
	Job  string
	Text string // at most 64 KiB
}

func (e *JobError) Error() string { return e.Text }

// SealError says that a job was not run because the system cannot seal a child.
type SealError struct {
	Job   string
	Cause string
}

func (e *SealError) Error() string {
	return fmt.Sprintf("running %s: this system cannot keep a child from the network, from programs and from changing files: %s", e.Job, e.Cause)
}

// death reads how a Go process died out of what the runtime wrote on stderr:
// the limit that it ran into and the line that says so, or "" if it says nothing
// of the kind. The wording is that of runtime/stack.go, mem_linux.go, malloc.go,
// panic.go and runtime/cgo of Go 1.26.
func death(stderr string) (limit, line string) {
	for line := range strings.Lines(stderr) {
		line = printable(line)
		fatal, isFatal := strings.CutPrefix(line, "fatal error: ")
		switch {
		case strings.HasPrefix(line, "runtime: goroutine stack exceeds"):
			return LimitStack, line
		case isFatal && (strings.Contains(fatal, "out of memory") || strings.Contains(fatal, "cannot allocate memory")):
			return LimitMemory, line
		case strings.HasPrefix(line, "runtime/cgo: pthread_create failed"):
			return LimitMemory, line // a thread's stack did not fit
		case strings.HasPrefix(line, "SIGSEGV: "):
			// A fault in Go code is a panic. This one is in the runtime itself, where a need of the garbage collector's own was
			// not met and is not checked for: the system had no more memory to give within the limit.
			return LimitMemory, line
		case isFatal, strings.HasPrefix(line, "panic: "), strings.HasPrefix(line, "SIG"):
			return LimitCrash, line
		}
	}
	return "", ""
}

// printable makes a line of a child's stderr fit for a terminal: a panic's text
// may quote the input.
func printable(line string) string {
	const longest = 200
	line = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.TrimRight(line, "\r\n"))
	if runes := []rune(line); len(runes) > longest {
		return string(runes[:longest]) + "..."
	}
	return line
}
