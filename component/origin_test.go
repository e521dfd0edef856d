package component

import (
	"fmt"
	"strings"
	"testing"
	"text/template"

	"pgregory.net/rapid"
)

// TestOrigin: every line that a template prints is traced to the line of the template that it stands on. The templates are random; each
// of their texts says its own file and line.
func TestOrigin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &writer{t: t, name: "a.yaml.tmpl"}
		w.block(0)
		other := &writer{t: t, name: "b.yaml.tmpl"}
		other.line("{{define \"other\"}}")
		other.block(0)
		other.line("{{end}}")
		texts := map[string][]byte{w.name: []byte(w.text()), other.name: []byte(other.text())}
		all := template.New("")
		for name, text := range texts {
			if _, err := all.New(name).Parse(string(text)); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, text)
			}
		}
		out := mark(all, texts).output(1 << 20)
		if err := all.ExecuteTemplate(out, w.name, nil); err != nil {
			t.Fatalf("%v\n%s", err, w.text())
		}
		for i, line := range strings.Split(out.text.String(), "\n") {
			if strings.TrimSpace(line) == "" {
				continue
			}
			got := out.origin(i + 1)
			if want := fmt.Sprintf("%s:%d", got.file, got.line); want != strings.Fields(line)[0] {
				t.Fatalf("line %d, %q, is traced to %s\ntemplate:\n%s\n%s\noutput:\n%s", i+1, line, want, w.text(), other.text(), out.text.String())
			}
		}
	})
}

// writer writes a random template line by line.
type writer struct {
	t     *rapid.T
	name  string
	lines []string
}

func (w *writer) text() string { return strings.Join(w.lines, "\n") }

func (w *writer) line(s string) { w.lines = append(w.lines, s) }

// itself is what a text says of itself.
func (w *writer) itself() string { return fmt.Sprintf("%s:%d", w.name, len(w.lines)+1) }

func (w *writer) block(depth int) {
	for range rapid.IntRange(1, 4).Draw(w.t, "statements") {
		left := rapid.SampledFrom([]string{"{{", "{{- "}).Draw(w.t, "left")
		blank := strings.Repeat(" ", rapid.IntRange(0, 3).Draw(w.t, "blank"))
		kind := rapid.IntRange(0, 8).Draw(w.t, "kind")
		if depth > 2 {
			kind %= 4
		}
		switch kind {
		case 0:
			w.line(blank + w.itself() + " text é")
		case 1:
			w.line(blank + `{{print "` + w.itself() + `"}} after`)
		case 2:
			w.line(blank + w.itself() + ` {{print "several\n` + w.itself() + ` lines"}} after`)
		case 3:
			w.line("")
		case 4:
			w.nested(left, "if true", depth)
		case 5:
			w.nested(left, "range 2", depth)
		case 6:
			w.nested(left, "with 1", depth)
		case 7:
			w.line(left + "if false}}")
			w.line("never")
			w.line(left + "else}}")
			w.block(depth + 1)
			w.line(left + "end}}")
		case 8:
			if w.name == "a.yaml.tmpl" {
				w.line(blank + `{{template "other"}}`)
			}
		}
	}
}

func (w *writer) nested(left, what string, depth int) {
	w.line(left + what + "}}")
	w.block(depth + 1)
	w.line(left + "end}}")
}
