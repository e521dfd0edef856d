package review

import "encoding/json"

// Report is what a change means. All lists are sorted: what is worse first, then by name. The JSON form is described in docs/review.md
// and only ever grows.
type Report struct {
	Verdict      string        `json:"verdict"` // what a reviewer needs to know, in one line
	Risk         Risk          `json:"risk"`    // the highest of all parts
	Changed      bool          `json:"changed"` // whether anything differs that is reported
	Old          Side          `json:"old"`
	New          Side          `json:"new"`
	Targets      []TargetDelta `json:"targets"` // that only one side has
	Objects      []Change      `json:"objects"`
	Traffic      []FlowChange  `json:"traffic"`
	NoTraffic    string        `json:"noTraffic,omitempty"` // why traffic was not compared; empty when it was
	Losses       []string      `json:"losses"`              // the single losses that were tried on both sides
	Utilization  []LoadChange  `json:"utilization"`         // loads that cross 100 %
	Expectations []Expectation `json:"expectations"`        // that begin or cease to hold
	Version      []Change      `json:"version"`             // changes that no change of the topology makes: a new version of meshtopo, or a tree that was edited or not rendered again
	Ignored      []Ignored     `json:"ignored"`             // what was silenced, by entry of the ignore file
	Notes        []string      `json:"notes"`               // what the reader should know of how this was found out

	Before, After *Picture `json:"-"` // of the topologies, for the HTML page; nil for a side without one
}

// Picture is a drawing of a topology.
type Picture struct {
	SVG string // a whole <svg> element, as `meshtopo graph --format svg` prints it
	Alt string // what it shows, in a sentence
}

// Side is one of the two things compared.
type Side struct {
	Name     string `json:"name"`               // as a reader knows it: an argument, or REV:path
	Revision string `json:"revision,omitempty"` // the commit, in full, when it comes from git
	Topology string `json:"topology,omitempty"` // metadata.name; empty when the side has no topology
	Objects  string `json:"objects"`            // where the objects come from: "rendered", or the name of the directory or file read
}

// Kinds of change.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
	Renamed = "renamed"
)

// TargetDelta is a target that one side does not have.
type TargetDelta struct {
	Target  string `json:"target"`
	Change  string `json:"change"` // added or removed
	Risk    Risk   `json:"risk"`
	Objects int    `json:"objects"` // that are in it
}

// Change is what happens to one object, in all the targets where the same happens. A file that holds no objects (Terraform, a request
// to a provider's API, a script) is a Change of kind File without apiVersion, named by its path in the target.
type Change struct {
	Targets    []string `json:"targets"`
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Namespace  string   `json:"namespace"`
	Name       string   `json:"name"`
	Was        string   `json:"was,omitempty"` // the name (namespace/name where that differs) before a rename
	Change     string   `json:"change"`
	Risk       Risk     `json:"risk"`
	Why        string   `json:"why"`              // what the risk is, in a few words
	File       string   `json:"file"`             // in the target, on the new side where it has the object
	Source     string   `json:"source,omitempty"` // file:line:column of the topology that makes the object
	Fields     []Field  `json:"fields"`           // empty for added and removed objects
}

// KindFile is the Kind of a Change of a file that holds no objects.
const KindFile = "File"

// Field is one field that differs. In Path list entries stand by what names them where the list has such a key:
// spec.subsets[name=v1].labels.version, else by their position.
type Field struct {
	Path   string          `json:"path"`
	Old    json.RawMessage `json:"old,omitempty"` // JSON; absent when the field is not there, or hidden
	New    json.RawMessage `json:"new,omitempty"`
	Note   string          `json:"note,omitempty"`   // such as "forces a new resource", or how long a value is that is too long to show
	Hidden bool            `json:"hidden,omitempty"` // it is a value of a Secret
}

