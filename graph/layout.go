package graph

import (
	"cmp"
	"slices"
)

// Measures of the SVG, in pixels.
const (
	margin     = 20
	cardWidth  = 200
	lineHeight = 17
	gap        = 12 // between boxes, and between a box and what is in it
	titleRoom  = 24 // for the title of a box
	columns    = 4  // cards beside each other
	rowGap     = 26 // between regions
	portGap    = 18 // between the ends of two lines at one box
	laneWidth  = 26 // of a line without a label
	cellWidth  = 92
	cellHeight = 22
)

// box is a rectangle.
type box struct{ x, y, w, h int }

// placed is where everything of a picture is.
type placed struct {
	w, h    int
	regions []placedRegion
	links   []bracket
	moves   []bracket
	tables  int // the y of the first table
}

type placedRegion struct {
	box
	vpcs []placedVPC
}

type placedVPC struct {
	box
	cards []box
}

// bracket is a line out of one region, along a lane beside the regions, and into another.
type bracket struct {
	Line
	from, to int // y of its ends
	x        int // of the lane
	side     int // x of the boxes' side
	width    int // of the lane, label included
}

// layout places a picture: regions one below the other, links at their right, failover at their left.
func (p *Picture) layout() *placed {
	l := &placed{}
	width := l.placeRegions(p)
	l.moves, l.links = brackets(p.Moves), brackets(p.Links)
	l.ports(l.moves)
	l.ports(l.links)
	left := lanes(l.moves)
	right := lanes(l.links)
	x := margin + left
	for i := range l.moves {
		l.moves[i].side, l.moves[i].x = x, x-l.moves[i].x
	}
	for i := range l.links {
		l.links[i].side, l.links[i].x = x+width, x+width+l.links[i].x
	}
	l.shift(x, width)
	l.w = x + width + right + margin
	l.below(p)
	return l
}

// placeRegions places the boxes as if there were no lines at the left, and gives the width of the widest region.
func (l *placed) placeRegions(p *Picture) int {
	y, width := margin+titleRoom+gap, cardWidth+4*gap
	ends := make([]int, len(p.Regions))
	for _, side := range [][]Line{p.Moves, p.Links} {
		count := make([]int, len(p.Regions))
		for _, line := range side {
			count[line.A]++
			count[line.B]++
		}
		for i, n := range count {
			ends[i] = max(ends[i], n)
		}
	}
	for i, r := range p.Regions {
		placed := placeRegion(r, y)
		placed.h = max(placed.h, (ends[i]+1)*portGap)
		width = max(width, placed.w)
		y += placed.h + rowGap
		l.regions = append(l.regions, placed)
	}
	l.h = y - rowGap
	return width
}

// placeRegion places the VPCs of a region from left to right, in rows.
func placeRegion(r Region, y int) placedRegion {
	placed := placedRegion{box: box{y: y}}
	full := columns*(cardWidth+gap) + gap + 2*gap
	x, top, rowHeight := gap, titleRoom+gap/2, 0
	for _, v := range r.VPCs {
		vpc := placeVPC(v)
		if x > gap && x+vpc.w+gap > full {
			x, top, rowHeight = gap, top+rowHeight+gap, 0
		}
		vpc.move(x, y+top)
		rowHeight = max(rowHeight, vpc.h)
		x += vpc.w + gap
		placed.w = max(placed.w, x)
		placed.vpcs = append(placed.vpcs, vpc)
	}
	placed.h = top + rowHeight + gap
	return placed
}

// placeVPC places the cards of a VPC in rows; those of one row are of one height.
func placeVPC(v VPC) placedVPC {
	n := min(max(len(v.Cards), 1), columns)
	placed := placedVPC{box: box{w: n*(cardWidth+gap) + gap}}
	y := gap
	if v.Name != "" {
		y = titleRoom
	}
	for row := range slices.Chunk(v.Cards, columns) {
		height := 0
		for _, c := range row {
			height = max(height, c.height())
		}
		for i := range row {
			placed.cards = append(placed.cards, box{gap + i*(cardWidth+gap), y, cardWidth, height})
		}
		y += height + gap
	}
	placed.h = max(y, titleRoom+gap)
	return placed
}

