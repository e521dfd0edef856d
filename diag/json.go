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
	Related  []jsonRelated `json:"related"`
}

type jsonRelated struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Path    Path   `json:"path"`
	Message string `json:"message"`
}

// JSON prints findings for programs: {"findings": [{rule, name, severity, file, line, column, path, message, fix, related}]}.
// Every field is always there; line 0 means that only the file is known.
func JSON(w io.Writer, findings []Finding) error {
	report := jsonReport{Findings: make([]jsonFinding, len(findings))}
	for i, f := range findings {
		report.Findings[i] = toJSON(f)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(report)
}

func toJSON(f Finding) jsonFinding {
	j := jsonFinding{
		Rule: f.Rule, Name: Lookup(f.Rule).Name, Severity: f.Severity,
		File: f.Place.File, Line: f.Place.Line, Column: f.Place.Column,
		Path: f.Path, Message: f.Message, Fix: f.Fix, Related: []jsonRelated{},
	}
	for _, r := range f.Related {
		j.Related = append(j.Related, jsonRelated{File: r.Place.File, Line: r.Place.Line, Column: r.Place.Column, Path: r.Path, Message: r.Message})
	}
	return j
}
