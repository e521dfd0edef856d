package diag

import (
	"encoding/json"
	"io"
)

type jsonReport struct {
	Findings []jsonFinding `json:"findings"`
}

type jsonFinding struct {
	Rule     string        `json:"rule"`
	Name     string        `json:"name"`
	Severity Severity      `json:"severity"`
	File     string        `json:"file"`
	Line     int           `json:"line"`
	Column   int           `json:"column"`
	Path     Path          `json:"path"`
	Message  string        `json:"message"`
	Fix      string        `json:"fix"`
	Proposed any           `json:"proposedValue,omitempty"`
	Related  []jsonRelated `json:"related"`
}

type jsonRelated struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Path    Path   `json:"path"`
	Message string `json:"message"`
}

// JSON prints findings for programs, as one object:
//
//	{"findings": [{
//	  "rule": "MT101", "name": "cidr-overlap", "severity": "error" | "warning",
//	  "file": "a/topology.yaml", "line": 19, "column": 14, "path": "spec.clusters[1].podCIDR",
//	  "message": "a sentence without a full stop", "fix": "an order", "proposedValue": "10.1.0.0/17",
//	  "related": [{"file": "...", "line": 15, "column": 14, "path": "...", "message": "..."}]
//	}]}
//
// Every field is always there but proposedValue, which is there when the value that would mend the field can be computed. An empty file means that no file is known, line 0 that only the file is; an empty path means the
// whole document; related is never null. Lines and columns count from 1, columns in characters.
func JSON(w io.Writer, findings []Finding) error {
	report := jsonReport{Findings: make([]jsonFinding, len(findings))}
	for i, f := range findings {
		report.Findings[i] = toJSON(f)
	}
	return encode(w, report)
}

// encode prints a value as JSON that people can read too.
func encode(w io.Writer, v any) error {
	e := json.NewEncoder(InertJSON(w))
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func toJSON(f Finding) jsonFinding {
	j := jsonFinding{
		Rule: f.Rule, Name: Lookup(f.Rule).Name, Severity: f.Severity,
		File: f.Place.File, Line: f.Place.Line, Column: f.Place.Column,
		Path: f.Path, Message: f.Message, Fix: f.Fix, Proposed: f.Proposed, Related: []jsonRelated{},
	}
	for _, r := range f.Related {
		j.Related = append(j.Related, jsonRelated{File: r.Place.File, Line: r.Place.Line, Column: r.Place.Column, Path: r.Path, Message: r.Message})
	}
	return j
}
