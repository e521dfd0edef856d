package diag

import (
	"io"
	"net/url"
	"slices"
	"strings"
)

// The properties of SARIF 2.1.0 (OASIS Standard, errata 01) that are printed. Sections of the specification stand beside them.
type (
	sarifLog struct { // 3.13
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct { // 3.14
		Tool       sarifTool                `json:"tool"`
		Bases      map[string]sarifArtifact `json:"originalUriBaseIds"`
		ColumnKind string                   `json:"columnKind"`
		Results    []sarifResult            `json:"results"`
	}
	sarifTool struct { // 3.18
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct { // 3.19
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct { // 3.49
		ID      string       `json:"id"`
		Name    string       `json:"name"`
		Short   sarifMessage `json:"shortDescription"`
		Full    sarifMessage `json:"fullDescription"`
		Help    sarifMessage `json:"help"`
		Default sarifLevel   `json:"defaultConfiguration"`
	}
	sarifLevel struct { // 3.50
		Level string `json:"level"`
	}
	sarifMessage struct { // 3.11, 3.12
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifResult struct { // 3.27
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifMessage      `json:"message"`
		Locations    []sarifLocation   `json:"locations,omitempty"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Related      []sarifLocation   `json:"relatedLocations,omitempty"`
		Properties   map[string]any    `json:"properties,omitempty"`
	}
	sarifLocation struct { // 3.28
		ID       int            `json:"id,omitempty"`
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
		Message  *sarifMessage  `json:"message,omitempty"`
	}
	sarifPhysical struct { // 3.29
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct { // 3.4
		URI         string        `json:"uri,omitempty"`
		Base        string        `json:"uriBaseId,omitempty"`
		Description *sarifMessage `json:"description,omitempty"`
	}
	sarifRegion struct { // 3.30
		Line      int `json:"startLine"`
		Column    int `json:"startColumn,omitempty"`
		EndColumn int `json:"endColumn,omitempty"`
	}
	sarifLogical struct { // 3.33
		Name string `json:"fullyQualifiedName"`
	}
)

const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	sarifBase   = "%SRCROOT%" // the name that GitHub knows the root of the checkout by
)

// SARIF prints findings in the Static Analysis Results Interchange Format, version 2.1.0. Files are relative to %SRCROOT%, columns
// count characters. The rules are those that findings break. A finding about a whole file has no region. Version is the
// program's, "" when it is not known.
//
// GitHub compares the fingerprint primaryLocationLineHash of two uploads to tell what is new; other readers take all of them.
func SARIF(w io.Writer, findings []Finding, version string) error {
	rules := rulesOf(findings)
	run := sarifRun{
		Tool:       sarifTool{Driver: sarifDriver{Name: "meshtopo", Version: version, Rules: make([]sarifRule, len(rules))}},
		Bases:      map[string]sarifArtifact{sarifBase: {Description: &sarifMessage{Text: "The root below which topologies are read."}}},
		ColumnKind: "unicodeCodePoints",
		Results:    make([]sarifResult, len(findings)),
	}
	for i, id := range rules {
		run.Tool.Driver.Rules[i] = sarifRuleOf(Lookup(id))
	}
	ids := Fingerprints(findings)
	for i, f := range findings {
		run.Results[i] = sarifResultOf(f, slices.Index(rules, f.Rule), ids[i])
	}
	return encode(w, sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

// rulesOf gives the ids of the rules that findings break, in their order.
func rulesOf(findings []Finding) []string {
	var ids []string
	for _, f := range findings {
		ids = append(ids, f.Rule)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func sarifRuleOf(r Rule) sarifRule {
	help := sarifMessage{Text: sarifText("Why: " + r.Why + "\nFix: " + r.Fix), Markdown: sarifText("**Why.** " + r.Why + "\n\n**Fix.** " + r.Fix)}
	if r.Source != "" {
		help.Text += sarifText("\nSource: " + r.Source)
		help.Markdown += sarifText("\n\n**Source.** " + r.Source)
	}
	return sarifRule{
		ID: r.ID, Name: r.Name, Short: sarifMessage{Text: sarifText(r.Summary)}, Full: sarifMessage{Text: sarifText(r.Summary + " " + r.Why)},
		Help: help, Default: sarifLevel{Level: sarifLevelOf(r.Severity)},
	}
}

func sarifLevelOf(s Severity) string {
	if s == Error {
		return "error"
	}
	return "warning"
}

func sarifResultOf(f Finding, rule int, fingerprint string) sarifResult {
	r := sarifResult{
		RuleID: f.Rule, RuleIndex: rule, Level: sarifLevelOf(f.Severity),
		Message:      sarifMessage{Text: sarifText(sentences(f))},
		Fingerprints: map[string]string{"primaryLocationLineHash": fingerprint, "meshtopoFieldPath/v1": fingerprint},
	}
	if at, ok := sarifLocationOf(f.Place, f.Path); ok {
		r.Locations = []sarifLocation{at}
	}
	for i, related := range f.Related {
		if at, ok := sarifLocationOf(related.Place, related.Path); ok {
			at.ID, at.Message = i+1, &sarifMessage{Text: sarifText(oneLine(related.Message))}
			r.Related = append(r.Related, at)
		}
	}
	if f.Proposed != nil {
		r.Properties = map[string]any{"proposedValue": f.Proposed}
	}
	return r
}

// sarifLocationOf gives the location of a place and a path; ok is false when neither is known.
func sarifLocationOf(p Place, path Path) (l sarifLocation, ok bool) {
	if path != "" {
		l.Logical = []sarifLogical{{Name: string(path)}}
	}
	if p.File != "" {
		l.Physical = &sarifPhysical{Artifact: sarifArtifact{URI: (&url.URL{Path: p.File}).String(), Base: sarifBase}}
	}
	if p.File != "" && p.Line > 0 {
		l.Physical.Region = &sarifRegion{Line: p.Line, Column: max(0, p.Column)}
		if p.Column > 0 && p.Width > 0 {
			l.Physical.Region.EndColumn = p.Column + p.Width
		}
	}
	return l, path != "" || p.File != ""
}

// sarifText is a text as a message string: braces are doubled, since {0} is a placeholder (3.11.5), and no text of the user makes a
// link (3.11.6).
func sarifText(s string) string {
	return strings.NewReplacer("{", "{{", "}", "}}", "](", "] (").Replace(s)
}
