package graph

import (
	"fmt"
	"strings"
)

// Mermaid writes the picture as a Mermaid flowchart.
func (p *Picture) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	n := 0
	node := func(indent int, shape string, lines ...string) {
		n++
		for i, l := range lines {
			lines[i] = mermaidText(l)
		}
		fmt.Fprintf(&b, "%s"+shape+"\n", strings.Repeat("  ", indent), fmt.Sprintf("n%d", n), strings.Join(lines, "<br/>"))
	}
	for i, r := range p.Regions {
		fmt.Fprintf(&b, "  subgraph r%d[\"%s\"]\n", i, mermaidText(r.Name))
		if r.Router != "" {
			node(2, `%s{{"%s"}}`, r.Router)
		}
		for j, v := range r.VPCs {
			indent := 2
			if v.Name != "" {
				fmt.Fprintf(&b, "    subgraph v%d_%d[\"%s %s\"]\n", i, j, mermaidText(v.Name), mermaidText(v.Range))
				indent = 3
			}
			if len(v.Cards) == 0 {
				node(indent, `%s["%s"]`, "empty")
			}
			for _, c := range v.Cards {
				node(indent, mermaidShape(c), append([]string{c.Name}, c.details()...)...)
			}
			if v.Name != "" {
				b.WriteString("    end\n")
			}
		}
		b.WriteString("  end\n")
	}
	for _, l := range p.Links {
		fmt.Fprintf(&b, "  r%d <-->|\"%s\"| r%d\n", l.A, mermaidText(l.Label), l.B)
	}
	for _, l := range p.Moves {
		fmt.Fprintf(&b, "  r%d -.->|\"%s\"| r%d\n", l.A, mermaidText(p.moveText(l)), l.B)
	}
	for _, t := range p.Tables {
		node(1, `%s>"%s"]`, t.text()...)
	}
	for _, note := range p.Notes {
		node(1, `%s>"%s"]`, note)
	}
	return b.String()
}

func mermaidShape(c Card) string {
	if c.Control {
		return `%s(["%s"])`
	}
	return `%s["%s"]`
}

// details are the lines of a card below its name, gateways as lines.
func (c Card) details() []string {
	lines := append([]string{}, c.Lines...)
	for _, g := range c.Gateways {
		lines = append(lines, "gateway "+g)
	}
	return lines
}

func (p *Picture) moveText(l Line) string {
	if l.Label != "" {
		return "failover of " + l.Label
	}
	return "failover of " + p.Rest
}

// mermaidText writes text inside quotes: what Mermaid, Markdown or HTML would read as their own becomes an entity.
func mermaidText(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\"#&<>`\\*_[]{}|;", r) || r < ' ' {
			fmt.Fprintf(&b, "#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
