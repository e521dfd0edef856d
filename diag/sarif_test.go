package diag_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

// sarifSchemas are what SARIF is held against: testdata/sarif.schema.json, which was written from the specification for the
// properties that we print, and, where $SARIF_SCHEMA names a copy of it, the schema that OASIS publishes. That one cannot be kept
// here.
func sarifSchemas(t *testing.T) []*jsonschema.Schema {
	t.Helper()
	files := []string{"testdata/sarif.schema.json"}
	if published := os.Getenv("SARIF_SCHEMA"); published != "" {
		files = append(files, published)
	}
	var schemas []*jsonschema.Schema
	for _, file := range files {
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		s, err := c.Compile(file)
		if err != nil {
			t.Fatal(err)
		}
		schemas = append(schemas, s)
	}
	return schemas
}

// fataler is a test, or a run of a property.
type fataler interface{ Fatalf(string, ...any) }

func sarifOf(t fataler, findings []diag.Finding) string {
	var b bytes.Buffer
	if err := diag.SARIF(&b, findings, "v1.2.3"); err != nil {
		t.Fatalf("%v", err)
	}
	return b.String()
}

func validate(s *jsonschema.Schema, text string) error {
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// Whatever is found, the report has the shape of the specification, and its parts fit together as a schema cannot say.
func TestSARIFIsValid(t *testing.T) {
	schemas := sarifSchemas(t)
	rapid.Check(t, func(t *rapid.T) {
		text := sarifOf(t, rapid.SliceOfN(rapid.Custom(drawFinding), 0, 5).Draw(t, "findings"))
		for _, s := range schemas {
			if err := validate(s, text); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
		}
		fits(t, text)
	})
}

// Every rule of the catalogue has a valid description.
func TestSARIFRules(t *testing.T) {
	var findings []diag.Finding
	for _, r := range diag.Rules() {
		findings = append(findings, diag.New(r.ID, "spec", "something is wrong"))
	}
	text := sarifOf(t, findings)
	for _, s := range sarifSchemas(t) {
		if err := validate(s, text); err != nil {
			t.Error(err)
		}
	}
	fits(t, text)
}

func drawFinding(t *rapid.T) diag.Finding {
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a{}\[\]()%:]{1,12}`))
	place := func() diag.Place {
		return diag.Place{File: rapid.SampledFrom([]string{"", "f", "a b/é:1.yaml", "c:d", "%41", "-#?&", "日本/x.cue"}).Draw(t, "file"),
			Line: rapid.IntRange(0, 3).Draw(t, "line"), Column: rapid.IntRange(-1, 90).Draw(t, "column"), Width: rapid.IntRange(-1, 90).Draw(t, "width")}
	}
	rule := rapid.SampledFrom(diag.Rules()).Draw(t, "rule")
	f := diag.New(rule.ID, diag.Path(text.Draw(t, "path")), "x%s", text.Draw(t, "message")).WithFix("%s", text.Draw(t, "fix"))
	f.Severity = rapid.SampledFrom([]diag.Severity{diag.Error, diag.Warning}).Draw(t, "severity")
	f.Place = place()
	for range rapid.IntRange(0, 2).Draw(t, "notes") {
		f = f.WithRelated(diag.Path(text.Draw(t, "at")), "y%s", text.Draw(t, "note"))
		f.Related[len(f.Related)-1].Place = place()
	}
	if rapid.Bool().Draw(t, "computed") {
		f = f.WithProposed(map[string]any{"x": text.Draw(t, "value")})
	}
	return f
}

// fits checks what the specification says beside shapes: 3.27.6 (the index leads to the rule), 3.28.2 (ids are unique in a result),
// 3.30.8 (a region is not empty), 3.19.23 (rules are unique).
func fits(t fataler, text string) {
	var log struct {
		Runs []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID           string
				RuleIndex        int
				Locations        []sarifPlace
				RelatedLocations []sarifPlace
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &log); err != nil || len(log.Runs) != 1 {
		t.Fatalf("%d runs, %v", len(log.Runs), err)
	}
	rules := log.Runs[0].Tool.Driver.Rules
	for i, r := range rules {
		if i > 0 && rules[i-1].ID >= r.ID {
			t.Fatalf("rule %s after %s", r.ID, rules[i-1].ID)
		}
	}
	for _, r := range log.Runs[0].Results {
		if rules[r.RuleIndex].ID != r.RuleID {
			t.Fatalf("rule %s has the index of %s", r.RuleID, rules[r.RuleIndex].ID)
		}
		ids := map[int]bool{}
		for _, l := range append(r.RelatedLocations, r.Locations...) {
			if region := l.PhysicalLocation.Region; region.EndColumn != 0 && region.EndColumn <= region.StartColumn {
				t.Fatalf("an empty region: %+v", region)
			}
			if ids[l.ID] && l.ID != 0 {
				t.Fatalf("location %d is there twice", l.ID)
			}
			ids[l.ID] = true
		}
	}
}

type sarifPlace struct {
	ID               int
	PhysicalLocation struct {
		Region struct{ StartColumn, EndColumn int }
	}
}

// The schema can fail: a report that is changed in one place is refused.
func TestSARIFSchemaRefuses(t *testing.T) {
	f := diag.New(diag.CIDROverlap, "spec.x", "it overlaps").WithRelated("spec.y", "here").WithProposed("10.0.0.0/8")
	f.Place = diag.Place{File: "topology.yaml", Line: 3, Column: 4, Width: 5}
	f.Related[0].Place = f.Place
	good := sarifOf(t, []diag.Finding{f})
	for old, broken := range map[string]string{
		`"version": "2.1.0"`:              `"version": "2.1"`,
		`"startLine": 3`:                  `"startLine": 0`,
		`"startColumn": 4,`:               ``,
		`"level": "error",`:               `"level": "fatal",`,
		`"text": "it overlaps`:            `"txt": "it overlaps`,
		`"ruleIndex": 0`:                  `"ruleIndex": "0"`,
		`"columnKind": "unicodeCode`:      `"columnKind": "code`,
		`"uri": "topology.yaml"`:          `"uri": "http://x/topology.yaml"`,
		`"primaryLocationLineHash": "`:    `"primaryLocationLineHash": "!`,
		`"name": "meshtopo",`:             ``,
		`"name": "cidr-overlap"`:          `"nam": "cidr-overlap"`,
		`"text": "it overlaps\nfix: give`: `"text": "{0}`,
	} {
		text := strings.Replace(good, old, broken, 1)
		if text == good {
			t.Errorf("%s is not in the report:\n%s", old, good)
		}
		if validate(sarifSchemas(t)[0], text) == nil {
			t.Errorf("%s instead of %s is taken", broken, old)
		}
	}
	if err := validate(sarifSchemas(t)[0], good); err != nil {
		t.Error(err)
	}
}
