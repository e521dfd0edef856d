package flow

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// TextOptions say how results are printed for people.
type TextOptions struct {
	Color bool // drops and overload are red; nothing else has a color
	Width int  // the characters of a line that sentences are broken at; 0: they are not
}

// Text prints a report for people: a line that says it all, then tables of who gets no good answer, who sends to whom, who answers, how
// loaded endpoints are and which are ejected. A table is cut after 50 rows, and says so.
func Text(w io.Writer, r *Report, o TextOptions) error { return o.print(w, r.page()) }

// SweepText prints the ranking of a sweep for people. Of a Sweep it reads Depth and Harms.
func SweepText(w io.Writer, s *Sweep, o TextOptions) error { return o.print(w, s.page()) }

// ExplainText prints explanations for people, the first 20.
func ExplainText(w io.Writer, e *Explained, o TextOptions) error { return o.print(w, e.page()) }

const jsonFlag = "--format json"

func (o TextOptions) print(w io.Writer, p page) error {
	var b strings.Builder
	o.sentence(&b, "", "", p.result)
	for _, f := range p.facts {
		o.sentence(&b, "", "", plain(f))
	}
	for i := range p.blocks {
		if blk := &p.blocks[i]; !blk.empty() {
			o.block(&b, blk)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (o TextOptions) block(b *strings.Builder, blk *block) {
	b.WriteByte('\n')
	o.sentence(b, "", "  ", plain(blk.title))
	for _, line := range blk.before {
		o.sentence(b, "  ", "    ", plain(line))
	}
	if len(blk.table.rows) > 0 {
		o.table(b, &blk.table)
	}
	for _, i := range blk.after {
		o.sentence(b, "  - ", "    ", plain(i.text))
		for _, d := range i.details {
			o.sentence(b, "    ", "      ", plain(d))
		}
	}
	if held := blk.held + blk.table.held; held > 0 {
		fmt.Fprintf(b, "  "+more+"\n", held, jsonFlag)
	}
}

// sentence prints a text behind a lead, and further lines of it behind another.
func (o TextOptions) sentence(b *strings.Builder, lead, rest string, c cell) {
	width := 0
	if o.Width > 0 {
		width = max(minColumn, o.Width-len(rest))
	}
	for _, line := range Wrap(Visible(c.text), width) {
		o.line(b, lead+o.paint(line, c.alarm))
		lead = rest
	}
}

// gap is what stands between two columns, and minColumn the least width that the last one is broken to.
const (
	gap       = "  "
	minColumn = 24
)

func (o TextOptions) table(b *strings.Builder, t *table) {
	widths := make([]int, len(t.columns))
	header := make([]cell, len(t.columns))
	for i, c := range t.columns {
		header[i] = plain(c.title)
	}
	rows := append([][]cell{header}, t.rows...)
	for _, row := range rows {
		for i, c := range row {
			widths[i] = max(widths[i], length(Visible(c.text)))
		}
	}
	o.narrow(t, widths)
	for _, row := range rows {
		o.row(b, t, row, widths)
	}
}

// narrow makes the last column, if it holds words, fit the line.
func (o TextOptions) narrow(t *table, widths []int) {
	last := len(widths) - 1
	if o.Width == 0 || t.columns[last].right {
		return
	}
	left := len(gap)
	for _, w := range widths[:last] {
		left += w + len(gap)
	}
	widths[last] = min(widths[last], max(minColumn, o.Width-left))
}

// row prints a row; its last cell may need several lines.
func (o TextOptions) row(b *strings.Builder, t *table, row []cell, widths []int) {
	last := len(row) - 1
	lines := Wrap(Visible(row[last].text), widths[last])
	for n, text := range lines {
		var line strings.Builder
		for i, c := range row {
			shown := Visible(c.text)
			switch {
			case i == last:
				shown = text
			case n > 0:
				shown = ""
			}
			line.WriteString(gap + o.aligned(shown, c.alarm, widths[i], t.columns[i].right))
		}
		o.line(b, line.String())
	}
}

func (o TextOptions) aligned(s string, alarm bool, width int, right bool) string {
	fill := strings.Repeat(" ", max(0, width-length(s)))
	if right {
		return fill + o.paint(s, alarm)
	}
	return o.paint(s, alarm) + fill
}

func (o TextOptions) line(b *strings.Builder, s string) {
	b.WriteString(Inert(strings.TrimRight(s, " ")) + "\n")
}

func (o TextOptions) paint(s string, alarm bool) string {
	if !o.Color || !alarm || s == "" {
		return s
	}
	return "\x1b[31m" + s + "\x1b[0m"
}

func length(s string) int { return utf8.RuneCountInString(s) }
