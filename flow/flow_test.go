package flow_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/flow"
	"github.com/rogpeppe/go-internal/txtar"
)

// Each archive holds a result, report.json, sweep.json or explained.json, and what is printed of it in the formats it names.
// <ESC> stands for that character. UPDATE=1 rewrites them.
func TestPrinters(t *testing.T) {
	archives, _ := filepath.Glob("testdata/*.txtar")
	if len(archives) == 0 {
		t.Fatal("no archives in testdata")
	}
	for _, name := range archives {
		t.Run(filepath.Base(name), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			print := printersOf(t, a.Files[0])
			for i := range a.Files[1:] {
				hold(t, &a.Files[i+1], print)
			}
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func hold(t *testing.T, f *txtar.File, print map[string]printer) {
	t.Helper()
	p := print[f.Name]
	if p == nil {
		t.Fatalf("there is no format %q", f.Name)
	}
	got := strings.ReplaceAll(printed(t, p), "\x1b", "<ESC>")
	if diff := cmp.Diff(string(f.Data), got); diff != "" && os.Getenv("UPDATE") == "" {
		t.Errorf("%s (-want +got); if it is right: UPDATE=1 go test ./flow\n%s", f.Name, diff)
	}
	f.Data = []byte(got)
}

type printer func(io.Writer) error

func printed(t fataler, p printer) string {
	var b bytes.Buffer
	if err := p(&b); err != nil {
		t.Fatalf("%v", err)
	}
	return b.String()
}

type fataler interface{ Fatalf(string, ...any) }

// formats are the printers of one result by the names that archives have for them.
func formats[T any](v T, text func(io.Writer, T, flow.TextOptions) error, markdown func(io.Writer, T) error) map[string]printer {
	asText := func(o flow.TextOptions) printer { return func(w io.Writer) error { return text(w, v, o) } }
	return map[string]printer{
		"text":     asText(flow.TextOptions{}),
		"narrow":   asText(flow.TextOptions{Width: 72}),
		"color":    asText(flow.TextOptions{Color: true}),
		"markdown": func(w io.Writer) error { return markdown(w, v) },
		"json":     func(w io.Writer) error { return flow.JSON(w, v) },
	}
}

func printersOf(t *testing.T, f txtar.File) map[string]printer {
	t.Helper()
	read := func(v any) {
		d := json.NewDecoder(bytes.NewReader(f.Data))
		d.DisallowUnknownFields()
		if err := d.Decode(v); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
	}
	switch f.Name {
	case "report.json":
		r := &flow.Report{}
		read(r)
		return formats(r, flow.Text, flow.Markdown)
	case "sweep.json":
		s := &flow.Sweep{}
		read(s)
		return formats(s, flow.SweepText, flow.SweepMarkdown)
	case "explained.json":
		e := &flow.Explained{}
		read(e)
		return formats(e, flow.ExplainText, flow.ExplainMarkdown)
	}
	t.Fatalf("the first file is %q", f.Name)
	return nil
}

// Long tables are cut, and say so.
func TestLongTables(t *testing.T) {
	r := &flow.Report{Declared: true}
	s := &flow.Sweep{Depth: 1}
	e := &flow.Explained{}
	for i := range 530 {
		name := fmt.Sprint("s", i)
		server := flow.Server{Service: name, Region: "r", Cluster: "c", Version: "v1"}
		r.Hops = append(r.Hops, flow.Hop{From: flow.Client{Service: "a", Region: "r"}, To: server, Share: 1})
		r.EndToEnd = append(r.EndToEnd, flow.Served{Service: name, Region: "r", Version: "v1", Share: 1})
		r.Dropped = append(r.Dropped, flow.Drop{Service: name, Share: float64(i) / 530})
		r.Utilization = append(r.Utilization, flow.Utilization{Server: server, Capacity: 1, Utilization: float64(i)})
		r.Drains = append(r.Drains, flow.Drain{Service: name})
		r.Notes = append(r.Notes, name)
		s.Harms = append(s.Harms, flow.Harm{Lost: []string{name}})
		e.Explanations = append(e.Explanations, flow.Explanation{Service: name})
	}
	for _, c := range []struct {
		print  map[string]printer
		notice string
		times  int
	}{
		{formats(r, flow.Text, flow.Markdown), "... and 480 more; ", 6},
		{formats(s, flow.SweepText, flow.SweepMarkdown), "... and 480 more; ", 1},
		{formats(e, flow.ExplainText, flow.ExplainMarkdown), "... and 510 more; ", 1},
	} {
		for _, format := range []string{"text", "narrow", "markdown"} {
			if got := printed(t, c.print[format]); strings.Count(got, c.notice) != c.times {
				t.Errorf("%s: want %d times %q in:\n%s", format, c.times, c.notice, got)
			}
		}
	}
	text := printed(t, formats(r, flow.Text, flow.Markdown)["text"])
	if !strings.Contains(text, "52900 %") || !strings.Contains(text, "99.8 %") {
		t.Errorf("the worst is cut away:\n%s", text)
	}
}

type writer = io.Writer

// full takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
