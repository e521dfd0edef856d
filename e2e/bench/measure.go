package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// command is a process to time, with its arguments.
type command []string

// contender is what is timed as one: commands that run one after the other.
type contender struct {
	name     string
	commands []command
	prepare  func() error // before each run, not timed; nil does nothing
	dir      string       // the working directory, "" for this process's own
	stdin    string       // the file that stdin comes from, "" for none
	status   int          // the exit status when all went well
}

// sample is one run of a contender.
type sample struct {
	wall, cpu time.Duration // cpu: user and system, of the process and its children
	peak      int64         // resident bytes of the largest process
}

// race runs contenders in turns and gives the medians of each, in their order. A first round is not counted.
func race(runs int, contenders []contender) ([]sample, error) {
	samples := make([][]sample, len(contenders))
	for round := range runs + 1 {
		for i, c := range contenders {
			s, err := c.run()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			if round > 0 {
				samples[i] = append(samples[i], s)
			}
		}
	}
	medians := make([]sample, len(contenders))
	for i, list := range samples {
		medians[i] = sample{
			wall: median(list, func(s sample) time.Duration { return s.wall }),
			cpu:  median(list, func(s sample) time.Duration { return s.cpu }),
			peak: median(list, func(s sample) int64 { return s.peak }),
		}
	}
	return medians, nil
}

func median[T int64 | time.Duration](samples []sample, of func(sample) T) T {
	var values []T
	for _, s := range samples {
		values = append(values, of(s))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func (c contender) run() (sample, error) {
	if c.prepare != nil {
		if err := c.prepare(); err != nil {
			return sample{}, err
		}
	}
	var total sample
	for _, args := range c.commands {
		s, err := args.runIn(c.dir, c.stdin, nil, c.status)
		if err != nil {
			return total, err
		}
		total.wall += s.wall
		total.cpu += s.cpu
		total.peak = max(total.peak, s.peak)
	}
	return total, nil
}

// run runs a process to its end; its stdout goes to a writer, nil discards it.
func (c command) run(stdout io.Writer) (sample, error) { return c.runIn("", "", stdout, 0) }

// runIn runs a process that should end with a status.
func (c command) runIn(dir, stdin string, stdout io.Writer, status int) (sample, error) {
	var errs bytes.Buffer
	cmd := exec.Command(c[0], c[1:]...)
	cmd.Dir = dir
	if stdin != "" {
		f, err := os.Open(stdin)
		if err != nil {
			return sample{}, err
		}
		defer f.Close()
		cmd.Stdin = f
	}
	cmd.Stdout, cmd.Stderr = stdout, &errs
	start := time.Now()
	err := cmd.Run()
	s := sample{wall: time.Since(start)}
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != status {
		return s, fmt.Errorf("%s %q: status is not %d: %v\n%s", filepath.Base(c[0]), c[1:], status, err, errs.Bytes())
	}
	s.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		s.peak = usage.Maxrss << 10 // Linux counts in KiB
	}
	return s, nil
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}

func mebibytes(n int64) string { return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20)) }

func ratio(x, y time.Duration) float64 { return float64(x) / float64(y) }
