package render

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
)

// JobOverlay is the job that applies overlays.
const JobOverlay = "overlay"

// Jobs are what Isolate must be able to run: requests and responses are JSON of this package's own.
func Jobs() map[string]func([]byte) ([]byte, error) {
	return map[string]func([]byte) ([]byte, error){JobOverlay: overlayJob}
}

// overlayRequest asks to apply overlays to objects.
type overlayRequest struct {
	Overlays map[int]*component // by their place in spec.overlays
	Units    []overlayUnit
}

// overlayUnit is objects of a target that get the same overlays.
type overlayUnit struct {
	Name     string          // of the target
	Overlays []int           // which of the overlays, in order
	Objects  json.RawMessage // a list
}

type overlayResponse struct {
	Units    []overlayResult
	Matched  []patchKey // patches that matched something
	Failures []overlayFailure
	Findings []diag.Finding
}

type overlayResult struct {
	Name    string
	Objects []map[string]any
}

// patchKey names a patch by its overlay and its place in the overlay's list of patches.
type patchKey struct {
	Overlay int
	Index   int
}

func (k patchKey) compare(other patchKey) int {
	return cmp.Or(cmp.Compare(k.Overlay, other.Overlay), cmp.Compare(k.Index, other.Index))
}

// overlayFailure is an overlay that kustomize could not apply to a target.
type overlayFailure struct {
	Overlay int
	Target  string
	Patch   string // "" when it is none of the patches alone
	Place   diag.Place
	Cause   string
}

func overlayJob(request []byte) ([]byte, error) {
	var req overlayRequest
	if err := decodeNumbers(request, &req); err != nil {
		return nil, fmt.Errorf("reading the request: %w", err)
	}
	k := &kustomizer{components: req.Overlays, matched: map[patchKey]bool{}, replaced: map[string]bool{}}
	response, err := k.apply(req.Units)
	if err != nil {
		return nil, err
	}
	return json.Marshal(response)
}

// decodeNumbers decodes JSON and keeps numbers as they are written.
func decodeNumbers(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(v)
}

// kustomizer applies components to targets, one target at a time, in memory.
type kustomizer struct {
	components map[int]*component
	matched    map[patchKey]bool
	failures   []overlayFailure
	findings   []diag.Finding
	replaced   map[string]bool // warnings about lists that were given already
}

func overlayPath(i int) diag.Path { return diag.Path("spec.overlays").Index(i).Key("path") }

func (k *kustomizer) apply(units []overlayUnit) (overlayResponse, error) {
	var response overlayResponse
	for _, t := range units {
		var objects []map[string]any
		if err := decodeNumbers(t.Objects, &objects); err != nil {
			return response, fmt.Errorf("reading target %s: %w", t.Name, err)
		}
		m, err := k.build(t, objects)
		if err != nil {
			return response, err
		}
		if m == nil {
			continue // a finding says why
		}
		result, err := resultOf(t.Name, m)
		if err != nil {
			return response, err
		}
		response.Units = append(response.Units, result)
	}
	response.Matched = slices.SortedFunc(maps.Keys(k.matched), patchKey.compare)
	response.Findings, response.Failures = k.findings, k.failures
	return response, nil
}

// build applies the overlays of a target, one after the other as kustomize does with a list of components. Before each one, its
// patches that match nothing in this target are left out: kustomize fails on some of them and says nothing of others.
func (k *kustomizer) build(t overlayUnit, objects []map[string]any) (resmap.ResMap, error) {
	base, err := manifest.Encode(objects...)
	if err != nil {
		return nil, fmt.Errorf("target %s: %w", t.Name, err)
	}
	m, err := resmap.NewFactory(provider.NewDefaultDepProvider().GetResourceFactory()).NewResMapFromBytes(base)
	if err != nil {
		return nil, fmt.Errorf("target %s: %w", t.Name, err)
	}
	var applied []layer
	for _, i := range t.Overlays {
		l := layer{component: k.components[i]}
		before := m
		if l.addsObjects() {
			if before, err = run(base, append(slices.Clone(applied), l.only("resources", "configMapGenerator", "generatorOptions"))); err != nil {
				k.failed(t, i, "", err)
				return nil, nil
			}
		}
		for j, p := range l.component.Patches {
			matched, err := p.matches(before)
			if err == nil && len(matched) == 0 && p.selectsByMark() && len(l.patches) > 0 {
				matched, err = matchesAfter(p, base, append(slices.Clone(applied), l))
			}
			if err != nil {
				k.failed(t, i, p.Name, err)
				return nil, nil
			}
			if len(matched) > 0 {
				l.patches = append(l.patches, p)
				k.matched[patchKey{Overlay: i, Index: j}] = true
				k.listReplaced(i, p, matched)
			}
		}
		if l.empty() {
			continue // kustomize refuses a component that does nothing
		}
		applied = append(applied, l)
		if m, err = run(base, applied); err != nil {
			k.failed(t, i, culprit(base, applied), err)
			return nil, nil
		}
	}
	return m, nil
}

