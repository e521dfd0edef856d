package review

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode/utf8"
)

// Ignore is a file of what is not reported: an entry a line,
//
//	TARGET KIND/NAME FIELD UNTIL REASON
//
// with shell patterns as TARGET and KIND/NAME, a pattern as FIELD in which * stands for anything (and * alone also silences objects that are
// added or removed), the last day that it holds as YYYY-MM-DD, and a reason. # begins a comment.
type Ignore struct {
	entries []ignoreEntry
	today   string
}

type ignoreEntry struct {
	target, object, field, until, reason string
	silenced                             int
}

// maxIgnore bounds the file, in bytes.
const maxIgnore = 1 << 20

// ReadIgnore reads a file. Name is what errors call it; entries whose day is before today (YYYY-MM-DD) silence nothing. No text is no entry. The
// error names every line that cannot be read.
func ReadIgnore(name string, text []byte, today string) (*Ignore, error) {
	if len(text) > maxIgnore {
		return nil, fmt.Errorf("%s: larger than %d bytes", name, maxIgnore)
	}
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("%s: not valid UTF-8", name)
	}
	ignore := &Ignore{today: today}
	var wrong []error
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		e, err := readEntry(line)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s:%d: %w", name, i+1, err))
			continue
		}
		ignore.entries = append(ignore.entries, e)
	}
	return ignore, errors.Join(wrong...)
}

// readEntry reads a line.
func readEntry(line string) (ignoreEntry, error) {
	var e ignoreEntry
	rest := line
	for _, word := range []*string{&e.target, &e.object, &e.field, &e.until} {
		rest = strings.TrimLeft(rest, " \t")
		end := strings.IndexAny(rest, " \t")
		if end < 0 {
			return e, errors.New("write TARGET KIND/NAME FIELD UNTIL REASON, such as: clusters/* Deployment/web-* spec.replicas 2027-01-31 the autoscaler owns it")
		}
		*word, rest = rest[:end], rest[end:]
	}
	e.reason = strings.TrimSpace(rest)
	if _, err := time.Parse(time.DateOnly, e.until); err != nil {
		return e, fmt.Errorf("%q is not a day: write YYYY-MM-DD, the last one that the entry holds", e.until)
	}
	for _, pattern := range []string{e.target, e.object} {
		if _, err := path.Match(pattern, ""); err != nil {
			return e, fmt.Errorf("%q is not a pattern", pattern)
		}
	}
	if !strings.Contains(e.object, "/") && e.object != "*" {
		return e, fmt.Errorf("%q is not KIND/NAME; both may be patterns, such as Deployment/web-*", e.object)
	}
	if e.reason == "" {
		return e, errors.New("no reason: say why this is not to be reported")
	}
	return e, nil
}

// filter gives what is left of changes, and counts what is silenced.
func (ig *Ignore) filter(changes []Change) []Change {
	if ig == nil || len(ig.entries) == 0 {
		return changes
	}
	var kept []Change
	for _, c := range changes {
		if rest, ok := ig.left(c); ok {
			kept = append(kept, rest)
		}
	}
	return kept
}

// left is a change without what is silenced; false when nothing is left.
func (ig *Ignore) left(c Change) (Change, bool) {
	if len(c.Fields) == 0 {
		return c, !ig.silences(&c, "")
	}
	var fields []Field
	for _, f := range c.Fields {
		if !ig.silences(&c, f.Path) {
			fields = append(fields, f)
		}
	}
	if len(fields) == len(c.Fields) {
		return c, true
	}
	c.Fields = fields
	if len(fields) == 0 {
		return c, false
	}
	assess(&c)
	return c, true
}

// silences says whether an entry silences a field; "" is the whole object.
func (ig *Ignore) silences(c *Change, field string) bool {
	for i := range ig.entries {
		e := &ig.entries[i]
		if e.until >= ig.today && globMatches(e.target, c.Targets[0]) && e.isOf(c) && (e.field == "*" || field != "" && matches(e.field, field)) {
			e.silenced++
			return true
		}
	}
	return false
}

func (e *ignoreEntry) isOf(c *Change) bool {
	return e.object == "*" || globMatches(e.object, c.Kind+"/"+strings.ReplaceAll(c.Name, "/", "_")) || globMatches(e.object, c.Kind+"/"+c.Name)
}

// result says what became of the entries.
func (ig *Ignore) result() []Ignored {
	if ig == nil {
		return nil
	}
	var list []Ignored
	for _, e := range ig.entries {
		i := Ignored{Entry: e.target + " " + e.object + " " + e.field, Reason: e.reason, Until: e.until, Fields: e.silenced}
		switch {
		case e.until < ig.today:
			i.Note = "expired: it silences nothing any more; remove it, or give it another day"
		case e.silenced == 0:
			i.Note = "nothing like it changed"
		}
		list = append(list, i)
	}
	return list
}