func (c Card) height() int { return 14 + lineHeight*(1+len(c.Lines)) + (lineHeight+4)*len(c.Gateways) }

func (v *placedVPC) move(dx, dy int) {
	v.x += dx
	v.y += dy
	for i := range v.cards {
		v.cards[i].x += dx
		v.cards[i].y += dy
	}
}

// shift moves all boxes to the right and makes the regions one width.
func (l *placed) shift(x, width int) {
	for i := range l.regions {
		r := &l.regions[i]
		r.x, r.w = x, width
		for j := range r.vpcs {
			r.vpcs[j].move(x, 0)
		}
	}
}

func brackets(lines []Line) []bracket {
	var list []bracket
	for _, line := range lines {
		b := bracket{Line: line, width: laneWidth}
		if line.Label != "" {
			b.width = max(laneWidth, textWidth(line.Label, 11, false)+14)
		}
		list = append(list, b)
	}
	return list
}

// ports spreads the ends of lines along the sides of their regions: lines to regions above come first, and of several in one
// direction the ones that go far are nearer to the middle, so that they cross least.
func (l *placed) ports(list []bracket) {
	type end struct {
		y    *int
		away int // rows to the other region, negative upwards
		i    int
	}
	ends := make([][]end, len(l.regions))
	for i := range list {
		b := &list[i]
		ends[b.A] = append(ends[b.A], end{&b.from, b.B - b.A, i})
		ends[b.B] = append(ends[b.B], end{&b.to, b.A - b.B, i})
	}
	for r, at := range ends {
		slices.SortStableFunc(at, func(x, y end) int {
			if (x.away < 0) != (y.away < 0) {
				return cmp.Compare(x.away, y.away)
			}
			if x.away < 0 { // two between the same regions lie one in the other
				x.i, y.i = y.i, x.i
			}
			return cmp.Or(cmp.Compare(y.away, x.away), cmp.Compare(x.i, y.i))
		})
		region := l.regions[r]
		for k, e := range at {
			*e.y = region.y + region.h*(k+1)/(len(at)+1)
		}
	}
}

// lanes gives every bracket a lane, short ones near the boxes, so that no two in one lane touch; x becomes the distance of the
// lane from the boxes. It gives the width of all lanes.
func lanes(list []bracket) int {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	length := func(b bracket) int { return max(b.from, b.to) - min(b.from, b.to) }
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(length(list[x]), length(list[y])) })
	var taken [][]int // brackets by lane
	lane := make([]int, len(list))
	for _, i := range order {
		n := slices.IndexFunc(taken, func(others []int) bool {
			return !slices.ContainsFunc(others, func(o int) bool { return touch(list[i], list[o]) })
		})
		if n < 0 {
			n = len(taken)
			taken = append(taken, nil)
		}
		taken[n] = append(taken[n], i)
		lane[i] = n
	}
	x := 10
	starts := make([]int, len(taken))
	for n, members := range taken {
		width := 0
		for _, i := range members {
			width = max(width, list[i].width)
		}
		starts[n] = x + width/2
		x += width
	}
	for i := range list {
		list[i].x = starts[lane[i]]
	}
	return x
}

// touch says whether two brackets, with room for their labels, share heights.
func touch(x, y bracket) bool {
	room := portGap / 2
	return min(x.from, x.to)-room < max(y.from, y.to)+room && min(y.from, y.to)-room < max(x.from, x.to)+room
}

// below makes room for tables, notes and the legend.
func (l *placed) below(p *Picture) {
	l.tables = l.h + rowGap
	l.h = l.tables
	for _, t := range p.Tables {
		l.w = max(l.w, 2*margin+(len(t.Columns)+1)*cellWidth*3/2, 2*margin+textWidth(t.Title, 12, true))
		l.h += titleRoom + (len(t.Rows)+1)*cellHeight + gap
	}
	for _, n := range p.Notes {
		l.w = max(l.w, 2*margin+textWidth(n, 12, false))
	}
	l.h += len(p.Notes) * titleRoom
	l.w = max(l.w, 270+textWidth(legend(p), 11, false)+2*margin, 2*margin+textWidth(p.Title, 15, true))
	l.h += titleRoom + margin
}
