//go:build unix

package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// hostileDir holds the hostile corpus, a family of inputs a file. The name of a file begins with its class, H1 to H13 or advisory.
//
// The head of a file says in # lines what the family is, and then
//
//	run ARG...          how the program is called; each input goes through every run. "..." is read as Go reads it
//	env NAME=VALUE      is in the environment
//	values FILE         takes the cases of FILE
//	generate NAME N     N cases made by a generator of hostile_generate_test.go
//	endless             only a limit ends these, and which one is not compared
//
// Its archive holds the files of the root, and
//
//	make        lines "link NAME TARGET", "fifo NAME", "socket NAME", "directory NAME", "sparse NAME BYTES", "rendered DIR"
//	stdin       what the program reads
//	cases       lines "NAME: VALUE", where VALUE is strings as in Go, joined by + and repeated by *
//	case/NAME   a case with a value of many lines
//	want        what must come of each case: exit status and first line; UPDATE=1 rewrites it, read it
//
// @VALUE@ stands for the value in arguments, names and files, @JSON@ for the value as a JSON string. In a file with @HEAD@, that stands
// for the part of the value before a line ---.
const hostileDir = "testdata/hostile"

// TestHostile runs the corpus: nothing in it may panic, take more than 5 s or 512 MiB, read or write what is outside, call a program,
// or print what acts on a terminal, a page or a CI system. make test runs a sample; the whole corpus runs in make faults, under strace too.
func TestHostile(t *testing.T) {
	t.Parallel()
	tree := sampleTree(t)
	// A process begins with the peak of the one that started it: wait4 gives no less than what this test takes.
	limit := debug.SetMemoryLimit(badMemory / 2)
	t.Cleanup(func() { debug.SetMemoryLimit(limit) })
	count := hostileCount{classes: map[string][2]int{}}
	t.Cleanup(func() { fmt.Println(count.String()) })
	for i, f := range hostileFamilies(t) {
		if os.Getenv("HOSTILE") == "" && i%hostileFamilySample != 0 {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			f.run(t, tree, &count)
		})
	}
}

// hostileCount counts inputs and runs of each class.
type hostileCount struct {
	sync.Mutex
	classes map[string][2]int
	calls   int // that strace saw and that were judged
}

func (c *hostileCount) called(n int) {
	c.Lock()
	defer c.Unlock()
	c.calls += n
}

func (c *hostileCount) add(class string, runs int) {
	c.Lock()
	defer c.Unlock()
	n := c.classes[class]
	c.classes[class] = [2]int{n[0] + 1, n[1] + runs}
}

func (c *hostileCount) String() string {
	text, inputs, runs := "", 0, 0
	for _, class := range slices.SortedFunc(maps.Keys(c.classes), byClass) {
		n := c.classes[class]
		text += fmt.Sprintf(", %s %d", class, n[0])
		inputs, runs = inputs+n[0], runs+n[1]
	}
	if c.calls > 0 {
		text += fmt.Sprintf("; %d opened files and started programs judged", c.calls)
	}
	return fmt.Sprintf("measured: %d hostile inputs in %d runs%s", inputs, runs, text)
}

// byClass orders H2 before H10.
func byClass(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// hostileSample says that make test runs every so many-th case of every so many-th family, from the first on, and of an endless one the first only, since
// each takes seconds. HOSTILE=all and HOSTILE=strace run all.
const hostileSample, hostileFamilySample = 48, 3

func (f *hostileFamily) run(t *testing.T, tree map[string][]byte, count *hostileCount) {
	all := os.Getenv("HOSTILE") != ""
	var lock sync.Mutex
	got := map[string]string{}
	if os.Getenv("UPDATE") != "" && all { // HOSTILE=all UPDATE=1 rewrites the expectations of the corpus
		t.Cleanup(func() { f.update(t, got) })
	}
	for i, c := range f.cases {
		if !all && (f.endless && i > 0 || i%hostileSample != 0) {
			continue
		}
		count.add(f.class, len(f.runs))
		for j := range f.runs {
			name := f.title(c, j)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				line := f.try(t, tree, count, c, j)
				lock.Lock()
				defer lock.Unlock()
				got[name] = line
				if want := f.want[name]; line != want && (os.Getenv("UPDATE") == "" || !all) {
					t.Errorf("got  %s\nwant %s", line, want)
				}
			})
		}
	}
}

// title names a run of a case.
func (f *hostileFamily) title(c hostileCase, run int) string {
	if len(f.runs) == 1 {
		return c.name
	}
	return c.name + " | " + strings.Join(f.runs[run], " ")
}

func (f *hostileFamily) update(t *testing.T, got map[string]string) {
	var b strings.Builder
	for _, c := range f.cases {
		for j := range f.runs {
			name := f.title(c, j)
			if got[name] == "" {
				t.Errorf("%s gave no result, so that the expectations stay as they are", name)
				return
			}
			fmt.Fprintf(&b, "%s: %s\n", name, got[name])
		}
	}
	f.archive.Files = slices.DeleteFunc(f.archive.Files, func(x txtar.File) bool { return x.Name == "want" })
	f.archive.Files = append(f.archive.Files, txtar.File{Name: "want", Data: []byte(b.String())})
	if err := os.WriteFile(f.file, txtar.Format(f.archive), 0o666); err != nil {
		t.Error(err)
	}
}

func hostileFamilies(t *testing.T) []*hostileFamily {
	t.Helper()
	files, err := filepath.Glob(hostileDir + "/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no hostile corpus: %v", err)
	}
	var families []*hostileFamily
	for _, file := range files {
		f, err := readHostile(file)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		families = append(families, f)
	}
	return families
}
