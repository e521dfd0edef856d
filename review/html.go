package review

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed page/page.html
var pageTemplate string

//go:embed page/style.css
var pageStyle string

//go:embed page/script.js
var pageScript string

// HTML prints a report as one page that needs nothing else: no file, no host. What is on it can be read without scripts; with them a reader
// chooses a place, and sees what changes when it is lost, and the place crossed out in the pictures. Of long lists the first entries are
// shown, and how many are not. A picture that is not one of ours is an error.
func HTML(w io.Writer, r *Report) error {
	v, err := r.page()
	if err != nil {
		return err
	}
	t, err := template.New("page").Funcs(template.FuncMap{
		"visible": readable,
		"verb":    func(change string) string { return verb(change, 1) },
		"grouped": grouped,
		"more":    func(n int, what string) map[string]any { return map[string]any{"N": n, "What": what} },
	}).Parse(pageTemplate)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, v); err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

// page is what is on the page.
type page struct {
	*Report
	Policy      string // what the browser may do
	Style       template.CSS
	Script      template.JS
	Lead, Rest  string // of the verdict
	OldSays     string
	NewSays     string
	Counts      []tally
	Pictures    []figure
	Choices     []choiceGroup
	ids         map[string]int // of the losses, by their places
	Unchanged   string         // the losses that nothing is different with
	AllSays     string
	Tried       string
	Flows       []flowView
	MoreFlows   int
	Legend      []swatch
	Expects     []expectView
	MoreExpects int
	Loads       []loadView
	MoreLoads   int
	FewTargets  []TargetDelta
	MoreTargets int
	Objects     objectsView
	OfVersion   objectsView
	Ignores     []string
	MoreIgnores int
	Shown       []string // notes
	MoreNotes   int
}

// figure is a picture with its title.
type figure struct {
	Title string
	SVG   template.HTML
}

// How much is shown on a page. What is left out is counted.
const (
	pageFlows   = 400
	pageEntries = 200
	pageObjects = 400
	pageFields  = 50
	pageChoices = 30 // of one kind of places
)

func (r *Report) page() (*page, error) {
	v := &page{
		Report: r, Style: template.CSS(pageStyle), Script: template.JS(pageScript), //nolint:gosec // our own files
		OldSays: r.Old.says(), NewSays: r.New.says(), Counts: r.counts(), Tried: r.tried(),
		MoreFlows: len(r.Traffic) - pageFlows, MoreExpects: len(r.Expectations) - pageEntries, MoreLoads: len(r.Utilization) - pageEntries,
		FewTargets: r.Targets[:min(len(r.Targets), pageEntries)], MoreTargets: len(r.Targets) - pageEntries, MoreIgnores: len(r.Ignored) - pageEntries, MoreNotes: len(r.Notes) - pageEntries,
		Shown: r.Notes[:min(len(r.Notes), pageEntries)],
	}
	for i := range r.Ignored[:min(len(r.Ignored), pageEntries)] {
		v.Ignores = append(v.Ignores, r.Ignored[i].says())
	}
	v.Policy = "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + hashOf(pageStyle) + "; script-src " + hashOf(pageScript)
	lead := strings.TrimPrefix(r.Verdict, r.Risk.String()+": ")
	v.Lead, v.Rest, _ = strings.Cut(lead, "; ")
	v.chooser()
	v.legend()
	for i := range r.Traffic[:min(len(r.Traffic), pageFlows)] {
		v.Flows = append(v.Flows, v.flow(&r.Traffic[i]))
	}
	for i := range r.Expectations[:min(len(r.Expectations), pageEntries)] {
		v.Expects = append(v.Expects, expectView{&r.Expectations[i]})
	}
	for i := range r.Utilization[:min(len(r.Utilization), pageEntries)] {
		v.Loads = append(v.Loads, loadView{&r.Utilization[i]})
	}
	v.Objects, v.OfVersion = objectsOf(r.Objects), objectsOf(r.Version)
	return v, v.pictures()
}

// hashOf names a text to the browser as one that may be used.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// pictures draws both sides; equal ones once.
func (v *page) pictures() error {
	sides := []struct {
		title, prefix string
		picture       *Picture
	}{{"Before", "before-", v.Before}, {"After", "after-", v.After}}
	if v.Before != nil && v.After != nil && v.Before.SVG == v.After.SVG {
		sides[1].title = "Before and after: the picture is the same"
		sides = sides[1:]
	}
	for _, s := range sides {
		if s.picture == nil {
			continue
		}
		svg, err := inlined(s.picture, s.prefix)
		if err != nil {
			return fmt.Errorf("the picture of the topology (%s): %w", strings.ToLower(s.title), err)
		}
		v.Pictures = append(v.Pictures, figure{s.title, svg})
	}
	return nil
}
