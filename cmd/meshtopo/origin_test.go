package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/render"
)

// TestOrigins asks of every value of every shipped topology where it comes from: the answer must be a field of the topology, and where the
// value is said to be as written there, it must be.
func TestOrigins(t *testing.T) {
	copies := 0
	for _, name := range subdirectories(t, topologiesDir) {
		a := &app{}
		p, err := a.open(context.Background(), filepath.Join(topologiesDir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer p.close()
		written := asJSON(t, p.topology.Spec)
		for target, err := range p.rendering.Targets("") {
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range target.Files {
				for i := range f.Objects {
					eachLeaf("", f.Objects[i].Fields, func(at diag.Path, value any) {
						o := p.rendering.OriginOf(target.Name, f, &f.Objects[i], at)
						copies += checkOrigin(t, p, name+": "+target.Name+"/"+f.Path+"."+string(at), o, written, value)
					})
				}
			}
		}
	}
	if copies < 50 {
		t.Errorf("only %d values were compared with what is written", copies)
	}
}

// checkOrigin gives 1 for a value that is as written in the topology.
func checkOrigin(t *testing.T, p *project, where string, o render.Origin, written, value any) int {
	t.Helper()
	at := p.topology.Resolve(o.Field)
	added := o.Field == "spec.overlays" || o.Rule == "an overlay added the object" || o.Field == "spec.delivery" // no template prints these
	if len(at.Steps()) < 2 || o.Rule == "" || o.Template == "" && !added {
		t.Errorf("%s comes from %q (%q) by %q, template %q", where, o.Field, at, o.Rule, o.Template)
	}
	if p.overlaid() || o.Rule != "as written in the topology" || !strings.Contains(string(o.Field), ".http") && !strings.Contains(string(o.Field), ".trafficPolicy") {
		return 0
	}
	have, found := valueAt(written, at)
	if diff := cmp.Diff(asPlain(have), asPlain(value)); !found || diff != "" {
		t.Errorf("%s is said to be as written at %q (-written +rendered):\n%s", where, at, diff)
	}
	return 1
}

func (p *project) overlaid() bool { return len(p.mesh.Overlays) > 0 }

func asPlain(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

func asJSON(t *testing.T, v any) any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := json.Unmarshal(data, &plain); err != nil {
		t.Fatal(err)
	}
	return plain
}

func eachLeaf(at diag.Path, value any, visit func(diag.Path, any)) {
	switch v := value.(type) {
	case map[string]any:
		for key, next := range v {
			eachLeaf(at.Key(key), next, visit)
		}
	case []any:
		for i, next := range v {
			eachLeaf(at.Index(i), next, visit)
		}
	default:
		visit(at, value)
	}
}

// A dot in the name of a file is no field, and the longest name wins.
func TestPlace(t *testing.T) {
	a := &app{}
	p, err := a.open(context.Background(), filepath.Join(topologiesDir, "bookinfo-failover"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	type place struct{ target, file, field string }
	for what, want := range map[string]place{
		"clusters/ack-hangzhou/services/reviews.yaml":                  {"clusters/ack-hangzhou", "services/reviews.yaml", ""},
		"clusters/ack-hangzhou/services/reviews.yaml.spec.replicas":    {"clusters/ack-hangzhou", "services/reviews.yaml", "spec.replicas"},
		"some/out/mesh/asm-bookinfo/routes/bookinfo.yaml.spec.http[0]": {"mesh/asm-bookinfo", "routes/bookinfo.yaml", "spec.http[0]"},
		`mesh/asm-bookinfo/routes/bookinfo.yaml.metadata["a/b"]`:       {"mesh/asm-bookinfo", "routes/bookinfo.yaml", `metadata["a/b"]`},
		"network/cen.tf.json":                             {"network", "cen.tf.json", ""},
		"clusters/ack-hangzhou/services/reviews.yamlspec": {},
		"clusters/ack-beijing/services/reviews.yaml":      {},
		"clusters/ack-hangzhou/meshtopo.json":             {},
	} {
		got, err := newMaker(a, p).place(what)
		if (err != nil) != (want == place{}) {
			t.Errorf("%s: error %v", what, err)
		}
		if diff := cmp.Diff(want, place{got.target, got.file.Path, string(got.field)}, cmp.AllowUnexported(place{})); err == nil && diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
}
