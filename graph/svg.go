package graph

import (
	"fmt"
	"slices"
	"strings"
)

// svg writes elements, each on a line.
type svg struct{ strings.Builder }

// Colours that are read on light and dark pages, since the picture brings its own ground.
const (
	ground    = "#ffffff"
	ink       = "#1f2933"
	pale      = "#52606d"
	regionBox = "#f5f7fa"
	vpcBox    = "#e9eef4"
	frame     = "#b8c4d0"
	accent    = "#2f6f9f"
	warm      = "#a8571c"
)

// SVG writes the picture as an SVG document.
func (p *Picture) SVG() string {
	l := p.layout()
	s := &svg{}
	fmt.Fprintf(s, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" font-family="Helvetica, Arial, 'Liberation Sans', sans-serif">`+"\n", l.w, l.h, l.w, l.h)
	fmt.Fprintf(s, "<title>%s</title>\n", escape("Mesh "+p.Title))
	fmt.Fprintf(s, `<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="%s"/></marker></defs>`+"\n", warm)
	s.rect(box{0, 0, l.w, l.h}, ground, frame, 6)
	s.text(margin, margin+15, 15, ink, "bold", p.Title, l.w-2*margin)
	for i, r := range p.Regions {
		s.region(r, l.regions[i])
	}
	for _, b := range l.links {
		s.open("link/" + p.Regions[b.A].Name + "-" + p.Regions[b.B].Name)
		s.line(b, accent, "")
		s.close()
	}
	for _, b := range l.moves {
		s.line(b, warm, ` stroke-dasharray="6 4" marker-end="url(#arrow)"`)
	}
	for _, b := range l.links {
		s.label(b, accent)
	}
	for _, b := range l.moves {
		s.label(b, warm)
	}
	s.below(p, l)
	s.WriteString("</svg>\n")
	return s.String()
}

func (s *svg) rect(b box, fill, stroke string, radius int) {
	fmt.Fprintf(s, `<rect x="%d" y="%d" width="%d" height="%d" rx="%d" fill="%s" stroke="%s"/>`+"\n", b.x, b.y, b.w, b.h, radius, fill, stroke)
}

// text writes a text that is cut to a width; what is cut can be read by pointing at it.
func (s *svg) text(x, y, size int, fill, weight, text string, width int) {
	title, cut := "", fit(text, size, weight == "bold", width)
	if cut != text {
		title = "<title>" + escape(text) + "</title>"
	}
	fmt.Fprintf(s, `<text x="%d" y="%d" font-size="%d" fill="%s" font-weight="%s">%s%s</text>`+"\n", x, y, size, fill, weight, title, escape(cut))
}

// open begins what is drawn of a place, named as simulate names it, so that a page can find it.
func (s *svg) open(place string) { fmt.Fprintf(s, `<g data-place="%s">`+"\n", escape(place)) }

func (s *svg) close() { s.WriteString("</g>\n") }

func (s *svg) region(r Region, at placedRegion) {
	s.open("region/" + r.Name)
	defer s.close()
	s.rect(at.box, regionBox, frame, 8)
	half := at.w/2 - gap
	s.text(at.x+gap, at.y+18, 14, ink, "bold", r.Name, half)
	if r.Router != "" {
		name := fit(r.Router, 11, false, half-16)
		w := textWidth(name, 11, false) + 16
		s.rect(box{at.x + at.w - w - gap, at.y + 6, w, 18}, ground, accent, 9)
		s.text(at.x+at.w-w-gap+8, at.y+19, 11, accent, "normal", r.Router, half-16)
	}
	for i, v := range r.VPCs {
		s.vpc(v, at.vpcs[i])
	}
}

func (s *svg) vpc(v VPC, at placedVPC) {
	if v.Name != "" {
		s.rect(at.box, vpcBox, frame, 6)
		s.text(at.x+gap, at.y+16, 11, pale, "normal", v.Name+"  "+v.Range, at.w-2*gap)
	}
	for i, c := range v.Cards {
		s.card(c, at.cards[i])
	}
}

func (s *svg) card(c Card, at box) {
	stroke, radius := frame, 4
	if c.Control {
		stroke, radius = accent, 14
	}
	if !c.Control {
		s.open("cluster/" + c.Name)
		defer s.close()
	}
	s.rect(at, ground, stroke, radius)
	y := at.y + 18
	s.text(at.x+10, y, 13, ink, "bold", c.Name, at.w-20)
	for _, line := range c.Lines {
		y += lineHeight
		s.text(at.x+10, y, 11, pale, "normal", line, at.w-20)
	}
	for _, g := range c.Gateways {
		y += lineHeight + 4
		s.rect(box{at.x + 8, y - 13, at.w - 16, 18}, regionBox, warm, 9)
		s.text(at.x+18, y, 11, warm, "normal", "gateway "+g, at.w-36)
	}
}

func (s *svg) line(b bracket, stroke, more string) {
	fmt.Fprintf(s, `<path d="M%d,%d H%d V%d H%d" fill="none" stroke="%s" stroke-width="1.5" stroke-linejoin="round"%s/>`+"\n", b.side, b.from, b.x, b.to, b.side, stroke, more)
}

// label stands in the middle of a lane, on ground of its own.
func (s *svg) label(b bracket, fill string) {
	if b.Label == "" {
		return
	}
	w, y := textWidth(b.Label, 11, false)+6, (b.from+b.to)/2
	fmt.Fprintf(s, `<rect x="%d" y="%d" width="%d" height="16" fill="%s"/>`+"\n", b.x-w/2, y-8, w, ground)
	fmt.Fprintf(s, `<text x="%d" y="%d" font-size="11" fill="%s" text-anchor="middle">%s</text>`+"\n", b.x, y+4, fill, escape(b.Label))
}

// below draws tables, notes and the legend.
func (s *svg) below(p *Picture, l *placed) {
	y := l.tables
	for _, t := range p.Tables {
		s.table(t, y)
		y += titleRoom + (len(t.Rows)+1)*cellHeight + gap
	}
	for _, n := range p.Notes {
		s.text(margin, y+12, 12, ink, "normal", n, l.w-2*margin)
		y += titleRoom
	}
	x := margin
	if len(p.Links) > 0 {
		fmt.Fprintf(s, `<path d="M%d,%d h28" stroke="%s" stroke-width="1.5"/>`+"\n", x, y+8, accent)
		s.text(x+36, y+12, 11, pale, "normal", "link between transit routers", 200)
		x += 230
	}
	if len(p.Moves) > 0 {
		fmt.Fprintf(s, `<path d="M%d,%d h28" stroke="%s" stroke-width="1.5" stroke-dasharray="6 4" marker-end="url(#arrow)"/>`+"\n", x, y+8, warm)
		s.text(x+36, y+12, 11, pale, "normal", legend(p), l.w)
	}
}

// legend says what a dashed arrow means.
func legend(p *Picture) string {
	named := slices.ContainsFunc(p.Moves, func(l Line) bool { return l.Label != "" })
	unnamed := slices.ContainsFunc(p.Moves, func(l Line) bool { return l.Label == "" })
	who := p.Rest
	switch {
	case named && unnamed:
		who += ", or those named"
	case named:
		who = "those named"
	}
	return "failover when a region has no healthy endpoint: " + who
}

func (s *svg) table(t Table, y int) {
	s.text(margin, y+12, 12, ink, "bold", t.Title, 10_000)
	y += titleRoom - 4
	first := cellWidth * 3 / 2
	for i, c := range t.Columns {
		s.text(margin+first+i*first+8, y+15, 11, pale, "normal", "to "+c, first-12)
	}
	for _, r := range t.Rows {
		y += cellHeight
		s.text(margin, y+13, 11, pale, "normal", "from "+r.From, first-8)
		for i, w := range r.Weights {
			cell := box{margin + first + i*first, y, first - 4, cellHeight - 4}
			s.rect(cell, regionBox, frame, 3)
			if w > 0 {
				s.rect(box{cell.x, cell.y, max(cell.w*min(w, 100)/100, 3), cell.h}, vpcBox, frame, 3)
				s.text(cell.x+8, cell.y+13, 11, ink, "normal", fmt.Sprint(w), cell.w)
			}
		}
	}
}
