package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/diag"
)

// The fixtures of the rules stand in testdata/rules/<id>/: fail*.* must break the rule and pass*.* must break none. A fixture is a
// topology file, or a directory with topology.* and what it needs beside it. What must be found stands at the end of the line
// where it must be found,
//
//	podCIDR: 10.0.0.0/16 # want MT101 `a regular expression that the message matches` MT202 "another"
//
// or, where no comment can stand, in <fixture>.want, a line each: LINE:COL MT001 "...", with FILE: before it where it is not the
// topology. Line 0 is the file as a whole.
// The fixtures of rules about hosts are repositories: *.txtar, see doctor_rules_test.go.
// UPDATE=1 go test ./cmd/meshtopo -run TestRules writes what is missing; read it before you commit it.
const rulesDir = "testdata/rules"

func TestRules(t *testing.T) {
	for _, f := range ruleFixtures(t) {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			found := f.findings(t)
			if os.Getenv("UPDATE") != "" {
				f.update(t, found)
			}
			text := readFile(t, f.file)
			for _, problem := range mismatches(f.wants(t, text), found) {
				t.Error(problem)
			}
			if !f.repository() {
				checkColumns(t, filepath.Dir(f.file), found)
			}
			if f.pass && len(found) > 0 {
				t.Errorf("a passing fixture must have no findings")
			}
			if !f.pass && !slices.ContainsFunc(found, func(x diag.Finding) bool { return x.Rule == f.rule }) {
				t.Errorf("a failing fixture of %s must break it", f.rule)
			}
		})
	}
}

func TestEveryRuleHasFixtures(t *testing.T) {
	have := map[string][2]int{}
	for _, f := range ruleFixtures(t) {
		n := have[f.rule]
		if f.pass {
			n[1]++
		} else {
			n[0]++
		}
		have[f.rule] = n
	}
	for _, r := range diag.Rules() {
		n := have[r.ID]
		delete(have, r.ID)
		if n[0] == 0 || n[1] == 0 {
			t.Errorf("rule %s (%s) has %d failing and %d passing fixtures: write %s/%s/fail.yaml and pass.yaml, then run UPDATE=1 go test ./cmd/meshtopo -run TestRules",
				r.ID, r.Name, n[0], n[1], rulesDir, r.ID)
		}
	}
	for id := range have {
		t.Errorf("%s/%s is no rule of the catalogue (diag/rules_*.go): rename the directory, or add the rule", rulesDir, id)
	}
}

// findings gives everything that is found in the fixture.
func (f ruleFixture) findings(t *testing.T) []diag.Finding {
	t.Helper()
	if f.repository() {
		return repositoryFindings(t, f.file)
	}
	return findings(t, f.file)
}

