package main

import (
	"bytes"
	"io"
	"os"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/graph"
	"github.com/meshtopo/meshtopo/review"
)

func (d *differences) print(w io.Writer, format string) error {
	r := d.report
	switch format {
	case "json":
		return review.JSON(diag.InertJSON(w), r)
	case "markdown":
		return review.Markdown(w, r, review.MarkdownOptions{Marker: d.flags.marker})
	case "html":
		r.Before, r.After = d.picture(d.pairs[0].old), d.picture(d.pairs[0].new)
		return review.HTML(w, r)
	}
	_, file := w.(*bytes.Buffer)
	return review.Text(w, r, review.TextOptions{Color: !file && d.app.colored(d.app.out), Width: d.app.width(!file)})
}

func (d *differences) picture(s *side) *review.Picture {
	if s == nil || s.project == nil {
		return nil
	}
	return &review.Picture{SVG: graph.New(s.project.mesh).SVG(), Alt: "regions, clusters and links of " + s.about.Topology + ", " + s.about.Name}
}

// status is that of the command.
func (d *differences) status() error {
	if d.flags.failOn == "" {
		if d.report.Same() {
			return nil
		}
		return errFindings
	}
	level, err := review.ParseRisk(d.flags.failOn)
	if err != nil {
		return err
	}
	if d.report.Risk >= level && !d.report.Same() {
		return errFindings
	}
	return nil
}

// minWidth is the least width, in characters, that text is broken at.
const minWidth = 40

// width is where lines of a report are broken: at the edge of the terminal that it goes to, else where it is the same for everybody.
func (a *app) width(toStdout bool) int {
	f, ok := a.out.(*os.File)
	if !toStdout || !ok || !terminal(a.out) {
		return lineWidth
	}
	if n := columns(f); n > 0 {
		return max(n, minWidth)
	}
	return lineWidth
}
