package diag_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/diag"
	"pgregory.net/rapid"
)

// GitHub shows ten errors and ten warnings of a step: errors first, and a notice counts the rest.
func TestGitHubCaps(t *testing.T) {
	for _, c := range []struct {
		errors, warnings int
		notice           string
	}{
		{0, 0, ""},
		{10, 10, ""},
		{11, 3, "held back: 1 error."},
		{3, 12, "held back: 2 warnings."},
		{500, 11, "held back: 490 errors, 1 warning."},
	} {
		var findings []diag.Finding
		for i := range c.warnings {
			findings = append(findings, diag.New(diag.MaxEjectionPercent, "", "warning %d", i))
		}
		for i := range c.errors {
			findings = append(findings, diag.New(diag.CIDROverlap, "", "error %d", i))
		}
		var b bytes.Buffer
		if err := diag.GitHub(&b, findings); err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range min(c.errors, diag.GitHubCap) {
			got = append(got, fmt.Sprintf("::error .*::error %d%%0Afix: .*\n", i))
		}
		for i := range min(c.warnings, diag.GitHubCap) {
			got = append(got, fmt.Sprintf("::warning .*::warning %d%%0Afix: .*\n", i))
		}
		if c.notice != "" {
			got = append(got, "::notice title=meshtopo::"+regexp.QuoteMeta(c.notice)+" .*\n")
		}
		if !regexp.MustCompile("^" + strings.Join(got, "") + "$").MatchString(b.String()) {
			t.Errorf("%d errors, %d warnings:\n%s", c.errors, c.warnings, b.String())
		}
	}
}

var workflowCommand = regexp.MustCompile(`^::(?:error|warning|notice) ((?:[a-zA-Z]+=[^:,\r\n]*,?)+)::([^\r\n]*)$`)

// No text of the user ends a workflow command or begins one, and undoing GitHub's escapes gives the file's name back.
func TestGitHubIsHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hostile := rapid.OneOf(rapid.String(), rapid.StringMatching(`[%\r\n:,=a]{0,6}::error file=x::[%0A]{0,4}`))
		f := diag.New(diag.Syntax, "", "%s", hostile.Draw(t, "message")).WithFix("%s", hostile.Draw(t, "fix"))
		f.Place = diag.Place{File: hostile.Draw(t, "file"), Line: rapid.IntRange(0, 2).Draw(t, "line"), Column: 1, Width: 1}
		var b bytes.Buffer
		if err := diag.GitHub(&b, []diag.Finding{f}); err != nil {
			t.Fatal(err)
		}
		m := workflowCommand.FindStringSubmatch(strings.TrimSuffix(b.String(), "\n"))
		if m == nil || strings.Count(b.String(), "\n") != 1 {
			t.Fatalf("%q", b.String())
		}
		unescape := strings.NewReplacer("%25", "%", "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",")
		if file, ok := strings.CutPrefix(strings.Split(m[1], ",")[0], "file="); ok && unescape.Replace(file) != diag.Printable(f.Place.File) {
			t.Fatalf("the file %q became %q", f.Place.File, file)
		}
	})
}

// A report is well-formed XML whatever is found, its counts are right, and no two cases of a suite have one name.
func TestJUnitIsWellFormed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		findings := rapid.SliceOfN(rapid.Custom(drawFinding), 0, 6).Draw(t, "findings")
		failOn := rapid.SampledFrom([]diag.Severity{diag.Error, diag.Warning}).Draw(t, "failOn")
		var b bytes.Buffer
		if err := diag.JUnit(&b, []diag.Suite{{Name: rapid.String().Draw(t, "name"), Findings: findings}}, failOn); err != nil {
			t.Fatal(err)
		}
		cases, failures := countCases(t, b.Bytes())
		want := diag.Count(findings, diag.Error)
		if failOn == diag.Warning {
			want = len(findings)
		}
		if cases != max(1, len(findings)) || failures != want {
			t.Fatalf("%d cases, %d failures, want %d of %d:\n%s", cases, failures, want, len(findings), b.String())
		}
		if !strings.Contains(b.String(), fmt.Sprintf(`tests="%d" failures="%d"`, cases, failures)) {
			t.Fatalf("wrong counts:\n%s", b.String())
		}
	})
}

