package component

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/template"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/limit"
	"github.com/meshtopo/meshtopo/manifest"
)

// maker gives what makes the component's objects.
func (s *source) maker(q request) (maker, error) {
	if s.file != "" {
		return newProgram(s, q)
	}
	return newTemplates(s, q)
}

// templates are the templates of a directory.
type templates struct {
	source *source
	all    *template.Template
	names  []string            // of the files, in order
	lines  map[string][]string // of the files
	marks  *marks
	data   map[string]any
	most   int64 // bytes that a template prints
}

func newTemplates(s *source, q request) (*templates, error) {
	mesh, err := value(q.Mesh)
	if err != nil {
		return nil, fmt.Errorf("reading the mesh: %w", err)
	}
	t := &templates{source: s, most: q.MaxOutput, names: sortedKeys(s.texts), all: template.New("").Option("missingkey=error").Funcs(functions())}
	t.data, t.lines = map[string]any{"mesh": mesh, "values": q.Values}, map[string][]string{}
	for _, name := range t.names {
		t.lines[name] = strings.Split(string(s.texts[name]), "\n")
		if _, err := t.all.New(name).Parse(string(s.texts[name])); err != nil {
			return nil, diag.Findings{t.failed(err)}
		}
	}
	t.marks = mark(t.all, s.texts)
	return t, nil
}

// objects executes the templates for a target, and reads what they print.
func (t *templates) objects(cluster json.RawMessage) (objects []object, findings []diag.Finding) {
	c, err := value(cluster)
	if err != nil {
		return nil, []diag.Finding{found(diag.ComponentFailed, diag.Place{}, "%s", err)}
	}
	t.data["cluster"] = c
	for _, name := range t.names {
		out := t.marks.output(t.most)
		if err := t.all.ExecuteTemplate(out, name, t.data); err != nil {
			findings = append(findings, t.failed(err))
			continue
		}
		made, problems := t.read(out)
		objects = append(objects, made...)
		findings = append(findings, problems...)
	}
	return objects, findings
}

// noValue is what text/template prints for null.
const noValue = "<no value>"

// read reads what a template printed.
func (t *templates) read(out *output) (objects []object, findings []diag.Finding) {
	text := out.text.Bytes()
	if i := strings.Index(out.text.String(), noValue); i >= 0 && !t.contain(noValue) {
		f := found(diag.ComponentFailed, t.at(out, 1+strings.Count(string(text[:i]), "\n")), "it prints a value that is null")
		return nil, []diag.Finding{f.WithFix("give the value, or print something else for null: {{default \"...\" .values.name}}")}
	}
	documents, err := manifest.DecodeDocuments(text)
	if err != nil {
		return nil, []diag.Finding{t.unreadable(out, err)}
	}
	for _, d := range documents {
		place := func(p diag.Path) diag.Place { return t.at(out, d.Line(p.Values()...)) }
		o, problems := vet(d.Fields, place)
		objects, findings = append(objects, o), append(findings, problems...)
	}
	return objects, findings
}

// contain says whether a text stands in any of the templates.
func (t *templates) contain(text string) bool {
	for _, source := range t.source.texts {
		if strings.Contains(string(source), text) {
			return true
		}
	}
	return false
}

// at is the place of the template that printed a line.
func (t *templates) at(out *output, line int) diag.Place {
	origin := out.origin(line)
	return t.line(origin.file, origin.line)
}

// line is the place of a whole line, without the blanks around it.
func (t *templates) line(name string, number int) diag.Place {
	place := t.source.place(name)
	lines := t.lines[name]
	if number < 1 || number > len(lines) {
		return place
	}
	text := strings.TrimRight(lines[number-1], " \t\r")
	inner := strings.TrimLeft(text, " \t")
	place.Line, place.Width = number, max(1, len([]rune(inner)))
	place.Column = 1 + len([]rune(text)) - len([]rune(inner))
	return place
}

// unreadable is the finding of a text that is no manifest.
func (t *templates) unreadable(out *output, err error) diag.Finding {
	var e *manifest.DecodeError
	if !errors.As(err, &e) {
		return found(diag.ComponentOutput, t.at(out, 1), "what it prints is no manifest: %s", err)
	}
	return found(diag.ComponentOutput, t.at(out, e.Line), "line %d of what it prints, %s, is no manifest: %s", e.Line, quoted(out.line(e.Line)), e.Message)
}

const maxQuoted = 60 // characters of a text that a message quotes

func quoted(s string) string {
	if r := []rune(s); len(r) > maxQuoted {
		return strconv.Quote(string(r[:maxQuoted])) + "..."
	}
	return strconv.Quote(s)
}

var (
	// templateError is how text/template tells where: template: NAME:LINE: MESSAGE, or template: NAME:LINE:BYTE: MESSAGE.
	templateError = regexp.MustCompile(`(?s)^template: (.*?):(\d+)(?::(\d+))?: (.*)$`)
	// executing is how it tells what: executing "NAME" at <EXPRESSION>: MESSAGE.
	executing = regexp.MustCompile(`(?s)^executing "(?:[^"\\]|\\.)*" at <(.*?)>: (.*)$`)
	called    = regexp.MustCompile(`^error calling \w+: `)
)

// failed is the finding of a template that is not well-formed, or failed.
func (t *templates) failed(err error) diag.Finding {
	if errors.Is(err, errTooLong) {
		return found(diag.Limit, t.source.place(""), "component %s makes more than %d bytes for one target", t.source.dir, t.most).WithFix("%s", limit.Advice(limit.TemplateOutput, "make it print less"))
	}
	m := templateError.FindStringSubmatch(err.Error())
	if m == nil {
		return found(diag.ComponentFailed, t.source.place(""), "%s", err)
	}
	line, _ := strconv.Atoi(m[2])
	f := found(diag.ComponentFailed, t.line(m[1], line), "not well-formed: %s", m[4])
	if m[3] != "" {
		f.Place = t.column(f.Place, m[1], m[3])
	}
	if what := executing.FindStringSubmatch(m[4]); what != nil {
		message := called.ReplaceAllString(what[2], "")
		f.Message = fmt.Sprintf("{{%s}}: %s", what[1], message)
		f.Fix = advice(what[1], message, f.Fix)
	}
	return f
}

// column makes a place of a line one of a column in it, which text/template counts in bytes from 0.
func (t *templates) column(p diag.Place, name, number string) diag.Place {
	lines := t.lines[name]
	n, err := strconv.Atoi(number)
	if err != nil || p.Line == 0 || n >= len(lines[p.Line-1]) {
		return p
	}
	p.Column, p.Width = 1+len([]rune(lines[p.Line-1][:n])), 0
	return p
}

// advice is what to do about a failure that has a usual cause.
func advice(expression, message, otherwise string) string {
	switch {
	case strings.HasPrefix(expression, ".cluster.") && strings.Contains(message, "nil"):
		return "choose cluster targets only, or write {{with .cluster}}...{{end}}: a target that is no cluster has none"
	case strings.HasPrefix(expression, ".values.") && strings.Contains(message, "map has no entry for key"):
		return "set it in the values of the component's entry in spec.components, or write {{index .values \"name\" | default \"...\"}}"
	}
	return otherwise
}
