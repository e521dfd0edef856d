package sandbox

import (
	"fmt"
	"io"
	"log"
	"os"
	"runtime"
	"runtime/debug"
)

// Job is one thing a child can be asked to do: request bytes in, response bytes
// out. It runs alone in its process, at the root of the file system, with no
// environment; os.Stdout, os.Stderr and the standard logger lead nowhere, and
// it can write no file. Where the system can, the process is sealed ([Limits.Sealed]).
type Job func(request []byte) (response []byte, err error)

// Exit statuses of a child. Only the first comes with a frame on stdout.
const (
	exitOK     = 0
	exitWrite  = 120 // the answer could not be written
	exitMemory = 121 // the watchdog saw too much memory
	exitCPU    = 122 // the watchdog saw too much processor time
	exitWall   = 123 // the watchdog saw the time limit pass, or the parent gone
)

const (
	// childProcs is GOMAXPROCS of a child: one for the job and one for garbage
	// collection and the watchdog. More would make the processor time that a job
	// takes, and so whether it fits, a matter of the machine.
	childProcs = 2
	// childGC is GOGC of a child, which lives for a moment and so collects rarely.
	// The soft memory limit makes it collect more before the hard one is near.
	childGC = 200
	// longestText bounds the text of a job's error.
	longestText = 64 << 10
)

// Child reports whether args, which are os.Args, ask this process to be a child,
// and if so runs the job and returns the exit status. main calls it before
// anything else and leaves with the status; so does the TestMain of each package
// whose tests call [Run]. A child is limited for good and may exit within Child:
// only a process that is one may get here with such args.
func Child(args []string, jobs map[string]Job, stdin io.Reader, stdout io.Writer) (status int, isChild bool) {
	if !startedAsChild(args) {
		return 0, false
	}
	answer, payload := child(args[2:], jobs, stdin)
	if err := writeFrame(stdout, answer, payload); err != nil {
		return exitWrite, true
	}
	return exitOK, true
}

// child takes the arguments after childArg: the job and the limits.
func child(args []string, jobs map[string]Job, stdin io.Reader) (kind, []byte) {
	if len(args) == 0 {
		return refused("a child needs a job and limits; it is not for people to start")
	}
	limits, err := parseLimits(args[1:])
	if err != nil {
		return refused("a child needs a job and limits: %v", err)
	}
	defer silence()()
	if err := confine(limits); err != nil {
		return refused("limiting the child: %v", err)
	}
	if err := seal(); err != nil && limits.Sealed {
		return kindUnsealed, []byte(err.Error())
	}
	job, ok := jobs[args[0]]
	if !ok {
		return refused("this program has no job %q", args[0])
	}
	asked, request, err := readFrame(stdin, limits.Memory)
	if err != nil {
		return refused("reading the request: %v", err)
	}
	if asked != kindRequest {
		return refused("the request is of unknown kind %q", byte(asked))
	}
	return perform(job, request, limits)
}

// startedAsChild says whether args, which are os.Args, are those of a child.
func startedAsChild(args []string) bool { return len(args) > 1 && args[1] == childArg }

// SealFiles lets a job that has opened what it reads from, as an [os.Root], say so: from then on the process opens files below
// what is open, and by no other path, whatever a library is talked into. It does nothing outside of a child, and nothing where a
// child cannot be sealed and need not be.
func SealFiles() error {
	if !startedAsChild(os.Args) {
		return nil
	}
	limits, err := parseLimits(os.Args[3:])
	if err != nil {
		return err
	}
	if err := sealFiles(); err != nil && limits.Sealed {
		return fmt.Errorf("sealing files: %w", err)
	}
	return nil
}

func perform(job Job, request []byte, limits Limits) (kind, []byte) {
	response, err := job(request)
	if err != nil {
		text := err.Error()
		return kindJobError, []byte(text[:min(len(text), longestText)])
	}
	if int64(len(response)) > limits.Output {
		return kindOutput, nil
	}
	return kindResult, response
}

func refused(format string, args ...any) (kind, []byte) {
	return kindRefused, fmt.Appendf(nil, format, args...)
}

// confine sets every limit that a process can set on itself. The memory limit
// of the system comes now and not from the parent: a Go program reserves far
// more than it uses when it starts.
func confine(limits Limits) error {
	runtime.GOMAXPROCS(childProcs)
	debug.SetGCPercent(childGC)
	debug.SetMaxStack(limits.Stack)
	debug.SetMemoryLimit(limits.Memory / 4 * 3)
	if err := limitProcess(limits); err != nil {
		return err
	}
	go watch(limits, os.Getppid())
	return nil
}

// silence keeps libraries that print from writing into the answer, or so much
// onto stderr that the runtime's last words are lost. What it returns undoes it
// and, until then, keeps the old files from being closed as garbage.
func silence() (restore func()) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return func() {}
	}
	out, errs := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = null, null
	log.SetOutput(io.Discard)
	return func() {
		os.Stdout, os.Stderr = out, errs
		log.SetOutput(errs)
	}
}
