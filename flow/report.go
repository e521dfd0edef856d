package flow

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxLost is how many places the first line names.
const maxLost = 4

// scenario says what is lost, and how.
func scenario(lost []string, mode string) string {
	if len(lost) == 0 {
		return "all up"
	}
	s := "lost " + some(lost, maxLost)
	if mode != "" {
		s += " (" + mode + ")"
	}
	return s
}

func (r *Report) page() page {
	return page{
		result: r.result(),
		facts:  r.facts(),
		blocks: []block{
			{title: "No good answer", table: r.dropTable(func(d Drop) bool { return d.Kind != Answered })},
			{title: "Answered by a route", table: r.dropTable(func(d Drop) bool { return d.Kind == Answered })},
			{title: "Who sends to whom", table: r.hopTable()},
			{title: "Who answers, end to end", table: r.servedTable()},
			{title: "Load", table: r.loadTable()},
			{title: "Ejection of failing endpoints", table: r.drainTable()},
			r.notes(),
		},
	}
}

func (r *Report) result() cell {
	c := cell{text: scenario(r.Lost, r.Mode) + ": ", alarm: r.Totals.DroppedShare > 0}
	switch share := Percent(r.Totals.DroppedShare); {
	case len(r.Hops) == 0 && len(r.Dropped) == 0:
		c.text += "no request is made"
	case share == "0 %":
		c.text, c.alarm = c.text+"every request is answered", false
	case share == "100 %":
		c.text += "no request gets a good answer"
	default:
		c.text += share + " of requests get no good answer"
	}
	return c
}

func (r *Report) facts() []string {
	if !r.Declared {
		return nil
	}
	facts := fmt.Sprintf("%s rps enter, %s rps cross between regions", rate(r.Totals.RPS), rate(r.Totals.CrossRegionRPS))
	if r.Totals.MaxUtilization > 0 {
		facts += ", the highest utilization is " + Percent(r.Totals.MaxUtilization)
	}
	return []string{facts}
}

// client is the name of who sends.
func (c Client) client() cell {
	if c.Gateway != "" {
		return plain("gateway " + c.Gateway)
	}
	return named(c.Service)
}

func (r *Report) hopTable() table {
	t := table{group: 3, columns: []column{words("from"), words("in"), words("to"), words("version"), words("cluster"), words("region"), numbers("share"), words("")}}
	if r.Declared {
		t.columns = slices.Insert(t.columns, 7, numbers("rps"))
	}
	for _, h := range r.Hops {
		row := []cell{h.From.client(), named(h.From.Region), named(h.To.Service), named(h.To.Version), named(h.To.Cluster), named(h.To.Region), plain(Percent(h.Share))}
		if r.Declared {
			row = append(row, plain(rate(h.RPS)))
		}
		t.add(append(row, h.errors())...)
	}
	t.dropEmptyLast()
	return t
}

// errors says how much of a hop is answered with errors.
func (h Hop) errors() cell {
	switch bad := Round(h.Errors); {
	case bad <= 0:
		return cell{}
	case bad >= Round(h.Share):
		return cell{text: "(all errors)", alarm: true}
	default:
		return cell{text: "(" + Percent(h.Errors/h.Share) + " of them errors)", alarm: true}
	}
}

// dropEmptyLast takes away the last column when no row has anything there.
func (t *table) dropEmptyLast() {
	last := len(t.columns) - 1
	if slices.ContainsFunc(t.rows, func(row []cell) bool { return row[last].text != "" }) {
		return
	}
	t.columns = t.columns[:last]
	for i := range t.rows {
		t.rows[i] = t.rows[i][:last]
	}
}

func (r *Report) servedTable() table {
	t := table{group: 1, columns: []column{words("service"), words("region"), words("version"), numbers("share")}}
	if r.Declared {
		t.columns = append(t.columns, numbers("rps"))
	}
	for _, s := range r.EndToEnd {
		row := []cell{named(s.Service), named(s.Region), named(s.Version), plain(Percent(s.Share))}
		if r.Declared {
			row = append(row, plain(rate(s.RPS)))
		}
		t.add(row...)
	}
	return t
}

