package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// tree is what is below a directory, by name: "- DATA" or "x DATA" for a file that is plain or executable, "d" for a directory, "l TARGET" for a link.
type tree map[string]string

func readTree(t *testing.T, dir string) tree {
	t.Helper()
	found := tree{}
	if _, err := os.Lstat(dir); os.IsNotExist(err) {
		return found
	}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		found[name[len(dir)+1:]], err = describe(name, e)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func describe(name string, e fs.DirEntry) (string, error) {
	switch {
	case e.IsDir():
		return "d", nil
	case e.Type() == fs.ModeSymlink:
		target, err := os.Readlink(name)
		return "l " + target, err
	case !e.Type().IsRegular():
		return e.Type().String(), nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	info, err := e.Info()
	if err == nil && info.Mode()&0o100 != 0 {
		return "x " + string(data), nil
	}
	return "- " + string(data), err
}

// files leaves the directories out. An interrupted write may leave empty ones, which mean nothing.
func (t tree) files() tree {
	found := maps.Clone(t)
	maps.DeleteFunc(found, func(_, what string) bool { return what == "d" })
	return found
}

// differs names the first difference; "" is none.
func (t tree) differs(other tree) string {
	for name, what := range t {
		if got, found := other[name]; !found {
			return name + " is missing"
		} else if got != what {
			return fmt.Sprintf("%s is %.60q, want %.60q", name, got, what)
		}
	}
	for name := range other {
		if _, found := t[name]; !found {
			return name + " should not be there"
		}
	}
	return ""
}

func (t tree) write(tb *testing.T, dir string) {
	tb.Helper()
	for name, what := range t {
		full := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(full), 0o777)
		switch {
		case err != nil:
		case what == "d":
			err = os.MkdirAll(full, 0o777)
		case strings.HasPrefix(what, "x "):
			err = os.WriteFile(full, []byte(what[2:]), 0o777)
		default:
			err = os.WriteFile(full, []byte(what[2:]), 0o666)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
}

const indexName = "meshtopo.json"

var temporary = regexp.MustCompile(`^\.meshtopo-[0-9a-f]{16}\.tmp$`)

// torn names a file that is neither whole in its old or new content, nor a temporary file that is recognisably one; "" is none.
func (t tree) torn(old, next tree) string {
	for name, what := range t {
		if what == "d" || temporary.MatchString(path.Base(name)) || what == old[name] || what == next[name] || isWriting(name, what) {
			continue
		}
		return fmt.Sprintf("%s is torn or unknown: %.100q", name, what)
	}
	return ""
}

// isWriting recognises the index of a target that is being written.
func isWriting(name, what string) bool {
	var index struct{ Kind, State string }
	err := json.Unmarshal([]byte(strings.TrimPrefix(what, "- ")), &index)
	return path.Base(name) == indexName && err == nil && index.Kind == "TargetIndex" && index.State == "writing"
}

func (t tree) temporaries() int {
	n := 0
	for name := range t {
		if temporary.MatchString(path.Base(name)) {
			n++
		}
	}
	return n
}

// result is what a run of the program ended with.
type result struct {
	status         int // -1: a signal
	stdout, stderr string
}

func (r result) String() string {
	return fmt.Sprintf("exit status %d\nstdout: %.1000s\nstderr: %.1000s", r.status, r.stdout, r.stderr)
}

// runTime bounds a run, however busy the machine is.
const runTime = 2 * time.Minute

func run(t *testing.T, args ...string) result {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), meshtopo, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	timer := time.AfterFunc(runTime, func() { t.Error("the program hangs"); cmd.Process.Kill() })
	defer timer.Stop()
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// rendered gives what the program renders a topology of testdata to.
func rendered(t *testing.T, topology string) tree {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	if r := run(t, "render", topology, "-o", out); r.status != 0 {
		t.Fatal(r)
	}
	return readTree(t, out)
}

const oldTopology, newTopology, overlaidTopology = "testdata/old", "testdata/new", "testdata/overlaid"

// trees are what topologies render to; that of "" is empty.
type trees map[string]tree

func renderedTrees(t *testing.T) trees {
	t.Helper()
	all := trees{"": {}}
	for _, topology := range []string{oldTopology, newTopology, overlaidTopology} {
		all[topology] = rendered(t, topology)
	}
	return all
}

// trouble is what a failure of the program must look like: exit status 2 and a message, of one line, that is about the output and names the cause.
func (r result) trouble(cause string) string {
	line, more, _ := strings.Cut(r.stderr, "\n")
	switch {
	case r.status != 2:
		return "the exit status is not 2"
	case !strings.HasPrefix(line, "meshtopo: ") || more != "":
		return "the message is not one line"
	case !strings.Contains(line, cause):
		return fmt.Sprintf("the message does not say %q", cause)
	case innards.MatchString(r.stdout + r.stderr):
		return "the message shows the inside of the program"
	}
	return ""
}

var innards = regexp.MustCompile(`(?i)panic|goroutine|\.go:\d|runtime error`)
