package review_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/flow"
	"github.com/meshtopo/meshtopo/review"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	renderer "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

// asShown gives Markdown as a browser gets it from a host: with tables, links out of bare addresses, footnotes, and HTML let through.
func asShown(t fataler, text string) *html.Node {
	t.Helper()
	md := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList), goldmark.WithRendererOptions(renderer.WithUnsafe()))
	var b strings.Builder
	if err := md.Convert([]byte(text), &b); err != nil {
		t.Fatal(err)
	}
	return parsed(t, b.String())
}

func parsed(t fataler, page string) *html.Node {
	t.Helper()
	node, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return node
}

// parentsOf says where each element of the Markdown may stand.
var parentsOf = map[string][]string{
	"html": {""}, "head": {"html"}, "body": {"html"}, "p": {"body", "details"}, "h3": {"body"}, "ul": {"body"}, "li": {"ul"}, "table": {"body"}, "thead": {"table"}, "tbody": {"table"},
	"tr": {"thead", "tbody"}, "th": {"tr"}, "td": {"tr"}, "details": {"body"}, "summary": {"details"}, "pre": {"details"},
	"strong": {"p", "li"}, "br": {"p", "li"}, "code": {"p", "li", "td", "pre", "summary", "strong"},
}

// mention is what a host makes a link, a mention or a picture of, in text that is not code.
var mention = regexp.MustCompile(`[@#~$^][A-Za-z0-9]|://|(?i:\bwww\.|\bgh-[0-9])|:[A-Za-z0-9_+-]+:`)

// checkMarkdown: what is shown has the elements that we write and no others, each in its place and closed, and no text is a reference.
func checkMarkdown(t fataler, text string) {
	t.Helper()
	checkText(t, text)
	open := 0
	for node := range asShown(t, text).Descendants() {
		parent := node.Parent.Data
		switch node.Type {
		case html.ElementNode:
			if !slices.Contains(parentsOf[node.Data], parent) {
				t.Fatal("element", node.Data, "in", parent, "of", text)
			}
			if node.Data == "details" {
				open++
			}
			for _, a := range node.Attr {
				if a.Key != "class" || a.Val != "language-diff" {
					t.Fatal("attribute", a, "in", text)
				}
			}
		case html.TextNode:
			if parent != "code" && mention.MatchString(node.Data) {
				t.Fatal("reference", node.Data, "in", text)
			}
		case html.CommentNode:
			t.Fatal("comment", node.Data, "in", text)
		}
	}
	checkTables(t, text)
	if n := strings.Count(text, "\n<details><summary>"); n != open {
		t.Fatal(n, "details are written,", open, "are shown:", text)
	}
}

// checkTables: every row has as many cells as the head of its table.
func checkTables(t fataler, text string) {
	t.Helper()
	bars := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "|") {
			bars = 0
			continue
		}
		if bars == 0 {
			bars = strings.Count(line, "|")
		}
		if strings.Count(line, "|") != bars || !strings.HasSuffix(line, "|\n") {
			t.Fatal("a row is not like its head:", line)
		}
	}
}

func TestMarkdownIsHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawReport(t)
		limit := rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 8000)).Draw(t, "limit")
		text := printed(t, asMarkdown(review.MarkdownOptions{Limit: limit}), r)
		if limit > 0 && len(text) > limit {
			t.Fatal(len(text), "bytes, more than", limit)
		}
		checkMarkdown(t, text)
	})
}

func FuzzMarkdown(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, 0)
		f.Add(s, 3000)
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		checkMarkdown(t, printed(t, asMarkdown(review.MarkdownOptions{Limit: limit}), filled(s)))
		note := flow.Visible(s)
		if len(note) > 500 {
			return
		}
		// What is read is what was written.
		want := strings.Join(strings.Fields(note), " ")
		shown := asShown(t, printed(t, asMarkdown(review.MarkdownOptions{}), &review.Report{Notes: []string{s}}))
		got := ""
		for node := range shown.Descendants() {
			if node.Type == html.ElementNode && node.Data == "li" {
				got = textOf(node)
			}
		}
		if got != want {
			t.Fatalf("%q is shown as %q", want, got)
		}
	})
}

