//go:build unix

package main

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// try gives an input to the program, holds what it did against what is promised for every input, and gives what it said in a line.
func (f *hostileFamily) try(t *testing.T, tree map[string][]byte, count *hostileCount, c hostileCase, run int) string {
	c = c.made()
	b := newBad(t, tree)
	b.write("../outside/.kube/config", badSecret)
	b.write("../outside/.aws/credentials", badSecret)
	f.lay(b, c)
	var args []string
	for _, arg := range f.runs[run] {
		args = append(args, c.fill(arg))
	}
	before := hostileSnapshot(t, b)
	call := badCase{args: args, env: f.env, stdin: c.fill(f.text("stdin"))}
	log := filepath.Join(t.TempDir(), "strace")
	if hostileStraced() {
		call.wrap = func(cmd *exec.Cmd) { straced(t, cmd, log) }
	}
	e := b.run(call)
	if hostileStraced() {
		count.called(b.audit(log))
	}
	after := hostileSnapshot(t, b)
	if e.status == 1 { // findings; trouble may come in the middle of writing, and the next run repairs that
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("it found what is wrong, and changed files:\n%s", diff)
		}
	}
	for name, what := range after {
		if before[name] != what && !strings.HasPrefix(name, "root/out/") {
			t.Errorf("it wrote %s", name)
		}
	}
	for name, what := range before {
		if _, ok := after[name]; !ok && !strings.HasPrefix(name, "root/out/") {
			t.Errorf("it removed %s: %s", name, what)
		}
	}
	b.harmless(args, e)
	if e.status == 0 {
		b.inertFiles()
	}
	if t.Failed() {
		t.Logf("%q: exit status %d\n%.4000s", args, e.status, e.stdout+e.stderr)
	}
	return strings.ReplaceAll(f.said(e), b.dir, "DIR")
}

// lay puts the input into the root.
func (f *hostileFamily) lay(b *bad, c hostileCase) {
	for _, file := range f.archive.Files {
		switch {
		case file.Name == "make":
			for line := range strings.Lines(string(file.Data)) {
				b.make(strings.Fields(c.fill(line)))
			}
		case file.Name == "cases" || file.Name == "want" || file.Name == "stdin" || strings.HasPrefix(file.Name, "case/"):
		default:
			b.write(c.fill(file.Name), c.fill(string(file.Data)))
		}
	}
	for name, text := range c.files {
		b.write(name, text)
	}
}

// make makes what is no ordinary file.
func (b *bad) make(words []string) {
	b.t.Helper()
	switch words[0] {
	case "link":
		b.link(words[2], words[1])
	case "fifo":
		b.fifo(words[1])
	case "socket":
		b.socket(words[1])
	case "directory":
		b.write(words[1]+"/.keep", "")
	case "sparse":
		b.write(words[1], "")
		size, err := strconv.ParseInt(words[2], 10, 64)
		if err == nil {
			err = os.Truncate(b.path(words[1]), size)
		}
		if err != nil {
			b.t.Fatal(err)
		}
	default:
		b.t.Fatalf("cannot make %q", words)
	}
}

// hostileSnapshot gives what is at and around the root, by name.
func hostileSnapshot(t *testing.T, b *bad) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(b.dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		what := info.Mode().String()
		if info.Mode().IsRegular() {
			what += fmt.Sprint(" ", info.Size())
		}
		if info.Mode().IsRegular() && info.Size() < 32<<20 {
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			what += fmt.Sprintf(" %x", sha256.Sum256(data))
		}
		relative, err := filepath.Rel(b.dir, name)
		out[relative] = what
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// said is the expectation of a run: the exit status, the first finding or error, and how many more there are.
func (f *hostileFamily) said(e ended) string {
	problems := problemLines(e.stderr + e.stdout)
	line := firstLine(e.stderr)
	switch {
	case len(problems) > 0:
		line = problems[0]
	case line == "":
		line = firstLine(e.stdout)
	}
	if i := strings.Index(line, "[MT007"); f.endless && i >= 0 {
		line = line[i:]
	}
	if r := []rune(line); len(r) > 220 {
		line = string(r[:220]) + "..."
	}
	if len(problems) > 1 {
		line += fmt.Sprintf(" (and %d more)", len(problems)-1)
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", e.status, line))
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimLeft(text, "\n"), "\n")
	return line
}
