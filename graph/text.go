package graph

import "strings"

// textWidth is how wide a text is in Helvetica or what stands in for it, rather too much than too little.
func textWidth(s string, size int, bold bool) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	if bold {
		n += n / 12
	}
	return n*size/1000 + 1
}

// runeWidth is the width of a character in thousandths of the font's size.
func runeWidth(r rune) int {
	switch {
	case strings.ContainsRune("ijl'|.,:;! I/", r):
		return 290
	case strings.ContainsRune("frt-()[]{}*", r):
		return 400
	case strings.ContainsRune("mwMW@%…", r):
		return 1000
	case r >= 'A' && r <= 'Z':
		return 760
	case r > 0x2e80: // ideographs
		return 1050
	}
	return 580
}

// fit cuts a text to a width: what is left out is in the middle, since names that are alike often differ at the end.
func fit(s string, size int, bold bool, width int) string {
	if textWidth(s, size, bold) <= width {
		return s
	}
	r := []rune(s)
	for n := len(r) - 1; n > 1; n-- {
		tail := n * 2 / 5
		cut := string(r[:n-tail]) + "…" + string(r[len(r)-tail:])
		if textWidth(cut, size, bold) <= width {
			return cut
		}
	}
	return "…"
}

// escape writes text as XML; what XML cannot hold becomes a question mark.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r < ' ' || r == 0xFFFE || r == 0xFFFF || r == 0xFFFD:
			b.WriteByte('?')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
