package graph

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/mesh"
	"pgregory.net/rapid"
)

// drawPicture gives a picture with anything in its texts.
func drawPicture(t *rapid.T) *Picture {
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z][-a-z0-9]{0,62}`), rapid.SampledFrom([]string{`"]; evil`, "a<b>&c", "x`y|z{}", "a\nb\x00", "end", "%%{init}%%"}))
	p := &Picture{Title: text.Draw(t, "title"), Rest: text.Draw(t, "rest")}
	regions := rapid.IntRange(1, 10).Draw(t, "regions")
	for range regions {
		r := Region{Name: text.Draw(t, "region"), Router: text.Draw(t, "router")}
		for range rapid.IntRange(0, 3).Draw(t, "VPCs") {
			v := VPC{Name: text.Draw(t, "VPC"), Range: "10.0.0.0/16"}
			for range rapid.IntRange(0, 6).Draw(t, "cards") {
				v.Cards = append(v.Cards, Card{
					Name: text.Draw(t, "card"), Control: rapid.Bool().Draw(t, "control"), Lines: []string{text.Draw(t, "line"), "1 service"},
					Gateways: rapid.SliceOfN(text, 0, 3).Draw(t, "gateways"),
				})
			}
			r.VPCs = append(r.VPCs, v)
		}
		p.Regions = append(p.Regions, r)
	}
	lines := func(label string) []Line {
		var list []Line
		for range rapid.IntRange(0, 12).Draw(t, label) {
			a, b := rapid.IntRange(0, regions-1).Draw(t, "from"), rapid.IntRange(0, regions-1).Draw(t, "to")
			if a != b {
				list = append(list, Line{a, b, text.Draw(t, "label")})
			}
		}
		return list
	}
	p.Links, p.Moves = lines("links"), lines("moves")
	p.Notes = rapid.SliceOfN(text, 0, 2).Draw(t, "notes")
	for range rapid.IntRange(0, 2).Draw(t, "tables") {
		p.Tables = append(p.Tables, Table{Title: text.Draw(t, "table"), Columns: []string{text.Draw(t, "column"), "b"}, Rows: []Row{{text.Draw(t, "row"), []int{100, 0}}}})
	}
	return p
}

func (b box) overlaps(o box) bool {
	return b.x < o.x+o.w && o.x < b.x+b.w && b.y < o.y+o.h && o.y < b.y+b.h
}

func (b box) inside(o box) bool {
	return b.x >= o.x && b.y >= o.y && b.x+b.w <= o.x+o.w && b.y+b.h <= o.y+o.h
}

// TestLayout: boxes lie in their boxes and not on each other, labels neither on boxes nor on each other, and all on the canvas.
func TestLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPicture(t)
		l := p.layout()
		canvas := box{0, 0, l.w, l.h}
		var labels, regions []box
		for _, b := range slices.Concat(l.links, l.moves) {
			if b.Label != "" {
				w := textWidth(b.Label, 11, false) + 6
				labels = append(labels, box{b.x - w/2, (b.from+b.to)/2 - 8, w, 16})
			}
		}
		for _, r := range l.regions {
			regions = append(regions, r.box)
			var vpcs []box
			for _, v := range r.vpcs {
				vpcs = append(vpcs, v.box)
				for _, c := range v.cards {
					if !c.inside(v.box) {
						t.Fatalf("card %v is not in its VPC %v", c, v.box)
					}
				}
				apart(t, "cards", v.cards)
				if !v.inside(r.box) {
					t.Fatalf("VPC %v is not in its region %v", v.box, r.box)
				}
			}
			apart(t, "VPCs", vpcs)
		}
		apart(t, "regions and labels", slices.Concat(regions, labels))
		for _, b := range slices.Concat(regions, labels) {
			if !b.inside(canvas) {
				t.Fatalf("%v is not on the canvas %v", b, canvas)
			}
		}
		if l.tables < regions[len(regions)-1].y+regions[len(regions)-1].h {
			t.Fatal("the tables lie on the regions")
		}
	})
}

func apart(t *rapid.T, what string, list []box) {
	for i, a := range list {
		for _, b := range list[:i] {
			if a.overlaps(b) {
				t.Fatalf("%s %v and %v overlap", what, a, b)
			}
		}
	}
}

// TestEscapes: whatever a text holds, the SVG is well-formed XML with the elements that we write and no others, and every line of
// the other two has the form that we give it.
func TestEscapes(t *testing.T) {
	known := []string{"svg", "title", "defs", "marker", "g", "path", "rect", "text"}
	rapid.Check(t, func(t *rapid.T) {
		p := drawPicture(t)
		for d := xml.NewDecoder(strings.NewReader(p.SVG())); ; {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if e, ok := token.(xml.StartElement); ok && !slices.Contains(known, e.Name.Local) {
				t.Fatalf("element %s", e.Name.Local)
			}
		}
		for _, line := range strings.Split(p.Mermaid(), "\n") {
			if n := strings.Count(line, `"`); n != 0 && n != 2 {
				t.Fatalf("%d quotes in %q", n, line)
			}
		}
		if n := strings.Count(strings.NewReplacer(`\\`, "", `\"`, "").Replace(p.Dot()), `"`); n%2 != 0 {
			t.Fatal("an odd number of quotes")
		}
	})
}

