package check

import (
	"fmt"
	"slices"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/mesh"
)

// portEntry is the entry of portLevelSettings for a port that the service has. It replaces the policy for that port.
type portEntry struct {
	port   int64
	policy map[string]any
	path   diag.Path
}

func (s *service) portEntries() []portEntry {
	var all []portEntry
	list, _ := s.TrafficPolicy["portLevelSettings"].([]any)
	for i, e := range list {
		policy, _ := e.(map[string]any)
		if n, ok := dig(e, "port", "number").(int64); ok && s.hasPort(n) {
			all = append(all, portEntry{n, policy, s.path.Key("trafficPolicy").Key("portLevelSettings").Index(i)})
		}
	}
	return all
}

func (s *service) hasPort(n int64) bool {
	return slices.ContainsFunc(s.Ports, func(p mesh.Port) bool { return int64(p.Port) == n })
}

// bare says whether a port has no entry, so that the policy itself counts for it.
func (s *service) bare(entries []portEntry) bool {
	return slices.ContainsFunc(s.Ports, func(p mesh.Port) bool {
		return !slices.ContainsFunc(entries, func(e portEntry) bool { return e.port == int64(p.Port) })
	})
}

// checkPortPolicies reports entries of portLevelSettings without outlierDetection, where the policy has it: nothing is inherited.
func (c *checker) checkPortPolicies(s *service) {
	if detection(s.TrafficPolicy) == nil {
		return
	}
	for _, e := range s.portEntries() {
		if !detects(e.policy) {
			c.add(diag.New(diag.PortLevelPolicy, e.path, "the policy of port %d of service %s has no outlierDetection and inherits none, so the port does not fail over", e.port, s.Name).
				WithFix("repeat outlierDetection in the entry"))
		}
	}
}

// checkPortNumbers holds the entries of portLevelSettings against the service's ports.
func (c *checker) checkPortNumbers(s *service) {
	numbers := c.referencesOf("the policy of port")
	list, _ := s.TrafficPolicy["portLevelSettings"].([]any)
	for i, e := range list {
		at := s.path.Key("trafficPolicy").Key("portLevelSettings").Index(i).Key("port")
		c.checkDestinationPort(s, e, at.Parent())
		if n, ok := dig(e, "port", "number").(int64); ok {
			numbers.add(fmt.Sprint(n), at.Key("number"))
		}
	}
}
