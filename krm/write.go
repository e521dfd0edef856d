package krm

import (
	"bytes"
	"fmt"

	"github.com/meshtopo/meshtopo/manifest"
)

// Encode gives the ResourceList that answers: items, and results when there are any. Of a ResourceList that nothing has been
// changed in, it is the input itself.
func (l *List) Encode(results []Result) ([]byte, error) {
	if l.kept && len(results) == 0 {
		return l.input, nil
	}
	var b bytes.Buffer
	fields := l.fields
	if fields == nil {
		fields = []entry{{text: []byte("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n")}}
	}
	for _, f := range fields {
		if f.key != itemsField && f.key != resultsField {
			b.Write(f.text)
		}
	}
	l.items(&b)
	text, err := EncodeResults(results)
	if err != nil {
		return nil, err
	}
	b.Write(text)
	return b.Bytes(), nil
}

func (l *List) items(b *bytes.Buffer) {
	if len(l.Items) == 0 {
		b.WriteString("items: []\n")
		return
	}
	size := 0
	for _, i := range l.Items {
		size += len(i.text)
	}
	b.Grow(size + 1<<10)
	b.WriteString("items:\n")
	for _, i := range l.Items {
		b.Write(i.text)
	}
}

// EncodeResults gives results alone, as the field of a ResourceList; nothing when there are none.
func EncodeResults(results []Result) ([]byte, error) {
	if len(results) == 0 {
		return nil, nil
	}
	text, err := manifest.Encode(map[string]any{resultsField: wire(results)})
	if err != nil {
		return nil, fmt.Errorf("writing results: %w", err)
	}
	return text, nil
}
