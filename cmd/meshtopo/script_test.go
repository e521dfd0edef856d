package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

// TestMain lets the test binary be the program: started as meshtopo it is main, and so are the children that it starts.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"meshtopo": main, unsealableName: func() { unsealable(); main() }})
}

const scriptDir = "testdata/script"

// TestScript runs testdata/script/*.txtar, a behaviour each. Beside testscript's own commands there are
//
//	status N COMMAND...   runs the command, which must end with exit status N
//	snapshot DIR FILE     writes to FILE what is in DIR: modes, names and hashes; two snapshots are compared with cmp
//	replace FILE OLD NEW  replaces the one OLD in FILE
//
// and $TOPOLOGIES is the directory of the shipped topologies. UPDATE=1 rewrites what cmp expects.
func TestScript(t *testing.T) {
	t.Parallel()
	topologies, err := filepath.Abs("../../topologies")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 scriptDir,
		UpdateScripts:       os.Getenv("UPDATE") != "",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TOPOLOGIES", topologies)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": scriptStatus, "snapshot": scriptSnapshot, "replace": scriptReplace,
		},
	})
}

func scriptStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got, failed := 0, (*exec.ExitError)(nil)
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &failed):
		got = failed.ExitCode()
	case err != nil:
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

func scriptSnapshot(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: snapshot DIR FILE")
	}
	text, err := snapshot(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o666))
}

func scriptReplace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace FILE OLD NEW")
	}
	unescape := strings.NewReplacer(`\n`, "\n", `\t`, "\t")
	text, old := ts.ReadFile(args[0]), unescape.Replace(args[1])
	if n := strings.Count(text, old); n != 1 {
		ts.Fatalf("%q is in %s %d times, want once", old, args[0], n)
	}
	text = strings.Replace(text, old, unescape.Replace(args[2]), 1)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o666))
}

// snapshot gives a line for everything below a directory: whether it is executable, its hash and its name.
func snapshot(dir string) (string, error) {
	var b strings.Builder
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		what := info.Mode().Type().String()
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			if what, err = os.Readlink(name); err != nil {
				return err
			}
		case info.Mode().IsRegular():
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			what = fmt.Sprintf("%v %x", info.Mode()&0o100 != 0, sha256.Sum256(data))
		}
		relative, err := filepath.Rel(dir, name)
		fmt.Fprintf(&b, "%s %s\n", what, filepath.ToSlash(relative))
		return err
	})
	return b.String(), err
}

// Every command has a script, so that no flag, stream or exit status changes unseen.
func TestEveryCommandHasScript(t *testing.T) {
	files, err := filepath.Glob(scriptDir + "/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range commandNames(t) {
		isOf := func(file string) bool {
			base := strings.TrimSuffix(filepath.Base(file), ".txtar")
			return base == name || strings.HasPrefix(base, name+"_")
		}
		if !slices.ContainsFunc(files, isOf) {
			t.Errorf("command %q has no script test: write %s/%s.txtar (or %s_WHAT.txtar), which runs it and checks stdout, stderr and the exit status",
				strings.ReplaceAll(name, "_", " "), scriptDir, name, name)
		}
	}
}

// commandNames gives every command of the program that can be run: "completion_bash".
func commandNames(t *testing.T) []string {
	t.Helper()
	root := (&app{}).command()
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	var names []string
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c != root && c.Runnable() && !c.HasSubCommands() {
			path := strings.TrimPrefix(c.CommandPath(), root.Name()+" ")
			names = append(names, strings.ReplaceAll(path, " ", "_"))
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
	if len(names) < 7 {
		t.Fatalf("the tree of commands is not walked: only %v", names)
	}
	return names
}
