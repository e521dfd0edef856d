package krm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/meshtopo/meshtopo/manifest"
)

// isJSON says whether a document is a JSON object, which YAML's parser would read slowly, and not all of: it knows no surrogate pairs.
func isJSON(d chunk) bool {
	text := bytes.TrimLeft(d.text, " \t\r\n")
	return len(text) > 0 && text[0] == '{' && json.Valid(text)
}

// readJSON reads a JSON document: a list, or one object.
func readJSON(d chunk) (*List, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(d.text, &fields); err != nil {
		return nil, fmt.Errorf("line %d: %w", d.line, err)
	}
	if err := uniqueNames(d); err != nil {
		return nil, err
	}
	version, kind := jsonText(fields["apiVersion"]), jsonText(fields["kind"])
	wrapped, err := listKind(version, kind)
	if err != nil {
		return nil, err
	}
	l := &List{}
	raw := []json.RawMessage{d.text}
	if wrapped {
		if raw, err = jsonItems(fields, kind); err != nil {
			return nil, err
		}
	}
	if kind == resourceList {
		l.input, l.kept, l.fields = d.text, true, header(version)
		if config := fields[configField]; config != nil && !bytes.Equal(config, []byte("null")) {
			if l.Config, err = jsonToYAML(config); err != nil {
				return nil, fmt.Errorf("%s: %w", configField, err)
			}
		}
	}
	for i, text := range raw {
		item, err := jsonItem(text)
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", i+1, err)
		}
		l.Items = append(l.Items, item)
	}
	return l, nil
}

// header gives the fields that an answer to a list that could not be cut begins with.
func header(version string) []entry {
	return []entry{{key: "apiVersion", text: []byte("apiVersion: " + version + "\n")}, {key: "kind", text: []byte("kind: " + resourceList + "\n")}}
}

func jsonText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

func jsonItems(fields map[string]json.RawMessage, kind string) ([]json.RawMessage, error) {
	var items []json.RawMessage
	raw, ok := fields[itemsField]
	if !ok || json.Unmarshal(raw, &items) != nil {
		return nil, noItems(kind)
	}
	if len(items) > maxItems {
		return nil, tooMany(len(items))
	}
	return items, nil
}

func noItems(kind string) error {
	return fmt.Errorf("the %s has no list of items: write items: [] when there are none", kind)
}

// jsonItem prints an object as YAML, and reads it as such.
func jsonItem(raw json.RawMessage) (Item, error) {
	text, err := jsonToYAML(raw)
	if err != nil {
		return Item{}, err
	}
	root, ok := parseAlone(text)
	if !ok {
		return Item{}, errors.New("the object does not survive being printed as YAML")
	}
	item, err := readNode(root)
	item.text = element(text, 0)
	return item, err
}

// jsonToYAML prints a JSON object as YAML. Numbers keep their value.
func jsonToYAML(raw json.RawMessage) ([]byte, error) {
	if len(raw) > maxWhole {
		return nil, tooLong(1)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var fields map[string]any
	if err := d.Decode(&fields); err != nil {
		return nil, errors.New("not an object: want a mapping with apiVersion, kind and metadata.name")
	}
	return manifest.Encode(fields)
}
