package render_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/load"
	"github.com/meshtopo/meshtopo/manifest"
	"github.com/meshtopo/meshtopo/mesh"
	"github.com/meshtopo/meshtopo/render"
	"sigs.k8s.io/yaml"
)

// How many random cases TestLocalOverlays renders both ways: with THOROUGH=1, as make faults does, and else.
const localCases, localSample = 520, 80

// TestLocalOverlays renders targets with random overlays twice: as always, and by kustomize with whole targets. Objects,
// bytes and findings must be the same.
func TestLocalOverlays(t *testing.T) {
	counts, cases := localCounts{}, localCases
	if os.Getenv("THOROUGH") == "" {
		cases = localSample
	}
	for seed := range uint64(cases) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			c := newLocalCase(t, rand.New(rand.NewPCG(seed, 8)))
			quick, parts := c.render(t, c.options)
			whole, _ := c.render(t, c.options.Whole())
			counts.add(quick, parts)
			for name := range maps.Keys(quick) {
				if whole[name] == quick[name] { // what is equal is of no interest
					delete(whole, name)
					delete(quick, name)
				}
			}
			if diff := cmp.Diff(whole, quick); diff != "" {
				t.Errorf("-whole target +in parts:\n%s\n%s", diff, c.text)
			}
		})
	}
	fmt.Printf("measured: %d random overlays rendered both ways: %d targets of which kustomize saw parts, %d that it saw whole, %d cases that findings ended\n", cases, counts.Parts, counts.Whole, counts.Failed)
	if counts.Parts < cases/3 || counts.Whole < cases/10 || counts.Failed < cases/50 || counts.Failed > cases*2/5 {
		t.Errorf("the cases are too much of one kind: %+v", counts)
	}
}

// localCounts says what the cases were: targets of which kustomize saw parts, those it saw as a whole, and cases that findings ended.
type localCounts struct{ Parts, Whole, Failed int }

func (c *localCounts) add(result map[string]string, parts int) {
	if _, failed := result["findings with errors"]; failed {
		c.Failed++
		return
	}
	c.Parts += parts
	c.Whole += 2 - parts
}

// localCase is a mesh with random overlays.
type localCase struct {
	mesh    *mesh.Mesh
	options render.Options
	text    string // the overlays, for people
}

func newLocalCase(t *testing.T, random *rand.Rand) localCase {
	t.Helper()
	dir := t.TempDir()
	topology, err := os.ReadFile("testdata/local/topology.yaml")
	if err != nil {
		t.Fatal(err)
	}
	o := overlayMaker{random: random}
	text, overlays := "", "  overlays:\n"
	for i := range 1 + random.IntN(3) {
		data, err := yaml.Marshal(o.component())
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("overlay%d", i)
		write(t, filepath.Join(dir, name, "kustomization.yaml"), data)
		for file, data := range o.files {
			write(t, filepath.Join(dir, name, file), []byte(data))
		}
		targets := o.pick("[clusters/*]", "[clusters/*]", "[clusters/east]")
		overlays += fmt.Sprintf("  - {path: %s, targets: %s}\n", name, targets)
		text += fmt.Sprintf("# %s for %s\n%s%v\n", name, targets, data, o.files)
	}
	write(t, filepath.Join(dir, "topology.yaml"), append(topology, overlays...))
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	loaded, err := load.File(context.Background(), "topology.yaml", load.Options{Root: root})
	if err != nil || loaded.Spec == nil {
		t.Fatal(err, loaded.Findings)
	}
	added := map[string][]manifest.File{"clusters/east": someObjects(t, random), "clusters/west": someObjects(t, random)}
	return localCase{mesh: mesh.Build(loaded.Spec), text: text, options: render.Options{Root: root, Dir: ".", Isolate: sameProcess, Added: added}}
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// someObjects takes some of the objects of testdata, often none.
func someObjects(t *testing.T, random *rand.Rand) []manifest.File {
	t.Helper()
	data, err := os.ReadFile("testdata/local/objects.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all, err := manifest.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	var files []manifest.File
	rare := random.IntN(6) == 0
	for i, fields := range all {
		o := manifest.Object{Fields: fields, From: "spec.components"}
		if id, _ := o.ID(); random.IntN(4) > 0 || !rare && (id.Group == "rbac.authorization.k8s.io" || id.Group == "networking.k8s.io" || slices.Contains([]string{"mine", "hook", "empty", "typed"}, id.Name)) {
			continue
		}
		f, err := manifest.Manifests(fmt.Sprintf("components/%d.yaml", i), "spec.components", []manifest.Object{o})
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// render gives the files by name and the findings, and of how many targets kustomize saw a part.
func (c localCase) render(t *testing.T, o render.Options) (map[string]string, int) {
	t.Helper()
	result := map[string]string{}
	r, findings, err := render.Prepare(context.Background(), c.mesh, o)
	if err != nil {
		t.Fatal(err, c.text)
	}
	for i, f := range findings {
		result[fmt.Sprintf("finding %d", i)] = fmt.Sprintf("%s %s %s %v %s %v", f.Rule, f.Path, f.Message, f.Place, f.Fix, f.Related)
	}
	if r == nil {
		result = map[string]string{"findings with errors": fmt.Sprint(slices.Sorted(maps.Values(result)))}
		return result, 0
	}
	for target, err := range r.Targets("") {
		if err != nil {
			t.Fatal(err, c.text)
		}
		for _, f := range target.Files {
			result[target.Name+"/"+f.Path] = string(f.Data)
		}
	}
	return result, r.AskedInPart()
}
