package manifest

import (
	"maps"
	"testing"

	"pgregory.net/rapid"
)

// Whatever is in the objects, the quick way gives the bytes of the long one.
func TestWithMetadata(t *testing.T) {
	objects := rapid.Custom(func(t *rapid.T) Object {
		fields := genFields(genString(), genNumber()).Draw(t, "fields")
		metadata := genFields(genString(), genNumber()).Draw(t, "metadata")
		metadata["name"], metadata["namespace"] = rapid.StringMatching(`[a-z]{1,3}`).Draw(t, "name"), "default"
		fields["apiVersion"], fields["kind"], fields["metadata"] = "v1", rapid.StringMatching(`[A-C]`).Draw(t, "kind"), metadata
		return Object{Fields: fields}
	})
	rapid.Check(t, func(t *rapid.T) {
		before, err := Manifests("x.yaml", "spec", rapid.SliceOfN(objects, 1, 4).Draw(t, "objects"))
		if err != nil {
			t.Skip("what cannot be encoded is tested elsewhere:", err)
		}
		marked := append([]Object(nil), before.Objects...)
		for i, o := range marked {
			fields := maps.Clone(o.Fields)
			metadata := maps.Clone(fields["metadata"].(map[string]any))
			metadata["labels"] = genFields(genString(), genNumber()).Draw(t, "labels")
			fields["metadata"] = metadata
			marked[i].Fields = fields
		}
		quick, quickErr := WithMetadata(before, marked)
		long, longErr := Manifests("x.yaml", "spec", append([]Object(nil), marked...))
		if (quickErr == nil) != (longErr == nil) {
			t.Fatalf("quick: %v, long: %v", quickErr, longErr)
		}
		if string(quick.Data) != string(long.Data) {
			t.Fatalf("quick:\n%s\nlong:\n%s", quick.Data, long.Data)
		}
	})
}