// textOf is all text in an element.
func textOf(node *html.Node) string {
	var b strings.Builder
	for n := range node.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// many is a report of so many changes of each kind.
func many(n int) *review.Report {
	r := &review.Report{}
	for i := range n {
		name := fmt.Sprint("shop-", i)
		r.Traffic = append(r.Traffic, review.FlowChange{Lost: []string{"region/cn-" + fmt.Sprint(i%7)}, Service: name, From: "cn-1", Change: fmt.Sprint("was 100 % cn-1, now 100 % cn-", i), Says: fmt.Sprint(name, " in cn-1: was 100 % cn-1, now 100 % cn-", i), Risk: review.Traffic})
		r.Objects = append(r.Objects, review.Change{Targets: []string{"clusters/c"}, Kind: "VirtualService", Namespace: "default", Name: name, Change: review.Changed, Risk: review.Traffic, Why: "requests go elsewhere",
			Fields: []review.Field{{Path: "spec.http[0].route[subset=v1].weight", Old: []byte("90"), New: []byte("70")}}})
		r.Notes = append(r.Notes, "a note on "+name)
	}
	r.Judge()
	return r
}

var leftOut = regexp.MustCompile(`… and ([0-9,]+) more ([a-z ]+) left out`)

// Of 3,000 changes what fits is shown, from every part something, and what is not shown is counted.
func TestMarkdownOfManyChanges(t *testing.T) {
	r := many(3000)
	for _, limit := range []int{0, 1 << 20, 20_000} {
		text := printed(t, asMarkdown(review.MarkdownOptions{Limit: limit, Marker: "shop"}), r)
		most := limit
		if limit == 0 {
			most = review.DefaultLimit
		}
		if len(text) > most || len(text) < most*8/10 && limit < 1<<20 {
			t.Errorf("limit %d: %d bytes", most, len(text))
		}
		checkMarkdown(t, strings.TrimPrefix(text, "<!-- meshtopo:shop -->\n"))
		shown := map[string]int{"flows": strings.Count(text, "- **traffic**: shop-"), "objects": strings.Count(text, "| traffic | `Virt"), "field lists": strings.Count(text, "\n<details>"), "notes": strings.Count(text, "- a note on")}
		for _, m := range leftOut.FindAllStringSubmatch(text, -1) {
			var n int
			fmt.Sscan(strings.ReplaceAll(m[1], ",", ""), &n)
			if shown[m[2]] == 0 {
				t.Errorf("limit %d: no %s is shown", most, m[2])
			}
			shown[m[2]] += n
		}
		for what, n := range shown {
			if n != 3000 {
				t.Errorf("limit %d: %d %s are shown or counted", most, n, what)
			}
		}
	}
}

// Flows that are told together count as what they are.
func TestFlowsToldTogether(t *testing.T) {
	r := &review.Report{}
	for i := range 120 {
		f := review.FlowChange{Lost: []string{fmt.Sprint("region/r", i%60)}, Service: fmt.Sprint("s", i/60), From: "a", Change: "was 100 % a, now 100 % b", Risk: review.Traffic}
		f.Says = f.Service + " in a: " + f.Change
		r.Traffic = append(r.Traffic, f)
	}
	r.Judge()
	text := printed(t, asText(review.TextOptions{}), r)
	if !strings.Contains(text, "  if r0 is lost\n    traffic: s0 and s1 in a: was 100 % a, now 100 % b\n") || !strings.Contains(text, "... and 20 more flows;") {
		t.Error(text)
	}
	markdown := printed(t, asMarkdown(review.MarkdownOptions{Limit: 2500}), r)
	shown := strings.Count(markdown, "s0 and s1 in a")
	if want := fmt.Sprintf("… and %d more flows left out", 120-2*shown); shown == 0 || !strings.Contains(markdown, want) {
		t.Errorf("%d pairs are shown, and not %q:\n%s", shown, want, markdown)
	}
}

func TestMarkdownMarker(t *testing.T) {
	text := printed(t, asMarkdown(review.MarkdownOptions{Marker: "shop-1"}), &review.Report{Verdict: "no difference"})
	if !strings.HasPrefix(text, "<!-- meshtopo:shop-1 -->\n**no difference**\n") {
		t.Errorf("%q", text)
	}
	for _, name := range []string{"-->", "a b", "a\n", "ä"} {
		if err := review.Markdown(&strings.Builder{}, &review.Report{}, review.MarkdownOptions{Marker: name}); err == nil {
			t.Errorf("marker %q: no error", name)
		}
	}
}
