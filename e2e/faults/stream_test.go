package faults

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// printing is every command that prints a product to stdout, with arguments; OUT is a tree of the old topology.
var printing = []string{
	"help", "--help", "render --help", "__complete ren", "completion bash", "completion zsh", "completion fish", "completion powershell", "man", "man render", "version", "schema",
	"explain MT331", "explain spec.services", "validate testdata/broken", "validate --format json testdata/old", "validate --format sarif testdata/old", "validate --format junit testdata/old",
	"validate --format gitlab testdata/old",
	"render testdata/old --stdout", "render testdata/new -o OUT --check", "render testdata/new -o OUT/nowhere --check", "graph testdata/old", "graph --format svg testdata/old",
	"simulate testdata/old", "simulate --format json testdata/old", "diff testdata/old testdata/new", "diff --format json testdata/old testdata/new", "doctor testdata",
	"fn testdata/function.yaml",
}

// TestFullStdout: what could not be printed is never taken for printed.
func TestFullStdout(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	renderedTrees(t)[oldTopology].write(t, out)
	t.Cleanup(func() { // after all of them have run, side by side
		measured(t, "streams: %d commands with a full disk as stdout: all end with exit status 2 and say so", len(printing))
	})
	for _, command := range printing {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			args := strings.ReplaceAll(command, "OUT", out)
			if r := shell(t, `"$0" `+args+` <testdata/list.yaml`); r.stdout == "" {
				t.Fatalf("it prints nothing, so this test shows nothing: %v", r)
			}
			r := shell(t, `"$0" `+args+` <testdata/list.yaml >/dev/full`)
			last := r.stderr[strings.LastIndex(strings.TrimSpace(r.stderr), "\n")+1:]
			if r.status != 2 || !strings.HasPrefix(last, "meshtopo: ") || !strings.Contains(r.stderr, syscall.ENOSPC.Error()) || innards.MatchString(r.stderr) {
				t.Error(r)
			}
		})
	}
}

// shell runs a line of the shell in which $0 is the program.
func shell(t *testing.T, line string) result {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line, meshtopo)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// TestStreams: a reader that has seen enough ends the program as it ends others, and a stream that is closed changes nothing in what is written.
func TestStreams(t *testing.T) {
	want := renderedTrees(t)[newTopology]
	cases := 0
	for _, test := range []struct{ name, streams string }{
		{"closed stdin", "<&-"}, {"closed stdout", ">&-"}, {"closed stderr", "2>&-"}, {"all closed", "<&- >&- 2>&-"}, {"full stderr", "2>/dev/full"}, {"full stdout", ">/dev/full"},
	} {
		cases++
		t.Run(test.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			if r := shell(t, `"$0" render testdata/new -o `+out+" "+test.streams); r.status != 0 {
				t.Error(r)
			}
			if d := want.differs(readTree(t, out)); d != "" {
				t.Error(d)
			}
			if r := shell(t, `"$0" render testdata/old -o `+out+" --check "+test.streams); r.status == 0 {
				t.Errorf("a tree that differs passes: %v", r)
			}
		})
	}
	for _, command := range []string{"render --stdout testdata/new", "schema", "man"} {
		cases++
		t.Run("head "+command, func(t *testing.T) {
			// head may have ended before the program writes, or read it all: the pipe is closed before the program begins.
			r := shell(t, `{ sleep 0.2; "$0" `+command+`; echo "status $?" >&2; } | true`)
			if !strings.Contains(r.stderr, fmt.Sprintf("status %d", 128+int(syscall.SIGPIPE))) || innards.MatchString(r.stderr) {
				t.Error(r)
			}
		})
	}
	measured(t, "streams: %d cases of closed and full streams and readers that have gone", cases)
}
