package check

import (
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// checkDetectionAlone reports outlierDetection that keeps traffic in its region though nobody said so.
func (c *checker) checkDetectionAlone() {
	for _, s := range c.order {
		if s.Locality != nil || !c.Traffic.Empty() || len(s.endpoints) < 2 || dig(s.TrafficPolicy, "outlierDetection") == nil {
			continue
		}
		c.add(atKey(diag.New(diag.DetectionAlone, s.path.Key("trafficPolicy").Key("outlierDetection"),
			"outlierDetection alone keeps the traffic of service %s, which runs in %s, in the client's zone and region as long as one endpoint there is healthy", s.Name, sentence(sortedKeys(s.endpoints))).
			WithFix("say where its traffic goes, under spec.traffic or services[].locality; or write locality: {enabled: false}, which spreads it over all regions")))
	}
}

// checkSurvivors reports rows that leave nobody when their one region fails.
func (c *checker) checkSurvivors() {
	for _, r := range c.scopes() {
		rows := c.rows(r)
		for i, d := range rows[:min(len(rows), len(r.Distribute))] {
			region, only := onlyRegion(d)
			if !only || !c.elsewhere(r, region) {
				continue
			}
			to := c.shares(r, region)
			c.add(atKey(diag.New(diag.NoSurvivor, r.path.Key("distribute").Index(i).Key("to"), "the row from %s sends everything to %s: when that region fails, its requests fail, since distribute never fails over", d.From, region).
				WithFix("give another region a share, as in to: %s", sharesText(to)).
				WithProposed(weights(to))))
		}
	}
}

// onlyRegion gives the region of a row whose localities are all in one, and which is valid: else other rules have orders for it.
func onlyRegion(d mesh.Distribute) (string, bool) {
	only, sum := "", 0
	for _, to := range sortedKeys(d.To) {
		sum += d.To[to]
		region, _, _ := strings.Cut(to, "/")
		if region == "*" || region == "" || only != "" && region != only {
			return "", false
		}
		only = region
	}
	return only, sum == 100
}

// elsewhere says whether a service that runs in a region, and that the rules concern, runs in another one as well.
func (c *checker) elsewhere(r rules, region string) bool {
	for _, s := range c.order {
		concerned := s == r.service || r.service == nil && s.Locality == nil
		if concerned && s.endpoints[region] > 0 && len(s.endpoints) > 1 {
			return true
		}
	}
	return false
}

// checkHosts reports a host that two VirtualServices route inside the mesh: sidecars take one of them and ignore the other.
func (c *checker) checkHosts() {
	first := map[string]diag.Path{}
	note := func(host, said string, at diag.Path) {
		if other, ok := first[host]; ok {
			c.add(diag.New(diag.HostTwice, at, "a second VirtualService routes %s inside the mesh; sidecars use one of the two", said).
				WithFix("put all routes of %s into one", said).WithRelated(other, "the first is here"))
			return
		}
		first[host] = at
	}
	for _, s := range c.order {
		if len(s.HTTP) > 0 {
			note(s.ref(), "service "+s.Name, s.path.Key("http"))
		}
	}
	for i, r := range c.Routes {
		if !slices.Contains(r.Gateways, "mesh") {
			continue
		}
		for j, host := range r.Hosts {
			key := mesh.ServiceRef(host, r.Namespace)
			if key == "" {
				key = host
			}
			note(key, "host "+host, specPath.Key("routes").Index(i).Key("hosts").Index(j))
		}
	}
}
