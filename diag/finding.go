// Package diag holds findings: what is wrong with what the user wrote, where, and what to do about it.
//
// A finding names a rule of the catalogue (rules_*.go) and a field path, never a line. Whoever read the file gives a Locator,
// and Locate turns paths into places. The printers turn findings into what people (text.go), programs (json.go, sarif.go) and
// hosts of pipelines (github.go, gitlab.go, junit.go) read.
//
// For its next author: a rule is an entry in the catalogue with documentation that stands alone, a function in the room that
// finds it (load, check or render), and a failing and a passing fixture. The package imports nothing of ours.
package diag

import (
	"fmt"
	"sort"
	"strings"
)

// Severity says what a finding stops: an error stops the command, a warning nothing.
type Severity string

const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Place is a place in a file. Line and Column count from 1, columns in characters; Width is the length of what is meant, in
// characters, 0 when it is not known. Line 0 means that only the file is known.
type Place struct {
	File   string
	Line   int
	Column int
	Width  int
}

// Finding is one thing that is wrong.
type Finding struct {
	Rule     string   // the rule's id, MT101
	Severity Severity // the rule's, unless the finding itself says otherwise
	Path     Path     // the field it is about
	Named    Path     // the same, with list elements known by name where they have one; filled in by Identify
	AtKey    bool     // the field's name is meant, not its value
	Place    Place    // filled in by Locate, or at once by who has no paths (a syntax error)
	Message  string   // a sentence without a full stop
	Fix      string   // an order: what to do
	Proposed any      // the value that Fix proposes for the field, where it can be computed: a plain JSON value; else nil
	Related  []Related
}

// Related is another place that explains a finding.
type Related struct {
	Path    Path
	Place   Place
	Message string
}

// New makes a finding of the rule at a path. What to do is what the rule says in general; WithFix says it for the case.
func New(rule string, path Path, format string, args ...any) Finding {
	r := Lookup(rule)
	return Finding{Rule: rule, Severity: r.Severity, Path: path, Message: fmt.Sprintf(format, args...), Fix: asOrder(r.Fix)}
}

// asOrder makes the sentences of a rule's documentation a line under a finding.
func asOrder(s string) string {
	if len(s) > 1 && s[1] >= 'a' && s[1] <= 'z' {
		s = strings.ToLower(s[:1]) + s[1:]
	}
	return strings.TrimSuffix(s, ".")
}

// WithFix gives the finding with what to do about it.
func (f Finding) WithFix(format string, args ...any) Finding {
	f.Fix = fmt.Sprintf(format, args...)
	return f
}

// WithProposed gives the finding with the value that would mend the field: text, a number, a list or a mapping with text keys.
func (f Finding) WithProposed(value any) Finding {
	f.Proposed = value
	return f
}

// WithRelated gives the finding with one more related place.
func (f Finding) WithRelated(path Path, format string, args ...any) Finding {
	f.Related = append(f.Related[:len(f.Related):len(f.Related)], Related{Path: path, Message: fmt.Sprintf(format, args...)})
	return f
}

// Locator gives the place of a path: that of the field's name when key is true, else of its value. ok is false where the
// path is not in the file; Locate then asks for the nearest enclosing one.
type Locator func(path Path, key bool) (place Place, ok bool)

// Locate fills in the places of findings that have none.
func Locate(findings []Finding, at Locator) {
	for i := range findings {
		f := &findings[i]
		f.Place = locate(f.Place, f.Path, f.AtKey, at)
		for j := range f.Related {
			r := &f.Related[j]
			r.Place = locate(r.Place, r.Path, false, at)
		}
	}
}

func locate(place Place, path Path, key bool, at Locator) Place {
	if place.File != "" {
		return place
	}
	for {
		if p, ok := at(path, key); ok {
			return p
		}
		if path == "" {
			return Place{}
		}
		path, key = path.Parent(), false
	}
}

// Namer gives a path with list elements known by what they are called instead of where they stand.
type Namer func(path Path) Path

// Identify fills in the named paths of findings. Fingerprints are made of them.
func Identify(findings []Finding, named Namer) {
	for i := range findings {
		findings[i].Named = named(findings[i].Path)
	}
}

// Sort puts findings in the order of the file, then of the rules: the order in which they are printed.
func Sort(findings []Finding) {
	sort.SliceStable(findings, func(i, j int) bool {
		a, b := findings[i], findings[j]
		if a.Place.File != b.Place.File {
			return a.Place.File < b.Place.File
		}
		if a.Place.Line != b.Place.Line {
			return a.Place.Line < b.Place.Line
		}
		if a.Place.Column != b.Place.Column {
			return a.Place.Column < b.Place.Column
		}
		if a.Rule != b.Rule {
			return a.Rule < b.Rule
		}
		return a.Message < b.Message
	})
}

// Count gives the number of findings of a severity.
func Count(findings []Finding, s Severity) int {
	n := 0
	for _, f := range findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// Findings is an error that carries findings through code that returns errors.
type Findings []Finding

func (f Findings) Error() string {
	if len(f) == 1 {
		return f[0].Message
	}
	return fmt.Sprintf("%d findings, the first: %s", len(f), f[0].Message)
}
