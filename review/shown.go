package review

import (
	"encoding/json"
	"strconv"
	"strings"
)

// maxShown bounds the JSON of a value in a report, in bytes.
const maxShown = 2 << 10

// field gives the form that a Report has.
func (f *fieldDifference) field() Field {
	out := Field{Path: f.path, Note: f.note, Hidden: f.hidden}
	if f.hidden {
		out.note(map[[2]bool]string{{true, false}: "removed", {false, true}: "added", {true, true}: "changed"}[f.has])
		return out
	}
	var sizes [2]int
	long := false
	for i, v := range [2]any{f.old, f.new} {
		sizes[i] = jsonSize(v)
		long = long || f.has[i] && sizes[i] > maxShown
	}
	if long {
		out.note(longNote(f, sizes))
	}
	if f.has[0] && sizes[0] <= maxShown {
		out.Old = encodeJSON(f.old)
	}
	if f.has[1] && sizes[1] <= maxShown {
		out.New = encodeJSON(f.new)
	}
	return out
}

func (f *Field) note(text string) {
	if f.Note != "" {
		text = f.Note + "; " + text
	}
	f.Note = text
}

// tooLong ends the note of a field with a value that is not held.
const tooLong = "too long to show"

// longNote says how long values are that are not shown, and where two texts begin to differ.
func longNote(f *fieldDifference, sizes [2]int) string {
	switch f.has {
	case [2]bool{false, true}:
		return "added, " + bytesOf(sizes[1]) + ", " + tooLong
	case [2]bool{true, false}:
		return "removed, " + bytesOf(sizes[0]) + ", " + tooLong
	}
	note := "was " + bytesOf(sizes[0]) + ", is " + bytesOf(sizes[1])
	old, isText := f.old.(string)
	new, alsoText := f.new.(string)
	if isText && alsoText {
		same := commonPrefix(old, new)
		note += ", differs from line " + strconv.Itoa(1+strings.Count(old[:same], "\n"))
	}
	return note + ", " + tooLong
}

func commonPrefix(a, b string) int {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return i
}

func bytesOf(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits + " bytes"
}

// jsonSize is about how many bytes of JSON a value takes. It is counted, not written: aliases can make it huge.
func jsonSize(v any) int {
	switch v := v.(type) {
	case map[string]any:
		n := 2
		for key, inner := range v {
			n += len(key) + 4 + jsonSize(inner)
		}
		return n
	case []any:
		n := 2
		for _, inner := range v {
			n += 1 + jsonSize(inner)
		}
		return n
	case string:
		return len(v) + 2
	case json.Number:
		return len(v)
	}
	return 5
}

// encodeJSON gives the same bytes for the same value.
func encodeJSON(v any) json.RawMessage {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(err) // parse gives nothing that JSON cannot hold
	}
	return json.RawMessage(strings.TrimSuffix(b.String(), "\n"))
}
