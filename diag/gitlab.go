package diag

import (
	"io"
	"strings"
)

type gitlabIssue struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
}

// GitLab prints findings as a Code Quality report (artifacts.reports.codequality): an array, a finding each. An error is major, a
// warning minor. GitLab wants a line: a finding about a whole file is at line 1. It shows equal fingerprints once, compares them
// with those of the target branch, and so must have ones that do not move when lines do.
func GitLab(w io.Writer, findings []Finding) error {
	issues := make([]gitlabIssue, len(findings))
	ids := Fingerprints(findings)
	for i, f := range findings {
		rule := Lookup(f.Rule)
		issues[i] = gitlabIssue{
			Description: strings.ReplaceAll(strings.Replace(sentences(f), "\n", "; ", 1), "\n", " "),
			CheckName:   rule.ID + " " + rule.Name,
			Fingerprint: ids[i],
			Severity:    "minor",
			Location:    gitlabLocation{Path: f.Place.File, Lines: gitlabLines{Begin: max(1, f.Place.Line)}},
		}
		if f.Severity == Error {
			issues[i].Severity = "major"
		}
		if f.Place.File == "" {
			issues[i].Location.Path = "."
		}
	}
	return encode(w, issues)
}
