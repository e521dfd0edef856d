package doctor

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
)

// Topology is a file that may hold a topology: one that is called so, which those of other programs are too, or one of YAML or JSON that holds one.
type Topology struct {
	File string
	Name string // metadata.name, "" where only evaluating the file or mending it would tell
	Old  bool   // it is of another version of the schema, and a finding says so
}

var (
	topologyHeader = regexp.MustCompile(`(?m)^\s*"?apiVersion"?:\s*['"]?(meshtopo\.dev/[A-Za-z0-9]+)`)
	topologyKind   = regexp.MustCompile(`(?m)^kind:\s*['"]?MeshTopology['"]?\s*(#.*)?$`)
)

func isTopologyName(base string) bool {
	return slices.Contains([]string{"topology.yaml", "topology.yml", "topology.json", "topology.cue", "topology.jsonnet"}, base)
}

// topology notes a topology, and judges what of the schema is in it.
func (s *surveyor) topology(file string, text []byte) {
	name, holds := topologyIn(text)
	if !holds && !isTopologyName(path.Base(file)) {
		return
	}
	t := Topology{File: file, Name: name}
	if m := topologyHeader.FindSubmatch(text); m != nil && string(m[1]) != mesh.APIVersion {
		t.Old = true
		s.add(diag.New(diag.OldSchema, "", "the topology is of version %s, and this meshtopo reads %s", m[1], mesh.APIVersion).
			WithFix("write apiVersion: %s and mend what meshtopo validate then says", mesh.APIVersion), lineOf(file, text, string(m[1])), diag.Error)
	}
	s.editorSchema(file, text)
	s.repository.Topologies = append(s.repository.Topologies, t)
}

// topologyIn says whether a text holds a topology, and what it is called. A file of several documents holds none: no command reads a
// topology from it. A text that is no YAML is one where a line says so, but not a template of Helm, which nobody can read as it is.
func topologyIn(text []byte) (name string, holds bool) {
	if !strings.Contains(string(text), "MeshTopology") {
		return "", false
	}
	documents, err := manifest.Decode(text)
	if err != nil {
		return "", topologyKind.Match(text) && !strings.Contains(string(text), "{{")
	}
	if len(documents) != 1 || documents[0]["kind"] != "MeshTopology" {
		return "", false
	}
	apiVersion, _ := documents[0]["apiVersion"].(string)
	metadata, _ := documents[0]["metadata"].(map[string]any)
	name, _ = metadata["name"].(string)
	return name, strings.HasPrefix(apiVersion, "meshtopo.dev/")
}
