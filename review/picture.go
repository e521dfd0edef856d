package review

import (
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/flow"
)

// inlined gives a picture as an element of an HTML page. It is written anew from what is read of it, with the elements and attributes that
// our drawings have and no others, so that nothing in it can act on the page. Ids get a prefix: two pictures have the same.
func inlined(p *Picture, prefix string) (template.HTML, error) {
	var b strings.Builder
	d := xml.NewDecoder(strings.NewReader(p.SVG))
	for depth := 0; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return template.HTML(b.String()), nil //nolint:gosec // every part of it is escaped below
		}
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if !slices.Contains(svgElements, t.Name.Local) {
				return "", fmt.Errorf("it has an element %q", t.Name.Local)
			}
			b.WriteString("<" + t.Name.Local)
			if depth++; depth == 1 {
				b.WriteString(` aria-label="` + html.EscapeString(p.Alt) + `"`)
			}
			if err := attributes(&b, t.Attr, prefix); err != nil {
				return "", err
			}
			b.WriteString(">")
		case xml.EndElement:
			depth--
			b.WriteString("</" + t.Name.Local + ">")
		case xml.CharData:
			b.WriteString(html.EscapeString(flow.Visible(string(t))))
		}
	}
}

var (
	svgElements   = []string{"svg", "title", "defs", "marker", "g", "path", "rect", "text"}
	svgAttributes = []string{
		"class", "d", "data-place", "fill", "font-family", "font-size", "font-weight", "height", "id", "marker-end", "markerHeight", "markerWidth", "orient",
		"refX", "refY", "role", "rx", "stroke", "stroke-dasharray", "stroke-linejoin", "stroke-width", "text-anchor", "viewBox", "width", "x", "y",
	}
)

func attributes(b *strings.Builder, list []xml.Attr, prefix string) error {
	for _, a := range list {
		name, value := a.Name.Local, a.Value
		switch {
		case name == "xmlns":
			continue
		case a.Name.Space != "" || !slices.Contains(svgAttributes, name):
			return fmt.Errorf("it has an attribute %q", name)
		case name == "id":
			value = prefix + value
		case name == "marker-end":
			id, found := strings.CutPrefix(value, "url(#")
			if !found {
				return fmt.Errorf("it has a marker %q", value)
			}
			value = "url(#" + prefix + id
		case name != "data-place" && strings.Contains(value, "url("):
			return fmt.Errorf("it has a reference %q", value)
		}
		b.WriteString(" " + name + `="` + html.EscapeString(flow.Visible(value)) + `"`)
	}
	return nil
}
