package document

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

var bom = []byte("\ufeff")

// CheckText refuses what no document holds, whatever its language: bytes that are not UTF-8, control and bidirectional
// characters. A byte order mark at the very beginning and CR before LF are fine. It gives at most one problem.
func CheckText(text []byte) []Problem {
	if bytes.HasPrefix(text, []byte{0xff, 0xfe}) || bytes.HasPrefix(text, []byte{0xfe, 0xff}) {
		return []Problem{problem(Encoding, Place{}, "the file is UTF-16, not UTF-8").withFix("save the file as UTF-8")}
	}
	text = bytes.TrimPrefix(text, bom)
	if len(bytes.TrimSpace(text)) == 0 {
		return []Problem{{Kind: Empty, Message: "the file is empty"}}
	}
	line, start := 1, 0
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text[i:])
		}
		if (r == utf8.RuneError && size == 1) || !Allowed(r) && !(r == '\r' && i+1 < len(text) && text[i+1] == '\n') {
			place := Place{Line: line, Column: 1 + utf8.RuneCount(text[start:i]), Width: 1}
			return []Problem{refused(r, text[i:i+size], place)}
		}
		i += size
		if r == '\n' {
			line, start = line+1, i
		}
	}
	return nil
}

// refused is the problem of a character that may not be in a text.
func refused(r rune, raw []byte, place Place) Problem {
	switch {
	case r == utf8.RuneError && len(raw) == 1:
		return problem(Encoding, place, "the file is not UTF-8: byte 0x%02X", raw[0]).withFix("save the file as UTF-8")
	case r == 0:
		return problem(Encoding, place, "the file is not text: it holds a NUL byte")
	case r == '\r':
		return problem(Encoding, place, "the file holds a carriage return that does not end a line").withFix("end lines with LF or CR LF")
	}
	return problem(Encoding, place, "the file holds the character %U, which does not belong into it", r).withFix("remove the character")
}

// Allowed says whether a character may stand in a document, and in its values: no control characters but newline and tab, no
// line separators of Unicode, no characters that turn the direction of writing, no byte order mark, no replacement character
// (the trace of text that lost its encoding), no noncharacters.
func Allowed(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return true
	case r < 0x20 || r >= 0x7f && r < 0xa0:
		return false
	case r == 0x2028 || r == 0x2029 || r == 0xfeff || r >= 0xfff9 && r <= 0xfffd || r&0xfffe == 0xfffe:
		return false
	case r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c:
		return false
	}
	return true
}

// Forbidden gives the first character of a value that may not be in it.
func Forbidden(s string) (rune, bool) {
	for _, r := range s {
		if !Allowed(r) {
			return r, true
		}
	}
	return 0, false
}

func runes(s string) int { return utf8.RuneCountInString(s) }

func sizeOfFirst(s string) int {
	_, size := utf8.DecodeRuneInString(s)
	return size
}

// scalarWidth is the length of a scalar in its first line, of which rest is what is left.
func scalarWidth(n *yaml.Node, rest string) int {
	switch {
	case rest == "":
		return 0
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return 1
	case rest[0] == '"', rest[0] == '\'':
		return quotedWidth(rest)
	case n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 || rest[0] == '!':
		return runes(firstWord(rest))
	case strings.HasPrefix(rest, n.Value):
		return runes(n.Value)
	}
	return runes(strings.TrimRight(rest, " \t")) // goes on in the next line
}

// quotedWidth is the length of the quoted text that s begins with, or of s where it goes on in the next line.
func quotedWidth(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && s[0] == '"':
			i++
		case s[i] == '\'' && s[0] == '\'' && strings.HasPrefix(s[i+1:], "'"):
			i++
		case s[i] == s[0]:
			return runes(s[:i+1])
		}
	}
	return runes(strings.TrimRight(s, " \t"))
}

func firstWord(s string) string {
	if i := strings.IndexAny(s, " \t,[]{}"); i > 0 {
		return s[:i]
	}
	return s
}