// matchesAfter gives the objects that a patch is for after the patches before it, which may have set the labels it asks for.
func matchesAfter(p patch, base []byte, layers []layer) ([]map[string]any, error) {
	after, err := run(base, layers)
	if err != nil {
		return nil, nil // that is found again, and told, when all patches are applied
	}
	return p.matches(after)
}

// culprit gives the patch of the last layer that fails when it is alone, or "".
func culprit(base []byte, applied []layer) string {
	last := applied[len(applied)-1]
	for _, p := range last.patches {
		alone := layer{component: last.component, patches: []patch{p}}
		if _, err := run(base, append(slices.Clone(applied[:len(applied)-1]), alone)); err != nil {
			return p.Name
		}
	}
	return ""
}

func (k *kustomizer) failed(t overlayUnit, overlay int, patch string, err error) {
	c := k.components[overlay]
	f := overlayFailure{Overlay: overlay, Target: t.Name, Patch: patch, Place: diag.Place{File: c.File, Line: 1, Column: 1}, Cause: cleanError(err)}
	for _, p := range c.Patches {
		if p.Name == patch {
			f.Place = p.Place
		}
	}
	k.failures = append(k.failures, f)
}

// layer is a component as one target gets it.
type layer struct {
	component *component
	patches   []patch
	fields    []string // only these fields of the kustomization; nil means all
}

// empty says whether nothing of the component is left for the target.
func (l layer) empty() bool {
	return len(l.kustomization()) == 2 // apiVersion and kind
}

func (l layer) addsObjects() bool {
	return l.component.Fields["resources"] != nil || l.component.Fields["configMapGenerator"] != nil
}

func (l layer) only(fields ...string) layer {
	return layer{component: l.component, fields: fields}
}

// kustomization is the component's own, with the patches that this target gets.
func (l layer) kustomization() map[string]any {
	k := map[string]any{"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
	for name, v := range l.component.Fields {
		if l.fields == nil || slices.Contains(l.fields, name) {
			k[name] = v
		}
	}
	delete(k, "patches")
	if len(l.patches) > 0 {
		var patches []any
		for _, p := range l.patches {
			patches = append(patches, p.Fields)
		}
		k["patches"] = patches
	}
	return k
}

const (
	buildDir = "/build"
	rootDir  = "/root"
)

// run builds objects, which base holds as YAML, with components by kustomize, on a file system that holds nothing else.
func run(base []byte, layers []layer) (resmap.ResMap, error) {
	files := filesys.MakeFsInMemory()
	top := map[string]any{"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": []string{"objects.yaml"}}
	var components []string
	for i, l := range layers {
		// Two layers of one overlay must not share a directory.
		dir := fmt.Sprintf("%s%d/%s", rootDir, i, l.component.Dir)
		if err := writeLayer(files, dir, l); err != nil {
			return nil, err
		}
		components = append(components, ".."+dir)
	}
	top["components"] = components
	data, err := yaml.Marshal(top)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(files.WriteFile(buildDir+"/objects.yaml", base), files.WriteFile(buildDir+"/kustomization.yaml", data)); err != nil {
		return nil, err
	}
	return krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, buildDir)
}

func writeLayer(files filesys.FileSystem, dir string, l layer) error {
	data, err := yaml.Marshal(l.kustomization())
	if err != nil {
		return err
	}
	if err := files.WriteFile(dir+"/kustomization.yaml", data); err != nil {
		return err
	}
	for name, text := range l.component.Files {
		relative := name[len(l.component.Dir)+1:]
		if err := files.WriteFile(path.Join(dir, relative), text); err != nil {
			return err
		}
	}
	return nil
}

func resultOf(target string, m resmap.ResMap) (overlayResult, error) {
	result := overlayResult{Name: target}
	for _, r := range m.Resources() {
		fields, err := r.Map()
		if err != nil {
			return result, fmt.Errorf("target %s: reading %s back: %w", target, r.CurId(), err)
		}
		result.Objects = append(result.Objects, fields)
	}
	return result, nil
}
