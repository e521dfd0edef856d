package manifest

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"unicode/utf8"
)

// CompareFiles tells how two versions of a file differ: have is what is there, want what should be. Files of YAML or
// JSON are compared value by value, others (and those that do not decode, or differ only in spelling) by their first differing
// line. Only the fields from Object on are set, beside File; equal bytes give nil.
func CompareFiles(name string, have, want []byte) []Difference {
	if bytes.Equal(have, want) {
		return nil
	}
	switch path.Ext(name) {
	case ".yaml", ".yml", ".json":
	default:
		return []Difference{lineDifference(name, have, want, false)}
	}
	haveDocs, haveErr := Decode(have)
	wantDocs, wantErr := Decode(want)
	if haveErr != nil || wantErr != nil {
		secret := bytes.Contains(have, []byte("Secret")) || bytes.Contains(want, []byte("Secret"))
		d := lineDifference(name, have, want, secret)
		if haveErr != nil && !secret { // the error may quote a value
			d.Note = "on disk: " + haveErr.Error()
		}
		return []Difference{d}
	}
	var w differ
	w.documents(haveDocs, wantDocs)
	if len(w.found) == 0 {
		d := lineDifference(name, have, want, holdsSecret(haveDocs) || holdsSecret(wantDocs))
		d.Note = "same values, different spelling or order"
		w.found = append(w.found, d)
	}
	for i := range w.found {
		w.found[i].File = name
	}
	return w.found
}

// lineDifference names the first line that differs, from 1.
func lineDifference(name string, have, want []byte, secret bool) Difference {
	number := 1
	for {
		haveLine, haveRest, haveMore := bytes.Cut(have, []byte("\n"))
		wantLine, wantRest, wantMore := bytes.Cut(want, []byte("\n"))
		if !bytes.Equal(haveLine, wantLine) || haveMore != wantMore {
			d := Difference{File: name, Field: "line " + strconv.Itoa(number), Kind: Changed}
			if !secret {
				haveLine, wantLine = fromDifference(haveLine, wantLine)
				d.Have, d.Want = displayLine(haveLine, have, haveMore), displayLine(wantLine, want, wantMore)
			}
			return d
		}
		have, want = haveRest, wantRest
		number++
	}
}

// fromDifference leaves out what long lines begin with in common, so that the difference shows.
func fromDifference(have, want []byte) ([]byte, []byte) {
	const shown = 20 // bytes before the difference
	same := 0
	for same < min(len(have), len(want)) && have[same] == want[same] {
		same++
	}
	cut := same - shown
	for cut > 0 && !utf8.RuneStart(have[cut]) {
		cut--
	}
	if cut <= shown {
		return have, want
	}
	return slices.Concat([]byte("..."), have[cut:]), slices.Concat([]byte("..."), want[cut:])
}

func displayLine(line, rest []byte, ended bool) string {
	if len(rest) == 0 {
		return "the end of the file"
	}
	if !ended {
		return quote(string(line)) + " and no line break"
	}
	return quote(string(line))
}

// holdsSecret tells whether a Secret is anywhere in the documents, a List included.
func holdsSecret(documents []map[string]any) bool {
	for _, document := range documents {
		if valueHoldsSecret(document) {
			return true
		}
	}
	return false
}

func valueHoldsSecret(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		if isSecret(v) {
			return true
		}
		for _, item := range v {
			if valueHoldsSecret(item) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, valueHoldsSecret)
	}
	return false
}

func isSecret(fields map[string]any) bool {
	kind, _ := fields["kind"].(string)
	return kind == "Secret"
}

// differ walks two sides at once.
type differ struct {
	object string
	path   []step
	secret int // how many Secrets the walk is in
	found  []Difference
}

func (w *differ) add(kind, have, want string) {
	d := Difference{Object: w.object, Field: joinPath(w.path), Kind: kind}
	if w.secret == 0 {
		d.Have, d.Want = have, want
	}
	w.found = append(w.found, d)
}

// documentKey matches the documents of two files: by identity, and by number for those without one or with the same one.
type documentKey struct {
	id    ID
	count int
}

// keyed is the documents of one file by key, with their keys in the order of the file.
type keyed struct {
	keys   []documentKey
	fields map[documentKey]map[string]any
}

