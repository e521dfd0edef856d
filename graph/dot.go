package graph

import (
	"fmt"
	"strings"
)

// Dot writes the picture in the language of Graphviz. A point in each region stands for it at the ends of lines.
func (p *Picture) Dot() string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n", dotText(p.Title))
	b.WriteString("  compound=true; rankdir=LR; fontname=\"Helvetica\";\n  node [shape=box, style=rounded, fontname=\"Helvetica\"];\n  edge [fontname=\"Helvetica\"];\n")
	n := 0
	node := func(indent, attributes string, lines ...string) {
		n++
		fmt.Fprintf(&b, "%sn%d [label=%s%s];\n", indent, n, dotText(strings.Join(lines, "\n")), attributes)
	}
	for i, r := range p.Regions {
		fmt.Fprintf(&b, "  subgraph cluster_r%d {\n    label=%s;\n", i, dotText(r.Name))
		if r.Router != "" {
			fmt.Fprintf(&b, "    t%d [label=%s, shape=hexagon];\n", i, dotText(r.Router))
		} else {
			fmt.Fprintf(&b, "    t%d [label=\"\", shape=point];\n", i)
		}
		for j, v := range r.VPCs {
			indent := "    "
			if v.Name != "" {
				fmt.Fprintf(&b, "    subgraph cluster_v%d_%d {\n      label=%s;\n", i, j, dotText(v.Name+" "+v.Range))
				indent = "      "
			}
			if len(v.Cards) == 0 {
				node(indent, ", shape=plaintext", "empty")
			}
			for _, c := range v.Cards {
				attributes := ""
				if c.Control {
					attributes = ", shape=ellipse"
				}
				node(indent, attributes, append([]string{c.Name}, c.details()...)...)
			}
			if v.Name != "" {
				b.WriteString("    }\n")
			}
		}
		b.WriteString("  }\n")
	}
	for _, l := range p.Links {
		fmt.Fprintf(&b, "  t%d -> t%d [dir=none, label=%s];\n", l.A, l.B, dotText(l.Label))
	}
	for _, l := range p.Moves {
		fmt.Fprintf(&b, "  t%d -> t%d [style=dashed, ltail=cluster_r%d, lhead=cluster_r%d, label=%s];\n", l.A, l.B, l.A, l.B, dotText(p.moveText(l)))
	}
	for _, t := range p.Tables {
		node("  ", ", shape=note, style=solid", t.text()...)
	}
	for _, note := range p.Notes {
		node("  ", ", shape=note, style=solid", note)
	}
	b.WriteString("}\n")
	return b.String()
}

// dotText writes a quoted string; a line break becomes the escape for one.
func dotText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
