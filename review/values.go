package review

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/manifest"
)

// fieldView is a field as people read it: both values on a line each, or, where one of them needs several, what differs in their lines.
type fieldView struct {
	path     string
	old, new string
	lines    []line // nil when old and new say it all
	note     string
}

// notSet is what stands for a value that is not there, and notShown for that of a Secret.
const (
	notSet   = "not set"
	notShown = "changed; values of Secrets are not shown"
)

// maxValue is how long a value on one line may be, in characters, and maxLines how many lines of a longer one are shown.
const (
	maxValue = 240
	maxLines = 40
)

func (f *Field) view() fieldView {
	v := fieldView{path: f.Path, note: f.Note}
	if f.Hidden {
		v.note = strings.TrimPrefix(v.note+"; "+notShown, "; ")
		return v
	}
	if len(f.Old) == 0 && len(f.New) == 0 {
		return v
	}
	old, new := textOf(f.Old), textOf(f.New)
	if len(old) > 1 || len(new) > 1 {
		if v.lines = differing(old, new); len(v.lines) == 1 {
			v.lines = nil
			v.note = strings.TrimPrefix(v.note+"; only the line break at the end differs", "; ")
		}
		return v
	}
	v.old, v.new = f.single(old), f.single(new)
	return v
}

// says is a field on one line: path: old -> new.
func (v *fieldView) says() string {
	s := v.path
	if v.old != "" || v.new != "" {
		s += ": " + v.old + " -> " + v.new
	}
	return s + v.remark()
}

// remark is the note behind a field.
func (v *fieldView) remark() string {
	if v.note == "" {
		return ""
	}
	return " (" + v.note + ")"
}

// single is a value on a line, or what stands for one that is not there, or too long to be.
func (f *Field) single(lines []string) string {
	switch {
	case len(lines) > 0:
		return cut(lines[0], maxValue)
	case strings.HasSuffix(f.Note, tooLong):
		return "..."
	}
	return notSet
}

// textOf gives the lines of a value; none for one that is not there. A string of several lines is these lines; a map or list that is too
// long for one line has a line for each of its parts.
func textOf(value json.RawMessage) []string {
	if len(value) == 0 {
		return nil
	}
	var s string
	if json.Unmarshal(value, &s) == nil {
		if text := strings.TrimSuffix(s, "\n"); strings.Contains(text, "\n") {
			return strings.Split(text, "\n")
		}
		return []string{scalar(s)}
	}
	var compact bytes.Buffer
	if json.Compact(&compact, value) != nil {
		return []string{string(value)}
	}
	if compact.Len() > maxCompact {
		if lines := yamlOf(value); lines != nil {
			return lines
		}
	}
	return []string{compact.String()}
}

// maxCompact is how long a map or list on one line may be, in bytes.
const maxCompact = 80

// yamlOf gives the lines of a map or list as manifests write it; nil for what is none.
func yamlOf(value json.RawMessage) []string {
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	fields, isMap := v.(map[string]any)
	if !isMap {
		fields = map[string]any{"list": v}
	}
	data, err := manifest.Encode(fields)
	if err != nil {
		return nil
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if !isMap {
		lines = lines[1:] // its name
	}
	return lines
}

// scalar is a string without quotation marks where nobody can take it for something else.
func scalar(s string) string {
	var other any
	switch {
	case s == "", s == notSet, strings.TrimSpace(s) != s, strings.ContainsAny(s[:1], "\"'{["), strings.Contains(s, " -> "), json.Unmarshal([]byte(s), &other) == nil:
		quoted, err := json.Marshal(s)
		if err != nil { // no string is that
			return s
		}
		return string(quoted)
	}
	return s
}

// diffLines is a field as lines of a diff.
func (f *Field) diffLines() []string {
	v := f.view()
	path := readable(v.path)
	if v.lines == nil && v.old == "" {
		return []string{"! " + path + readable(v.remark())}
	}
	if v.lines == nil {
		lines := v.sides()
		for i, l := range lines {
			lines[i].text = path + ": " + l.text
		}
		lines[len(lines)-1].text += v.remark()
		return markedLines(lines)
	}
	lines := []string{"@@ " + path + readable(v.remark()) + " @@"}
	return append(lines, markedLines(v.lines)...)
}

// sides gives what is there of both values on a line each.
func (v *fieldView) sides() []line {
	var lines []line
	if v.old != notSet {
		lines = append(lines, line{'-', v.old})
	}
	if v.new != notSet {
		lines = append(lines, line{'+', v.new})
	}
	return lines
}

func markedLines(lines []line) []string {
	marked := make([]string, len(lines))
	for i, l := range lines {
		marked[i] = strings.TrimRight(l.marked(), " ")
	}
	return marked
}

// marked is a line with what it is in front.
func (l line) marked() string {
	if l.op == '~' {
		return "  ... " + l.text
	}
	return string(l.op) + " " + flow.Visible(l.text)
}
