package doctor

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A script is read as far as it can be understood without running it: comments, quotes, here-documents, subshells, variables that the same file
// sets, and cd. What only a run would tell stands in a word as one of these characters, which no script holds.
const (
	unseen = "\x00" // any text
	top    = "\x01" // the root of the repository
)

const (
	maxNesting   = 10      // commands in commands; what is deeper is not read
	maxVariable  = 4 << 10 // bytes of a value; what is longer is unseen
	maxExpansion = 1 << 20 // bytes that the variables of a script add to it
	passes       = 5       // over a script at most: one for each variable in a variable in a variable
)

// word is one word of a command, without quotes and with variables replaced. It stands at text[at:end] of the script.
type word struct {
	text    string
	at, end int
}

func (w word) known() bool { return !strings.Contains(w.text, unseen) }

// command is a simple command, in the directory to which the script has gone by then: from where it began, or from top.
type command struct {
	words []word
	dir   string
}

// readScript gives the commands of a script, those of its substitutions and of texts that it gives to a shell too. file is the script's
// own, "" where it is a part of one; outer are variables that are set elsewhere.
func readScript(text, file string, outer map[string]variable) []command {
	known := outer
	for pass := 1; ; pass++ {
		state := &shellState{file: file, known: known, assigned: map[string]variable{}, room: maxExpansion}
		maps.Copy(state.assigned, outer)
		r := &shellReader{text: text, state: state}
		r.script(0)
		if pass == passes || state.equal() {
			return state.commands
		}
		known = state.assigned
	}
}

// shellState is what the readers of a script share.
type shellState struct {
	file     string
	commands []command
	known    map[string]variable // from the pass before
	assigned map[string]variable // in this pass
	room     int                 // bytes that variables may still add
}

func (s *shellState) equal() bool {
	return maps.EqualFunc(s.known, s.assigned, func(a, b variable) bool { return a.list == b.list && slices.Equal(a.fields, b.fields) })
}

// shellReader reads one level of a script.
type shellReader struct {
	text     string
	pos      int
	depth    int
	state    *shellState
	span     *word    // where the text stands as a whole, when it is that of a word
	words    []word   // of the command so far
	dir      string   // the working directory
	left     []string // those to which the end of a subshell returns
	pushed   []string // those to which popd returns
	heredocs []heredoc
}

type heredoc struct {
	end  string
	tabs bool // tabs before the end are left out
}

// script reads commands up to a closing parenthesis, or with 0 up to the end.
func (r *shellReader) script(closing byte) {
	if r.depth > maxNesting {
		r.pos = len(r.text)
	}
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; {
		case c == ' ' || c == '\t' || c == '\r':
			r.pos++
		case r.at("\\\n"), r.at("\\\r\n"):
			r.pos += strings.IndexByte(r.text[r.pos:], '\n') + 1
		case c == '\n':
			r.flush()
			r.pos++
			r.skipHeredocs()
		case c == '#':
			r.skipTo("\n")
		case c == '<' || c == '>' || r.at("&>"):
			r.redirection()
		case c == ';' || c == '&' || c == '|':
			r.flush()
			r.pos++
		case c == '(':
			r.flush()
			r.pos++
			r.left = append(r.left, r.dir)
		case c == ')':
			r.flush()
			r.pos++
			if n := len(r.left); n > 0 {
				r.dir, r.left = r.left[n-1], r.left[:n-1]
			} else if closing == ')' {
				return
			}
		default:
			r.next()
		}
	}
	r.flush()
}

func (r *shellReader) at(s string) bool { return strings.HasPrefix(r.text[r.pos:], s) }

// skipTo goes to the next occurrence of a text, or to the end.
func (r *shellReader) skipTo(s string) {
	if i := strings.Index(r.text[r.pos:], s); i >= 0 {
		r.pos += i
		return
	}
	r.pos = len(r.text)
}

func (r *shellReader) skipBlanks() {
	for r.pos < len(r.text) && (r.text[r.pos] == ' ' || r.text[r.pos] == '\t') {
		r.pos++
	}
}

var assignment = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)(\+?)=`)

// next reads an assignment, or a word of the command.
func (r *shellReader) next() {
	m := assignment.FindStringSubmatch(r.text[r.pos:min(len(r.text), r.pos+256)])
	if m == nil || !r.mayAssign() {
		at := r.pos
		words := r.word(false)
		isDescriptor := len(words) == 1 && strings.Trim(r.text[at:r.pos], "0123456789") == "" && (r.at("<") || r.at(">"))
		if !isDescriptor {
			r.words = append(r.words, words...)
		}
		return
	}
	r.pos += len(m[0])
	v := variable{list: r.at("(")}
	if v.list {
		v.fields = r.list()
	} else {
		v.fields = []string{joined(r.word(true))}
	}
	r.state.assign(m[1], v, m[2] != "")
}

// mayAssign says whether an assignment can stand behind the words of the command so far.
func (r *shellReader) mayAssign() bool {
	return len(r.words) < maxNesting && !slices.ContainsFunc(r.words, func(w word) bool {
		return !slices.Contains(keywords, w.text) && !slices.Contains(declarations, w.text) && !strings.HasPrefix(w.text, "-")
	})
}

var (
	keywords     = []string{"{", "!", "if", "then", "elif", "else", "while", "until", "do", "time", "exec", "command", "builtin", "sudo"}
	declarations = []string{"export", "local", "readonly", "declare", "typeset", "env"}
)

// list reads the value of an array.
func (r *shellReader) list() []string {
	var fields []string
	r.pos++
	for r.pos < len(r.text) && r.text[r.pos] != ')' {
		switch c := r.text[r.pos]; {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			r.pos++
		case c == '#':
			r.skipTo("\n")
		case strings.IndexByte(";&|<>(", c) >= 0:
			r.pos++
		default:
			for _, w := range r.word(false) {
				fields = append(fields, w.text)
			}
		}
	}
	r.pos = min(r.pos+1, len(r.text))
	return fields
}

// redirection leaves out where a command reads and writes.
func (r *shellReader) redirection() {
	switch {
	case r.at("<("), r.at(">("):
		at := r.pos
		r.pos += 2
		r.output(r.text, r.pos)
		r.words = append(r.words, r.placed(word{text: unseen, at: at, end: r.pos}))
		return
	case r.at("<<") && !r.at("<<<"):
		r.pos += 2
		h := heredoc{tabs: r.at("-")}
		if h.tabs {
			r.pos++
		}
		r.skipBlanks()
		h.end = joined(r.word(true))
		r.heredocs = append(r.heredocs, h)
		return
	}
	for r.pos < len(r.text) && strings.IndexByte("<>&|", r.text[r.pos]) >= 0 {
		r.pos++
	}
	r.skipBlanks()
	if r.pos < len(r.text) && !strings.ContainsRune("\n;()", rune(r.text[r.pos])) {
		r.word(true)
	}
}

// skipHeredocs goes behind the here-documents of the line that has just ended.
func (r *shellReader) skipHeredocs() {
	for _, h := range r.heredocs {
		for r.pos < len(r.text) {
			line, _, _ := strings.Cut(r.text[r.pos:], "\n")
			r.pos = min(r.pos+len(line)+1, len(r.text))
			if line = strings.TrimSuffix(line, "\r"); h.tabs {
				line = strings.TrimLeft(line, "\t")
			}
			if line == h.end {
				break
			}
		}
	}
	r.heredocs = nil
}
