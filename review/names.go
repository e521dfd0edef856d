package review

import (
	"bytes"

	"github.com/meshtopo/meshtopo/manifest"
)

// wanted is what objects are looked for in texts that nobody has parsed: by the first letters of their names and kinds, which is what
// can be seen of a scalar without parsing it.
type wanted struct {
	kinds map[string]map[string]bool // by the head of a name: heads of kinds
}

// head gives the letters, digits, dots and dashes that s begins with.
func head[T string | []byte](s T) T {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_'
		if !letter {
			return s[:i]
		}
	}
	return s
}

func (w *wanted) add(id manifest.ID) {
	if w.kinds == nil {
		w.kinds = map[string]map[string]bool{}
	}
	name := head(id.Name)
	if w.kinds[name] == nil {
		w.kinds[name] = map[string]bool{}
	}
	w.kinds[name][head(id.Kind)] = true
}

// mayHold says whether one of the wanted may be in a text. It is wrong only in saying that it may.
func (w *wanted) mayHold(text []byte) bool {
	if len(w.kinds) == 0 {
		return false
	}
	if hidesKeys(text) {
		return true
	}
	found := make(map[string]bool) // heads of kinds of the wanted whose names are here
	for value := range scalars(text, "name") {
		name, open := printableName(value)
		if open {
			return true
		}
		for kind := range w.kinds[string(name)] {
			found[kind] = true
		}
	}
	if len(found) == 0 {
		return false
	}
	for value := range scalars(text, "kind") {
		kind, open := printableName(value)
		// The entries of a ConfigMapList may have no kind of their own.
		if open || found[string(kind)] || found[string(bytes.TrimSuffix(kind, []byte("List")))] {
			return true
		}
	}
	return false
}

// hidesKeys says whether a key may be spelled in a way that scalars does not see: with an escape for one of the letters of name and
// kind, which are all U+006x, or after a question mark.
func hidesKeys(text []byte) bool {
	for _, escape := range []string{`\x6`, `\u006`, `\U0000006`} {
		if bytes.Contains(text, []byte(escape)) {
			return true
		}
	}
	for rest := text; ; {
		i := bytes.IndexByte(rest, '?')
		if i < 0 {
			return false
		}
		before := bytes.TrimRight(rest[:i], " \t")
		if len(before) == 0 || bytes.IndexByte([]byte("\n{[,-?:"), before[len(before)-1]) >= 0 {
			return true
		}
		rest = rest[i+1:]
	}
}

// scalars yields the text that follows each key of a name, up to the end of the text.
func scalars(text []byte, key string) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for {
			i := bytes.Index(text, []byte(key))
			if i < 0 {
				return
			}
			text = text[i+len(key):]
			rest := text
			if len(rest) > 0 && (rest[0] == '"' || rest[0] == '\'') {
				rest = rest[1:]
			}
			rest = bytes.TrimLeft(rest, " \t\r\n")
			if len(rest) > 0 && rest[0] == ':' && !yield(rest[1:]) {
				return
			}
		}
	}
}

// printableName gives the head of a scalar that stands at the beginning of a text. It is open when the scalar may go on in a way that is not
// seen here: it begins on another line, with an alias or a tag, or has an escape.
func printableName(text []byte) (start []byte, open bool) {
	text = bytes.TrimLeft(text, " \t")
	if len(text) > 0 && (text[0] == '"' || text[0] == '\'') {
		text = text[1:]
	}
	start = head(text)
	return start, len(start) == 0 || len(start) < len(text) && text[len(start)] == '\\'
}
