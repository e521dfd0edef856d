package sandbox

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func framed(t testing.TB, k kind, payload string) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := writeFrame(&out, k, []byte(payload)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Every cut and every changed byte of an answer is an error.
func TestFrameDamage(t *testing.T) {
	whole := framed(t, kindResult, "response")
	if k, payload, err := readFrame(bytes.NewReader(whole), 8); k != kindResult || string(payload) != "response" || err != nil {
		t.Errorf("whole: %q %q %v", byte(k), payload, err)
	}
	for i := range whole {
		if _, _, err := readFrame(bytes.NewReader(whole[:i]), 8); err == nil {
			t.Errorf("cut after %d bytes: no error", i)
		}
		damaged := bytes.Clone(whole)
		damaged[i] ^= 0x10
		if _, _, err := readFrame(bytes.NewReader(damaged), 1<<20); err == nil {
			t.Errorf("byte %d changed: no error", i)
		}
	}
	if _, _, err := readFrame(bytes.NewReader(append(whole, 'x')), 8); err == nil {
		t.Error("bytes follow: no error")
	}
	if _, _, err := readFrame(bytes.NewReader(whole), 7); !errors.Is(err, errTooLong) {
		t.Errorf("too long: %v", err)
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte{}, int64(8))
	f.Add(framed(f, kindResult, "response"), int64(8))
	f.Add([]byte("MTSBR\xff\xff\xff\xff\xff\xff\xff\xff"), int64(-1))
	f.Fuzz(func(t *testing.T, data []byte, limit int64) {
		limit = min(limit, 1<<20)
		k, payload, err := readFrame(bytes.NewReader(data), limit)
		if err != nil {
			return
		}
		if int64(len(payload)) > limit || !bytes.Equal(framed(t, k, string(payload)), data) {
			t.Errorf("%q was read as %q %q", data, byte(k), payload)
		}
	})
}

func TestDeath(t *testing.T) {
	for _, test := range []struct{ stderr, limit, line string }{
		{"", "", ""},
		{"warning: GOCOVERDIR not set\n", "", ""},
		{"runtime: goroutine stack exceeds 67108864-byte limit\nfatal error: stack overflow\n", LimitStack, "runtime: goroutine stack exceeds 67108864-byte limit"},
		{"runtime: out of memory: cannot allocate 4194304-byte block (1 in use)\nfatal error: out of memory\n", LimitMemory, "fatal error: out of memory"},
		{"fatal error: runtime: cannot allocate memory\n", LimitMemory, "fatal error: runtime: cannot allocate memory"},
		{"fatal error: all goroutines are asleep - deadlock!\n", LimitCrash, "fatal error: all goroutines are asleep - deadlock!"},
		{"panic: out of memory\n\ngoroutine 1 [running]:\n", LimitCrash, "panic: out of memory"},
		{"SIGBUS: bus error\nPC=0x1\n", LimitCrash, "SIGBUS: bus error"},
		{"runtime/cgo: pthread_create failed: Resource temporarily unavailable\nSIGABRT: abort\nPC=0x1\n", LimitMemory, "runtime/cgo: pthread_create failed: Resource temporarily unavailable"},
		{"SIGABRT: abort\nPC=0x1\n", LimitCrash, "SIGABRT: abort"},
		{"SIGSEGV: segmentation violation\nPC=0x1\n", LimitMemory, "SIGSEGV: segmentation violation"},
	} {
		if limit, line := death(test.stderr); limit != test.limit || line != test.line {
			t.Errorf("death(%q) = %q, %q", test.stderr, limit, line)
		}
	}
}

func FuzzDeath(f *testing.F) {
	f.Add("panic: a\x1b[0m\u202e\xff")
	f.Add("noise\r\nfatal error: out of memory")
	f.Fuzz(func(t *testing.T, stderr string) {
		limit, line := death(stderr)
		if (limit == "") != (line == "") {
			t.Errorf("limit %q, line %q", limit, line)
		}
		if !utf8.ValidString(line) || utf8.RuneCountInString(line) > 203 || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("line %q is not fit for a terminal", line)
		}
	})
}

func TestLimitsRoundTrip(t *testing.T) {
	want := DefaultLimits()
	want.Sealed = true
	if got, err := parseLimits(want.args()); got != want || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, args := range [][]string{nil, {"1", "1", "1", "1", "1"}, {"1", "1", "1", "1", "1", "true", "1"}, {"1", "1", "1", "x", "1", "true"}, {"1", "1", "1", "0", "1", "true"}, {"9223372036854775808", "1", "1", "1", "1", "true"}, {"1", "1", "1", "1", "1", "x"}} {
		if _, err := parseLimits(args); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}

// A pipe that breaks in the middle is seen.
func TestWriteFrameBroken(t *testing.T) {
	r, w := io.Pipe()
	go func() {
		io.CopyN(io.Discard, r, 15)
		r.Close()
	}()
	if err := writeFrame(w, kindResult, []byte("response")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}
