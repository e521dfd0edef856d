package main

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/diag"
	"golang.org/x/tools/txtar"
)

// A fixture of a rule about hosts is a txtar archive: the files of a repository, before them lines of arguments for meshtopo, run when the
// files are there ($DIR is the repository), and files of which the name begins with then/ and that are written last.
func (f ruleFixture) repository() bool { return path.Ext(f.file) == ".txtar" }

// repositoryFindings gives what doctor finds in the repository of a fixture.
func repositoryFindings(t *testing.T, file string) []diag.Finding {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	place := func(last bool) {
		for _, f := range archive.Files {
			name, isLast := strings.CutPrefix(f.Name, "then/")
			if isLast != last {
				continue
			}
			full := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(full), 0o777); err != nil {
				t.Fatal(err)
			}
			writeFile(t, full, f.Data)
		}
	}
	place(false)
	for line := range strings.Lines(string(archive.Comment)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if status, _, stderr := program(t, strings.Fields(strings.ReplaceAll(line, "$DIR", dir))...); status != 0 {
			t.Fatalf("%s: exit %d\n%s", line, status, stderr)
		}
	}
	place(true)
	_, found, err := (&app{}).diagnose(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
