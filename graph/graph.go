// Package graph draws a mesh: regions, VPCs, clusters, gateways, links and where traffic goes when a region fails.
//
// New makes a Picture of a Mesh, which says what is drawn and not how; Mermaid, Dot and SVG write it. SVG lays the picture out by
// itself (layout.go), without outside programs: regions are rows, links are brackets at their right and failover arrows brackets
// at their left, so that no line runs through a box and no label lies on another. All are deterministic: the order is the
// Mesh's. The package imports mesh.
package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/mesh"
)

// Picture is what is drawn.
type Picture struct {
	Title   string
	Regions []Region // by name
	Links   []Line   // between regions
	Moves   []Line   // failover, from A to B; those without a label are of Rest
	Rest    string   // the services under the mesh-wide rule
	Tables  []Table
	Notes   []string
}

// Region is a region and its VPCs.
type Region struct {
	Name   string
	Router string // its transit router, or ""
	VPCs   []VPC
}

// VPC is a VPC and what is in it; Name is "" when the topology does not say which.
type VPC struct {
	Name, Range string
	Cards       []Card
}

// Card is a cluster, or the control plane.
type Card struct {
	Name     string
	Control  bool
	Lines    []string
	Gateways []string
}

// Line joins the regions of two indices.
type Line struct {
	A, B  int
	Label string
}

// Table is the weights of a distribution: a row for each locality of clients, a column for each that they are sent to.
type Table struct {
	Title   string
	Columns []string
	Rows    []Row
}

// Row is a row of a Table; a weight of 0 is one that is not there.
type Row struct {
	From    string
	Weights []int
}

// New makes the picture of a mesh.
func New(m *mesh.Mesh) *Picture {
	p := &Picture{Title: m.Name}
	index := p.regions(m)
	if m.Network != nil && m.Network.CEN != nil {
		for _, l := range m.Network.CEN.Links {
			p.Links = append(p.Links, Line{A: index[l.A.Region], B: index[l.B.Region], Label: fmt.Sprintf("%d Mbit/s", l.BandwidthMbps)})
		}
	}
	for _, r := range rulesOf(m) {
		p.rules(r, index)
	}
	return p
}

// regions adds every region that has a cluster, a VPC or the control plane, and gives their indices by name.
func (p *Picture) regions(m *mesh.Mesh) map[string]int {
	var names []string
	if m.Istio == nil {
		names = append(names, m.Control.Region)
	}
	for _, c := range m.Clusters {
		names = append(names, c.Region.Name)
	}
	if m.Network != nil {
		for _, v := range m.Network.VPCs {
			names = append(names, v.Region)
		}
		if m.Network.CEN != nil {
			for _, r := range m.Network.CEN.Routers {
				names = append(names, r.Region)
			}
		}
	}
	slices.Sort(names)
	index := map[string]int{}
	for i, name := range slices.Compact(names) {
		index[name] = i
		p.Regions = append(p.Regions, region(m, name))
	}
	return index
}

func region(m *mesh.Mesh, name string) Region {
	r := Region{Name: name}
	if m.Network != nil {
		if m.Network.CEN != nil {
			if router := m.Network.CEN.Router(name); router != nil {
				r.Router = router.Name
			}
		}
		for _, v := range m.Network.VPCs {
			if v.Region == name {
				r.VPCs = append(r.VPCs, VPC{Name: v.Name, Range: v.CIDR.String(), Cards: cards(m, name, v)})
			}
		}
	}
	if loose := cards(m, name, nil); len(loose) > 0 {
		r.VPCs = append(r.VPCs, VPC{Cards: loose})
	}
	return r
}

// cards gives what is in a VPC of a region, or, for nil, in none.
func cards(m *mesh.Mesh, region string, v *mesh.VPC) []Card {
	var list []Card
	if m.Istio == nil && m.VPC == v && m.Control.Region == region {
		list = append(list, Card{Name: m.Control.Name, Control: true, Lines: []string{"control plane", strings.ToUpper(m.Provider) + " " + m.Control.Version}})
	}
	for _, c := range m.Clusters {
		if c.VPC == v && c.Region.Name == region {
			list = append(list, card(m, c))
		}
	}
	return list
}

func card(m *mesh.Mesh, c *mesh.Cluster) Card {
	pods := c.CNI
	for i, r := range c.PodRanges() {
		if pods += " "; i > 0 {
			pods += "…"
			break
		}
		pods += r.String()
	}
	card := Card{Name: c.Name, Lines: []string{pods, running(m, c)}}
	if m.Istio != nil {
		card.Lines = append(inMesh(m, c), running(m, c))
		if len(c.PodRanges()) > 0 {
			card.Lines = append(card.Lines, pods)
		}
	}
	for _, g := range m.Gateways {
		if slices.Contains(g.Clusters, c) {
			card.Gateways = append(card.Gateways, g.Name)
		}
	}
	return card
}

