package flow

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Wrap breaks a text between words into lines of at most width characters; a longer word stays whole. Width 0 breaks nothing.
func Wrap(s string, width int) []string {
	if width == 0 || length(s) <= width {
		return []string{s}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && length(line)+1+length(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// Visible is s on one line, with every character that acts on a terminal or that nobody sees written as an escape, and no command of a
// CI system in it.
func Visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t' || r == '\r' || r == ' ':
			b.WriteByte(' ')
		case unicode.IsGraphic(r) && r != unicode.ReplacementChar && !unicode.In(r, unicode.Zs, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
			b.WriteRune(r)
		default:
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return anywhere.ReplaceAllString(b.String(), `#\#$1[`)
}

// anywhere is how commands begin that GitHub's runner (the older form) and Azure's agent look for anywhere in a line.
var anywhere = regexp.MustCompile(`(?i)##(vso)?\[`)

// Inert is a line that no CI system takes for a command: ::name:: and ##[name] at its beginning lose that meaning.
func Inert(line string) string {
	if start := strings.TrimLeft(line, " "); strings.HasPrefix(start, "::") || strings.HasPrefix(start, "##") {
		return `\` + line
	}
	return line
}
