package mesh_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/meshtopo/meshtopo/mesh"
)

// FuzzDecode: any JSON is a Spec or an error, the same each time, of plain data.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"", "{}", "null", `{"spec": {"delivery": "flux", "clusters": [{"name": "a", "labels": {"b": "c"}}]}}`,
		`{"spec": {"gateways": [{"name": "a", "replicaCount": 1e2, "overrides": [{"cluster": "a", "env": []}]}]}}`,
		`{"spec": {"services": [{"name": "a", "calls": ["b", {"service": "c", "times": 2}], "http": [{"timeout": 18446744073709551616}]}]}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		first, err := mesh.Decode(text)
		if err != nil {
			return
		}
		again, err := mesh.Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("decoded twice (-first +second):\n%s", diff)
		}
		if _, err := json.Marshal(first); err != nil {
			t.Errorf("a Spec that is not plain data: %v", err)
		}
	})
}
