package manifest

import (
	"errors"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// style is how a string is spelled in YAML.
type style int

const (
	plain style = iota
	singleQuoted
	doubleQuoted
	literal
)

func checkUTF8(s string) error {
	if !utf8.ValidString(s) {
		return errors.New("string is not valid UTF-8")
	}
	return nil
}

// scalarString writes a string without a line break after it. indent is the column of a literal block; oneLine forbids
// one, as keys need.
func (e *encoder) scalarString(s string, indent int, oneLine bool) {
	switch styleOf(s, oneLine) {
	case plain:
		e.text(s)
	case singleQuoted:
		e.out = append(e.out, '\'')
		e.text(strings.ReplaceAll(s, "'", "''"))
		e.out = append(e.out, '\'')
	case doubleQuoted:
		e.out = append(e.out, '"')
		for _, r := range s {
			e.escaped(r)
		}
		e.out = append(e.out, '"')
	case literal:
		e.literal(s, indent)
	}
}

// literal writes a block scalar. The digit tells a reader the indentation where the first line does not show it.
func (e *encoder) literal(s string, indent int) {
	e.out = append(e.out, '|')
	if s[0] == ' ' || s[0] == '\n' {
		e.out = append(e.out, '2')
	}
	body, clipped := strings.CutSuffix(s, "\n")
	if !clipped {
		e.out = append(e.out, '-')
	}
	for line := range strings.SplitSeq(body, "\n") {
		e.out = append(e.out, '\n')
		if line != "" {
			e.spaces(indent)
			e.text(line)
		}
	}
}

// escaped writes a character inside double quotes. The escapes are those of YAML 1.1, which 1.2 kept.
func (e *encoder) escaped(r rune) {
	const named = "\x000\x07a\x08b\tt\nn\x0bv\x0cf\rr\x1be\"\"\\\\\u0085N\u2028L\u2029P"
	if r != '"' && r != '\\' && r != '\n' && !isSpecial(r) {
		e.out = utf8.AppendRune(e.out, r)
		return
	}
	e.out = append(e.out, '\\')
	if i := namedEscape(named, r); i != 0 {
		e.out = append(e.out, i)
		return
	}
	digits, kind := 8, byte('U')
	if r <= 0xff {
		digits, kind = 2, 'x'
	} else if r <= 0xffff {
		digits, kind = 4, 'u'
	}
	e.out = append(e.out, kind)
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		e.out = append(e.out, "0123456789ABCDEF"[(r>>shift)&0xf])
	}
}

// namedEscape looks r up in a string of pairs, each a character and the ASCII letter that stands for it; 0 is none.
func namedEscape(pairs string, r rune) byte {
	for len(pairs) > 0 {
		char, size := utf8.DecodeRuneInString(pairs)
		if char == r {
			return pairs[size]
		}
		pairs = pairs[size+1:]
	}
	return 0
}

// isSpecial tells characters that are written escaped: those that YAML calls not printable (kustomize's emitter counts the tab
// and everything past the basic plane among them), the line breaks that only YAML 1.1 knows, and those no reviewer can see.
func isSpecial(r rune) bool {
	switch {
	case r < 0x7f:
		return r < ' ' && r != '\n'
	case r < 0xa0, r > 0xffff, r == 0x2028, r == 0x2029, r == 0xfffe, r == 0xffff:
		return true
	}
	return r >= 0xad && unicode.Is(unicode.Cf, r)
}

// styleOf chooses the plainest spelling that every reader takes for the string s.
func styleOf(s string, oneLine bool) style {
	if s == "" || isRetyped(s) {
		return doubleQuoted
	}
	special, lines, quote := false, false, false
	for i, r := range s {
		switch {
		case r == '\n':
			lines = true
			special = special || i > 0 && s[i-1] == ' '
		case r == ':':
			quote = quote || i+1 == len(s) || s[i+1] == ' '
		case r == '#':
			quote = quote || i > 0 && s[i-1] == ' '
		case r < ' ' || r >= 0x7f:
			special = special || isSpecial(r)
		}
	}
	last := s[len(s)-1]
	switch {
	case special, lines && (oneLine || last == ' ' || s == "\n" || strings.HasSuffix(s, "\n\n")):
		return doubleQuoted
	case lines:
		return literal
	case quote, s[0] == ' ', last == ' ', startsIndicator(s):
		return singleQuoted
	}
	return plain
}

// startsIndicator tells whether s starts as YAML syntax does.
func startsIndicator(s string) bool {
	switch s[0] {
	case '#', ',', '[', ']', '{', '}', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`':
		return true
	case '-', '?', ':':
		return len(s) == 1 || s[1] == ' ' || strings.HasPrefix(s, "---")
	case '.':
		return strings.HasPrefix(s, "...")
	}
	return false
}

// numberLike is every plain scalar that a YAML 1.1 reader (PyYAML, go-yaml, SnakeYAML) or a YAML 1.2 core schema reader takes
// for a number or a timestamp. Sources: yaml.org/type/{int,float,timestamp}.html, YAML 1.2.2 section 10.3.2, and the
// resolvers of go.yaml.in/yaml v2 and v3.
var numberLike = regexp.MustCompile(`^(?:[-+]?(?:` +
	`0[bB][01_]+|0[oO][0-7_]+|0[xX][0-9a-fA-F_]+|` +
	`(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?|` +
	`[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?` +
	`)|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]*)?` +
	`(?:[ \t]*(?:[Zz]|[-+][0-9]{1,2}(?::?[0-9]{2})?))?)?)$`)

// isRetyped tells whether some YAML 1.1 or 1.2 reader takes the plain scalar s for something else than a string.
func isRetyped(s string) bool {
	switch c := s[0]; {
	case c >= '0' && c <= '9', c == '+', c == '-', c == '.':
		return isNumberLike(s)
	case len(s) > 5:
		return false
	}
	switch s {
	case "~", "null", "Null", "NULL", "<<", "=", "true", "True", "TRUE", "false", "False", "FALSE":
		return true
	}
	_, found := oldBool(s)
	return found
}

func isNumberLike(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && strings.IndexByte("abcdefABCDEFxXoO_+-.:TtZz \tinINyY", c) < 0 {
			return false
		}
	}
	switch strings.TrimLeft(s, "+-") {
	case ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN":
		return true
	}
	// go-yaml drops all underscores before it looks for a number.
	return numberLike.MatchString(s) || strings.Contains(s, "_") && numberLike.MatchString(strings.ReplaceAll(s, "_", ""))
}

// oldBool reads the booleans that YAML 1.1, and so Kubernetes, knows beside true and false.
func oldBool(s string) (value, found bool) {
	switch s {
	case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON":
		return true, true
	case "n", "N", "no", "No", "NO", "off", "Off", "OFF":
		return false, true
	}
	return false, false
}
