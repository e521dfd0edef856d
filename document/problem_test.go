package document

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// Each archive in testdata is a list of documents and, in the file that follows, their problems:
// line:column+width kind: message (fix) [first line:column+width]. A document that is fine has an empty list.
// In documents, the marks listed in unmark stand for characters that an editor would not keep.
func TestProblems(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives in testdata", err)
	}
	for _, name := range archives {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name, txtar.Parse(data))
		})
	}
}

func golden(t *testing.T, name string, a *txtar.Archive) {
	var out []txtar.File
	for i, f := range a.Files {
		if strings.HasSuffix(f.Name, ".problems") {
			continue
		}
		got := show(read(f.Name, unmark(f.Data)))
		out = append(out, f, txtar.File{Name: f.Name + ".problems", Data: []byte(got)})
		want := ""
		if i+1 < len(a.Files) && a.Files[i+1].Name == f.Name+".problems" {
			want = string(a.Files[i+1].Data)
		}
		if got != want && os.Getenv("UPDATE") == "" {
			t.Errorf("%s: problems:\n%swant:\n%s", f.Name, got, want)
		}
	}
	if os.Getenv("UPDATE") != "" {
		a.Files = out
		if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

var marks = strings.NewReplacer("<TAB>", "\t", "<CR>", "\r", "<BOM>", "\ufeff", "<NEL>", "\u0085", "<RLO>", "\u202e", "<LS>", "\u2028",
	"<FFFD>", "\ufffd", "<NUL>", "\x00", "<ESC>", "\x1b", "<DEL>", "\x7f", "<80>", "\x80", "<UTF16>", "\xff\xfe", "<NOEOL>\n", "")

func unmark(data []byte) []byte { return []byte(marks.Replace(string(data))) }

func read(name string, text []byte) []Problem {
	problems := CheckText(text)
	if len(problems) == 0 && strings.HasSuffix(name, ".json") {
		_, problems = JSON(text)
	} else if len(problems) == 0 {
		_, problems = YAML(text)
	}
	return problems
}

func show(problems []Problem) string {
	var b bytes.Buffer
	for _, p := range problems {
		fmt.Fprintf(&b, "%s %s: %s", showPlace(p.Place), p.Kind, p.Message)
		if p.Fix != "" {
			fmt.Fprintf(&b, " (%s)", p.Fix)
		}
		if p.First.Line > 0 {
			fmt.Fprintf(&b, " [first %s]", showPlace(p.First))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func showPlace(p Place) string {
	if p.Line == 0 {
		return "file"
	}
	return fmt.Sprintf("%d:%d+%d", p.Line, p.Column, p.Width)
}
