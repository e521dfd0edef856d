package review

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
)

// walk compares two values and notes the fields that differ.
type walk struct {
	group, kind string
	secret      bool
	found       []Field
}

// compareFields gives the fields in which two objects with one identity differ.
func compareFields(old, now *object) []Field {
	w := &walk{group: now.id.Group, kind: now.id.Kind, secret: now.id.Kind == "Secret"}
	w.mapping("", old.fields, now.fields)
	return w.found
}

// maxFields bounds what is told of one object.
const maxFields = 500

// note adds a field that differs.
func (w *walk) note(at diag.Path, old, now any, note string) {
	if len(w.found) == maxFields {
		w.found[maxFields-1].Note = "and more fields, which are not listed"
	}
	if len(w.found) >= maxFields {
		return
	}
	f := Field{Path: string(at), Note: note}
	if w.secret && !strings.HasPrefix(string(at), "metadata.name") && at != "type" && at != "kind" && at != "apiVersion" {
		f.Hidden = true
	} else {
		f.Old, f.Note = inJSON(old, f.Note, "was")
		f.New, f.Note = inJSON(now, f.Note, "is")
	}
	w.found = append(w.found, f)
}

// maxHeld is how long a value may be, in bytes of JSON, that a report holds.
const maxHeld = 2048

// tooLong ends the note of a value that is not held.
const tooLong = "too long to show"

// absent stands for a value that a side does not have.
type absent struct{}

// inJSON gives a value as JSON; of one that is too long its length, in the note.
func inJSON(value any, note, verb string) (json.RawMessage, string) {
	if _, ok := value.(absent); ok {
		return nil, note
	}
	text, err := json.Marshal(value)
	if err != nil || len(text) > maxHeld {
		if note != "" {
			note += "; "
		}
		return nil, note + fmt.Sprintf("it %s %d bytes long, %s", verb, len(text), tooLong)
	}
	return text, note
}

func (w *walk) value(at diag.Path, old, now any) {
	switch o := old.(type) {
	case map[string]any:
		if n, ok := now.(map[string]any); ok {
			w.mapping(at, o, n)
			return
		}
	case []any:
		if n, ok := now.([]any); ok {
			w.list(at, o, n)
			return
		}
	case string:
		if n, ok := now.(string); ok && w.embedded(at, o, n) {
			return
		}
	}
	if !w.same(at, old, now) {
		w.note(at, old, now, "")
	}
}

func (w *walk) mapping(at diag.Path, old, now map[string]any) {
	if kind, _ := now["kind"].(string); kind == "Secret" && !w.secret {
		w.secret = true
		defer func() { w.secret = false }()
	}
	names := slices.Collect(maps.Keys(old))
	for name := range now {
		if _, both := old[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		o, inOld := old[name]
		n, inNew := now[name]
		switch {
		case !inOld:
			w.only(at.Key(name), absent{}, n)
		case !inNew:
			w.only(at.Key(name), o, absent{})
		default:
			w.value(at.Key(name), o, n)
		}
	}
}

// only notes a value that one side has. Nothing, an empty list and an empty mapping mean the same to the API server almost everywhere; they
// are told apart where the field is there, since emptyDir: {} is a choice.
func (w *walk) only(at diag.Path, old, now any) { w.note(at, old, now, "") }

// embedded compares strings that hold JSON, such as LocalityLBConf, by what they hold.
func (w *walk) embedded(at diag.Path, old, now string) bool {
	o, okOld := jsonIn(old)
	n, okNew := jsonIn(now)
	if old == now || !okOld || !okNew {
		return false
	}
	w.value(at, o, n)
	return true
}

// maxEmbedded bounds a string that is looked into, in bytes.
const maxEmbedded = 1 << 20

func jsonIn(text string) (any, bool) {
	if len(text) > maxEmbedded || !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		return nil, false
	}
	var v any
	return v, json.Unmarshal([]byte(text), &v) == nil
}
