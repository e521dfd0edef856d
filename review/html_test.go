package review_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/review"
	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

// What the page is made of.
var (
	pageElements = strings.Fields(`html head meta title style body header main footer section p h1 h2 h3 span b dl dt dd div ul ol li fieldset legend label input figure figcaption svg defs marker g path rect text
		code pre del ins details summary article script`)
	pageAttributes = strings.Fields(`lang charset http-equiv content name class id aria-label aria-labelledby aria-live aria-hidden role hidden tabindex type value checked data-says data-place data-losses open
		width height viewBox preserveAspectRatio x y rx d fill stroke stroke-width stroke-dasharray stroke-linejoin font-family font-size font-weight text-anchor marker-end markerWidth markerHeight orient refX refY`)
)

// checkPage: the page has the elements and attributes that we write and no others, one script and one style, which are ours, and shows the verdict.
func checkPage(t fataler, page string, r *review.Report) {
	t.Helper()
	own := map[string]string{"script": "page/script.js", "style": "page/style.css"}
	for node := range parsed(t, page).Descendants() {
		switch node.Type {
		case html.ElementNode:
			if !slices.Contains(pageElements, node.Data) {
				t.Fatal("element", node.Data)
			}
			for _, a := range node.Attr {
				if !slices.Contains(pageAttributes, a.Key) {
					t.Fatal("attribute", a, "of", node.Data)
				}
			}
			if file := own[node.Data]; file != "" {
				want, err := os.ReadFile(file)
				if err != nil || node.FirstChild == nil || node.FirstChild.Data != string(want) {
					t.Fatal(node.Data, "is not", file, err)
				}
				delete(own, node.Data)
			} else if node.Data == "script" || node.Data == "style" {
				t.Fatal("another", node.Data)
			}
			if node.Data == "title" && node.Parent.Data == "head" && textOf(node) != strings.TrimSpace(r.Verdict) {
				t.Fatal("the title is not the verdict:", textOf(node))
			}
		case html.CommentNode:
			t.Fatal("comment", node.Data)
		}
	}
}

func TestPageIsHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawReport(t)
		page := printed(t, review.HTML, r)
		checkPage(t, page, r)
		visibleOnly(t, page)
	})
}

// visibleOnly: no text of the page is invisible or turns around what follows it.
func visibleOnly(t fataler, page string) {
	t.Helper()
	page = strings.ReplaceAll(page, "\n", " ")
	checkText(t, "x"+page)
}

func FuzzPage(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := filled(s)
		page := printed(t, review.HTML, r)
		checkPage(t, page, r)
		visibleOnly(t, page)
	})
}

func TestPageOfManyChanges(t *testing.T) {
	page := printed(t, review.HTML, many(3000))
	for _, notice := range []string{"… and 2,600 more flows;", "… and 2,600 more objects;", "If cn-0 is lost, 429 flows change: 429 traffic."} {
		if !strings.Contains(page, notice) {
			t.Errorf("the page does not say %q", notice)
		}
	}
	if len(page) > 2<<20 {
		t.Errorf("%d bytes", len(page))
	}
}

// A picture that could act on the page is refused.
func TestPictures(t *testing.T) {
	for _, svg := range []string{
		`<svg><script>x</script></svg>`, `<svg><a href="x"/></svg>`, `<svg onload="x"/>`, `<svg><path fill="url(https://e.example)"/></svg>`, `<svg><path marker-end="https://e.example"/></svg>`,
		`<svg xmlns:xlink="x" xlink:href="y"/>`, `<svg style="x"/>`, `<svg>`, `<svg><foreignObject/></svg>`, `<svg><image/></svg>`,
	} {
		if err := review.HTML(&strings.Builder{}, &review.Report{Before: &review.Picture{SVG: svg}}); err == nil {
			t.Errorf("%s: no error", svg)
		}
	}
	page := printed(t, review.HTML, readReport(t, reportsDir+"/cluster-added.json"))
	for _, want := range []string{`id="before-arrow"`, `url(#before-arrow)`, `id="after-arrow"`, `url(#after-arrow)`, `data-place="region/cn-hangzhou"`, "<figcaption>Before</figcaption>", "<figcaption>After</figcaption>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}
