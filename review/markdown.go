package review

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// MarkdownOptions say how a report is printed as Markdown.
type MarkdownOptions struct {
	Limit  int    // the most bytes, and so characters, that are printed; 0 for DefaultLimit
	Marker string // a name for an invisible first line, <!-- meshtopo:NAME -->, by which a comment is found again; "" for none
}

// DefaultLimit is how many characters GitHub takes of a comment.
const DefaultLimit = 65_536

var markerName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// Markdown prints a report as GitHub-flavored Markdown, for a comment on a pull request: the verdict and counts first, then traffic, then objects, then
// their fields. When not all fits, each part gets its share of the room, and says how much of it is left out. A limit that not even the
// verdict fits into gives nothing but the marker. A marker that is not of letters, digits, dots, dashes and underscores is an error.
func Markdown(w io.Writer, r *Report, o MarkdownOptions) error {
	limit, first := o.Limit, ""
	if limit <= 0 {
		limit = DefaultLimit
	}
	if o.Marker != "" {
		if !markerName.MatchString(o.Marker) {
			return fmt.Errorf("the marker %q is not a name of letters, digits, dots, dashes and underscores", o.Marker)
		}
		first = "<!-- meshtopo:" + o.Marker + " -->\n"
	}
	_, err := io.WriteString(w, first+fitted(r, limit-len(first)))
	return err
}

// fitted gives what fits of a report.
func fitted(r *Report, limit int) string {
	verdict := "**" + inline(r.Verdict) + "**\n"
	head := verdict + "\n" + r.sidesMarkdown() + r.countsMarkdown()
	parts := r.parts()
	for _, p := range parts {
		p.write(limit)
	}
	for _, p := range parts {
		limit -= p.least()
	}
	if len(head) <= limit {
		share(parts, limit-len(head))
		for _, p := range parts {
			head += p.fitted()
		}
		return head
	}
	for _, p := range parts {
		limit += p.least()
	}
	for _, short := range []string{head + "\n" + allLeftOut, verdict + "\n" + allLeftOut, verdict} {
		if len(short) <= limit {
			return short
		}
	}
	return ""
}

const allLeftOut = "Everything else is left out; `--format json` has all.\n"

func (r *Report) sidesMarkdown() string {
	return "old: " + inline(r.Old.says()) + "  \nnew: " + inline(r.New.says()) + "\n"
}

// countsMarkdown is a table of how much there is of everything.
func (r *Report) countsMarkdown() string {
	var b strings.Builder
	for _, c := range r.counts() {
		if b.Len() == 0 {
			b.WriteString("\n| what differs | how many | highest risk |\n|---|---|---|\n")
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", c.What, c.Many, cmp.Or(c.Risk, "-"))
	}
	return b.String()
}

// part is a part of a report: a title, entries that are printed or left out as a whole, and what they are called.
type part struct {
	title   string
	lead    string // before the entries, such as the head of a table
	what    string // an entry, in the singular
	weight  int    // of its share of the room
	n       int    // how many entries there are
	stand   []int  // how many things each stands for; nil for one
	entry   func(i int) string
	entries []string // the first, as many as may fit
	need    int      // what these take, in bytes
	room    int      // for entries, in bytes
}

// write writes entries until they cannot fit.
func (p *part) write(limit int) {
	for i := 0; i < p.n && p.need <= limit; i++ {
		e := p.entry(i)
		p.entries, p.need = append(p.entries, e), p.need+len(e)
	}
}

// reserved is room for the line that says how much is left out, in bytes.
const reserved = 96

// least is what a part takes without entries, in bytes.
func (p *part) least() int { return len(p.title) + len(p.lead) + reserved }

// fitted is the part as far as there is room.
func (p *part) fitted() string {
	var b strings.Builder
	b.WriteString(p.title)
	n, left := 0, p.room
	for n < len(p.entries) && len(p.entries[n]) <= left {
		if n == 0 {
			b.WriteString(p.lead)
		}
		b.WriteString(p.entries[n])
		left -= len(p.entries[n])
		n++
	}
	if more := p.standFor(n); more > 0 {
		b.WriteString("\n… and " + counted(more, "more "+p.what) + " left out; `--format json` has all.\n")
	}
	return b.String()
}

// standFor is how many things the entries from the nth on stand for.
func (p *part) standFor(n int) int {
	if p.stand == nil {
		return p.n - n
	}
	sum := 0
	for _, things := range p.stand[n:] {
		sum += things
	}
	return sum
}

// share divides room among parts: each gets what it needs, or, when that is too much for all, its share by weight of what others leave.
func share(parts []*part, room int) {
	open, weights := parts, 0
	for _, p := range parts {
		weights += p.weight
	}
	for {
		var wanting []*part
		taken, done := 0, 0
		for _, p := range open {
			p.room = room * p.weight / max(1, weights)
			if p.need <= p.room {
				p.room = p.need
				taken, done = taken+p.need, done+p.weight
			} else {
				wanting = append(wanting, p)
			}
		}
		if len(wanting) == 0 || len(wanting) == len(open) {
			return
		}
		open, room, weights = wanting, room-taken, weights-done
	}
}