// FlowChange is traffic of one service that goes elsewhere, for all clients in one region that see the same.
type FlowChange struct {
	Topology string     `json:"topology,omitempty"` // metadata.name, where several are compared
	Lost     []string   `json:"lost"`               // places lost at once, with " (failing)" behind those whose endpoints fail instead of being removed; empty while all is up
	Alike    [][]string `json:"alike"`              // other losses with the same result
	Service  string     `json:"service"`
	From     string     `json:"from"`    // the clients' region
	Clients  []string   `json:"clients"` // "gateway NAME" or a service
	Before   *Shares    `json:"before"`  // null when there was no such traffic
	After    *Shares    `json:"after"`
	Risk     Risk       `json:"risk"`
	Change   string     `json:"change"` // in words: "was 100 % cn-shanghai, now dropped"
	Says     string     `json:"says"`   // in a sentence, without the loss: "reviews in cn-hangzhou: was 100 % cn-shanghai, now dropped"
	Cause    *Cause     `json:"cause"`  // null when no single place decides it
}

// Shares are parts of the clients' requests to the service, from 0 to 1. What is in Regions got a good answer, as is what is in
// Versions and Clusters, which cut the same requests another way; Answered and Dropped are the rest.
type Shares struct {
	Regions  map[string]float64 `json:"regions"`
	Clusters map[string]float64 `json:"clusters"`
	Versions map[string]float64 `json:"versions"`
	Answered float64            `json:"answered"` // by a route itself, with a redirect or a fixed response
	Dropped  float64            `json:"dropped"`
	Why      string             `json:"why,omitempty"` // of what is dropped
}

// Cause is what decides where the traffic goes now and did not before, or the other way round.
type Cause struct {
	Says   string `json:"says"`   // what it decided
	Object string `json:"object"` // such as "DestinationRule default/reviews"; empty for the topology alone
	Target string `json:"target"`
	Field  string `json:"field"`
	Source string `json:"source"` // file:line:column of the topology, of the new side, or of the old where the new has none
}

// LoadChange is a version of a service in a cluster whose load crosses its capacity, one way or the other.
type LoadChange struct {
	Topology string     `json:"topology,omitempty"` // metadata.name, where several are compared
	Lost     []string   `json:"lost"`
	Alike    [][]string `json:"alike"`
	Service  string     `json:"service"`
	Version  string     `json:"version"`
	Cluster  string     `json:"cluster"`
	Before   float64    `json:"before"` // utilization, 1 is 100 %
	After    float64    `json:"after"`
	Risk     Risk       `json:"risk"`
}

// Expectation is one of spec.expect that begins or ceases to hold, or is taken out.
type Expectation struct {
	Topology string `json:"topology,omitempty"`
	Expect   string `json:"expect"` // as the topology writes it, on one line
	Change   string `json:"change"` // Broken, Mended, Unmet for a new one that does not hold, Withdrawn, or Edited
	Why      string `json:"why"`    // what happens instead; empty for Mended
	Source   string `json:"source"` // file:line:column
	Risk     Risk   `json:"risk"`
}

// What becomes of an expectation.
const (
	Broken = "broken"
	Mended = "mended"
	Unmet  = "unmet"
	// Withdrawn is one that is not in the topology any more. Why says whether it would hold.
	Withdrawn = "withdrawn"
	// Edited is one that has the name of an old one and says something else; both hold.
	Edited = "edited"
)

// Ignored is one entry of the ignore file and what it silenced.
type Ignored struct {
	Entry  string `json:"entry"` // target kind/name path, as written
	Reason string `json:"reason"`
	Until  string `json:"until"`  // the last day that it holds, YYYY-MM-DD
	Fields int    `json:"fields"` // how many were silenced, counted in each target
	Note   string `json:"note,omitempty"`
}

// Same says whether the sides do not differ in anything that is reported.
func (r *Report) Same() bool {
	return len(r.Targets) == 0 && len(r.Objects) == 0 && len(r.Traffic) == 0 && len(r.Utilization) == 0 && len(r.Expectations) == 0 && len(r.Version) == 0
}
