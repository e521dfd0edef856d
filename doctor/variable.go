package doctor

import (
	"regexp"
	"slices"
	"strings"
)

// variable is what a file sets a variable to: one text, or a list.
type variable struct {
	fields []string
	list   bool
}

// assign notes an assignment. A variable that is set twice to different values is unseen: nobody knows which counts.
func (s *shellState) assign(name string, v variable, appends bool) {
	old, found := s.assigned[name]
	switch {
	case found && appends && old.list:
		v = variable{fields: slices.Concat(old.fields, v.fields), list: true}
	case found && appends && !v.list:
		v = variable{fields: []string{old.fields[0] + v.fields[0]}}
	case found && (old.list != v.list || !slices.Equal(old.fields, v.fields)):
		v = variable{fields: []string{unseen}}
	}
	size := 0
	for _, f := range v.fields {
		size += len(f) + 1
	}
	if size > maxVariable {
		v = variable{fields: []string{unseen}}
	}
	s.assigned[name] = v
}

// parameter is what stands in ${ }, as far as it is understood.
var parameter = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)(\[[@*]\])?$`)

// programs are variables that by custom name a program.
var programs = map[string]string{"KUSTOMIZE": "kustomize", "KUBECTL": "kubectl"}

// variable adds the value of a variable, given as it stands in ${ }.
func (r *shellReader) variable(f *fields, expression string, whole, quoted bool) {
	if place := r.place(expression); place != "" {
		f.add(place)
		return
	}
	v, seen := variable{}, false
	name := variableName.FindString(expression)
	if parameter.MatchString(expression) {
		v, seen = r.state.known[name]
	}
	if program, ok := programs[name]; ok && (!seen || len(v.fields) == 1 && v.fields[0] == unseen) {
		f.add(program)
		return
	}
	size := 0
	for _, text := range v.fields {
		size += len(text)
	}
	if r.state.room -= size; !seen || r.state.room < 0 {
		f.add(unseen)
		return
	}
	isList := strings.HasSuffix(expression, "]")
	for i, text := range v.fields {
		switch {
		case i > 0 && !isList:
			return // a list without an index is its first element
		case i > 0 && whole && !quoted:
			f.add(" ")
		case i > 0:
			f.end()
		}
		if whole {
			f.add(text)
		} else {
			f.split(text)
		}
	}
}
