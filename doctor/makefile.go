package doctor

import (
	"regexp"
	"slices"
	"strings"
)

const maxMakeDepth = 10 // variables in variables

// script is shell text in a file. It runs in dir, below where the file's scripts run.
type script struct {
	text   string
	origin []int // for each byte of the text, and its end, the byte of the file that it comes from; nil when it is the file
	dir    string
}

// makefile reads the recipes of a makefile, each line of which make gives to a shell of its own.
type makefile struct {
	state shellState // only the variables, and the room
	depth int
}

var (
	makeAssignment = regexp.MustCompile(`^ *(?:(?:export|override|private) +)*([A-Za-z0-9_.-]+)[ \t]*(\+|\?|:|::|:::|!)?=[ \t]*(.*)$`)
	targetVariable = regexp.MustCompile(`^[^\t=#][^=#]*:[ \t]*(?:(?:export|override|private) +)*([A-Za-z0-9_.-]+)[ \t]*[+?:]*=`)
	continuation   = regexp.MustCompile(`[ \t]*\\\n[ \t]*`)
	makeName       = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
)

func makeScripts(text string) []script {
	m := &makefile{state: shellState{assigned: map[string]variable{}, room: maxExpansion}}
	lines := makeLines(text)
	for _, l := range lines {
		if !strings.HasPrefix(l.text, "\t") {
			m.assignment(l.text)
		}
	}
	var scripts []script
	for _, l := range lines {
		if !strings.HasPrefix(l.text, "\t") && !strings.Contains(l.text, "$(shell ") {
			continue
		}
		l = l.from(len(l.text) - len(strings.TrimLeft(l.text, "\t @+-")))
		e := &expansion{}
		m.expand(e, l.text, func(i int) int { return l.origin[i] })
		scripts = append(scripts, script{text: e.text.String(), origin: append(e.origin, l.origin[len(l.text)])})
	}
	return scripts
}

// makeLines gives the lines of a makefile, each with the lines that continue it. The tab before a continuing line is not a part of it.
func makeLines(text string) []script {
	var lines []script
	var buffer []byte
	var origin []int
	for at := 0; at < len(text); {
		line, _, _ := strings.Cut(text[at:], "\n")
		end := at + len(line)
		line = strings.TrimSuffix(line, "\r")
		from := 0
		if len(buffer) > 0 && strings.HasPrefix(line, "\t") {
			from = 1
		}
		buffer = append(buffer, line[from:]...)
		for i := from; i < len(line); i++ {
			origin = append(origin, at+i)
		}
		origin = append(origin, end)
		at = end + 1
		if strings.HasSuffix(line, `\`) && at < len(text) {
			buffer = append(buffer, '\n')
			continue
		}
		lines = append(lines, script{text: string(buffer), origin: origin})
		buffer, origin = nil, nil
	}
	return lines
}

// from is a script without its first bytes.
func (s script) from(n int) script { return script{text: s.text[n:], origin: s.origin[n:]} }

func (m *makefile) assignment(line string) {
	line = continuation.ReplaceAllString(line, " ")
	if hash := strings.Index(line, "#"); hash >= 0 {
		line = line[:hash]
	}
	if target := targetVariable.FindStringSubmatch(line); target != nil && makeAssignment.FindString(line) == "" {
		m.state.assigned[target[1]] = variable{fields: []string{unseen}}
		return
	}
	parts := makeAssignment.FindStringSubmatch(line)
	if parts == nil {
		return
	}
	name, operator, value := parts[1], parts[2], strings.TrimSpace(parts[3])
	if _, found := m.state.assigned[name]; found && operator == "?" {
		return
	}
	if operator == "!" {
		value = unseen
	}
	if operator == "+" {
		value = " " + value
	}
	m.state.assign(name, variable{fields: []string{value}}, operator == "+")
}

// expansion is a text with its variables replaced.
type expansion struct {
	text   strings.Builder
	origin []int
}

func (e *expansion) add(text string, at int) {
	e.text.WriteString(text)
	e.origin = slices.Grow(e.origin, len(text))
	for range len(text) {
		e.origin = append(e.origin, at)
	}
}

// expand replaces the variables of make in a text. at gives the place of a byte of it in the file.
func (m *makefile) expand(e *expansion, text string, at func(int) int) {
	for i := 0; i < len(text); {
		if text[i] != '$' || i+1 == len(text) {
			e.add(text[i:i+1], at(i))
			i++
			continue
		}
		switch next := text[i+1]; next {
		case '$':
			e.add("$", at(i))
			i += 2
		case '(', '{':
			end := closing(text, i+1)
			m.reference(e, text[i+2:end], func(j int) int { return at(i + 2 + j) })
			i = end + 1
		default:
			e.add(unseen, at(i))
			i += 2
		}
	}
}

// closing gives the place of the bracket that closes the one at a place, or of the end of the text.
func closing(text string, at int) int {
	opens, closes := text[at], byte(')')
	if opens == '{' {
		closes = '}'
	}
	depth := 0
	for i := at; i < len(text); i++ {
		switch text[i] {
		case opens:
			depth++
		case closes:
			depth--
		}
		if depth == 0 {
			return i
		}
	}
	return len(text)
}

// reference adds what stands in $( ).
func (m *makefile) reference(e *expansion, inner string, at func(int) int) {
	place := at(-2)
	if command, ok := strings.CutPrefix(inner, "shell "); ok && m.depth < maxMakeDepth {
		e.add("$(", place)
		m.depth++
		m.expand(e, command, func(j int) int { return at(j + len("shell ")) })
		m.depth--
		e.add(")", place)
		return
	}
	v, found := m.state.assigned[inner]
	program, isProgram := programs[inner]
	switch {
	case isProgram && (!found || v.fields[0] == unseen):
		e.add(program, place)
	case inner == "CURDIR":
		e.add(".", place)
	case !found || !makeName.MatchString(inner) || m.depth == maxMakeDepth || m.state.room < len(v.fields[0]):
		e.add(unseen, place)
	default:
		m.depth++
		m.state.room -= len(v.fields[0])
		m.expand(e, v.fields[0], func(int) int { return place })
		m.depth--
	}
}
