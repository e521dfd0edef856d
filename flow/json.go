package flow

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
)

// JSON prints a pointer to a struct of exported fields for programs, such as a *Report, *Sweep or *Explained: two spaces of indentation,
// fields in the order of the types, lists and maps never null, and numbers without the noise of arithmetic (nine decimals and nine
// digits at most). The format of those here is described in docs/simulate.md and only ever grows.
func JSON(w io.Writer, v any) error {
	return encode(w, "", v)
}

// encode prints a value with every line but the first behind a prefix.
func encode(w io.Writer, prefix string, v any) error {
	return encoder(w, prefix).Encode(tidied(v))
}

func encoder(w io.Writer, prefix string) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetIndent(prefix, "  ")
	e.SetEscapeHTML(false)
	return e
}

func tidied(v any) any { return tidy(reflect.ValueOf(v)).Interface() }

// tidy copies a value. In the copy lists and maps that are nil are empty, and numbers are rounded: for all output, here and nowhere else.
func tidy(v reflect.Value) reflect.Value {
	t := v.Type()
	switch t.Kind() {
	case reflect.Float64:
		return reflect.ValueOf(Round(v.Float()))
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		p := reflect.New(t.Elem())
		p.Elem().Set(tidy(v.Elem()))
		return p
	case reflect.Map:
		m := reflect.MakeMapWithSize(t, v.Len())
		for _, key := range v.MapKeys() {
			m.SetMapIndex(key, tidy(v.MapIndex(key)))
		}
		return m
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 { // JSON as it is
			return v
		}
		s := reflect.MakeSlice(t, v.Len(), v.Len())
		for i := range v.Len() {
			s.Index(i).Set(tidy(v.Index(i)))
		}
		return s
	case reflect.Struct:
		s := reflect.New(t).Elem()
		for i := range t.NumField() {
			s.Field(i).Set(tidy(v.Field(i)))
		}
		return s
	}
	return v
}

// SweepJSON prints a Sweep report by report, so that those of a fleet need not be in memory at once. What it has written after Close is
// what JSON prints of the whole.
type SweepJSON struct {
	w       io.Writer
	n       int           // reports so far
	buffer  bytes.Buffer  // of the report that is being written
	reports *json.Encoder // into the buffer; it keeps its own memory from one report to the next
	err     error
}

// NewSweepJSON begins to print a sweep. Errors of w come with the next Add or with Close.
func NewSweepJSON(w io.Writer, topology string, depth int, allUp Harm) *SweepJSON {
	s := &SweepJSON{w: w}
	s.reports = encoder(&s.buffer, "    ")
	s.text("{\n  \"topology\": ")
	s.value("  ", topology)
	s.text(",\n  \"depth\": ")
	s.value("  ", depth)
	s.text(",\n  \"allUp\": ")
	s.value("  ", allUp)
	s.text(",\n  \"scenarios\": [")
	return s
}

// Add prints the next report.
func (s *SweepJSON) Add(r *Report) error {
	if s.n > 0 {
		s.text(",")
	}
	s.n++
	s.text("\n    ")
	if s.err != nil {
		return s.err
	}
	s.buffer.Reset()
	if s.err = s.reports.Encode(tidied(r)); s.err == nil {
		_, s.err = s.w.Write(bytes.TrimSuffix(s.buffer.Bytes(), []byte("\n")))
	}
	return s.err
}

// Close prints the harms and ends the sweep. It does not close the writer.
func (s *SweepJSON) Close(harms []Harm) error {
	if s.n > 0 {
		s.text("\n  ")
	}
	s.text("],\n  \"harms\": ")
	s.value("  ", harms)
	s.text("\n}\n")
	return s.err
}

func (s *SweepJSON) text(t string) {
	if s.err == nil {
		_, s.err = io.WriteString(s.w, t)
	}
}

func (s *SweepJSON) value(prefix string, v any) {
	var b bytes.Buffer
	if s.err == nil {
		s.err = encode(&b, prefix, v)
	}
	s.text(strings.TrimSuffix(b.String(), "\n"))
}