// inMesh says which istiod a cluster has, and where there are several networks its own.
func inMesh(m *mesh.Mesh, c *mesh.Cluster) []string {
	lines := []string{"istiod " + m.Control.Version}
	if c.Primary != nil {
		lines[0] = "remote of " + c.Primary.Name
	}
	if m.Istio.MultiNetwork {
		lines = append(lines, "network "+c.MeshNetwork)
	}
	return lines
}

func running(m *mesh.Mesh, c *mesh.Cluster) string {
	n := 0
	for _, s := range m.Services {
		if len(s.In(c)) > 0 {
			n++
		}
	}
	if n == 1 {
		return "1 service"
	}
	return fmt.Sprintf("%d services", n)
}

// ruleSet is one locality rule and the services under it.
type ruleSet struct {
	who    string
	common bool // the rule of the mesh, or of all services
	mesh.Locality
}

// rulesOf gives the rules of a mesh: the mesh-wide one first, then those of services, equal ones as one.
func rulesOf(m *mesh.Mesh) []ruleSet {
	var sets []ruleSet
	members := map[string][]string{}
	var order []string
	byKey := map[string]mesh.Locality{}
	for _, s := range m.Services {
		if s.Locality == nil {
			continue
		}
		key := fmt.Sprintf("%+v", *s.Locality)
		if members[key] == nil {
			order = append(order, key)
			byKey[key] = *s.Locality
		}
		members[key] = append(members[key], s.Name)
	}
	if l := m.Traffic.Locality; l != nil {
		who := everybody
		if len(order) > 0 {
			who = "all other services"
		}
		sets = append(sets, ruleSet{who, true, *l})
	}
	for _, key := range order {
		if len(members[key]) == len(m.Services) {
			return append(sets, ruleSet{everybody, true, byKey[key]})
		}
		sets = append(sets, ruleSet{few(members[key]), false, byKey[key]})
	}
	return sets
}

// few joins names, two at most, so that a label stays short.
func few(names []string) string {
	if len(names) > 2 {
		return fmt.Sprintf("%s and %d more", names[0], len(names)-1)
	}
	return strings.Join(names, ", ")
}

const everybody = "all services"

func (p *Picture) rules(r ruleSet, index map[string]int) {
	label := r.who
	if r.common {
		label, p.Rest = "", r.who
	}
	if !r.Enabled {
		p.Notes = append(p.Notes, "Spread over all regions: "+r.who)
		return
	}
	for _, f := range r.Failover {
		a, ok1 := index[f.From]
		b, ok2 := index[f.To]
		if ok1 && ok2 {
			p.move(Line{A: a, B: b, Label: label})
		}
	}
	if len(r.FailoverPriority) > 0 {
		p.Notes = append(p.Notes, "Failover of "+r.who+" by labels: "+strings.Join(r.FailoverPriority, ", "))
	}
	if len(r.Distribute) > 0 {
		p.Tables = append(p.Tables, table("Per cent of the requests to "+r.who, r.Distribute))
	}
}

// move adds a failover arrow; two of services between the same regions are one with both labels.
func (p *Picture) move(l Line) {
	for i := range p.Moves {
		if m := &p.Moves[i]; m.A == l.A && m.B == l.B && m.Label != "" && l.Label != "" {
			m.Label += ", " + l.Label
			return
		}
	}
	p.Moves = append(p.Moves, l)
}

func table(title string, rows []mesh.Distribute) Table {
	t := Table{Title: title}
	for _, d := range rows {
		for to := range d.To {
			t.Columns = append(t.Columns, to)
		}
	}
	slices.Sort(t.Columns)
	t.Columns = slices.Compact(t.Columns)
	for _, d := range rows {
		row := Row{From: d.From}
		for _, c := range t.Columns {
			row.Weights = append(row.Weights, d.To[c])
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// text gives a table as lines: cn-a: 90 % cn-a, 10 % cn-b.
func (t Table) text() []string {
	lines := []string{t.Title}
	for _, r := range t.Rows {
		var to []string
		for i, w := range r.Weights {
			if w > 0 {
				to = append(to, fmt.Sprintf("%s %d", t.Columns[i], w))
			}
		}
		lines = append(lines, "from "+r.From+": "+strings.Join(to, ", "))
	}
	return lines
}
