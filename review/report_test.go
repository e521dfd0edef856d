package review_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/review"
)

const reportsDir = "testdata/reports"

// readReport reads a report that was made by hand, and judges it.
func readReport(t testing.TB, file string) *review.Report {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := &review.Report{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(r); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if sides, ok := pictured[strings.TrimSuffix(filepath.Base(file), ".json")]; ok {
		r.Before, r.After = picture(t, sides[0]), picture(t, sides[1])
	}
	r.Judge()
	return r
}

// pictured names the examples whose drawings stand for those of a report's sides.
var pictured = map[string][2]string{"outage": {"bookinfo-hardened", "bookinfo-hardened"}, "cluster-added": {"bookinfo-failover", "bookinfo-hardened"}}

func picture(t testing.TB, example string) *review.Picture {
	t.Helper()
	svg, err := os.ReadFile("../golden/" + example + "/graph.svg")
	if err != nil {
		t.Fatal(err)
	}
	return &review.Picture{SVG: string(svg), Alt: "regions, clusters and links of " + example}
}

// eachReport runs a test for every report that was made by hand.
func eachReport(t *testing.T, test func(t *testing.T, name string, r *review.Report)) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(reportsDir, "*.json"))
	if len(files) < 10 {
		t.Fatalf("%d reports in %s", len(files), reportsDir)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) { test(t, name, readReport(t, file)) })
	}
}

type printer func(io.Writer, *review.Report) error

func asText(o review.TextOptions) printer {
	return func(w io.Writer, r *review.Report) error { return review.Text(w, r, o) }
}

func asMarkdown(o review.MarkdownOptions) printer {
	return func(w io.Writer, r *review.Report) error { return review.Markdown(w, r, o) }
}

// shortPage is the page without what all pages have alike.
func shortPage(w io.Writer, r *review.Report) error {
	var b bytes.Buffer
	if err := review.HTML(&b, r); err != nil {
		return err
	}
	text := alike.ReplaceAllString(b.String(), "<$1>...</$1>")
	_, err := io.WriteString(w, hashes.ReplaceAllString(text, "sha256-...&#39;"))
	return err
}

var (
	alike  = regexp.MustCompile(`(?s)<(style|script)>.*?</(?:style|script)>`)
	hashes = regexp.MustCompile(`sha256-[A-Za-z0-9+/=&#;]+?=&#39;`)
)

type fataler interface {
	Helper()
	Fatal(...any)
}

func printed(t fataler, p printer, r *review.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := p(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// golden holds a text against a file; UPDATE=1 writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; write it with UPDATE=1 go test ./review, and read it", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got); if it is right: UPDATE=1 go test ./review\n%s", file, diff)
	}
}

// TestReports holds what is printed of the reports in testdata/reports, each in all formats for people, against the files beside them.
func TestReports(t *testing.T) {
	eachReport(t, func(t *testing.T, name string, r *review.Report) {
		for extension, print := range map[string]printer{
			"txt":  asText(review.TextOptions{Width: 100}),
			"md":   asMarkdown(review.MarkdownOptions{}),
			"html": shortPage,
		} {
			golden(t, filepath.Join(reportsDir, name+"."+extension), printed(t, print, r))
		}
	})
}
