package sandbox

import (
	"fmt"
	"strconv"
	"time"
)

// Limits bound one child. All of them must be positive: there is no way to say
// "unlimited".
type Limits struct {
	Wall   time.Duration // from start to answer, by the clock: ends what waits, and what a busy machine starves
	CPU    time.Duration // processor time of all threads: ends what works without end; not known on Windows
	Memory int64         // bytes that the Go runtime may map for data, heap and stacks together
	Stack  int           // bytes that one goroutine's stack may take
	Output int64         // bytes of the response
	// Sealed refuses to run the job, with a [*SealError], where the system cannot keep the child from the network, from other
	// programs and from changing files. Where it can, every child is kept from them.
	Sealed bool
}

// DefaultLimits end every child in less than 4.5 s of processor time and 512 MB
// of resident memory, the program's own pages included. The stack is 64 MiB and
// not Go's 1 GB because a stack is copied when it grows, and an overflow must be
// told from exhausted memory. Processor time is what stops a loop, so that the
// verdict on an input does not depend on what else the machine does; Wall is
// far above it, and ends only what waits or is given no processor.
func DefaultLimits() Limits {
	return Limits{
		Wall:   60 * time.Second,
		CPU:    4 * time.Second,
		Memory: 384 * mebibyte,
		Stack:  64 * mebibyte,
		Output: 64 * mebibyte,
	}
}

const mebibyte = 1 << 20

// numbers is the order in which limits stand on a child's command line.
func (l Limits) numbers() []int64 {
	return []int64{int64(l.Wall), int64(l.CPU), l.Memory, int64(l.Stack), l.Output}
}

func (l Limits) check() error {
	names := []string{"wall", "cpu", "memory", "stack", "output"}
	for i, n := range l.numbers() {
		if n <= 0 {
			return fmt.Errorf("limit %q must be positive, not %d", names[i], n)
		}
	}
	return nil
}

func (l Limits) args() []string {
	var out []string
	for _, n := range l.numbers() {
		out = append(out, strconv.FormatInt(n, 10))
	}
	return append(out, strconv.FormatBool(l.Sealed))
}

// parseLimits reads what args wrote.
func parseLimits(args []string) (Limits, error) {
	if want := len(Limits{}.numbers()) + 1; len(args) != want {
		return Limits{}, fmt.Errorf("want %d limits, got %d", want, len(args))
	}
	var n [5]int64
	var err error
	for i, arg := range args[:len(n)] {
		if n[i], err = strconv.ParseInt(arg, 10, 64); err != nil {
			return Limits{}, fmt.Errorf("reading a limit: %w", err)
		}
	}
	sealed, err := strconv.ParseBool(args[len(n)])
	if err != nil {
		return Limits{}, fmt.Errorf("reading a limit: %w", err)
	}
	l := Limits{
		Sealed: sealed,
		Wall:   time.Duration(n[0]),
		CPU:    time.Duration(n[1]),
		Memory: n[2],
		Stack:  int(n[3]),
		Output: n[4],
	}
	return l, l.check()
}

// size writes a number of bytes for people.
func size(n int64) string {
	if n >= mebibyte && n%mebibyte == 0 {
		return strconv.FormatInt(n/mebibyte, 10) + " MiB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