// findings gives everything that the program finds in a topology file on the last of June 2026. The root is the file's directory.
func findings(t *testing.T, file string) []diag.Finding {
	t.Helper()
	a := &app{root: filepath.Dir(file)}
	p, err := a.open(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	p.expire("2026-06-30")
	if err := p.judge(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !p.failed() { // what is warned of is rendered
		for _, err := range p.rendering.Targets("") {
			if err != nil {
				t.Error(err)
			}
		}
	}
	return p.findings
}

type ruleFixture struct {
	rule string
	file string // of the topology
	want string // the file of expectations beside the fixture
	pass bool
}

func (f ruleFixture) String() string {
	return strings.TrimPrefix(f.want[:len(f.want)-len(".want")], rulesDir+"/")
}

func ruleFixtures(t *testing.T) []ruleFixture {
	t.Helper()
	var list []ruleFixture
	for _, rule := range readDir(t, rulesDir) {
		for _, e := range readDir(t, path.Join(rulesDir, rule.Name())) {
			name := path.Join(rulesDir, rule.Name(), e.Name())
			if path.Ext(name) == ".want" {
				if _, err := os.Stat(strings.TrimSuffix(name, ".want")); err != nil {
					t.Errorf("%s: its fixture is not there", name)
				}
				continue
			}
			pass, fail := strings.HasPrefix(e.Name(), "pass"), strings.HasPrefix(e.Name(), "fail")
			if !pass && !fail {
				t.Errorf("%s: the name of a fixture begins with pass or fail; neighbours of one stand with it in a directory", name)
				continue
			}
			if path.Ext(name) == ".txtar" {
				list = append(list, ruleFixture{rule: rule.Name(), file: name, want: name + ".want", pass: pass})
				continue
			}
			list = append(list, ruleFixture{rule: rule.Name(), file: topologyOf(t, name, e.IsDir()), want: name + ".want", pass: pass})
		}
	}
	return list
}

func topologyOf(t *testing.T, name string, isDir bool) string {
	t.Helper()
	if !isDir {
		return name
	}
	found, err := filepath.Glob(name + "/topology.*")
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: a fixture directory holds one topology.*, not %d", name, len(found))
	}
	return filepath.ToSlash(found[0])
}

// want is an expected finding. Column 0 is any; file "" is the topology.
type want struct {
	file         string
	line, column int
	rule         string
	message      *regexp.Regexp
}

func (w want) matches(f diag.Finding) bool {
	sameFile := w.file == f.Place.File || w.file == "" && !strings.Contains(f.Place.File, "/") // neighbours stand in directories
	return sameFile && w.rule == f.Rule && w.line == f.Place.Line && (w.column == 0 || w.column == f.Place.Column) && w.message.MatchString(f.Message)
}

// mismatches pairs wants with findings and says what is left over of either.
func mismatches(wants []want, found []diag.Finding) []string {
	var problems []string
	for _, f := range found {
		i := slices.IndexFunc(wants, func(w want) bool { return w.matches(f) })
		if i < 0 {
			problems = append(problems, fmt.Sprintf("line %d, column %d: not wanted: %s %s: %s (fix: %s)", f.Place.Line, f.Place.Column, f.Rule, f.Severity, f.Message, f.Fix))
			continue
		}
		wants = slices.Delete(slices.Clone(wants), i, i+1)
	}
	for _, w := range wants {
		problems = append(problems, fmt.Sprintf("line %d, column %d: not found: %s %q", w.line, w.column, w.rule, w.message))
	}
	return problems
}

// checkColumns demands that every place, and every excerpt under it, lies inside its line.
func checkColumns(t *testing.T, root string, found []diag.Finding) {
	t.Helper()
	for _, f := range found {
		places := []diag.Place{f.Place}
		for _, r := range f.Related {
			places = append(places, r.Place)
		}
		for _, p := range places {
			if p.Line == 0 {
				continue
			}
			lines := strings.Split(string(readFile(t, filepath.Join(root, p.File))), "\n")
			if p.Line > len(lines) || p.Column < 1 || p.Column+max(p.Width, 1)-1 > max(1, len([]rune(lines[p.Line-1]))) {
				t.Errorf("%s: %s:%d:%d and %d characters on lie outside the file", f.Rule, p.File, p.Line, p.Column, p.Width)
			}
		}
	}
}

var wantPlace = regexp.MustCompile(`^(?:(.*):)?([0-9]+):([0-9]+)$`)

var wantComment = regexp.MustCompile(`(?m)[ \t]*(?:#|//) want (MT[0-9].*)$`)

// wants gives the expectations of a fixture: those in its comments, or those in the file beside it.
func (f ruleFixture) wants(t *testing.T, text []byte) []want {
	t.Helper()
	if beside, err := os.ReadFile(f.want); err == nil {
		return wantsBeside(t, string(beside))
	}
	var wants []want
	for i, line := range strings.Split(string(text), "\n") {
		if m := wantComment.FindStringSubmatch(line); m != nil {
			wants = append(wants, parseWants(t, m[1], i+1, 0)...)
		}
	}
	return wants
}

func wantsBeside(t *testing.T, text string) []want {
	t.Helper()
	var wants []want
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		place, rest, _ := strings.Cut(line, " ")
		m := wantPlace.FindStringSubmatch(place)
		if m == nil {
			t.Fatalf("want file: %q does not begin with LINE:COL or FILE:LINE:COL", line)
		}
		l, _ := strconv.Atoi(m[2])
		c, _ := strconv.Atoi(m[3])
		for _, w := range parseWants(t, rest, l, c) {
			w.file = m[1]
			wants = append(wants, w)
		}
	}
	return wants
}

