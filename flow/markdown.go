package flow

import (
	"fmt"
	"io"
	"strings"
)

// Markdown prints what Text prints, as GitHub-flavored Markdown: for a comment on a pull request.
func Markdown(w io.Writer, r *Report) error { return markdown(w, r.page()) }

// SweepMarkdown prints what SweepText prints, as Markdown.
func SweepMarkdown(w io.Writer, s *Sweep) error { return markdown(w, s.page()) }

// ExplainMarkdown prints what ExplainText prints, as Markdown.
func ExplainMarkdown(w io.Writer, e *Explained) error { return markdown(w, e.page()) }

func markdown(w io.Writer, p page) error {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**\n", escaped(p.result.text))
	for _, f := range p.facts {
		fmt.Fprintf(&b, "\n%s\n", escaped(f))
	}
	for i := range p.blocks {
		if blk := &p.blocks[i]; !blk.empty() {
			blk.markdown(&b)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (blk *block) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "\n### %s\n", escaped(blk.title))
	list := func(items []item) {
		if len(items) > 0 {
			b.WriteByte('\n')
		}
		for _, i := range items {
			fmt.Fprintf(b, "- %s\n", escaped(i.text))
			for _, d := range i.details {
				fmt.Fprintf(b, "  - %s\n", escaped(d))
			}
		}
	}
	var before []item
	for _, line := range blk.before {
		before = append(before, item{text: line})
	}
	list(before)
	if len(blk.table.rows) > 0 {
		b.WriteByte('\n')
		blk.table.markdown(b)
	}
	list(blk.after)
	if held := blk.held + blk.table.held; held > 0 {
		fmt.Fprintf(b, "\n"+more+"\n", held, "`"+jsonFlag+"`")
	}
}

func (t *table) markdown(b *strings.Builder) {
	header, rule := "|", "|"
	for _, c := range t.columns {
		header += " " + c.title + " |"
		if c.right {
			rule += "---:|"
		} else {
			rule += "---|"
		}
	}
	b.WriteString(header + "\n" + rule + "\n")
	for _, row := range t.rows {
		b.WriteString("|")
		for _, c := range row {
			b.WriteString(" " + c.markdown() + " |")
		}
		b.WriteByte('\n')
	}
}

func (c cell) markdown() string {
	if c.alarm && c.text != "" {
		return "**" + escaped(c.text) + "**"
	}
	return escaped(c.text)
}

// escaped is s as text of Markdown that is neither markup nor HTML, nor the end of a cell.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range Visible(s) {
		switch {
		case r == '<':
			b.WriteString("&lt;")
			continue
		case r == '>':
			b.WriteString("&gt;")
			continue
		case strings.ContainsRune("\\`*_{}[]#|~&!", r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
