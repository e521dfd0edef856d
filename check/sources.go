package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkSources reports regions that send traffic and have no row, where others have one.
func (c *checker) checkSources(r rules) {
	if rows := c.rows(r); len(rows) > 0 {
		var from []string
		for _, d := range rows {
			from = append(from, d.From)
		}
		for _, place := range c.without(r, from) {
			region, _, _ := strings.Cut(place, "/")
			if c.zoneLeft(r, place, region) {
				continue
			}
			row := mesh.Distribute{From: place, To: c.shares(r, region)}
			c.add(atKey(diag.New(diag.SourceWithoutRow, r.path.Key("distribute"), "clients in %s have no row, so their requests spread over all regions and never fail over", place).
				WithFix("add %s, or shares of your own", rowText(row)).WithProposed(rowValues(append(slices.Clone(r.Distribute), row)))))
		}
	}
	if len(r.Failover) > 0 && len(r.Distribute) == 0 {
		var from []string
		for _, f := range r.Failover {
			from = append(from, f.From)
		}
		for _, region := range c.without(r, from) {
			found := atKey(diag.New(diag.SourceWithoutRow, r.path.Key("failover"), "clients in %s have no row; when the region fails, their requests go to any other", region))
			to, ok := c.another(r, region)
			if !ok {
				c.add(found.WithFix("add a row from %s to a region where the service runs", region))
				continue
			}
			var rows []any
			for _, f := range append(slices.Clone(r.Failover), mesh.Failover{From: region, To: to}) {
				rows = append(rows, map[string]any{"from": f.From, "to": f.To})
			}
			c.add(found.WithFix("add {from: %s, to: %s}", region, to).WithProposed(rows))
		}
	}
}

// zoneLeft reports a zone without a row in a region that fails over, where rows are for other zones of it: istiod refuses a row for the region beside these.
func (c *checker) zoneLeft(r rules, place, region string) bool {
	fails := slices.IndexFunc(r.Failover, func(f mesh.Failover) bool { return f.From == region })
	if place == region || !r.Compiles() || fails < 0 {
		return false
	}
	c.add(atKey(diag.New(diag.WeightsAndFailover, r.path.Key("failover").Index(fails).Key("from"), "rows of distribute are for zones of %s, and clients in %s have none, so they would not fail over to %s", region, place, r.Failover[fails].To).
		WithFix("write a row for %s, or rows for the region instead of its zones", place).WithRelated(r.path.Key("distribute"), "distribute is here")))
	return true
}

// shares proposes a row: 90 for the clients' own region, or the first where the service runs, and the rest for the others, so
// that somebody is left when a region fails. At most ten others get a share.
func (c *checker) shares(r rules, from string) map[string]int {
	home, others := from, []string{}
	for _, region := range sortedKeys(c.regions) {
		if region != from && c.runs(r, region) && len(others) < 11 {
			others = append(others, region)
		}
	}
	if !c.runs(r, from) && len(others) > 0 {
		home, others = others[0], others[1:]
	}
	others = others[:min(len(others), 10)]
	row := map[string]int{home: 100}
	for _, region := range others {
		row[region] = 10 / len(others)
		row[home] -= row[region]
	}
	return row
}

// rowText writes a row as it stands in a topology.
func rowText(d mesh.Distribute) string {
	return fmt.Sprintf("{from: %s, to: %s}", d.From, sharesText(d.To))
}

func sharesText(to map[string]int) string {
	var list []string
	for _, region := range sortedKeys(to) {
		list = append(list, fmt.Sprintf("%s: %d", region, to[region]))
	}
	return "{" + strings.Join(list, ", ") + "}"
}

func rowValues(rows []mesh.Distribute) []any {
	var list []any
	for _, d := range rows {
		list = append(list, map[string]any{"from": d.From, "to": weights(d.To)})
	}
	return list
}

func weights(to map[string]int) map[string]any {
	m := map[string]any{}
	for region, weight := range to {
		m[region] = int64(weight)
	}
	return m
}

// without gives the regions that send traffic under the rules and match no row.
func (c *checker) without(r rules, from []string) []string {
	var places []string
	for _, region := range c.sources(r.service) {
		places = append(places, c.unmatched(region, from)...)
	}
	return places
}

// sources gives the regions where clients of a service are: its callers, and the gateways that route to it. For the whole
// mesh, and for a service that nobody is known to call, all regions with clusters.
func (c *checker) sources(s *service) []string {
	if s == nil {
		return sortedKeys(c.regions)
	}
	from := c.gatewayRegions(s)
	for _, caller := range c.order {
		if slices.ContainsFunc(caller.Calls, func(call mesh.CallSpec) bool { return mesh.Qualified(call.Service, caller.Namespace) == s.ref() }) {
			for region := range caller.endpoints {
				from[region] = true
			}
		}
	}
	if len(from) == 0 {
		return sortedKeys(c.regions)
	}
	return sortedKeys(from)
}

// gatewayRegions gives the regions of the gateways that route to a service.
func (c *checker) gatewayRegions(s *service) map[string]bool {
	regions := map[string]bool{}
	for _, name := range c.gatewayClusters(s) {
		if cl, ok := c.clusters[name]; ok {
			regions[cl.Region] = true
		}
	}
	return regions
}

// gatewayClusters gives the clusters of the gateways that route to a service, with repetitions.
func (c *checker) gatewayClusters(s *service) []string {
	var clusters []string
	for _, r := range c.Routes {
		to := mesh.Destinations(slices.Concat(r.HTTP, r.TCP, r.TLS))
		if !slices.ContainsFunc(to, func(host string) bool { return mesh.ServiceRef(host, r.Namespace) == s.ref() }) {
			continue
		}
		for _, ref := range r.Gateways {
			if ref == "mesh" {
				continue
			}
			clusters = append(clusters, c.listeners[mesh.Qualified(ref, r.Namespace)].Clusters...)
		}
	}
	return clusters
}
