package diag_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/diag"
)

func TestLocate(t *testing.T) {
	places := map[diag.Path]diag.Place{
		"":         {File: "f", Line: 1, Column: 1},
		"spec":     {File: "f", Line: 2, Column: 2},
		"spec.a":   {File: "f", Line: 3, Column: 3},
		"(spec)":   {File: "f", Line: 2, Column: 1},
		"(spec.a)": {File: "f", Line: 3, Column: 1},
	}
	at := func(path diag.Path, key bool) (diag.Place, bool) {
		if key {
			path = "(" + path + ")"
		}
		place, ok := places[path]
		return place, ok
	}
	known := diag.Place{File: "other", Line: 9, Column: 9}
	for _, c := range []struct {
		finding diag.Finding
		want    diag.Place
	}{
		{diag.Finding{Path: "spec.a"}, places["spec.a"]},
		{diag.Finding{Path: "spec.a", AtKey: true}, places["(spec.a)"]},
		{diag.Finding{Path: "spec.a[0].b"}, places["spec.a"]},
		{diag.Finding{Path: "spec.b", AtKey: true}, places["spec"]}, // the enclosing value, not its name
		{diag.Finding{Path: "x.y"}, places[""]},
		{diag.Finding{Path: "spec.a", Place: known}, known},
	} {
		c.finding.Related = []diag.Related{{Path: "spec.a.b"}}
		findings := []diag.Finding{c.finding}
		diag.Locate(findings, at)
		if findings[0].Place != c.want || findings[0].Related[0].Place != places["spec.a"] {
			t.Errorf("%s: %v, want %v", c.finding.Path, findings[0].Place, c.want)
		}
	}
	lost := []diag.Finding{{Path: "a.b"}}
	diag.Locate(lost, func(diag.Path, bool) (diag.Place, bool) { return diag.Place{}, false })
	if lost[0].Place != (diag.Place{}) {
		t.Errorf("a place out of nothing: %v", lost[0].Place)
	}
}

func TestSort(t *testing.T) {
	f := func(file string, line, column int, rule, message string) diag.Finding {
		return diag.Finding{Rule: rule, Message: message, Place: diag.Place{File: file, Line: line, Column: column}}
	}
	want := []diag.Finding{
		f("a", 0, 0, "MT900", "x"), f("a", 1, 2, "MT002", "x"), f("a", 1, 10, "MT001", "a"), f("a", 1, 10, "MT001", "b"), f("a", 1, 10, "MT002", "a"),
		f("a", 10, 1, "MT001", "x"), f("b", 1, 1, "MT001", "x"),
	}
	got := []diag.Finding{want[6], want[3], want[5], want[0], want[4], want[2], want[1]}
	diag.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestFinding(t *testing.T) {
	base := diag.New(diag.MaxEjectionPercent, "spec.x", "%d per cent", 10).WithFix("write %d", 50).WithRelated("spec.y", "see %s", "here")
	if base.Severity != diag.Warning || base.Message != "10 per cent" || base.Fix != "write 50" {
		t.Errorf("%+v", base)
	}
	one, two := base.WithRelated("a", "one"), base.WithRelated("b", "two")
	if one.Related[1].Message != "one" || two.Related[1].Message != "two" || len(base.Related) != 1 {
		t.Error("findings share their related places")
	}
	if n := diag.Count([]diag.Finding{base, {Severity: diag.Error}}, diag.Warning); n != 1 {
		t.Errorf("%d warnings", n)
	}
	err := fmt.Errorf("rendering: %w", diag.Findings{base, one})
	var found diag.Findings
	if !errors.As(err, &found) || err.Error() != "rendering: 2 findings, the first: 10 per cent" || found[:1].Error() != "10 per cent" {
		t.Errorf("%v %v", err, found)
	}
}

var (
	ruleID   = regexp.MustCompile(`^MT[0-6][0-9][0-9]$`)
	ruleName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
)

func TestCatalogue(t *testing.T) {
	names, last := map[string]bool{}, ""
	for _, r := range diag.Rules() {
		if r.ID <= last || !ruleID.MatchString(r.ID) {
			t.Errorf("%s after %s: ids are MT and three digits, and ascend", r.ID, last)
		}
		last = r.ID
		if names[r.Name] || !ruleName.MatchString(r.Name) || len(r.Name) > 40 {
			t.Errorf("%s: the name %q", r.ID, r.Name)
		}
		names[r.Name] = true
		if r.Severity != diag.Error && r.Severity != diag.Warning {
			t.Errorf("%s: severity %q", r.ID, r.Severity)
		}
		for what, sentence := range map[string]string{"Summary": r.Summary, "Why": r.Why, "Fix": r.Fix} {
			if !strings.HasSuffix(strings.TrimSuffix(sentence, ")"), ".") || strings.TrimSpace(sentence) != sentence || len(sentence) < 10 {
				t.Errorf("%s: %s is no sentence: %q", r.ID, what, sentence)
			}
		}
		if strings.HasSuffix(r.Source, ".") {
			t.Errorf("%s: the source ends with a full stop: %q", r.ID, r.Source)
		}
		if got := diag.Lookup(r.ID); got.Name != r.Name {
			t.Errorf("Lookup(%s) gives %s", r.ID, got.Name)
		}
	}
}

func TestCatalogueIsUnchanged(t *testing.T) {
	rules := diag.Rules()
	want := rules[0]
	rules[0].Name = "changed"
	if got := diag.Rules()[0]; got != want {
		t.Errorf("a caller changed the catalogue: %+v", got)
	}
	if got := diag.Lookup(want.ID); got != want {
		t.Errorf("Lookup(%s) gives %+v", want.ID, got)
	}
}

// Every constant of the catalogue has its entry, and every entry a constant.
func TestConstants(t *testing.T) {
	files, _ := filepath.Glob("rules_*.go")
	ids := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`= "(MT\d+)"`).FindAllStringSubmatch(string(text), -1) {
			ids[m[1]] = true
		}
	}
	for _, r := range diag.Rules() {
		if !ids[r.ID] {
			t.Errorf("%s has no constant", r.ID)
		}
		delete(ids, r.ID)
	}
	for id := range ids {
		t.Errorf("%s is not in the catalogue", id)
	}
}
