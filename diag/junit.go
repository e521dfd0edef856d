package diag

import (
	"encoding/xml"
	"fmt"
	"io"
)

// Suite is a topology and what was found in it. A suite without findings is a test that passed.
type Suite struct {
	Name     string // the topology's file
	Findings []Finding
}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name      string        `xml:"name,attr"`
	ClassName string        `xml:"classname,attr"`
	File      string        `xml:"file,attr,omitempty"`
	Line      int           `xml:"line,attr,omitempty"`
	Failure   *junitFailure `xml:"failure"`
	Output    string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// JUnit prints findings as a JUnit report: a suite for each topology, a test case for each finding. A finding at or above failOn
// is a failure; a warning below it is a case that passed, with the warning as its output.
func JUnit(w io.Writer, suites []Suite, failOn Severity) error {
	report := junitSuites{Name: "meshtopo validate"}
	for _, s := range suites {
		suite := junitSuite{Name: Printable(s.Name)}
		names := map[string]int{}
		for _, f := range s.Findings {
			c := caseOf(f, s.Name, failOn)
			if names[c.Name]++; names[c.Name] > 1 { // GitLab takes two cases of one name for one
				c.Name += fmt.Sprintf(" (%d)", names[c.Name])
			}
			suite.add(c)
		}
		if len(s.Findings) == 0 {
			suite.add(junitCase{Name: "validate", ClassName: suite.Name, File: suite.Name})
		}
		report.Tests += suite.Tests
		report.Failures += suite.Failures
		report.Suites = append(report.Suites, suite)
	}
	text, err := xml.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(text)+"\n")
	return err
}

func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
}

func caseOf(f Finding, suite string, failOn Severity) junitCase {
	rule := Lookup(f.Rule)
	c := junitCase{Name: rule.ID + " " + rule.Name, ClassName: Printable(suite), File: Printable(f.Place.File), Line: f.Place.Line}
	if f.Path != "" {
		c.Name += " " + oneLine(string(f.Path))
	}
	text := f.Place.prefix() + string(f.Severity) + ": " + sentences(f)
	if f.Severity == Error || failOn == Warning {
		c.Failure = &junitFailure{Message: oneLine(f.Message), Type: string(f.Severity), Text: text}
	} else {
		c.Output = text
	}
	return c
}
