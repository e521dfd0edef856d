package doctor

import (
	"regexp"
	"strings"
)

// fields are the words that one word of a script becomes.
type fields struct {
	done    []string
	current strings.Builder
	open    bool // the current one is a word, if an empty one
}

func (f *fields) add(text string) {
	f.current.WriteString(text)
	f.open = true
}

func (f *fields) end() {
	if f.open {
		f.done = append(f.done, f.current.String())
	}
	f.current.Reset()
	f.open = false
}

// split adds a text that is not quoted: its blanks part words.
func (f *fields) split(text string) {
	for i, part := range strings.FieldsFunc(text, isBlank) {
		if i > 0 || isBlank(rune(text[0])) {
			f.end()
		}
		f.add(part)
	}
	if text != "" && isBlank(rune(text[len(text)-1])) {
		f.end()
	}
}

func isBlank(c rune) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// word reads a word. It becomes several, or none, when variables in it do; with whole it stays one.
func (r *shellReader) word(whole bool) []word {
	at := r.pos
	var f fields
	for r.pos < len(r.text) && !strings.ContainsRune(" \t\r\n;&|()<>", rune(r.text[r.pos])) {
		r.part(&f, whole)
	}
	f.end()
	var words []word
	for _, text := range f.done {
		words = append(words, r.placed(word{text: text, at: at, end: r.pos}))
	}
	return words
}

// part reads the next part of a word.
func (r *shellReader) part(f *fields, whole bool) {
	switch c := r.text[r.pos]; {
	case r.at("\\\n"):
		r.pos += 2
	case c == '\\' && r.pos+1 < len(r.text):
		f.add(r.text[r.pos+1 : r.pos+2])
		r.pos += 2
	case c == '\'':
		r.pos++
		from := r.pos
		r.skipTo("'")
		f.add(r.text[from:r.pos])
		r.pos = min(r.pos+1, len(r.text))
	case c == '"':
		r.pos++
		f.add("")
		r.quoted(f)
	case c == '$':
		r.dollar(f, whole, false)
	case c == '`':
		r.backquotes(f)
	case r.template(f):
	case c == '*' || c == '?' || c == '[' || c == '{' && r.pos+1 < len(r.text) && !isBlank(rune(r.text[r.pos+1])):
		f.add(unseen)
		r.pos++
	default:
		f.add(r.text[r.pos : r.pos+1])
		r.pos++
	}
}

// quoted reads up to the closing double quote.
func (r *shellReader) quoted(f *fields) {
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; {
		case c == '"':
			r.pos++
			return
		case r.at("\\\n"):
			r.pos += 2
		case c == '\\' && r.pos+1 < len(r.text) && strings.IndexByte("$`\"\\", r.text[r.pos+1]) >= 0:
			f.add(r.text[r.pos+1 : r.pos+2])
			r.pos += 2
		case c == '$':
			r.dollar(f, true, true)
		case c == '`':
			r.backquotes(f)
		case r.template(f):
		default:
			f.add(r.text[r.pos : r.pos+1])
			r.pos++
		}
	}
}

const maxTemplate = 256 // bytes between {{ and }}

// template reads {{ }} of those who write scripts with templates. What is there is not known.
func (r *shellReader) template(f *fields) bool {
	if !r.at("{{") {
		return false
	}
	length := strings.Index(r.text[r.pos:min(len(r.text), r.pos+maxTemplate)], "}}")
	if length < 0 {
		return false
	}
	f.add(unseen)
	r.pos += length + len("}}")
	return true
}

func (r *shellReader) backquotes(f *fields) {
	r.pos++
	from := r.pos
	for r.pos < len(r.text) && r.text[r.pos] != '`' {
		if r.text[r.pos] == '\\' {
			r.pos++
		}
		r.pos++
	}
	r.pos = min(r.pos, len(r.text))
	end := r.pos
	f.add(r.output(r.text[:end], from))
	r.pos = min(end+1, len(r.text))
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*`)

// dollar reads what begins with a dollar sign.
func (r *shellReader) dollar(f *fields, whole, quoted bool) {
	r.pos++
	name := variableName.FindString(r.text[r.pos:min(len(r.text), r.pos+maxTemplate)])
	switch {
	case r.template(f):
	case r.at("(("):
		if end := strings.Index(r.text[r.pos:min(len(r.text), r.pos+maxTemplate)], "))"); end >= 0 {
			f.add(unseen)
			r.pos += end + len("))")
			return
		}
		fallthrough
	case r.at("("):
		r.pos++
		f.add(r.output(r.text, r.pos))
	case r.at("{"):
		from := r.pos + 1
		r.closeBrace()
		r.variable(f, r.text[from:max(from, r.pos-1)], whole, quoted)
	case name != "":
		r.pos += len(name)
		r.variable(f, name, whole, quoted)
	case r.pos < len(r.text) && strings.IndexByte("0123456789@*#?$!-", r.text[r.pos]) >= 0:
		r.pos++
		r.variable(f, r.text[r.pos-1:r.pos], whole, quoted)
	case r.at("'"), r.at(`"`): // a quote, and not a dollar sign
	default:
		f.add("$")
	}
}

// closeBrace goes behind the brace that closes the one at the position.
func (r *shellReader) closeBrace() {
	for depth := 0; r.pos < len(r.text); {
		switch r.text[r.pos] {
		case '{':
			depth++
		case '}':
			depth--
		}
		if r.pos++; depth == 0 {
			return
		}
	}
}
