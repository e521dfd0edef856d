package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// evidence is a test that SECURITY.md names: [TestName](file).
var evidence = regexp.MustCompile(`\[((?:Test|Fuzz)\w+)\]\(([^)]+)\)`)

// TestSecurityDocument: every promise of SECURITY.md names a test, and every test that it names is in the file that it names.
func TestSecurityDocument(t *testing.T) {
	data, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	named := evidence.FindAllStringSubmatch(string(data), -1)
	if len(named) < 20 {
		t.Errorf("only %d tests are named", len(named))
	}
	for _, n := range named {
		source, err := os.ReadFile(filepath.Join("../..", filepath.FromSlash(n[2])))
		if err != nil || !strings.Contains(string(source), "\nfunc "+n[1]+"(") {
			t.Errorf("SECURITY.md names %s in %s, and it is not there: name the test that shows the promise now", n[1], n[2])
		}
	}
	promises := promisesOf(string(data))
	if len(promises) < 15 {
		t.Errorf("only %d promises", len(promises))
	}
	for _, p := range promises {
		if !evidence.MatchString(p) {
			t.Errorf("SECURITY.md promises without a test: %s", p)
		}
	}
	t.Logf("%d promises, %d names of tests", len(promises), len(named))
}

// promisesOf gives the rows of the table of promises.
func promisesOf(text string) []string {
	_, text, _ = strings.Cut(text, "\n## Promises\n")
	text, _, _ = strings.Cut(text, "\n## ")
	var rows []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| promise |") {
			rows = append(rows, line)
		}
	}
	return rows
}
