package diag

import (
	"fmt"
	"sync"
)

// Rule is an entry of the catalogue. Ids are never reused: 0xx reading and schema, 1xx addresses and network, 2xx clusters,
// gateways and identity, 3xx traffic policy, 4xx overlays, components, rendered objects and their delivery, 5xx expectations and capacity,
// 6xx hosts.
type Rule struct {
	ID       string
	Name     string
	Severity Severity
	Summary  string // what it catches, one sentence
	Why      string // what happens to a mesh that has it
	Fix      string // what to do
	Source   string // where the rule comes from, when it is not our own
	Waivable bool   // a finding of it can be silenced by spec.waivers; never one of reading, references, duplicates or identity
}

// Rules is the whole catalogue in the order of the ids. The list is the caller's own.
func Rules() []Rule {
	var all []Rule
	for _, part := range [][]Rule{readingRules(), waiverRules(), networkRules(), identityRules(), istioRules(), localityRules(), trafficRules(), istioTrafficRules(), objectRules(), componentRules(), deliveryRules(), flowRules(), hostRules()} {
		all = append(all, part...)
	}
	return all
}

// Lookup gives the rule of an id. An id that is not in the catalogue is our own bug.
func Lookup(id string) Rule {
	r, ok := rulesByID()[id]
	if !ok {
		panic(fmt.Sprintf("no rule %s in the catalogue", id))
	}
	return r
}

// rulesByID is made once, since every finding looks its rule up. Nothing changes it afterwards.
var rulesByID = sync.OnceValue(func() map[string]Rule {
	byID := map[string]Rule{}
	for _, r := range Rules() {
		byID[r.ID] = r
	}
	return byID
})
