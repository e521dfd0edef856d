package diag_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"
)

// Each archive holds findings.json (a list of diag.Finding), the files they speak of, and what is printed: text, and the other
// formats where they are asked for. <ESC> and the like stand for characters that an editor would not keep.
func TestPrinters(t *testing.T) {
	archives, _ := filepath.Glob("testdata/*.txtar")
	if len(archives) == 0 {
		t.Fatal("no archives in testdata")
	}
	for _, name := range archives {
		t.Run(filepath.Base(name), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, name, a)
		})
	}
}

func compare(t *testing.T, name string, a *txtar.Archive) {
	files := map[string][]byte{}
	for _, f := range a.Files {
		files[f.Name] = []byte(marks.Replace(string(f.Data)))
	}
	var findings []diag.Finding
	if err := json.Unmarshal(files["findings.json"], &findings); err != nil {
		t.Fatal(err)
	}
	for i, f := range a.Files {
		print := printers(files)[f.Name]
		if print == nil {
			continue
		}
		var b bytes.Buffer
		if err := print(&b, findings); err != nil {
			t.Fatal(err)
		}
		got := strings.ReplaceAll(b.String(), "\x1b", "<ESC>")
		if got != string(f.Data) && os.Getenv("UPDATE") == "" {
			t.Errorf("%s:\n%swant:\n%s", f.Name, got, f.Data)
		}
		a.Files[i].Data = []byte(got)
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// printers are the formats by the names that archives have for them. files are what the findings speak of.
func printers(files map[string][]byte) map[string]func(io.Writer, []diag.Finding) error {
	text := func(color bool) func(io.Writer, []diag.Finding) error {
		source := func(file string) ([]byte, bool) { text, ok := files[file]; return text, ok }
		return func(w io.Writer, findings []diag.Finding) error {
			err := diag.Text(w, findings, diag.TextOptions{Source: source, Color: color})
			fmt.Fprintln(w, diag.Summary(findings))
			return err
		}
	}
	junit := func(failOn diag.Severity) func(io.Writer, []diag.Finding) error {
		return func(w io.Writer, findings []diag.Finding) error {
			return diag.JUnit(w, []diag.Suite{{Name: "topology.yaml", Findings: findings}, {Name: "clean.yaml"}}, failOn)
		}
	}
	return map[string]func(io.Writer, []diag.Finding) error{
		"text": text(false), "color": text(true), "json": diag.JSON, "github": diag.GitHub, "gitlab": diag.GitLab,
		"junit": junit(diag.Error), "junit-warning": junit(diag.Warning),
		"sarif": func(w io.Writer, findings []diag.Finding) error { return diag.SARIF(w, findings, "v1.2.3") },
	}
}

var marks = strings.NewReplacer("<ESC>", "\x1b", "<TAB>", "\t", "<CR>", "\r", "<BOM>", "\ufeff", "<RLO>", "\u202e",
	"<LONG>", strings.Repeat("0123456789", 30))

func TestPrintable(t *testing.T) {
	for s, want := range map[string]string{
		"plain é 日本 😀\n\tx":      "plain é 日本 😀\n\tx",
		"\x1b[31m":               `\x1b[31m`,
		"\u202e\u2066\u200b":     `\u202e\u2066\u200b`,
		"a\u00a0b\u3000":         `a\u00a0b\u3000`,
		"\u3164\u115f\ufe0f":     `\u3164\u115f\ufe0f`,
		"\r\x00\x7f\u0085":       `\r\x00\x7f\u0085`,
		"\xff":                   `\ufffd`,
		"\U000e0041\U0001f3f4":   `\U000e0041` + "\U0001f3f4",
		"combining e\u0301 stay": "combining e\u0301 stay",
	} {
		if got := diag.Printable(s); got != want {
			t.Errorf("Printable(%q) = %q, want %q", s, got, want)
		}
	}
}

// Whatever a finding holds, what is printed acts on no terminal, hides nothing and has no very long line; and no text of the
// user begins a line.
func TestTextIsHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := func(label string) string {
			return rapid.OneOf(rapid.String(), rapid.StringMatching(`[\x00-\x{2fff}]{0,3}::error [\x1b\n\r\x{202e}\x{200b}\x{feff}]{1,9}`),
				rapid.Map(rapid.IntRange(1, 4000), func(n int) string { return strings.Repeat("x", n) })).Draw(t, label)
		}
		place := diag.Place{File: "f", Line: rapid.IntRange(0, 3).Draw(t, "line"), Column: rapid.IntRange(-1, 5000).Draw(t, "column"), Width: rapid.IntRange(-1, 5000).Draw(t, "width")}
		f := diag.Finding{Rule: diag.Syntax, Severity: diag.Error, Place: place, Message: s("message"), Fix: s("fix"),
			Related: []diag.Related{{Place: diag.Place{File: s("file"), Line: 1, Column: 1}, Message: s("note")}}}
		source := s("source")
		var b bytes.Buffer
		if err := diag.Text(&b, []diag.Finding{f}, diag.TextOptions{Source: func(string) ([]byte, bool) { return []byte(source), true }}); err != nil {
			t.Fatal(err)
		}
		checkHarmless(t, b.String())
	})
}

func checkHarmless(t *rapid.T, out string) {
	for _, r := range out {
		if r != '\n' && r != '\t' && !unicode.IsGraphic(r) || unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point) || r == '\u00a0' {
			t.Fatalf("%U in %q", r, out)
		}
	}
	for _, line := range strings.Split(out, "\n") {
		if n := len([]rune(line)); n > 2100 { // a long file name and a long sentence
			t.Fatalf("a line of %d characters", n)
		}
		if strings.HasPrefix(strings.TrimSpace(line), "::") {
			t.Fatalf("the user's text begins a line: %q", out)
		}
	}
}
