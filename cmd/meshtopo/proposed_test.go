package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"

	"github.com/meshtopo/meshtopo/diag"
	"sigs.k8s.io/yaml"
)

// TestProposedValuesMend puts the value that a finding proposes into its field, in every failing fixture in YAML: the finding must
// be gone, and no error of another rule must be there that was not there before.
func TestProposedValuesMend(t *testing.T) {
	// What one value cannot mend as well: vSwitches move with their VPC, paths are checked when nothing else is wrong, a gateway must
	// run in the cluster that was meant, and a region that was meant may have a row already.
	follows := []string{diag.VSwitchOutsideVPC, diag.NoPath, diag.OverrideCluster, diag.FailoverTwice}
	mended := map[string]bool{}
	for _, f := range ruleFixtures(t) {
		if f.pass || filepath.Ext(f.file) != ".yaml" || filepath.Base(f.file) == "topology.yaml" {
			continue
		}
		found := findings(t, f.file)
		for _, x := range found {
			if x.Proposed == nil {
				continue
			}
			mended[x.Rule] = true
			var document any
			if err := yaml.Unmarshal(readFile(t, f.file), &document); err != nil {
				t.Fatal(err)
			}
			document = put(document, x.Path.Steps(), x.Proposed)
			text, err := json.Marshal(document)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "topology.json")
			writeFile(t, file, text)
			p, err := (&app{root: filepath.Dir(file)}).open(context.Background(), file)
			if err != nil {
				t.Fatal(err)
			}
			for _, y := range p.findings {
				same := func(z diag.Finding) bool { return y.Rule == z.Rule && y.Path == z.Path }
				if same(x) && y.Message == x.Message {
					t.Errorf("%s: %s at %s is still there with %s: %s", f, x.Rule, x.Path, text, y.Message)
				} else if y.Severity == diag.Error && !slices.ContainsFunc(found, same) && !slices.Contains(follows, y.Rule) {
					t.Errorf("%s: mending %s at %s made %s: %s", f, x.Rule, x.Path, y.Rule, y.Message)
				}
			}
			p.close()
		}
	}
	for _, rule := range []string{
		diag.CIDROverlap, diag.CIDRSyntax, diag.CIDRHostBits, diag.CIDRSize, diag.VSwitchSameRange, diag.VSwitchOutsideVPC, diag.VSwitchOverlap,
		diag.ReservedRange, diag.ForbiddenRange, diag.PublicRange, diag.ServiceMeshVPC, diag.ClusterOverlap, diag.RangeInVPC, diag.JoinedVPCOverlap,
		diag.NoPath, diag.UnknownReference, diag.WeightSum, diag.FailoverSameRegion, diag.FailoverRegionOnly, diag.FailoverToNowhere,
		diag.SourceWithoutRow, diag.NoSurvivor, diag.FailoverNeedsDetection, diag.MaxEjectionPercent, diag.ConsecutiveErrors,
	} {
		if !mended[rule] {
			t.Errorf("%s proposes no value in any of its fixtures", rule)
		}
	}
}

// put gives a document with another value at a path.
func put(document any, path []diag.Step, value any) any {
	if len(path) == 0 {
		return value
	}
	if path[0].IsIndex {
		list := document.([]any)
		list[path[0].Index] = put(list[path[0].Index], path[1:], value)
		return list
	}
	m, _ := document.(map[string]any)
	if m == nil {
		m = map[string]any{}
	}
	m[path[0].Key] = put(m[path[0].Key], path[1:], value)
	return m
}
