package flow

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

func (e *Explained) page() page {
	p := page{result: plain(scenario(e.Lost, e.Mode) + ": " + e.summary())}
	for i := range e.Explanations {
		if i == maxBlocks {
			p.blocks = append(p.blocks, block{title: "And more", held: len(e.Explanations) - maxBlocks})
			break
		}
		p.blocks = append(p.blocks, e.Explanations[i].block())
	}
	return p
}

func (e *Explained) summary() string {
	if len(e.Explanations) == 0 {
		return "there is no client that sends anything there"
	}
	return "where requests go, for " + counted(len(e.Explanations), "pair") + " of client and host"
}

func (x *Explanation) block() block {
	b := block{title: x.Client.caller() + " to " + x.host(), before: x.settings(), table: x.localityTable()}
	for _, d := range x.DecidedBy {
		b.after = append(b.after, d.item())
	}
	return b
}

// caller is who sends, and where it is.
func (c Caller) caller() string {
	who := c.Service
	if c.Gateway != "" {
		who = "gateway " + c.Gateway
	}
	if c.Version != "" {
		who += " " + c.Version
	}
	return fmt.Sprintf("%s in %s (%s)", who, c.Cluster, slashed(c.Region, c.Zone))
}

func (x *Explanation) host() string {
	s := x.Host
	if x.Port > 0 {
		s += ":" + strconv.Itoa(x.Port)
	}
	if x.Subset != "" {
		s += ", subset " + x.Subset
	}
	return s
}

// slashed joins the parts of a locality up to the last that is known.
func slashed(parts ...string) string {
	return strings.TrimRight(strings.Join(parts, "/"), "/")
}

// settings are what Envoy is told beside the endpoints. Where no way leads to the service, DecidedBy says why.
func (x *Explanation) settings() []string {
	if x.Port == 0 && len(x.Localities) == 0 {
		return []string{"no request gets there"}
	}
	var lines []string
	if w := Percent(x.Weight); w != "100 %" {
		lines = append(lines, w+" of the client's requests to "+x.Service+" go this way")
	}
	if len(x.Localities) == 0 {
		lines = append(lines, "there is no endpoint")
	}
	lines = append(lines, x.Outlier.sentence())
	if x.Panic != nil {
		lines = append(lines, fmt.Sprintf("panic threshold: %d %%", *x.Panic))
	} else {
		lines = append(lines, "panic threshold: Envoy's default, 50 %")
	}
	if x.Weighted {
		lines = append(lines, "the weight of a locality goes down with its health")
	}
	return lines
}

func (o *Outlier) sentence() string {
	if o == nil {
		return "no outlierDetection: no endpoint is ever ejected"
	}
	var counts []string
	if n := o.Consecutive5xxErrors; n != nil && *n > 0 {
		counts = append(counts, counted(*n, "error")+" (5xx)")
	}
	if n := o.ConsecutiveGatewayErrors; n != nil && *n > 0 {
		counts = append(counts, counted(*n, "gateway error"))
	}
	if len(counts) == 0 {
		return "outlierDetection that counts no errors: no endpoint is ever ejected"
	}
	return fmt.Sprintf("outlierDetection: an endpoint is ejected for %s after %s in a row, at most %d %% of all endpoints at a time; interval %s",
		o.BaseEjectionTime, strings.Join(counts, " or "), o.MaxEjectionPercent, o.Interval)
}

// localityTable has what is preferred first.
func (x *Explanation) localityTable() table {
	t := table{columns: []column{numbers("priority"), words("locality"), words("network"), numbers("weight"), numbers("share"), words("endpoints")}}
	for _, l := range sorted(x.Localities, func(x, y Locality) int { return cmp.Compare(x.Priority, y.Priority) }) {
		var endpoints []string
		for _, e := range l.Endpoints {
			endpoints = append(endpoints, e.String())
		}
		t.add(plain(strconv.Itoa(l.Priority)), named(slashed(l.Region, l.Zone, l.Subzone)), named(l.Network), plain(strconv.Itoa(l.Weight)),
			plain(Percent(l.Share)), plain(strings.Join(endpoints, "; ")))
	}
	return t
}

// String says which pods these are, and how they are.
func (e Endpoint) String() string {
	s := fmt.Sprintf("%s in %s, %s", e.Version, e.Cluster, counted(e.Replicas, "pod"))
	var states []string
	if e.Failing > 0 {
		states = append(states, strconv.Itoa(e.Failing)+" failing")
	}
	if e.Ejected > 0 {
		states = append(states, strconv.Itoa(e.Ejected)+" ejected")
	}
	if len(states) > 0 {
		s += " (" + strings.Join(states, ", ") + ")"
	}
	return s
}

// item says what was decided, then the object that says so, then the field of the topology that made it.
func (d Decision) item() item {
	i := item{text: d.Rule}
	if d.Object != "" {
		i.details = append(i.details, nonEmpty(" ", d.Object, d.Field, inFile(slashed(d.Target, d.File))))
	}
	if d.From != "" || d.Place != "" {
		i.details = append(i.details, nonEmpty(": ", d.Place, d.From))
	}
	return i
}

func inFile(file string) string {
	if file == "" {
		return ""
	}
	return "in " + file
}

// nonEmpty joins the parts that say something.
func nonEmpty(separator string, parts ...string) string {
	var said []string
	for _, p := range parts {
		if p != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, separator)
}
