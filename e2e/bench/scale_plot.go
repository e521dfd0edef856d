package main

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// scalePlot draws time by clusters, both in powers of ten, one line for each program.
func scalePlot(results []scaleResult) string {
	p := plot{left: 70, top: 50, width: 560, height: 340, lowX: 1, highX: 3, lowY: -1, highY: 4}
	p.begin()
	for _, line := range []struct {
		name, colour string
		of           func(scaleResult) time.Duration
	}{
		{"kustomize build, for each cluster", "#b03a2e", func(r scaleResult) time.Duration { return r.kustomizeTotal }},
		{"helm template, for each cluster", "#b9770e", func(r scaleResult) time.Duration { return r.helmTotal }},
		{"meshtopo render", "#1f618d", func(r scaleResult) time.Duration { return r.meshtopo.wall }},
		{"floor: only writing the files", "#5d6d7e", func(r scaleResult) time.Duration { return r.floor.wall }},
	} {
		var points []point
		for _, r := range results {
			points = append(points, point{float64(r.clusters), line.of(r).Seconds()})
		}
		p.line(line.name, line.colour, points)
	}
	p.out.WriteString("</svg>\n")
	return p.out.String()
}

type point struct{ x, y float64 }

// plot is a drawing with logarithmic axes, from 10^low to 10^high.
type plot struct {
	out                      strings.Builder
	left, top, width, height float64
	lowX, highX, lowY, highY float64
	labels                   int
}

func (p *plot) at(q point) (x, y float64) {
	x = p.left + p.width*(math.Log10(q.x)-p.lowX)/(p.highX-p.lowX)
	y = p.top + p.height*(p.highY-math.Log10(q.y))/(p.highY-p.lowY)
	return x, y
}

func (p *plot) begin() {
	fmt.Fprintf(&p.out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"seconds by clusters\">\n", p.left+p.width+240, p.top+p.height+60)
	fmt.Fprintf(&p.out, "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n<text x=\"%.0f\" y=\"28\" font-size=\"16\" fill=\"#1b2631\">Rendering a fleet: seconds by clusters, both in powers of ten</text>\n", p.left)
	for e := p.lowY; e <= p.highY; e++ {
		x, y := p.at(point{math.Pow(10, p.lowX), math.Pow(10, e)})
		fmt.Fprintf(&p.out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#d5d8dc\"/>\n<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" fill=\"#1b2631\">%s s</text>\n", x, y, x+p.width, y, x-8, y+4, power(e))
	}
	for e := p.lowX; e <= p.highX; e++ {
		x, y := p.at(point{math.Pow(10, e), math.Pow(10, p.lowY)})
		fmt.Fprintf(&p.out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#d5d8dc\"/>\n<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" fill=\"#1b2631\">%s clusters</text>\n", x, y, x, y-p.height, x, y+22, power(e))
	}
}

func power(e float64) string {
	if e < 0 {
		return fmt.Sprintf("%g", math.Pow(10, e))
	}
	return thousands(int(math.Pow(10, e)))
}

// line draws points and names them at the last one.
func (p *plot) line(name, colour string, points []point) {
	var path []string
	for _, q := range points {
		x, y := p.at(q)
		path = append(path, fmt.Sprintf("%.1f,%.1f", x, y))
		fmt.Fprintf(&p.out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>\n", x, y, colour)
	}
	x, y := p.at(points[len(points)-1])
	fmt.Fprintf(&p.out, "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2.5\"/>\n<text x=\"%.1f\" y=\"%.1f\" fill=\"%s\">%s</text>\n", strings.Join(path, " "), colour, x+12, y+4, colour, name)
}