// parseWants reads pairs of a rule and a quoted regular expression.
func parseWants(t *testing.T, s string, line, column int) []want {
	t.Helper()
	var wants []want
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		rule, rest, _ := strings.Cut(s, " ")
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			t.Fatalf("line %d: after %s a quoted regular expression must follow, not %q", line, rule, rest)
		}
		pattern, _ := strconv.Unquote(quoted)
		message, err := regexp.Compile(pattern)
		if err != nil {
			t.Fatalf("line %d: %v", line, err)
		}
		wants, s = append(wants, want{line: line, column: column, rule: rule, message: message}), rest[len(quoted):]
	}
	return wants
}

// update writes the expectations anew, into the fixture where its language has comments. Those that still hold are kept.
func (f ruleFixture) update(t *testing.T, found []diag.Finding) {
	t.Helper()
	old := readFile(t, f.file)
	kept := f.wants(t, old)
	if f.canHoldComments(found) {
		text := withComments(old, found, kept, commentOf(f.file))
		writeFile(t, f.file, text)
		if again := findings(t, f.file); slices.EqualFunc(again, found, sameFinding) {
			return
		}
		writeFile(t, f.file, old) // a comment there means something
	}
	var b strings.Builder
	for _, x := range found {
		if strings.Contains(x.Place.File, "/") || f.repository() {
			b.WriteString(x.Place.File + ":")
		}
		fmt.Fprintf(&b, "%d:%d %s\n", x.Place.Line, x.Place.Column, wantOf(x, kept))
	}
	if b.Len() > 0 {
		writeFile(t, f.want, []byte(b.String()))
	}
}

func (f ruleFixture) canHoldComments(found []diag.Finding) bool {
	_, err := os.Stat(f.want)
	return err != nil && path.Ext(f.file) != ".json" && !f.repository() && !slices.ContainsFunc(found, func(x diag.Finding) bool { return x.Place.Line == 0 || strings.Contains(x.Place.File, "/") })
}

func sameFinding(x, y diag.Finding) bool {
	return x.Rule == y.Rule && x.Place == y.Place && x.Message == y.Message
}

func commentOf(file string) string {
	if ext := path.Ext(file); ext == ".cue" || ext == ".jsonnet" {
		return "//"
	}
	return "#"
}

func withComments(text []byte, found []diag.Finding, kept []want, comment string) []byte {
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		line = wantComment.ReplaceAllString(line, "")
		for _, x := range found {
			if x.Place.Line != i+1 {
				continue
			}
			if !wantComment.MatchString(line) {
				line += " " + comment + " want"
			}
			line += " " + wantOf(x, kept)
		}
		lines[i] = line
	}
	return []byte(strings.Join(lines, "\n"))
}

// wantOf gives the expectation of a finding: one that was there and holds, or its message.
func wantOf(x diag.Finding, kept []want) string {
	for _, w := range kept {
		if w.matches(x) {
			return w.rule + " " + quoted(w.message.String())
		}
	}
	return x.Rule + " " + quoted(pattern(x.Message))
}

// pattern gives a regular expression for a text, which is the text itself where that will do.
func pattern(s string) string {
	if re, err := regexp.Compile(s); err == nil && re.FindString(s) == s {
		return s
	}
	return strings.ReplaceAll(regexp.QuoteMeta(s), `\.`, ".")
}

func quoted(s string) string {
	if !strings.ContainsAny(s, "`\n") && strings.ContainsAny(s, "\"\\") {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

func readDir(t *testing.T, name string) []os.DirEntry {
	t.Helper()
	list, err := os.ReadDir(name)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
}

func writeFile(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(name, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
