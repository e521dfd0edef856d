package krm

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/meshtopo/meshtopo/diag"
)

// MaxResults is how many results an answer holds at most; the last then says how many more there are.
const MaxResults = 1000

// Result is an entry of a ResourceList's results.
type Result struct {
	Message  string
	Severity diag.Severity
	Ref      map[string]any // resourceRef: apiVersion, kind, name
	Path     diag.Path      // of the field, "" when none is meant
	Proposed any            // the value that would mend the field, nil when it is not known
	File     string         // relative to the working directory
	Index    int            // of the object in the file, from 0
	Tags     map[string]string
}

// Results makes results of findings. Name is that of the topology, "" when it is not known; a file that stands for the
// functionConfig is left out where the host did not say which that is.
func Results(findings []diag.Finding, kind, name, config string) []Result {
	marks := diag.Fingerprints(findings)
	var all []Result
	for i, f := range findings {
		r := result(f, marks[i])
		if r.File == ConfigFile {
			r.File = config
		}
		if name != "" {
			r.Ref = map[string]any{"apiVersion": APIVersion, "kind": kind, "name": name}
		}
		all = append(all, r)
	}
	return all
}

// result makes a result of a finding, but for what it refers to.
func result(f diag.Finding, fingerprint string) Result {
	rule := diag.Lookup(f.Rule)
	r := Result{Message: f.Message, Severity: f.Severity, Path: f.Path, Proposed: f.Proposed, File: f.Place.File}
	r.Tags = map[string]string{"rule": rule.ID, "name": rule.Name, "help": "meshtopo explain " + rule.ID, "fingerprint": fingerprint}
	if f.Fix != "" {
		r.Tags["fix"] = f.Fix
	}
	if f.Place.Line > 0 {
		r.Tags["line"] = strconv.Itoa(f.Place.Line)
		r.Tags["column"] = strconv.Itoa(f.Place.Column)
	}
	return r
}

// ConfigFile is the file of findings about a functionConfig.
const ConfigFile = "functionConfig"

// fields gives a result as the wire has it. The format wants a resourceRef where there is a field.
func (r Result) fields() map[string]any {
	m := map[string]any{"message": r.Message, "severity": string(r.Severity)}
	if r.Ref != nil {
		m["resourceRef"] = r.Ref
		if r.Path != "" {
			field := map[string]any{"path": string(r.Path)}
			if r.Proposed != nil {
				field["proposedValue"] = r.Proposed
			}
			m["field"] = field
		}
	}
	if r.File != "" {
		file := map[string]any{"path": r.File}
		if r.Index > 0 {
			file["index"] = r.Index
		}
		m["file"] = file
	}
	if len(r.Tags) > 0 {
		m["tags"] = r.Tags
	}
	return m
}

// wire gives results as the wire has them, at most MaxResults.
func wire(results []Result) []any {
	var all []any
	for i, r := range results {
		if i == MaxResults-1 && len(results) > MaxResults {
			rest := len(results) - i
			more := Result{Message: fmt.Sprintf("%d more results are not shown; mend those that are shown first", rest), Severity: worst(results[i:])}
			return append(all, more.fields())
		}
		all = append(all, r.fields())
	}
	return all
}

func worst(results []Result) diag.Severity {
	if slices.ContainsFunc(results, func(r Result) bool { return r.Severity == diag.Error }) {
		return diag.Error
	}
	return diag.Warning
}
