package document

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

var bom = []byte("\ufeff")

// CheckText refuses what no document holds, whatever its language: bytes that are not UTF-8, control and bidirectional
// characters. A byte order mark at the very beginning and CR before LF are fine. It gives at most one problem.
func CheckText(text []byte) []Problem {
	if strings.TrimSpace(string(bytes.TrimPrefix(text, bom))) == "" {
		return []Problem{{Kind: Empty, Message: "the file is empty"}}
	}
	if n := bytes.IndexByte(text, 0); n >= 0 {
		return []Problem{{Kind: Encoding, Message: "the file is not text: it holds a NUL byte"}}
	}
	line, column := 1, 1
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		place := Place{Line: line, Column: column, Width: 1}
		if r == utf8.RuneError && size == 1 {
			return []Problem{problem(Encoding, place, "the file is not UTF-8: byte 0x%02X", text[i]).withFix("save the file as UTF-8")}
		}
		if !Allowed(r) && !(r == '\r' && i+1 < len(text) && text[i+1] == '\n') && !(r == '\ufeff' && i == 0) {
			return []Problem{problem(Encoding, place, "the file holds the character %U, which does not belong into it", r).withFix("remove the character")}
		}
		i, column = i+size, column+1
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return nil
}

// Allowed says whether a character may stand in a document, and in its values: no control characters but newline and tab, no
// line separators of Unicode, no characters that turn the direction of writing, no byte order mark.
func Allowed(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return true
	case r < 0x20 || r >= 0x7f && r < 0xa0:
		return false
	case r == 0x2028 || r == 0x2029 || r == 0xfeff || r >= 0xfff9 && r <= 0xfffb:
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