// dropTable has the worst first, since it may be cut.
// dropTable lists the drops that are meant.
func (r *Report) dropTable(meant func(Drop) bool) table {
	t := table{columns: []column{words("from"), words("in"), words("to"), numbers("share"), words("why")}}
	if r.Declared {
		t.columns = slices.Insert(t.columns, 4, numbers("rps"))
	}
	for _, d := range sorted(r.Dropped, func(x, y Drop) int { return cmp.Or(cmp.Compare(y.RPS, x.RPS), cmp.Compare(y.Share, x.Share)) }) {
		if !meant(d) {
			continue
		}
		row := []cell{d.From.client(), named(d.From.Region), named(d.Service), {text: Percent(d.Share), alarm: d.Kind != Answered}}
		if r.Declared {
			row = append(row, plain(rate(d.RPS)))
		}
		t.add(append(row, plain(d.why()))...)
	}
	return t
}

// why is the reason in words.
func (d Drop) why() string {
	if d.Why != "" {
		return d.Why
	}
	switch d.Kind {
	case Errors:
		return "failing endpoints answer with errors"
	case NoEndpoint:
		return "no endpoint is left"
	case NoRoute:
		return "no route matches"
	case Fault:
		return "a VirtualService injects a fault"
	case LostClient:
		return "who would send it is lost"
	}
	return d.Kind
}

// sorted is a sorted copy; what is alike stays in its order.
func sorted[T any](list []T, compare func(x, y T) int) []T {
	list = slices.Clone(list)
	slices.SortStableFunc(list, compare)
	return list
}

// loadTable has only what the topology gives a capacity, the highest utilization first. Without demand there is no load.
func (r *Report) loadTable() table {
	if !r.Declared {
		return table{}
	}
	t := table{columns: []column{words("service"), words("version"), words("cluster"), words("region"), numbers("pods"), numbers("rps"), numbers("capacity"), numbers("utilization"), words("")}}
	for _, u := range sorted(r.Utilization, func(x, y Utilization) int { return cmp.Compare(y.Utilization, x.Utilization) }) {
		if u.Capacity <= 0 {
			continue
		}
		over, mark := Round(u.Utilization) > 1, ""
		if over {
			mark = "overload"
		}
		t.add(named(u.Service), named(u.Version), named(u.Cluster), named(u.Region), plain(strconv.Itoa(u.Endpoints)),
			plain(rate(u.RPS)), plain(rate(u.Capacity)), cell{Percent(u.Utilization), over}, cell{mark, over})
	}
	t.dropEmptyLast()
	return t
}

func (r *Report) drainTable() table {
	t := table{columns: []column{words("from"), words("in"), words("to"), numbers("failing"), numbers("ejected"), numbers("errors until then"), words("time"), words("why")}}
	for _, d := range r.Drains {
		t.add(d.From.client(), named(d.From.Region), named(d.Service), plain(strconv.Itoa(d.Failing)),
			cell{strconv.Itoa(d.Ejected), d.Ejected < d.Failing}, plain(d.failed()), plain(d.time()), plain(d.Why))
	}
	t.dropEmptyLast()
	return t
}

// failed says how many requests get errors until all is ejected that may be.
func (d Drain) failed() string {
	if d.Ejected == 0 {
		return "-"
	}
	return strconv.Itoa(d.Failed)
}

// time says how long ejection takes; "-" when the rate is not known.
func (d Drain) time() string {
	switch {
	case d.Ejected == 0:
		return "never"
	case d.Seconds > 0:
		return seconds(d.Seconds)
	}
	return "-"
}

func (r *Report) notes() block {
	b := block{title: "Notes"}
	for i, n := range r.Notes {
		if i == maxRows {
			b.held = len(r.Notes) - maxRows
			break
		}
		b.after = append(b.after, item{text: strings.TrimSpace(n)})
	}
	return b
}
