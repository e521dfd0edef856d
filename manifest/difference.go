package manifest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The kinds of a Difference.
const (
	Added      = "added"      // an object or field is rendered and not on disk
	Removed    = "removed"    // an object or field is on disk and not rendered
	Changed    = "changed"    // a value, a file's bytes or mode, or an index differs
	Missing    = "missing"    // a target, file or index is rendered and not on disk
	Unexpected = "unexpected" // a target or file is on disk, listed in an index, and not rendered
	Incomplete = "incomplete" // the last write of the target was interrupted
)

// Difference is one way in which a directory differs from what would be written there.
type Difference struct {
	Target string // such as clusters/ack-hangzhou
	File   string // relative to the target; empty for a whole target
	Object string // ID.String() of the object, or "document 2" for one that has no name in a file of several; else empty
	Field  string // path in the object such as spec.ports[0].name, "line 3" of the file, or "mode"; else empty
	Kind   string // one of the constants above
	Have   string // what is on disk, printable and at most 80 characters; empty when there is nothing or it is secret
	Want   string // what would be written, likewise
	Note   string // why there is no better answer, such as "same values, different spelling"; else empty
	Cause  string // Stale, Edited or EditedAndStale where the target's index tells; else empty
	From   string // the field path in the topology that makes the file, as in its index; empty for a whole target
}

// String is one line: "clusters/ack-shanghai/services/reviews.yaml: Deployment default/reviews-v2: spec.replicas: have 2, want 1".
func (d Difference) String() string {
	place := d.Target
	if d.File != "" {
		place += "/" + d.File
	}
	parts := []string{printable(place)}
	for _, part := range []string{d.Object, d.Field} {
		if part != "" {
			parts = append(parts, printable(part))
		}
	}
	verdict := d.verdict()
	if d.Note != "" {
		verdict += " (" + printable(d.Note) + ")"
	}
	return strings.Join(append(parts, verdict), ": ")
}

// Inside is String without the target and the file.
func (d Difference) Inside() string {
	d.Target, d.File = "", ""
	return strings.TrimPrefix(d.String(), ": ")
}

func (d Difference) verdict() string {
	if d.Have == "" && d.Want == "" {
		switch d.Kind {
		case Added:
			return "not on disk, would be added"
		case Removed:
			return "on disk, would be removed"
		case Incomplete:
			return "the last render was interrupted: render again"
		case Unexpected:
			return "no longer rendered, would be removed"
		}
		return d.Kind
	}
	or := func(s string) string {
		if s == "" {
			return "nothing"
		}
		return s
	}
	return "have " + or(d.Have) + ", want " + or(d.Want)
}

const maxShown = 80 // characters of a value in a difference or an error

// display makes a value fit for a line of a terminal: strings quoted, collections counted.
func display(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		return quote(v)
	case map[string]any:
		return count(len(v), "field")
	case []any:
		return count(len(v), "item")
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case bool, int, int64, uint64, json.Number:
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("a %T", value)
}

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// quote gives s in quotes, cut to maxShown characters in all.
func quote(s string) string {
	head := s
	for i, n := 0, 0; i < len(s); n++ {
		if n == maxShown {
			head = s[:i] // quoting never shortens
			break
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	quoted := strconv.Quote(head)
	if utf8.RuneCountInString(quoted) <= maxShown && head == s {
		return quoted
	}
	kept := []rune(quoted)
	kept = kept[:min(len(kept)-1, maxShown-4)]
	return string(kept) + `..."`
}

// printable gives s itself, or quoted where it would do something to a terminal.
func printable(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) || !utf8.ValidString(s) {
		return strconv.Quote(s)
	}
	return s
}
