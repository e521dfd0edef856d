package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/meshtopo/meshtopo/diag"
	"sigs.k8s.io/yaml"
)

// mutation is a change of a shipped topology that makes a rule fire. Without Old the topology has the finding as it stands.
type mutation struct {
	Rule     string `json:"rule"`
	Topology string `json:"topology"`
	File     string `json:"file"` // what is changed instead of the topology, such as a file of an overlay
	Old      string `json:"old"`
	New      string `json:"new"`
}

// TestMutations sees every rule fire on a shipped example with one line changed, and not without the change.
func TestMutations(t *testing.T) {
	var list []mutation
	if err := yaml.UnmarshalStrict(readFile(t, "testdata/mutations.yaml"), &list); err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, m := range list {
		have[m.Rule] = true
		t.Run(m.Rule, func(t *testing.T) {
			t.Parallel()
			before := rulesIn(t, m, false)
			if m.Old == "" {
				if !slices.Contains(before, m.Rule) {
					t.Errorf("%s does not find it in %s; it finds %v", m.Rule, m.Topology, before)
				}
				return
			}
			if slices.Contains(before, m.Rule) {
				t.Errorf("%s fires without the change", m.Rule)
			}
			if after := rulesIn(t, m, true); !slices.Contains(after, m.Rule) {
				t.Errorf("%s does not fire; what does: %v", m.Rule, after)
			}
		})
	}
	for _, r := range diag.Rules() {
		if r.ID >= "MT100" && r.ID < "MT400" && !have[r.ID] {
			t.Errorf("rule %s (%s) has not been seen to fire on a shipped example: add a change of one line to testdata/mutations.yaml", r.ID, r.Name)
		}
	}
}

// rulesIn gives the rules that fire in a copy of the shipped topologies, with the change or without.
func rulesIn(t *testing.T, m mutation, changed bool) []string {
	t.Helper()
	root := t.TempDir()
	for _, dir := range []string{"topologies", "overlays", "components"} {
		if err := os.CopyFS(filepath.Join(root, dir), os.DirFS(filepath.Join("../..", dir))); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, filepath.Join(root, ".meshtopo-root"), nil)
	file := filepath.Join(root, "topologies", m.Topology)
	if changed {
		topology := file
		if m.File != "" {
			file = filepath.Join(root, m.File)
		}
		text := string(readFile(t, file))
		if n := strings.Count(text+"\n", m.Old); n != 1 && strings.Count(text, m.Old+"\n") != 1 || strings.Contains(m.Old, "\n") {
			t.Fatalf("%q stands %d times in %s", m.Old, n, m.Topology)
		}
		if strings.Count(text, m.Old) == 1 {
			text = strings.Replace(text, m.Old, m.New, 1)
		} else { // it ends one line only
			text = strings.Replace(text, m.Old+"\n", m.New+"\n", 1)
		}
		writeFile(t, file, []byte(text))
		file = topology
	}
	var rules []string
	a := &app{root: root}
	p, err := a.open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	for _, f := range p.findings {
		rules = append(rules, f.Rule)
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}
