package diag

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// TextOptions say how findings are printed for people.
type TextOptions struct {
	Color  bool
	Source func(file string) ([]byte, bool) // the text of a file, for the excerpt under a finding
}

// Text prints findings for people: place, severity, sentence and rule, the line with what is meant underlined, related places with
// theirs, what to do, and where to read more. Control characters in what the user wrote are printed as escapes, so that no text of a
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
	where := f.Place.prefix()
	if f.Place.Line == 0 && f.Path != "" {
		where += inert(oneLine(string(f.Path))) + ": " // the field path says it where no line can
	}
	fmt.Fprintf(b, "%s%s %s %s\n", o.bold(where), o.severity(f.Severity), o.bold(oneLine(f.Message)), o.dim("["+rule.ID+" "+rule.Name+"]"))
	o.excerpt(b, f.Place)
	for _, r := range f.Related {
		fmt.Fprintf(b, "%s%s %s\n", r.Place.prefix(), o.dim("note:"), oneLine(r.Message))
		o.excerpt(b, r.Place)
	}
	if f.Fix != "" {
		fmt.Fprintf(b, "%s %s\n", o.dim("fix:"), indentRest(f.Fix))
	}
	fmt.Fprintf(b, "%s meshtopo explain %s\n", o.dim("help:"), rule.ID)
}

func (p Place) prefix() string {
	switch {
	case p.File == "":
		return ""
	case p.Line == 0:
		return inert(oneLine(p.File) + ": ")
	default:
		return inert(fmt.Sprintf("%s:%d:%d: ", oneLine(p.File), p.Line, p.Column))
	}
}

// excerptWidth is how many characters of a line are shown at most.
const excerptWidth = 120

// excerpt prints the line of a place and marks what is meant. Of a long line it shows the part around it.
func (o TextOptions) excerpt(b *strings.Builder, p Place) {
	if o.Source == nil || p.Line == 0 {
		return
	}
	text, ok := o.Source(p.File)
	if !ok {
		return
	}
	line, ok := lineOf(text, p.Line)
	if !ok || p.Column < 1 || p.Column > len(line)+1 {
		return
	}
	from, to := window(len(line), p.Column-1, p.Width)
	before, after := "", ""
	if from > 0 {
		before = "..."
	}
	if to < len(line) {
		after = "..."
	}
	marked := line[p.Column-1 : min(to, p.Column-1+max(0, p.Width))]
	lead := before + Printable(string(line[from:p.Column-1]))
	fmt.Fprintf(b, "%5d | %s%s%s\n", p.Line, before, Printable(string(line[from:to])), after)
	fmt.Fprintf(b, "%5s | %s%s\n", "", blank(lead), o.mark("^"+strings.Repeat("~", max(1, cells(Printable(string(marked))))-1)))
}

// window gives the part of a line of length characters that is shown when width characters at from are meant.
func window(length, from, width int) (int, int) {
	if length <= excerptWidth {
		return 0, length
	}
	start := min(max(0, from+min(width, excerptWidth/2)/2-excerptWidth/2), length-excerptWidth)
	return start, start + excerptWidth
}

// blank gives blanks as wide as s on a terminal; tabs stay, since their width depends on where they are.
func blank(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == '\t' {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Repeat(" ", cell(r)))
		}
	}
	return b.String()
}

// cells is the width of s on a terminal.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n += cell(r)
	}
	return n
}

func cell(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case r >= 0x1100 && (width.LookupRune(r).Kind() == width.EastAsianWide || width.LookupRune(r).Kind() == width.EastAsianFullwidth):
		return 2
	}
	return 1
}

func lineOf(text []byte, n int) ([]rune, bool) {
	for ; n > 1; n-- {
		_, after, ok := bytes.Cut(text, []byte("\n"))
		if !ok {
			return nil, false
		}
		text = after
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return []rune(strings.TrimPrefix(strings.TrimSuffix(string(line), "\r"), "\ufeff")), true
}

// oneLine is s for a place where a line break would look like the beginning of another finding.
func oneLine(s string) string { return shorten(strings.ReplaceAll(Printable(s), "\n", " ")) }

func indentRest(s string) string {
	lines := strings.Split(Printable(s), "\n")
	for i := range lines {
		lines[i] = inert(shorten(lines[i]))
	}
	return strings.Join(lines, "\n     ")
}

// inert takes the meaning from a line that a CI system would take for a command: ::name:: (GitHub), ##[name] and ##vso[name]
// (Azure), after any blanks.
func inert(line string) string {
	rest := strings.TrimLeft(line, " \t")
	if strings.HasPrefix(rest, "::") || strings.HasPrefix(rest, "##") {
		return `\` + line
	}
	return line
}

// longest is the most characters of a sentence that are printed: it may quote what the user wrote.
const longest = 1000

func shorten(s string) string {
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "..."
	}
	return s
}

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

// Printable gives s with every character that could act on a terminal or hide text (control, format,
// bidirectional and invisible characters, but not newline and tab) written as an escape, and no command of a CI system in it.
func Printable(s string) string {
	invisible := []*unicode.RangeTable{unicode.Zs, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t' || r == ' ':
			b.WriteRune(r)
		case unicode.IsGraphic(r) && !unicode.In(r, invisible...) && r != unicode.ReplacementChar:
			b.WriteRune(r)
		default:
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return inertAnywhere(b.String())
}

// Summary is the line that ends a list of findings: how many there are. It is empty when there are none.
func Summary(findings []Finding) string {
	return counted(Count(findings, Error), Count(findings, Warning))
}

func counted(errs, warns int) string {
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
