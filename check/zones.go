package check

import (
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
)

// zonesOf gives the zones of a region, by name, and whether all of its clusters say theirs, themselves or by their vSwitches.
func (c *checker) zonesOf(region string) (zones []string, known bool) {
	all := map[string]bool{}
	for _, cl := range c.Clusters {
		if cl.Region != region {
			continue
		}
		for _, zone := range cl.Zones {
			all[zone] = true
		}
		if len(cl.Zones) > 0 {
			continue
		}
		theirs, said := c.zones(cl.VSwitches)
		if !said {
			return nil, false
		}
		for zone := range theirs {
			all[zone] = true
		}
	}
	return sortedKeys(all), true
}

// checkKnownZone warns of a zone in which no cluster of the region has nodes: the row is in force once one has.
func (c *checker) checkKnownZone(locality string, at spot) {
	parts := strings.Split(locality, "/")
	if len(parts) < 2 || parts[1] == "*" {
		return
	}
	zones, known := c.zonesOf(parts[0])
	if !known || slices.Contains(zones, parts[1]) {
		return
	}
	var localities []string
	for _, zone := range zones {
		localities = append(localities, strings.Join(append([]string{parts[0], zone}, parts[2:]...), "/"))
	}
	f := suggest(at.finding(diag.UnknownLocality, "no cluster in region %s has nodes in zone %s", parts[0], parts[1]), "locality", locality, localities)
	f.Severity = diag.Warning
	c.add(f)
}

// unmatched gives what rows leave out of a region: the region itself when none is for it, and when all that are for it are for one of its zones, the
// other zones. Where the zones are not known, a row for one is taken to be enough.
func (c *checker) unmatched(region string, from []string) []string {
	inside := func(f string) bool { return f == region || strings.HasPrefix(f, region+"/") || f == "*" }
	if !slices.ContainsFunc(from, inside) {
		return []string{region}
	}
	zones, _ := c.zonesOf(region)
	var out []string
	for _, zone := range zones {
		locality := region + "/" + zone
		reaches := func(f string) bool { return covers(f, locality) || covers(locality, f) }
		if !slices.ContainsFunc(from, reaches) {
			out = append(out, locality)
		}
	}
	return out
}
