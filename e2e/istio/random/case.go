// Package random makes topologies by dice: everything that decides where requests go, in combinations that nobody would write. The same
// seed gives the same topologies, and a topology that shows something can be made smaller.
package random

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// m is a mapping of a topology or an object.
type m = map[string]any

// A Case is a topology and its overlays, as JSON values.
type Case struct {
	Name     string    `json:"name"`
	Topology m         `json:"topology"` // without spec.overlays
	Overlays []Overlay `json:"overlays"`
}

// An Overlay is a kustomize Component: its kustomization.yaml and the files beside it.
type Overlay struct {
	Name    string   `json:"name"`
	Targets []string `json:"targets"`
	Patches []m      `json:"patches,omitempty"`
	Objects []m      `json:"objects,omitempty"` // added to the targets
}

// Write writes the case to a directory, which must exist.
func (c *Case) Write(dir string) error {
	for file, value := range c.files() {
		data, err := yaml.Marshal(value)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// files gives what the files hold, by their paths.
func (c *Case) files() map[string]any {
	topology := c.clone().Topology
	files := map[string]any{"topology.yaml": topology}
	var overlays []any
	for _, o := range c.Overlays {
		component := m{"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
		if len(o.Patches) > 0 {
			component["patches"] = o.Patches
		}
		var resources []string
		for i, object := range o.Objects {
			name := fmt.Sprintf("object-%d.yaml", i)
			files[o.Name+"/"+name] = object
			resources = append(resources, name)
		}
		if len(resources) > 0 {
			component["resources"] = resources
		}
		files[o.Name+"/kustomization.yaml"] = component
		overlays = append(overlays, m{"path": o.Name, "targets": o.Targets})
	}
	if spec, ok := topology["spec"].(m); ok && len(overlays) > 0 {
		spec["overlays"] = overlays
	}
	return files
}

// String gives all files for people.
func (c *Case) String() string {
	files := c.files()
	order := []string{"topology.yaml"}
	for _, o := range c.Overlays {
		order = append(order, o.Name+"/kustomization.yaml")
		for i := range o.Objects {
			order = append(order, fmt.Sprintf("%s/object-%d.yaml", o.Name, i))
		}
	}
	var b strings.Builder
	for _, file := range order {
		data, err := yaml.Marshal(files[file])
		if err != nil {
			data = []byte(err.Error())
		}
		fmt.Fprintf(&b, "# %s\n%s", file, data)
	}
	return b.String()
}

// A Waiver is a finding that is borne with.
type Waiver struct{ Rule, Path string }

// Waive gives the case with waivers: what a rule warns of is what is wanted here.
func (c *Case) Waive(waivers []Waiver) *Case {
	out := c.clone()
	var list []any
	for _, w := range waivers {
		list = append(list, m{"rule": w.Rule, "path": w.Path, "reason": "the prediction must hold for this as well"})
	}
	if spec, ok := out.Topology["spec"].(m); ok {
		spec["waivers"] = list
	}
	return out
}

// clone gives a copy that shares nothing, with numbers as JSON has them.
func (c *Case) clone() *Case {
	data, err := json.Marshal(c)
	if err != nil {
		return c // JSON values are always written
	}
	var out Case
	if err := json.Unmarshal(data, &out); err != nil {
		return c // what was written is always read
	}
	return &out
}

// A Place is where the nodes of a cluster are.
type Place struct {
	Region string
	Zones  []string
}

// Places gives where the nodes of each cluster are.
func (c *Case) Places() map[string]Place {
	places := map[string]Place{}
	spec, _ := c.clone().Topology["spec"].(m)
	clusters, _ := spec["clusters"].([]any)
	for _, each := range clusters {
		cluster, _ := each.(m)
		name, _ := cluster["name"].(string)
		region, _ := cluster["region"].(string)
		place := Place{Region: region}
		zones, _ := cluster["zones"].([]any)
		for _, z := range zones {
			zone, _ := z.(string)
			place.Zones = append(place.Zones, zone)
		}
		places[name] = place
	}
	return places
}
