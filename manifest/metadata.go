package manifest

import (
	"bytes"
	"fmt"
	"strings"
)

// WithMetadata gives a file whose objects are those of a file that Manifests made, in the same order, with other metadata and the same identities. It gives what
// Manifests gives, and encodes only the metadata: that is what most of the time for a fleet would go to.
func WithMetadata(f File, objects []Object) (File, error) {
	e := encoder{out: make([]byte, 0, len(f.Data)+256*len(objects))}
	rest := f.Data
	for i, object := range objects {
		before, after, found := cutMetadata(rest)
		metadata, ok := object.Fields["metadata"].(map[string]any)
		if !found || !ok || len(metadata) == 0 {
			return Manifests(f.Path, f.From, objects)
		}
		e.out = append(e.out, before...)
		e.path = append(e.path[:0], step{key: "metadata", isKey: true})
		if err := e.entry("metadata", metadata, 0); err != nil {
			return File{}, fmt.Errorf("%s: encode object %d: field %q: %w", f.Path, i+1, joinPath(e.path), err)
		}
		rest = after
	}
	e.out = append(e.out, rest...)
	f.Objects, f.Data = objects, e.out
	return f, nil
}

// cutMetadata finds the next field metadata at the top of a document, and gives what is before and after it. Lines of a value are indented or empty.
func cutMetadata(text []byte) (before, after []byte, found bool) {
	const key = "metadata:\n"
	start := 0
	if !bytes.HasPrefix(text, []byte(key)) {
		if start = bytes.Index(text, []byte("\n"+key)) + 1; start == 0 {
			return nil, nil, false
		}
	}
	end := start + len(key)
	for end < len(text) && strings.IndexByte(" \n", text[end]) >= 0 {
		next := bytes.IndexByte(text[end:], '\n')
		if next < 0 {
			return nil, nil, false
		}
		end += next + 1
	}
	return text[:start], text[end:], true
}
