package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"
)

// chosen says which overlays, in their order, each target of a tree gets.
type chosen map[string][]string

// shipped says it for every topology in topologies/ that has overlays; the directories are below overlays/.
func shipped() map[string]chosen {
	return map[string]chosen{
		"bookinfo-drill": {
			"clusters/ack-hangzhou": {"reviews-down"},
		},
		"bookinfo-hardened": {
			"clusters/ack-beijing":  {"prod"},
			"clusters/ack-hangzhou": {"prod"},
			"clusters/ack-shanghai": {"prod"},
		},
		"delivered-flux": {
			"clusters/ack-hangzhou-a": {"nginx"},
			"clusters/ack-hangzhou-b": {"nginx"},
			"clusters/ack-shanghai":   {"nginx"},
		},
		"online-boutique": {
			"clusters/ireland":   {"online-boutique"},
			"clusters/singapore": {"online-boutique"},
			"clusters/virginia":  {"online-boutique"},
		},
	}
}

// idleComponent replaces every kind by itself: kustomize and meshtopo have something to do, and nothing changes.
const idleComponent = `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
- target: {kind: .*}
  patch: |-
    - {op: copy, from: /kind, path: /kind}
`

// TestShippedOverlays holds the overlays of every shipped topology against kustomize. What they are applied to is the same
// topology with Components that do nothing in their place, so that it works in every language of topologies.
func TestShippedOverlays(t *testing.T) {
	table := shipped()
	for _, name := range subdirectories(t, topologies) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			copyTree(t, topologies, filepath.Join(root, "topologies"))
			copyTree(t, overlays, filepath.Join(root, "overlays"))
			copyTree(t, "../components", filepath.Join(root, "components"))
			write(t, filepath.Join(root, ".meshtopo-root"), nil)
			topology := filepath.Join(root, "topologies", name)
			tree := render(t, topology)
			for _, o := range subdirectories(t, overlays) {
				write(t, filepath.Join(root, "overlays", o, kustomization), []byte(idleComponent))
			}
			checkOverlays(t, overlays, render(t, topology), tree, table[name])
		})
	}
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// TestOverlays holds the cases in testdata/overlays against kustomize. A case is the list spec.overlays, the overlays, and which
// target gets which of them.
func TestOverlays(t *testing.T) {
	cases, err := filepath.Glob("testdata/overlays/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			root := t.TempDir()
			topology := read(t, "testdata/overlays/topology.yaml")
			write(t, filepath.Join(root, ".meshtopo-root"), nil)
			write(t, filepath.Join(root, "base", "topology.yaml"), topology)
			var want chosen
			for _, f := range archive.Files {
				switch f.Name {
				case "overlays":
					topology = append(append(topology, "  overlays:\n"...), indent(f.Data)...)
				case "chosen":
					want = parseChosen(string(f.Data))
				default:
					write(t, filepath.Join(root, f.Name), f.Data)
				}
			}
			write(t, filepath.Join(root, "topology.yaml"), topology)
			tree := render(t, filepath.Join(root, "topology.yaml"))
			checkBuilds(t, tree)
			checkOverlays(t, root, render(t, filepath.Join(root, "base")), tree, want)
		})
	}
}

func indent(data []byte) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(string(data)), "\n", "\n  ") + "\n"
}

// parseChosen reads lines of a target and its overlays.
func parseChosen(text string) chosen {
	c := chosen{}
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) > 0 {
			c[words[0]] = words[1:]
		}
	}
	return c
}

// checkOverlays holds a tree against kustomize's own application of overlays, which are below dir, to the tree without them.
func checkOverlays(t *testing.T, dir, base, tree string, want chosen) {
	t.Helper()
	names := targets(t, base)
	for target := range want {
		if !slices.Contains(names, target) {
			t.Errorf("there is no target %s; there are %v", target, names)
		}
	}
	if diff := cmp.Diff(names, targets(t, tree)); diff != "" {
		t.Fatalf("overlays change the list of targets (-without +with):\n%s", diff)
	}
	for _, target := range names {
		before, got := sorted(written(t, filepath.Join(base, target))), sorted(written(t, filepath.Join(tree, target)))
		changed := !cmp.Equal(before, got)
		switch {
		case changed && len(want[target]) == 0:
			t.Errorf("target %s differs with overlays, and this test knows of none there; add them to shipped() in overlay_test.go, or to \"chosen\" in the case (-without +with):\n%s", target, cmp.Diff(before, got))
		case !changed && len(want[target]) > 0:
			t.Errorf("overlays %v change nothing in target %s, so this proves nothing", want[target], target)
		}
		if diff := cmp.Diff(unprotected(sorted(applied(t, dir, filepath.Join(base, target), want[target]))), unprotected(got)); diff != "" {
			t.Errorf("target %s with overlays %v is not what kustomize makes of it (-kustomize +meshtopo):\n%s", target, want[target], diff)
		}
	}
}

// unprotected takes away what a delivery by Flux adds to objects after overlays (docs/delivery.md), of which no overlay says anything.
func unprotected(objects []object) []object {
	for _, o := range objects {
		metadata, _ := o["metadata"].(map[string]any)
		annotations, _ := metadata["annotations"].(map[string]any)
		delete(annotations, "kustomize.toolkit.fluxcd.io/substitute")
		if len(annotations) == 0 {
			delete(metadata, "annotations")
		}
	}
	return objects
}

// applied gives what kustomize makes of a rendered target and a list of Components.
func applied(t *testing.T, dir, target string, components []string) []object {
	t.Helper()
	root := t.TempDir()
	copyTree(t, target, filepath.Join(root, "target"))
	top := object{"resources": []string{"target"}}
	var copies []string
	for _, c := range components {
		copyTree(t, filepath.Join(dir, c), filepath.Join(root, "components", c))
		copies = append(copies, "components/"+c)
	}
	if len(copies) > 0 {
		top["components"] = copies
	}
	data, err := yaml.Marshal(top)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, kustomization), data)
	return decode(t, run(t, built.kustomize, "build", root))
}
