package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/meshtopo/meshtopo/sandbox"
)

// outerEnv makes the test binary a parent that is not the test: it runs the job
// that the variable names and prints what comes of it.
const outerEnv = "SANDBOX_TEST_OUTER"

func TestMain(m *testing.M) {
	if status, isChild := sandbox.Child(os.Args, jobs(), os.Stdin, os.Stdout); isChild {
		os.Exit(status)
	}
	if job, ok := strings.CutPrefix(os.Getenv(outerEnv), "watched "); ok {
		limits := sandbox.DefaultLimits()
		limits.Memory = 128 << 20
		switch job { // each job meets its own limit, however busy the machine is
		case "loop":
			limits.CPU = 300 * time.Millisecond
		case "sleep":
			limits.Wall = 500 * time.Millisecond
		}
		sandbox.Watched(jobs()[job], limits)
		return
	}
	if job, ok := strings.CutPrefix(os.Getenv(outerEnv), "unsealable "); ok {
		unsealable()
		outer(job)
		return
	}
	if job := os.Getenv(outerEnv); job != "" {
		outer(job)
		return
	}
	os.Exit(m.Run())
}

// outer is a parent in a process of its own; its folder is its last argument.
func outer(job string) {
	folder := os.Args[len(os.Args)-1]
	if job == "gone" {
		os.Remove(os.Args[0])
		job = "echo"
	}
	limits := sandbox.DefaultLimits()
	job, limits.Sealed = strings.CutPrefix(job, "sealed ")
	got, err := sandbox.Run(context.Background(), job, []byte(folder), limits)
	fmt.Printf("%s|%v", got, err)
}

// jobs are the good and the bad that a child can be asked for.
func jobs() map[string]sandbox.Job {
	return map[string]sandbox.Job{
		"echo":    func(request []byte) ([]byte, error) { return request, nil },
		"length":  func(request []byte) ([]byte, error) { return []byte(strconv.Itoa(len(request))), nil },
		"error":   func(request []byte) ([]byte, error) { return nil, errors.New(string(request)) },
		"panic":   func(request []byte) ([]byte, error) { panic(string(request)) },
		"nowhere": func(request []byte) ([]byte, error) { panic(request[len(request)]) },
		"place":   place,
		"noise":   noise,
		"exit":    func([]byte) ([]byte, error) { os.Exit(0); return nil, nil },
		"exit3":   func([]byte) ([]byte, error) { os.Exit(3); return nil, nil },
		"write":   func(request []byte) ([]byte, error) { return nil, os.WriteFile(string(request), request, 0o600) },
		"mark":    mark,
		"reach":   reach,
		"calls":   calls,
		"below":   below,
		"loop":    func([]byte) ([]byte, error) { return spin() },
		"sleep":   func([]byte) ([]byte, error) { time.Sleep(time.Hour); return nil, nil },
		"double":  double,
		"small":   small,
		"slice":   slice,
		"recurse": func([]byte) ([]byte, error) { return []byte{byte(recurse(1))}, nil },
		"output":  output,
		"flood":   flood,
		"kill":    kill,
		"garbage": func([]byte) ([]byte, error) { return churn(), nil },
		"nested":  nested,
	}
}

// place tells what a job can see of the world around it.
func place([]byte) ([]byte, error) {
	dir, err := os.Getwd()
	return fmt.Appendf(nil, "%s %s %q", os.Args[0], dir, os.Environ()), err
}

// noise prints as libraries do, and more than a pipe holds.
func noise([]byte) ([]byte, error) {
	line := strings.Repeat("panic: not really\n", 1<<13)
	fmt.Print(line)
	fmt.Fprint(os.Stderr, line)
	log.Print(line)
	return []byte("quiet"), nil
}

func spin() ([]byte, error) {
	var n atomic.Int64
	for {
		n.Add(1)
	}
}

func double([]byte) ([]byte, error) {
	s := "x"
	for {
		s += s
	}
}

type list struct {
	next *list
	_    [6]int64
}

func small([]byte) ([]byte, error) {
	var head *list
	for {
		head = &list{next: head}
	}
}

func slice([]byte) ([]byte, error) {
	s := make([]int64, int(1e9))
	for i := range s {
		s[i] = int64(i)
	}
	return []byte{byte(s[len(s)/2])}, nil
}

func recurse(n int) int {
	if n == 0 {
		return 0
	}
	return recurse(n+1) + n
}

func output(request []byte) ([]byte, error) {
	n, err := strconv.Atoi(string(request))
	return make([]byte, n), err
}

// flood writes to stdout as a job that knows the file's number can: the request
// without end.
func flood(request []byte) ([]byte, error) {
	stdout := os.NewFile(1, "stdout")
	for block := bytes.Repeat(request, 1000); ; {
		if _, err := stdout.Write(block); err != nil {
			return nil, err
		}
	}
}

// kill dies as the system's own killer would have it.
func kill([]byte) ([]byte, error) {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return nil, err
	}
	self.Kill()
	return spin()
}

// churn makes 1 GB of garbage, as evaluators do, and holds 64 MiB: it must fit
// into the default memory limit.
func churn() []byte {
	live := make([][]byte, 64<<10)
	for i := range 1 << 20 {
		b := make([]byte, 1<<10)
		b[i%len(b)] = 1
		live[i%len(live)] = b
	}
	return live[0][1:2]
}

func nested(request []byte) ([]byte, error) {
	return sandbox.Run(context.Background(), "echo", request, sandbox.DefaultLimits())
}
