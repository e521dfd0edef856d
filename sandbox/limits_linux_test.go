package sandbox

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"time"
)

// TestLimits holds the promise of DefaultLimits: whatever a job does, its child
// ends in less than 4.5 s of processor time and 512 MB. The rusage is the
// kernel's, of this child only; it counts the peak of the parent too if that is
// higher.
func TestLimits(t *testing.T) {
	t.Parallel()
	longest, largest := 4500*time.Millisecond, int64(512_000_000)
	if raceDetector {
		largest *= 10 // its shadow is no job's
	}
	for _, test := range []struct {
		job, request string
		change       func(*Limits)
		limit, value string
	}{
		{"sleep", "", func(l *Limits) { l.Wall = 300 * time.Millisecond }, LimitWall, "300ms"},
		{"loop", "", nil, LimitTime, "4s of processor time"},
		{"double", "", nil, LimitMemory, "384 MiB"},
		{"small", "", nil, LimitMemory, "384 MiB"},
		{"slice", "", nil, LimitMemory, "384 MiB"},
		{"recurse", "", nil, LimitStack, "64 MiB"},
		{"output", "67108865", nil, LimitOutput, "64 MiB"},
		{"output", "1000000000", nil, LimitMemory, "384 MiB"},
		{"flood", "MTSBR\x00\x00\x00\x00\xff\xff\xff\xff", nil, LimitOutput, "64 MiB"},
		{"flood", "HTTP/1.1 200 OK\r\n", nil, LimitCrash, `its answer is not whole: "HTTP" does not begin a frame`},
		{"kill", "", nil, LimitCrash, "signal: killed"},
		{"loop", "", func(l *Limits) { l.CPU = 300 * time.Millisecond }, LimitTime, "300ms of processor time"},
		{"loop", "", func(l *Limits) { l.Wall = 300 * time.Millisecond }, LimitWall, "300ms"},
		{"double", "", func(l *Limits) { l.Memory = 64 * mebibyte }, LimitMemory, "64 MiB"},
		{"recurse", "", func(l *Limits) { l.Stack = mebibyte }, LimitStack, "1 MiB"},
	} {
		t.Run(test.job+test.request[:min(2, len(test.request))], func(t *testing.T) {
			t.Parallel()
			if raceDetector && test.job == "small" {
				t.Skip("too slow to run out of memory in time")
			}
			limits := DefaultLimits()
			if test.change != nil {
				test.change(&limits)
			}
			end, err := start(t.Context(), test.job, []byte(test.request), limits)
			if err != nil {
				t.Fatal(err)
			}
			took := end.state.UserTime() + end.state.SystemTime()
			rss := int64(end.state.SysUsage().(*syscall.Rusage).Maxrss) * 1024
			_, err = end.judge(t.Context(), test.job, limits)
			t.Logf("%-8s %6d ms  %4d MB  %v", test.job, took.Milliseconds(), rss/1e6, err)
			var got *LimitError
			if !errors.As(err, &got) || got.Limit != test.limit || got.Value != test.value {
				t.Errorf("got %v, want limit %s %s\n%s", err, test.limit, test.value, end.stderr)
			}
			if took > longest || rss > largest {
				t.Errorf("took %v of processor time and %d bytes", took, rss)
			}
		})
	}
}

func TestSameProgram(t *testing.T) {
	dir := t.TempDir()
	running, other := dir+"/running", dir+"/other"
	for _, name := range []string{running, other} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ path, self, want string }{
		{running, running, ""},
		{running, dir + "/no-proc", ""},
		{other, running, "this program's own file \"" + other + "\" was replaced since it started; run the command again"},
		{dir + "/none", running, "this program's own file \"" + dir + "/none\" is gone since it started; run the command again"},
	} {
		got := ""
		if err := sameProgram(test.path, test.self); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("sameProgram(%q, %q) = %q, want %q", test.path, test.self, got, test.want)
		}
	}
}
