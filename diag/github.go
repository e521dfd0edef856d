package diag

import (
	"fmt"
	"io"
	"strings"
)

// GitHubCap is how many annotations of one kind GitHub shows of one step; more are dropped without a word. (Ten errors and ten
// warnings a step, fifty annotations a job: the Actions runner.)
const GitHubCap = 10

// GitHub prints findings as workflow commands, from which GitHub Actions makes annotations:
//
//	::error file=topology.yaml,line=19,col=14,endColumn=26,title=MT101 cidr-overlap::what is wrong%0Afix: what to do
//
// Errors come before warnings, and no more of either than GitHubCap: a last ::notice says how many were held back. Columns count
// from 1, endColumn is the last character that is meant.
func GitHub(w io.Writer, findings []Finding) error {
	var b strings.Builder
	held := map[Severity]int{}
	for _, s := range []Severity{Error, Warning} {
		printed := 0
		for _, f := range findings {
			switch {
			case f.Severity != s:
			case printed == GitHubCap:
				held[s]++
			default:
				printed++
				command(&b, f)
			}
		}
	}
	if n := held[Error] + held[Warning]; n > 0 {
		fmt.Fprintf(&b, "::notice title=meshtopo::%s\n", escapeData("held back: "+counted(held[Error], held[Warning])+
			fmt.Sprintf(". GitHub shows %d errors and %d warnings of a step; meshtopo validate --format text has all", GitHubCap, GitHubCap)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func command(b *strings.Builder, f Finding) {
	rule := Lookup(f.Rule)
	var properties []string
	add := func(name, value string) { properties = append(properties, name+"="+escapeProperty(value)) }
	if f.Place.File != "" {
		add("file", Printable(f.Place.File))
	}
	if f.Place.File != "" && f.Place.Line > 0 {
		add("line", fmt.Sprint(f.Place.Line))
		add("col", fmt.Sprint(max(1, f.Place.Column)))
		if f.Place.Width > 0 {
			add("endColumn", fmt.Sprint(max(1, f.Place.Column)+f.Place.Width-1))
		}
	}
	add("title", rule.ID+" "+rule.Name)
	fmt.Fprintf(b, "::%s %s::%s\n", f.Severity, strings.Join(properties, ","), escapeData(sentences(f)))
}

// sentences are what is wrong and what to do, a line each, for hosts that show plain text.
func sentences(f Finding) string {
	text := oneLine(f.Message)
	if f.Fix != "" {
		text += "\nfix: " + shorten(Printable(f.Fix))
	}
	return text
}

// escapeData and escapeProperty are the escapes of the Actions toolkit (packages/core, command.ts).
func escapeData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func escapeProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
