package e2e

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// reviewed is the change whose report is opened: an overlay after which nothing fails over.
const reviewed = "../cmd/meshtopo/testdata/changes/outlier-removed-by-overlay.txtar"

// flows is what the tests read of the JSON form of a report.
type flows struct {
	Losses  []string
	Traffic []struct {
		Lost  []string
		Alike [][]string
		Says  string
	}
}

// with gives the sentences of the flows that change with a loss.
func (f *flows) with(place string) []string {
	var says []string
	for _, t := range f.Traffic {
		if slices.Equal(t.Lost, []string{place}) || slices.ContainsFunc(t.Alike, func(lost []string) bool { return slices.Equal(lost, []string{place}) }) {
			says = append(says, t.Says)
		}
	}
	return says
}

// reviewPage makes the page of a change, and reads the same report as JSON.
func reviewPage(t *testing.T) (file string, report *flows) {
	t.Helper()
	dir := t.TempDir()
	change, err := txtar.ParseFile(reviewed)
	if err != nil {
		t.Fatal(err)
	}
	for _, side := range []string{"before", "after"} {
		for _, from := range []string{"topologies", "overlays"} {
			if err := os.CopyFS(filepath.Join(dir, side, from), os.DirFS(filepath.Join("..", from))); err != nil {
				t.Fatal(err)
			}
		}
		write(t, filepath.Join(dir, side, ".meshtopo-root"), nil)
	}
	for i, f := range change.Files {
		verb, name, _ := strings.Cut(f.Name, " ")
		path := filepath.Join(dir, "after", name)
		switch verb {
		case "file":
			write(t, path, f.Data)
		case "edit":
			text := read(t, path)
			if bytes.Count(text, f.Data) != 1 {
				t.Fatalf("%s is not what the change is to", name)
			}
			write(t, path, bytes.Replace(text, f.Data, change.Files[i+1].Data, 1))
		}
	}
	report = &flows{}
	file = filepath.Join(dir, "review.html")
	write(t, file, diff(t, dir, "before/topologies/bookinfo-hardened", "after/topologies/bookinfo-hardened", "--format", "html"))
	if err := json.Unmarshal(diff(t, dir, "before/topologies/bookinfo-hardened", "after/topologies/bookinfo-hardened", "--format", "json"), report); err != nil {
		t.Fatal(err)
	}
	return file, report
}

