package manifest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func object(apiVersion, kind, namespace, name string) Object {
	metadata := map[string]any{"name": name}
	if namespace != "" {
		metadata["namespace"] = namespace
	}
	return Object{Fields: map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": metadata}}
}

func TestID(t *testing.T) {
	for _, test := range []struct {
		object Object
		want   ID
		text   string
		err    string
	}{
		{object("networking.istio.io/v1", "DestinationRule", "default", "reviews"), ID{"networking.istio.io", "v1", "DestinationRule", "default", "reviews"}, "DestinationRule default/reviews", ""},
		{object("v1", "Namespace", "", "default"), ID{"", "v1", "Namespace", "", "default"}, "Namespace default", ""},
		{object("", "Pod", "", "a"), ID{"", "", "Pod", "", "a"}, "Pod a", "object has an empty apiVersion"},
		{Object{}, ID{}, " ", "object has no apiVersion"},
		{Object{Fields: map[string]any{"apiVersion": "v1"}}, ID{Version: "v1"}, " ", "object has no kind"},
		{Object{Fields: map[string]any{"apiVersion": "v1", "kind": int64(1)}}, ID{Version: "v1"}, " ", "object has a kind that is not a string: 1"},
		{Object{Fields: map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": "x"}}, ID{Version: "v1", Kind: "Pod"}, "Pod ", "object has no metadata.name"},
		{Object{Fields: map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "a", "namespace": nil}}}, ID{Version: "v1", Kind: "Pod", Name: "a"}, "Pod a", "object has a metadata.namespace that is not a string: null"},
	} {
		got, err := test.object.ID()
		if got != test.want || got.String() != test.text {
			t.Errorf("got %#v %q, want %#v %q", got, got, test.want, test.text)
		}
		if test.err == "" && err != nil || test.err != "" && (err == nil || err.Error() != test.err) {
			t.Errorf("error %v, want %q", err, test.err)
		}
	}
	if (ID{"g", "v1", "K", "n", "a"}).Key() != (ID{"g", "v2", "K", "n", "a"}).Key() {
		t.Error("versions tell objects apart")
	}
}

func TestManifests(t *testing.T) {
	file, err := Manifests("all.yaml", "spec", []Object{
		object("v1", "Service", "b", "x"), object("v1", "Service", "a", "y"), object("apps/v1", "Deployment", "a", "y"),
		object("v1", "Service", "a", "x"), object("v1", "Namespace", "", "b"), object("v1", "Namespace", "", "a"),
	})
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, object := range file.Objects {
		id, _ := object.ID()
		order = append(order, id.String())
	}
	want := []string{"Namespace a", "Namespace b", "Deployment a/y", "Service a/x", "Service a/y", "Service b/x"}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !file.Listed || file.Path != "all.yaml" || !strings.HasPrefix(string(file.Data), "apiVersion: v1\nkind: Namespace\n") {
		t.Errorf("file %+v", file)
	}
	bad := object("v1", "Service", "a", "x")
	bad.Fields["spec"] = func() {}
	for want, object := range map[string]Object{"a.yaml: object 1: object has no apiVersion": {}, `a.yaml: encode object 1: field "spec": cannot encode a value of type func()`: bad} {
		if _, err := Manifests("a.yaml", "", []Object{object}); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func TestKustomization(t *testing.T) {
	got := Kustomization([]File{{Path: "namespaces.yaml", Listed: true}, {Path: "update.json"}, {Path: "services/no.yaml", Listed: true}, {Path: "no", Listed: true}})
	want := "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- namespaces.yaml\n- services/no.yaml\n- \"no\"\nsortOptions:\n  order: fifo\n"
	if string(got.Data) != want || got.Path != "kustomization.yaml" || got.From != "spec" || got.Listed {
		t.Errorf("got %+v\n%s", got, got.Data)
	}
	for _, file := range []File{got, Kustomization(nil)} {
		documents, err := Decode(file.Data)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Encode(documents...); err != nil || string(again) != string(file.Data) {
			t.Errorf("not canonical: %v\n%s", err, file.Data)
		}
	}
}
