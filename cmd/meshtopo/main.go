// Command meshtopo renders a multi-region service mesh from one topology file, and checks the file like a compiler.
//
// This package is the command line: one file a command; flags, streams, exit codes and printing, and nothing else. The stages
// meet here: load, check, mesh.Build, render, manifest.Write (project.go). Exit status: 0 clean, 1 a finding at or above
// --fail-on or a difference, 2 trouble.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/sandbox"
)

// interruptGrace is how long the program may take to end in order after an interrupt; a second interrupt ends it at once.
const interruptGrace = time.Second

func main() { os.Exit(run()) }

func run() int {
	if status, ok := sandbox.Child(os.Args, childJobs(), os.Stdin, os.Stdout); ok {
		return status
	}
	paceCollector()
	ctx, stop := signal.NotifyContext(context.Background(), endingSignals()...)
	defer stop()
	// What looks at ctx ends at once and says so. What does not is ended here; a tree that is being written can stand that.
	context.AfterFunc(ctx, func() {
		stop()
		time.Sleep(interruptGrace)
		fmt.Fprintln(os.Stderr, "meshtopo: interrupted")
		os.Exit(2)
	})
	dir, err := os.Getwd()
	if err != nil {
		dir = "" // it was removed; absolute arguments still work
	}
	a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.LookupEnv, dir: dir}
	return a.main(ctx, os.Args[1:])
}

// endingSignals are what ends a run in order. Under nohup a SIGHUP means nothing.
func endingSignals() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// app is one run of the program: its streams, and what the global flags say.
type app struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) (string, bool)
	dir      string // the working directory; "" prints files as they are named below the root

	root  string // --root
	color string // --color
	quiet bool   // --quiet

	shard *shard // --shard of render; nil for all targets

	untrusted bool     // --untrusted
	limits    []string // --limit NAME=VALUE, in order
}

// exit is an error that carries the exit status. Its text, when there is one, has not been printed yet.
type exit struct {
	status int
	err    error
}

func (e exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.err.Error()
}

// errFindings ends a command whose findings have been printed.
var errFindings = exit{status: 1}

func (a *app) main(ctx context.Context, args []string) int {
	command := a.command()
	command.SetArgs(args)
	help := &lasting{w: a.out} // cobra does not look whether its help was printed
	command.SetOut(help)
	err := command.ExecuteContext(ctx)
	if err == nil {
		err = help.err
	}
	if err == nil {
		return 0
	}
	status := 2
	if e := (exit{}); errors.As(err, &e) {
		status, err = e.status, e.err
	}
	if err != nil {
		fmt.Fprintf(a.err, "meshtopo: %s\n", diag.Printable(err.Error()))
	}
	return status
}

// lasting is a writer that keeps its first error.
type lasting struct {
	w   io.Writer
	err error
}

func (l *lasting) Write(p []byte) (int, error) {
	n, err := l.w.Write(p)
	if l.err == nil {
		l.err = err
	}
	return n, err
}