func TestFit(t *testing.T) {
	for _, s := range []string{"", "a", "ack-hangzhou-production-0", strings.Repeat("wm", 40), strings.Repeat("語", 40)} {
		for _, width := range []int{1, 20, 100, 1000} {
			got := fit(s, 11, false, width)
			if got != s && got != "…" && textWidth(got, 11, false) > width {
				t.Errorf("%q is wider than %d", got, width)
			}
		}
	}
	if got, want := fit("ack-hangzhou-production-0", 13, true, 150), "-0"; !strings.HasSuffix(got, want) {
		t.Errorf("%q does not end in %q", got, want)
	}
}

// TestRules: which rules are drawn as arrows, as tables and as notes, and whose they are said to be.
func TestRules(t *testing.T) {
	failover := &mesh.Locality{Enabled: true, LocalityRules: mesh.LocalityRules{Failover: []mesh.Failover{{From: "a", To: "b"}}}}
	distribute := &mesh.Locality{Enabled: true, LocalityRules: mesh.LocalityRules{Distribute: []mesh.Distribute{{From: "a", To: map[string]int{"a": 90, "b": 10}}}}}
	priority := &mesh.Locality{Enabled: true, LocalityRules: mesh.LocalityRules{FailoverPriority: []string{"x"}}}
	for _, c := range []struct {
		name     string
		whole    *mesh.Locality
		services []*mesh.Locality
		want     string
	}{
		{"nothing", nil, []*mesh.Locality{nil}, ""},
		{"mesh-wide", failover, []*mesh.Locality{nil, nil}, "0-1  rest all services"},
		{"all services alike", nil, []*mesh.Locality{failover, failover}, "0-1  rest all services"},
		{"one apart", failover, []*mesh.Locality{nil, distribute}, "0-1  rest all other services; Per cent of the requests to s1"},
		{"two of three", nil, []*mesh.Locality{failover, failover, nil}, "0-1 s0, s1"},
		{"three of four", nil, []*mesh.Locality{failover, failover, failover, nil}, "0-1 s0 and 2 more"},
		{"off", failover, []*mesh.Locality{nil, {}}, "0-1  rest all other services; Spread over all regions: s1"},
		{"labels", priority, []*mesh.Locality{nil}, "rest all services; Failover of all services by labels: x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &mesh.Mesh{Control: mesh.ControlPlane{Region: "a"}, Clusters: []*mesh.Cluster{{Region: &mesh.Region{Name: "b"}}}, Traffic: mesh.Traffic{Locality: c.whole}}
			for i, l := range c.services {
				m.Services = append(m.Services, &mesh.Service{Name: fmt.Sprint("s", i), Locality: l})
			}
			p := New(m)
			var got []string
			for _, l := range p.Moves {
				got = append(got, fmt.Sprintf("%d-%d %s", l.A, l.B, l.Label))
			}
			text := strings.Join(got, ", ")
			if p.Rest != "" {
				text = strings.TrimPrefix(text+" rest "+p.Rest, " ")
			}
			for _, table := range p.Tables {
				text += "; " + table.Title
			}
			for _, note := range p.Notes {
				text += "; " + note
			}
			if text != c.want {
				t.Errorf("got %q, want %q", text, c.want)
			}
		})
	}
}
