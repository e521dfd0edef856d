// Package sandbox runs what may loop or eat memory in a disposable child
// process of the same binary.
//
// CUE, Jsonnet and kustomize can each be kept busy for ever, or made to exhaust
// memory or the stack, by an input of less than a kilobyte; none can be
// cancelled, and a stack overflow or a failed allocation ends a Go process
// whatever it recovers. So the parent calls [Run], which starts the running
// binary once more, and main calls [Child] before anything else, which sets the
// limits, runs one [Job] and answers. The child is gone afterwards, whatever
// happened in it.
//
// What bounds a child, outermost first: the parent's timer, which kills the
// child's process group; limits of the operating system (Linux: memory,
// processor time, open files, written files, core dumps; macOS: all but memory);
// and a watchdog in the child, the portable second line, which looks at memory,
// time and the parent every few milliseconds. The environment is empty, so
// there is no PATH, HOME or proxy, and the working directory is the root of the
// file system: a request carries contents or absolute paths.
//
// On Linux (amd64, arm64) a child is also sealed (seal_linux.go): a filter of its
// system calls refuses the network, other programs and processes, and everything
// that changes a file. That needs no rights and no library. Elsewhere, and where
// a container forbids the filter, only a job of our own code with vetted input
// stands for that; a caller to whom this is too little sets [Limits.Sealed], and
// the job is not run.
//
// What it does not do: a job can read what the parent can read, until it says with
// [SealFiles] that it has opened all it reads from. Which files it opens below that
// is the job's own care.
//
// Signals: the child has a process group of its own, so the terminal's SIGINT
// does not reach it. The caller must turn signals into the cancellation of ctx
// (signal.NotifyContext); Run then kills the group. If the parent dies without
// doing so, Linux kills the child at once, and elsewhere on Unix the watchdog
// ends it within milliseconds; on Windows it ends at its time limit.
//
// For the next author: the answer on stdout is a frame (frame.go) and nothing
// else. A child that says nothing, half of something or something else is an
// error, never a result. The package imports none of ours.
package sandbox
