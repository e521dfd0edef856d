package review

import (
	"io"
	"strings"

	"github.com/meshtopo/meshtopo/flow"
)

// TextOptions say how a report is printed for people.
type TextOptions struct {
	Color bool // risks, and what is old and new, have colors; nothing else has one
	Width int  // the characters of a line that sentences are broken at; 0: they are not
}

// How much of a report is printed as text. What is left out is counted.
const (
	textFlows   = 50
	textObjects = 200
	textFields  = 20
)

// Text prints a report for people: the verdict, then traffic, expectations and loads, then objects, each the worst first.
func Text(w io.Writer, r *Report, o TextOptions) error {
	t := &text{TextOptions: o}
	t.line("", flow.Visible(r.Verdict), bold)         // one line, however long
	t.line("", readable("old: "+r.Old.says()), plain) // names to copy
	t.line("", readable("new: "+r.New.says()), plain)
	t.traffic(r)
	t.expectations(r.Expectations)
	t.loads(r.Utilization)
	t.targets(r.Targets)
	t.objects("Objects", r.Objects)
	t.objects("Whatever the topology says: rendered by another version, edited, or not rendered again", r.Version)
	list(t, "Silenced", r.Ignored, (*Ignored).says)
	list(t, "Notes", r.Notes, func(n *string) string { return *n })
	_, err := io.WriteString(w, t.String())
	return err
}

// text is what is printed so far.
type text struct {
	TextOptions
	strings.Builder
}

// Colors, as terminals number them.
const (
	plain   = ""
	bold    = "1"
	red     = "31"
	green   = "32"
	yellow  = "33"
	magenta = "35"
)

// color is that of a risk.
func (r Risk) color() string {
	switch r {
	case Outage, Removal:
		return red
	case Identity:
		return magenta
	case Traffic:
		return yellow
	case Additive:
		return green
	}
	return plain
}

func (t *text) paint(s, color string) string {
	if !t.Color || color == plain || s == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

// put prints a sentence behind a lead, and further lines of it behind another. An empty sentence is not printed.
func (t *text) put(lead, rest, sentence, color string) {
	if sentence == "" {
		return
	}
	for _, l := range t.wrapped(rest, sentence) {
		t.line(lead, l, color)
		lead = rest
	}
}

// wrapped gives the lines of a sentence behind a lead.
func (t *text) wrapped(lead, sentence string) []string {
	width := 0
	if t.Width > 0 {
		width = max(minWidth, t.Width-len(lead))
	}
	return flow.Wrap(readable(sentence), width)
}

// minWidth is the least width that a sentence is broken to.
const minWidth = 24

// line prints a line of one color behind a lead.
func (t *text) line(lead, s, color string) { t.parts(lead, s, color, "") }

// parts prints a line whose first part has a color.
func (t *text) parts(lead, first, color, rest string) {
	whole := strings.TrimRight(lead+first+rest, " ")
	if flow.Inert(whole) != whole {
		t.WriteByte('\\')
	}
	if len(whole) <= len(lead)+len(first) {
		lead, first, rest = whole[:min(len(lead), len(whole))], whole[min(len(lead), len(whole)):], ""
	}
	t.WriteString(lead + t.paint(first, color) + strings.TrimRight(rest, " ") + "\n")
}

func (t *text) title(s string) {
	t.WriteByte('\n')
	t.put("", "  ", s, bold)
}

// risky prints a sentence behind its risk.
func (t *text) risky(risk Risk, sentence string) {
	const lead, rest = "    ", "      "
	name := risk.String()
	for i, l := range t.wrapped(rest, name+": "+sentence) {
		if i == 0 {
			t.parts(lead, name, risk.color(), strings.TrimPrefix(l, name))
			continue
		}
		t.line(rest, l, plain)
	}
}
