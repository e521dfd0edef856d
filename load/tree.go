package load

import (
	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/document"
	"github.com/meshtopo/meshtopo/limit"
)

// ruleOf gives the rule that a problem of package document breaks.
func ruleOf(kind document.Kind) string {
	switch kind {
	case document.Encoding:
		return diag.Encoding
	case document.Empty:
		return diag.Empty
	case document.DuplicateKey:
		return diag.DuplicateKey
	case document.Feature:
		return diag.YAMLFeature
	case document.Ambiguous:
		return diag.AmbiguousScalar
	case document.Limit:
		return diag.Limit
	default:
		return diag.Syntax
	}
}

// DocumentLimits are the limits of what a topology is written in.
func DocumentLimits(l limit.Limits) document.Limits {
	l = l.OrDefault()
	return document.Limits{Depth: int(l.Depth), Keys: int(l.Keys), Items: int(l.Items), Problems: int(l.Findings)}
}

// advice is what to do about something that exceeds a limit of documents.
func advice(b document.Bound) string {
	switch b {
	case document.Depth:
		return limit.Advice(limit.Depth, "nest less")
	case document.Keys:
		return limit.Advice(limit.Keys, "divide the mapping")
	case document.Items:
		return limit.Advice(limit.Items, "divide the list")
	default:
		return limit.Advice(limit.Findings, "mend those that are shown")
	}
}

func fromProblems(file string, problems []document.Problem) []diag.Finding {
	var findings []diag.Finding
	for _, p := range problems {
		f := at(ruleOf(p.Kind), placeIn(file, p.Place), "%s", p.Message)
		if p.Fix != "" {
			f.Fix = p.Fix
		}
		if p.Kind == document.Limit {
			f.Fix = advice(p.Exceeds)
		}
		if p.Kind == document.Empty {
			f.Fix = "write a topology, or let `meshtopo init` write one"
		}
		if p.First.Line > 0 {
			f.Related = []diag.Related{{Place: placeIn(file, p.First), Message: "it stands here first"}}
		}
		findings = append(findings, f)
	}
	return findings
}

func placeIn(file string, p document.Place) diag.Place {
	return diag.Place{File: file, Line: p.Line, Column: p.Column, Width: p.Width}
}

func fromTree(file string, tree document.Tree, problems []document.Problem) (source, []diag.Finding, error) {
	if len(problems) > 0 {
		return source{}, fromProblems(file, problems), nil
	}
	return source{value: tree.Value(), at: func(path diag.Path, key bool) (diag.Place, bool) {
		place, ok := tree.Place(path.Values(), key)
		return placeIn(file, place), ok
	}}, nil, nil
}