func countCases(t fataler, text []byte) (cases, failures int) {
	names := map[string]bool{}
	for d := xml.NewDecoder(bytes.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return cases, failures
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		start, ok := token.(xml.StartElement)
		switch {
		case ok && start.Name.Local == "testcase":
			cases++
			if name := start.Attr[0].Value; names[name] {
				t.Fatalf("two cases %q", name)
			} else {
				names[name] = true
			}
		case ok && start.Name.Local == "failure":
			failures++
		}
	}
}

type codeQuality []struct {
	Description, Fingerprint, Severity string
	CheckName                          string `json:"check_name"`
	Location                           struct {
		Path  string
		Lines struct{ Begin int }
	}
}

func gitlabOf(t fataler, findings []diag.Finding) codeQuality {
	var b bytes.Buffer
	if err := diag.GitLab(&b, findings); err != nil {
		t.Fatalf("%v", err)
	}
	var issues codeQuality
	if err := json.Unmarshal(b.Bytes(), &issues); err != nil {
		t.Fatalf("%v", err)
	}
	return issues
}

// What GitLab wants of an entry, for anything that is found: all fields, a line, and one fingerprint an entry.
func TestGitLabEntries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		findings := rapid.SliceOfN(rapid.Custom(drawFinding), 0, 8).Draw(t, "findings")
		issues := gitlabOf(t, findings)
		seen := map[string]bool{}
		for i, issue := range issues {
			if issue.Description == "" || issue.CheckName == "" || issue.Location.Path == "" || issue.Location.Lines.Begin < 1 || strings.HasPrefix(issue.Location.Path, "./") {
				t.Fatalf("%+v", issue)
			}
			if want := map[diag.Severity]string{diag.Error: "major", diag.Warning: "minor"}[findings[i].Severity]; issue.Severity != want {
				t.Fatalf("severity %s, want %s", issue.Severity, want)
			}
			if seen[issue.Fingerprint] {
				t.Fatalf("two entries have the fingerprint %s", issue.Fingerprint)
			}
			seen[issue.Fingerprint] = true
		}
		if len(issues) != len(findings) {
			t.Fatalf("%d entries of %d findings", len(issues), len(findings))
		}
	})
}

// A fingerprint is that of the rule, the file and the named path, and of nothing else.
func TestFingerprints(t *testing.T) {
	base := diag.New(diag.CIDROverlap, "spec.clusters[1].podCIDR", "it overlaps")
	base.Named, base.Place = "spec.clusters[name=b].podCIDR", diag.Place{File: "f", Line: 3, Column: 4}
	of := func(findings ...diag.Finding) []string {
		var list []string
		for _, i := range gitlabOf(t, findings) {
			list = append(list, i.Fingerprint)
		}
		return list
	}
	change := func(f func(*diag.Finding)) diag.Finding { c := base; f(&c); return c }
	id := of(base)[0]
	for what, same := range map[string]diag.Finding{
		"line": change(func(f *diag.Finding) { f.Place.Line, f.Place.Column, f.Place.Width = 90, 1, 7 }),
		"message": change(func(f *diag.Finding) {
			f.Message, f.Fix, f.Related, f.Proposed = "other", "other", []diag.Related{{}}, 1
		}),
		"index": change(func(f *diag.Finding) { f.Path = "spec.clusters[7].podCIDR" }),
	} {
		if got := of(same)[0]; got != id {
			t.Errorf("another %s changes the fingerprint", what)
		}
	}
	for what, other := range map[string]diag.Finding{
		"rule":    change(func(f *diag.Finding) { f.Rule = diag.CIDRSyntax }),
		"file":    change(func(f *diag.Finding) { f.Place.File = "g" }),
		"element": change(func(f *diag.Finding) { f.Named = "spec.clusters[name=c].podCIDR" }),
	} {
		if got := of(other)[0]; got == id {
			t.Errorf("another %s does not change the fingerprint", what)
		}
	}
	if ids := of(base, base, base); ids[0] != id || ids[1] == id || ids[2] == id || ids[1] == ids[2] {
		t.Errorf("three findings of one field: %v", ids)
	}
}
