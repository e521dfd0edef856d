package probe

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/meshtopo/meshtopo/diag"
)

// JSON prints a result for programs: two spaces of indentation, lists never null, shares with nine decimals at most. The format is
// described in docs/probe.md and only ever grows.
func JSON(w io.Writer, r *Result) error {
	rounded := *r
	rounded.Services = nil
	for _, s := range r.Services {
		s.Classes = append([]Observed(nil), s.Classes...)
		for i := range s.Classes {
			o := &s.Classes[i]
			o.Share, o.Interval, o.Predicted = share(o.Share), newRange(o.Interval.Low, o.Interval.High), newRange(o.Predicted.Low, o.Predicted.High)
		}
		rounded.Services = append(rounded.Services, s)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(&rounded)
}

// Text prints a result for people. With color what differs is red.
func Text(w io.Writer, r *Result, color bool) error {
	var b strings.Builder
	line := func(text string) { b.WriteString(diag.Printable(strings.ReplaceAll(text, "\n", " ")) + "\n") }
	line(fmt.Sprintf("%s: %s to %s, taking it that %s", r.Topology, r.sent(), r.URL, r.state()))
	line(r.verdict())
	for _, n := range r.remarks() {
		line("note: " + n)
	}
	for i := range r.Services {
		r.Services[i].text(&b, color)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Result) sent() string {
	if r.Seen < r.Requests {
		return fmt.Sprintf("%d of %s", r.Seen, counted(r.Requests, "request"))
	}
	return counted(r.Requests, "request")
}

func (r *Result) state() string {
	if len(r.Lost) == 0 {
		return "all is up"
	}
	s := strings.Join(r.Lost, ", ") + " lost"
	if r.Mode != "" {
		s += " (" + r.Mode + ")"
	}
	if len(r.Lost) == 1 {
		return strings.Replace(s, " lost", " is lost", 1)
	}
	return strings.Replace(s, " lost", " are lost", 1)
}

func (r *Result) verdict() string {
	confidence := strconv.FormatFloat(math.Round(r.Confidence*1e8)/1e6, 'f', -1, 64) + " %"
	switch {
	case !r.Judged():
		return "nothing can be judged"
	case r.Consistent:
		return "the answers agree with the prediction (confidence " + confidence + ")"
	}
	return "the answers differ from the prediction, and not by chance (confidence " + confidence + ")"
}

// remarks are what is said of failures, redirects and the prediction.
func (r *Result) remarks() []string {
	var notes []string
	if len(r.Failures) > 0 {
		var parts []string
		for _, f := range r.Failures {
			parts = append(parts, fmt.Sprintf("%s (%d)", f.Reason, f.Count))
		}
		notes = append(notes, "failed requests: "+strings.Join(parts, ", "))
	}
	if r.Redirects > 0 {
		notes = append(notes, counted(r.Redirects, "redirect")+" among the answers; none is followed")
	}
	return append(notes, r.Notes...)
}

func (s *Service) text(b *strings.Builder, color bool) {
	b.WriteString("\n" + diag.Printable(s.Service) + "\n")
	if s.Skipped != "" {
		b.WriteString("  not judged: " + s.Skipped + "\n")
	}
	rows := [][]string{{"answered by", "count", "observed", "interval", "predicted", ""}}
	for _, o := range s.Classes {
		rows = append(rows, o.row(s.Skipped == ""))
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for n, row := range rows {
		text := ""
		for i, cell := range row {
			fill := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 || i == len(row)-1 {
				text += "  " + cell + fill
			} else {
				text += "  " + fill + cell
			}
		}
		text = strings.TrimRight(text, " ")
		if color && n > 0 && !s.Classes[n-1].Consistent {
			text = "\x1b[31m" + text + "\x1b[0m"
		}
		b.WriteString(text + "\n")
	}
}

func (o *Observed) row(judged bool) []string {
	row := []string{diag.Printable(o.name()), strconv.Itoa(o.Count), percent(o.Share), o.Interval.String(), "", ""}
	if judged {
		row[4] = o.Predicted.String()
	}
	if !o.Consistent {
		row[5] = "differs"
	}
	return row
}

// name says who a class stands for.
func (c Class) name() string {
	switch {
	case c.Kind == Unsigned:
		return "no sign"
	case c.Kind == Failed:
		return "failed"
	case c.Version == "":
		return "in " + c.Region
	case c.Region == "":
		return c.Version
	}
	return c.Version + " in " + c.Region
}

// String prints a range as per cent, and one share where its ends are the same.
func (r Range) String() string {
	if r.Low == r.High {
		return percent(r.Low)
	}
	return strings.TrimSuffix(percent(r.Low), " %") + " - " + percent(r.High)
}

// percent prints a share with one decimal at most. Less than all is never printed as 100 %, nor more than nothing as 0 %.
func percent(share float64) string {
	s := strings.TrimSuffix(strconv.FormatFloat(100*share, 'f', 1, 64), ".0")
	switch {
	case s == "0" && share > 0:
		s = "<0.1"
	case s == "100" && share < 1:
		s = ">99.9"
	}
	return s + " %"
}

func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}
