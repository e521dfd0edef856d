// Package schemas holds the schema of a topology, written in CUE so that users can read it. It is embedded in the binary, and
// `meshtopo schema` prints it. The package imports nothing; package load compiles the text and is the only one that knows CUE.
package schemas

import _ "embed"

// Topology is the text of topology.cue. The definition #Topology in it is closed: a field that it does not name is an error.
//
//go:embed topology.cue
var Topology string
