package flow_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/flow"
	"pgregory.net/rapid"
)

// anything draws values whose names are text of any kind, with what is markup or a command more often than chance would have it.
func anything[V any]() *rapid.Generator[V] {
	name := rapid.OneOf(rapid.String(), rapid.StringMatching("[|\\\\`\n\r\t #:*<>\x1b\u202e\u00a0a-c]{0,12}"), rapid.SampledFrom([]string{"::error::x", "##[group]x", "web"}))
	number := rapid.OneOf(rapid.Float64Range(0, 2), rapid.SampledFrom([]float64{0, 1, 0.1 + 0.2, 1e6 / 3}))
	return rapid.MakeCustom[V](rapid.MakeConfig{Kinds: map[reflect.Kind]*rapid.Generator[any]{
		reflect.String: name.AsAny(), reflect.Float64: number.AsAny(),
	}})
}

// drawPrinters draws a result of any kind and gives its printers.
func drawPrinters(t *rapid.T) map[string]printer {
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		r := anything[flow.Report]().Draw(t, "report")
		return formats(&r, flow.Text, flow.Markdown)
	case 1:
		s := flow.Sweep{Depth: 1, Harms: rapid.SliceOf(anything[flow.Harm]()).Draw(t, "harms")}
		return formats(&s, flow.SweepText, flow.SweepMarkdown)
	default:
		e := anything[flow.Explained]().Draw(t, "explained")
		return formats(&e, flow.ExplainText, flow.ExplainMarkdown)
	}
}

// Whatever the names are, no output acts on a terminal or on a CI system.
func TestNamesAreHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for format, p := range drawPrinters(t) {
			if format == "color" || format == "json" {
				continue
			}
			for line := range strings.Lines(printed(t, p)) {
				line = strings.TrimSuffix(line, "\n")
				if i := strings.IndexFunc(line, func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) }); i >= 0 {
					t.Fatalf("%s: %q at %d", format, line, i)
				}
				if start := strings.TrimLeft(line, " "); strings.HasPrefix(start, "::") || strings.HasPrefix(start, "##[") {
					t.Fatalf("%s: a command: %q", format, line)
				}
			}
		}
	})
}

// bar is what ends a cell: a | that no backslash escapes.
var bar = regexp.MustCompile(`(?:^|[^\\])(?:\\\\)*\|`)

// Whatever the names are, every row of a Markdown table has as many cells as its header, and no text is HTML or code.
func TestMarkdownTablesKeepTheirColumns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := 0
		for line := range strings.Lines(printed(t, drawPrinters(t)["markdown"])) {
			if strings.ContainsAny(line, "<>") {
				t.Fatalf("HTML or a quotation: %q", line)
			}
			if !strings.HasPrefix(line, "|") {
				columns = 0
				continue
			}
			bars := len(bar.FindAllString(strings.ReplaceAll(line, "||", "| |"), -1))
			if columns == 0 {
				columns = bars
			}
			if bars != columns || !strings.HasSuffix(line, "|\n") {
				t.Fatalf("%d bars, the header has %d: %q", bars, columns, line)
			}
		}
	})
}

// Color changes nothing but color.
func TestColorIsOnlyColor(t *testing.T) {
	paint := strings.NewReplacer("\x1b[31m", "", "\x1b[0m", "")
	rapid.Check(t, func(t *rapid.T) {
		p := drawPrinters(t)
		if diff := cmp.Diff(printed(t, p["text"]), paint.Replace(printed(t, p["color"]))); diff != "" {
			t.Fatalf("%s", diff)
		}
	})
}

// A sweep that is written report by report has the bytes of one that is written at once.
func TestSweepJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anything[flow.Sweep]().Draw(t, "sweep")
		var b bytes.Buffer
		w := flow.NewSweepJSON(&b, s.Topology, s.Depth, s.AllUp)
		for i, r := range s.Scenarios {
			if r == nil {
				s.Scenarios[i], r = &flow.Report{}, &flow.Report{}
			}
			if err := w.Add(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(s.Harms); err != nil {
			t.Fatal(err)
		}
		want := printed(t, func(w writer) error { return flow.JSON(w, &s) })
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Fatalf("-at once +report by report:\n%s", diff)
		}
	})
}

// In JSON no list is null and no number is noise, and what is read back is what was written.
func TestJSONIsTidy(t *testing.T) {
	noise := regexp.MustCompile(`\d(0{7}|9{7})\d`)
	rapid.Check(t, func(t *rapid.T) {
		r := anything[flow.Report]().Draw(t, "report")
		text := printed(t, func(w writer) error { return flow.JSON(w, &r) })
		if strings.Contains(text, ": null") {
			t.Fatalf("null in:\n%s", text)
		}
		var back flow.Report
		if err := json.Unmarshal([]byte(text), &back); err != nil {
			t.Fatal(err)
		}
		if again := printed(t, func(w writer) error { return flow.JSON(w, &back) }); again != text {
			t.Fatalf("%s", cmp.Diff(text, again))
		}
	})
	r := flow.Report{Hops: []flow.Hop{{Share: 0.1 + 0.2, Errors: 1 - 0.9, RPS: 1e6 * (0.1 + 0.7)}}, Totals: flow.Totals{DroppedShare: 1 - 0.7 - 0.3}}
	if text := printed(t, func(w writer) error { return flow.JSON(w, &r) }); noise.MatchString(text) || strings.Contains(text, "e-") {
		t.Errorf("noise in:\n%s", text)
	}
}

// A writer that fails ends a sweep with its error.
func TestSweepJSONWriterFails(t *testing.T) {
	w := flow.NewSweepJSON(full{}, "t", 1, flow.Harm{})
	if err := w.Add(&flow.Report{}); err == nil {
		t.Error("Add: no error")
	}
	if err := w.Close(nil); err == nil {
		t.Error("Close: no error")
	}
}
