package diag

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
)

// TextOptions say how findings are printed for people.
type TextOptions struct {
	Color  bool
	Source func(file string) ([]byte, bool) // the text of a file, for the excerpt under a finding
}

// Text prints findings for people: place, severity, sentence and rule, the line with what is meant underlined, related places,
// what to do, and where to read more. Control characters in what the user wrote are printed as escapes, so that no text of a
// topology acts on a terminal.
func Text(w io.Writer, findings []Finding, o TextOptions) error {
	var b strings.Builder
	for i, f := range findings {
		if i > 0 {
			b.WriteByte('\n')
		}
		o.finding(&b, f)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (o TextOptions) finding(b *strings.Builder, f Finding) {
	rule := Lookup(f.Rule)
	fmt.Fprintf(b, "%s%s %s %s\n", o.bold(f.Place.prefix()), o.severity(f.Severity), o.bold(Printable(f.Message)), o.dim("["+rule.ID+" "+rule.Name+"]"))
	o.excerpt(b, f.Place)
	for _, r := range f.Related {
		fmt.Fprintf(b, "%s%s %s\n", r.Place.prefix(), o.dim("note:"), Printable(r.Message))
	}
	if f.Fix != "" {
		fmt.Fprintf(b, "%s %s\n", o.dim("fix:"), indentRest(Printable(f.Fix)))
	}
	fmt.Fprintf(b, "%s meshtopo explain %s\n", o.dim("help:"), rule.ID)
}

func (p Place) prefix() string {
	switch {
	case p.File == "":
		return ""
	case p.Line == 0:
		return Printable(p.File) + ": "
	default:
		return fmt.Sprintf("%s:%d:%d: ", Printable(p.File), p.Line, p.Column)
	}
}

const excerptWidth = 160

func (o TextOptions) excerpt(b *strings.Builder, p Place) {
	if o.Source == nil || p.Line == 0 {
		return
	}
	text, ok := o.Source(p.File)
	if !ok {
		return
	}
	line, ok := lineOf(text, p.Line)
	if !ok || len([]rune(line)) > excerptWidth || p.Column < 1 || p.Column > len([]rune(line))+1 {
		return
	}
	runes := []rune(line)
	width := max(1, min(p.Width, len(runes)-p.Column+1))
	fmt.Fprintf(b, "%5d | %s\n", p.Line, Printable(line))
	fmt.Fprintf(b, "%5s | %s%s\n", "", blank(runes[:p.Column-1]), o.mark("^"+strings.Repeat("~", width-1)))
}

func blank(runes []rune) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, Printable(string(runes)))
}

func lineOf(text []byte, n int) (string, bool) {
	lines := strings.SplitN(string(text), "\n", n+1)
	if len(lines) < n {
		return "", false
	}
	return strings.TrimPrefix(strings.TrimSuffix(lines[n-1], "\r"), "\ufeff"), true
}

func indentRest(s string) string { return strings.ReplaceAll(s, "\n", "\n     ") }

func (o TextOptions) severity(s Severity) string {
	if s == Error {
		return o.color("1;31", "error:")
	}
	return o.color("1;33", string(s)+":")
}

func (o TextOptions) bold(s string) string { return o.color("1", s) }
func (o TextOptions) dim(s string) string  { return o.color("2", s) }
func (o TextOptions) mark(s string) string { return o.color("1;32", s) }

func (o TextOptions) color(code, s string) string {
	if !o.Color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// Printable gives s with every character that could act on a terminal or hide text (control, format and bidirectional
// characters, but not newline and tab) written as an escape.
func Printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t' || r == ' ':
			b.WriteRune(r)
		case unicode.IsGraphic(r) && !unicode.In(r, unicode.Zs, unicode.Cf) && r != unicode.ReplacementChar:
			b.WriteRune(r)
		default:
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return b.String()
}

// Summary is the line that ends a list of findings: how many there are. It is empty when there are none.
func Summary(findings []Finding) string {
	errs, warns := Count(findings, Error), Count(findings, Warning)
	var parts []string
	if errs > 0 {
		parts = append(parts, plural(errs, "error"))
	}
	if warns > 0 {
		parts = append(parts, plural(warns, "warning"))
	}
	return strings.Join(parts, ", ")
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}