func keyDocuments(documents []map[string]any) keyed {
	k := keyed{fields: make(map[documentKey]map[string]any, len(documents))}
	counts := make(map[ID]int)
	for _, fields := range documents {
		id, err := Object{Fields: fields}.ID()
		if err != nil {
			id = ID{}
		}
		key := documentKey{id.Key(), counts[id.Key()]}
		counts[id.Key()]++
		k.keys = append(k.keys, key)
		k.fields[key] = fields
	}
	return k
}

func (w *differ) documents(have, want []map[string]any) {
	h, n := keyDocuments(have), keyDocuments(want)
	several := len(have) > 1 || len(want) > 1
	for _, key := range n.keys {
		w.object = key.name(several)
		if old, found := h.fields[key]; found {
			w.value(old, n.fields[key])
		} else {
			w.add(Added, "", "")
		}
	}
	for _, key := range h.keys {
		if _, found := n.fields[key]; !found {
			w.object = key.name(several)
			w.add(Removed, "", "")
		}
	}
}

func (k documentKey) name(several bool) string {
	switch {
	case k.id != ID{} && k.count > 0:
		return fmt.Sprintf("%s (number %d)", k.id, k.count+1)
	case k.id != ID{}:
		return k.id.String()
	case several:
		return fmt.Sprintf("document %d without a name", k.count+1)
	}
	return ""
}

func (w *differ) value(have, want any) {
	switch h := have.(type) {
	case map[string]any:
		if n, ok := want.(map[string]any); ok {
			w.mapping(h, n)
			return
		}
	case []any:
		if n, ok := want.([]any); ok {
			w.sequence(h, n)
			return
		}
	default:
		if equalScalars(have, want) {
			return
		}
	}
	w.hiding(valueHoldsSecret(have) || valueHoldsSecret(want), func() {
		w.add(Changed, display(have), display(want))
	})
}

// hiding runs do, in which no value is shown if secret.
func (w *differ) hiding(secret bool, do func()) {
	if secret {
		w.secret++
		defer func() { w.secret-- }()
	}
	do()
}

func (w *differ) mapping(have, want map[string]any) {
	w.hiding(isSecret(have) || isSecret(want), func() {
		keys := slices.Collect(maps.Keys(have))
		for key := range want {
			if _, found := have[key]; !found {
				keys = append(keys, key)
			}
		}
		sortKeys(keys)
		for _, key := range keys {
			old, inHave := have[key]
			now, inWant := want[key]
			w.path = append(w.path, step{key: key, isKey: true})
			switch {
			case !inHave:
				w.only(Added, now)
			case !inWant:
				w.only(Removed, old)
			default:
				w.value(old, now)
			}
			w.path = w.path[:len(w.path)-1]
		}
	})
}

// only reports a value that one side has: a mapping by its fields, other values as a whole.
func (w *differ) only(kind string, value any) {
	if fields, ok := value.(map[string]any); ok && len(fields) > 0 {
		if kind == Added {
			w.mapping(nil, fields)
		} else {
			w.mapping(fields, nil)
		}
		return
	}
	if kind == Added {
		w.add(kind, "", display(value))
	} else {
		w.add(kind, display(value), "")
	}
}

func (w *differ) sequence(have, want []any) {
	for i := range min(len(have), len(want)) {
		w.path = append(w.path, step{index: i})
		w.value(have[i], want[i])
		w.path = w.path[:len(w.path)-1]
	}
	if len(have) != len(want) {
		w.add(Changed, display(have), display(want))
	}
}

// equalScalars compares as Kubernetes would: 1 and 1.0 are the same number.
func equalScalars(have, want any) bool {
	switch want.(type) {
	case map[string]any, []any:
		return false
	}
	if have == want {
		return true
	}
	h, hok := have.(float64)
	w, wok := want.(float64)
	if hok == wok {
		return false
	}
	if hok {
		return equalNumber(want, h)
	}
	return equalNumber(have, w)
}

func equalNumber(integer any, f float64) bool {
	switch v := integer.(type) {
	case int64:
		return float64(v) == f && int64(f) == v
	case uint64:
		return float64(v) == f && uint64(f) == v
	}
	return false
}
