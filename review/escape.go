package review

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode"

	"github.com/meshtopo/meshtopo/flow"
)

// Text of manifests as text of Markdown. GitHub and GitLab look for references (@name, #1, !1, $1, %1, ~name, :smile:, addresses) in the text
// that is left when all markup and all escapes are gone, but never in code; so a word that could be one becomes code.

// reference finds what a host may make a link, a mention, a picture or a formula of.
var reference = regexp.MustCompile(`[@#$~^]|://|(?i:\bwww\.|\bgh-[0-9]|\bmailto:|\bxmpp:)|[!%&*][A-Za-z0-9]|:[A-Za-z0-9_+-]+:`)

// readable is a text of manifests as people are shown it: not endless, on one line, with nothing in it that acts or hides.
func readable(s string) string { return flow.Visible(cut(s, maxText)) }

// maxText is how long a text may be, in characters; verdicts are the longest that we make.
const maxText = maxVerdict

// words makes each word of a text either text or code.
func words(s string, text, code func(string) string) string {
	list := strings.Fields(readable(s))
	for i, word := range list {
		if reference.MatchString(word) {
			list[i] = code(word)
		} else {
			list[i] = text(word)
		}
	}
	return strings.Join(list, " ")
}

// inline is s as text of Markdown that is no markup, no HTML, no reference, and not the end of a cell.
func inline(s string) string {
	return blockStart.ReplaceAllString(words(s, escapedWord, codeSpan), `$1\$2`)
}

// blockStart finds what begins a list or a rule at the begin of a line, where the text of an entry is, too.
var blockStart = regexp.MustCompile(`^([0-9]*)([-+=.)])`)

func escapedWord(word string) string {
	var b strings.Builder
	for _, r := range word {
		switch {
		case strings.ContainsRune(`<>&|\`, r):
			fmt.Fprintf(&b, "&#%d;", r)
			continue
		case strings.ContainsRune("`*_{}[]#~!", r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// codeSpan is s as code in Markdown, also in a cell. Nothing is "".
func codeSpan(s string) string {
	s = readable(s)
	switch {
	case s == "":
		return ""
	case strings.Contains(s, "|"):
		return "<code>" + entities(s) + "</code>"
	}
	fence := strings.Repeat("`", longestRun(s)+1)
	if s[0] == '`' || s[len(s)-1] == '`' || s[0] == ' ' && s[len(s)-1] == ' ' {
		s = " " + s + " "
	}
	return fence + s + fence
}

// entities writes everything that may mean something to Markdown as its number.
func entities(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < unicode.MaxASCII && (unicode.IsPunct(r) || unicode.IsSymbol(r)) {
			fmt.Fprintf(&b, "&#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// longestRun is the length of the longest run of backticks.
func longestRun(s string) int {
	longest, n := 0, 0
	for _, r := range s {
		if r != '`' {
			n = 0
			continue
		}
		n++
		longest = max(longest, n)
	}
	return longest
}

// summaryText is s as text of an HTML element in Markdown.
func summaryText(s string) string {
	return words(s, html.EscapeString, func(word string) string { return "<code>" + html.EscapeString(word) + "</code>" })
}

// diffBlock is lines as a block of code, between fences that none of them can be.
func diffBlock(lines []string) string {
	inert := make([]string, len(lines))
	for i, l := range lines {
		inert[i] = flow.Inert(l)
	}
	body := strings.Join(inert, "\n")
	fence := strings.Repeat("`", max(3, longestRun(body)+1))
	return fence + "diff\n" + body + "\n" + fence + "\n"
}