// diff runs meshtopo diff, which must find a difference.
func diff(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(built.meshtopo, append([]string{"diff"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("meshtopo diff %q: %v", args, err)
	}
	return out
}

// What a reader finds out about a page.
const (
	flowsShown  = `[...document.querySelectorAll("#flows > li")].filter(li => li.offsetParent !== null).map(li => li.querySelector(".says").textContent)`
	status      = `document.getElementById("status").textContent`
	chosenPlace = `document.querySelector("#chooser :checked").dataset.place || ""`
	crossed     = `[...document.querySelectorAll("svg .cross")].map(c => c.parentNode.dataset.place)`
	focused     = `document.activeElement && document.activeElement.name === "loss"`
	outlined    = `getComputedStyle(document.activeElement.closest("label")).outlineStyle`
	overflow    = `document.documentElement.scrollWidth - window.innerWidth`
)

func TestPageChooser(t *testing.T) {
	file, report := reviewPage(t)
	b := openPage(t, file, look{width: wide})
	all := len(report.Traffic)
	if n := len(ask[[]string](b, flowsShown)); n != all || n < 10 {
		t.Fatalf("%d flows are shown at first, of %d", n, all)
	}

	b.do(chromedp.Click(`label:has([data-place="region/cn-hangzhou"])`))
	b.shows("by mouse", "region/cn-hangzhou", report)

	b.do(chromedp.Reload())
	for range 20 {
		if b.do(chromedp.KeyEvent(kb.Tab)); ask[bool](b, focused) {
			break
		}
	}
	for range 60 {
		if b.do(chromedp.KeyEvent(kb.ArrowDown)); ask[string](b, chosenPlace) == "region/cn-shanghai" {
			break
		}
	}
	if style := ask[string](b, outlined); style != "solid" {
		t.Errorf("the focused choice has an outline of style %q", style)
	}
	b.shows("by keyboard", "region/cn-shanghai", report)
	b.quiet()
}

// shows wants the page to show what changes with a loss, and nothing else.
func (b *browser) shows(how, place string, report *flows) {
	b.Helper()
	want := report.with(place)
	if got := ask[string](b, chosenPlace); got != place {
		b.Fatalf("%s %q is chosen, want %s", how, got, place)
	}
	if diff := cmp.Diff(want, ask[[]string](b, flowsShown)); diff != "" || len(want) == 0 {
		b.Errorf("%s, the flows that are shown (-want +got):\n%s", how, diff)
	}
	_, region, _ := strings.Cut(place, "/")
	if said, sentence := ask[string](b, status), fmt.Sprintf("If %s is lost, %d flows change: ", region, len(want)); !strings.HasPrefix(said, sentence) {
		b.Errorf("%s, %q is said, want %q", how, said, sentence)
	}
	if live := ask[string](b, `document.getElementById("status").getAttribute("aria-live")`); live != "polite" {
		b.Errorf("what is said is not announced: aria-live is %q", live)
	}
	if got := ask[[]string](b, crossed); len(got) == 0 || slices.ContainsFunc(got, func(p string) bool { return p != place }) {
		b.Errorf("%s, %q are crossed out, want %s", how, got, place)
	}
}

// Without scripts all is there, and nothing that would do nothing.
func TestPageWithoutScripts(t *testing.T) {
	file, report := reviewPage(t)
	b := openPage(t, file, look{width: wide, noScripts: true})
	if n := len(ask[[]string](b, flowsShown)); n != len(report.Traffic) {
		t.Errorf("%d flows are shown, of %d", n, len(report.Traffic))
	}
	if ask[bool](b, `document.getElementById("chooser").offsetParent !== null`) {
		t.Error("a chooser is shown that does nothing")
	}
	b.quiet()
}

//go:embed testdata/contrast.js
var contrast string

// Every text has a contrast of 4.5 to 1 with what is behind it, and nothing sticks out of the window.
func TestPageIsReadable(t *testing.T) {
	file, _ := reviewPage(t)
	for _, l := range []look{{width: wide}, {width: wide, dark: true}, {width: narrow}, {width: narrow, dark: true}} {
		t.Run(fmt.Sprintf("%d dark=%t", l.width, l.dark), func(t *testing.T) {
			b := openPage(t, file, l)
			b.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach(d => d.open = true); document.querySelector('[data-place="region/cn-hangzhou"]').click()`))
			found := ask[struct {
				Texts int
				Worst float64
				Poor  []string
				Dark  bool
			}](b, contrast)
			if found.Texts < 100 || found.Dark != l.dark {
				t.Errorf("%d texts were looked at on a page that is dark: %t", found.Texts, found.Dark)
			}
			for _, s := range found.Poor {
				t.Errorf("hard to read: %s", s)
			}
			fmt.Printf("measured: page %d dark=%t: %d texts, the least contrast is %.2f\n", l.width, l.dark, found.Texts, found.Worst)
			if n := ask[int](b, overflow); n > 0 {
				t.Errorf("the page is %d pixels wider than the window", n)
			}
			b.quiet()
		})
	}
}

// What manifests say does nothing.
func TestPageOfHostileManifests(t *testing.T) {
	dir := t.TempDir()
	const object = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %q\ndata:\n  %q: %q\n"
	texts := []string{`<script>alert(1)</script>`, `"><img src=https://evil.example/x onerror=alert(1)>`, `</title></style><script>alert(1)</script>`, `<svg onload=alert(1)>`, `javascript:alert(1)`, `{{.}}`}
	var old, new strings.Builder
	for _, s := range texts {
		fmt.Fprintf(&old, "---\n"+object, s, s, s)
		fmt.Fprintf(&new, "---\n"+object, s, s, s+" x")
	}
	write(t, filepath.Join(dir, "old.yaml"), []byte(old.String()))
	write(t, filepath.Join(dir, "new.yaml"), []byte(new.String()))
	file := filepath.Join(dir, "review.html")
	write(t, file, diff(t, dir, "old.yaml", "new.yaml", "--format", "html"))
	b := openPage(t, file, look{width: wide})
	shown := ask[string](b, `document.body.innerText`)
	for _, s := range texts {
		if !strings.Contains(shown, s) {
			t.Errorf("the page does not show %s", s)
		}
	}
	if n := ask[int](b, `document.querySelectorAll("script, img, iframe, link, object").length`); n != 1 {
		t.Errorf("%d elements can act, want our script alone", n)
	}
	b.quiet()
}
