package krm

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/meshtopo/meshtopo/manifest"
	"go.yaml.in/yaml/v3"
)

// parse reads one document of the input whole.
func parse(d chunk) (*yaml.Node, error) {
	if len(d.text) > maxWhole {
		return nil, tooLong(d.line)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(d.text))
	var first, second yaml.Node
	if err := decoder.Decode(&first); err != nil {
		return nil, fmt.Errorf("document at line %d: %s: was the input cut off?", d.line, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("document at line %d: it goes on after its end", d.line)
	}
	return first.Content[0], nil
}

func tooLong(line int) error {
	return fmt.Errorf("line %d: more than %d MiB in one piece: items are read one by one where a ResourceList is JSON, or YAML in block style", line, maxWhole>>20)
}

// readWhole reads a document that cannot be cut into items: JSON, flow style, or an object that is no list.
func readWhole(d chunk) (*List, error) {
	root, err := parse(d)
	if err != nil {
		return nil, err
	}
	version, kind := textOf(child(root, "apiVersion")), textOf(child(root, "kind"))
	wrapped, err := listKind(version, kind)
	if err != nil {
		return nil, err
	}
	if !wrapped {
		return readStream([]chunk{d})
	}
	if err := uniqueKeys(root); err != nil {
		return nil, err
	}
	items := child(root, itemsField)
	if items == nil || items.Kind != yaml.SequenceNode && items.ShortTag() != "!!null" {
		return nil, noItems(kind)
	}
	l := &List{}
	if kind == resourceList {
		l.input, l.kept = d.text, true
		l.fields = header(version)
		if config := child(root, configField); config != nil {
			if l.Config, err = printed(config); err != nil {
				return nil, fmt.Errorf("%s: %w", configField, err)
			}
		}
	}
	for i, n := range items.Content {
		item, err := readNode(n)
		if err == nil {
			item.text, err = printedElement(n)
		}
		if err != nil {
			return nil, fmt.Errorf("item %d, line %d: %w", i+1, d.line+n.Line-1, err)
		}
		l.Items = append(l.Items, item)
	}
	return l, nil
}

func uniqueKeys(mapping *yaml.Node) error {
	var fields []entry
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		fields = append(fields, entry{key: mapping.Content[i].Value, line: mapping.Content[i].Line})
	}
	return unique(fields)
}

// child gives the value of a mapping's field, aliases followed; nil where there is none.
func child(n *yaml.Node, key string) *yaml.Node {
	n = target(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key && n.Content[i].Kind == yaml.ScalarNode {
			return target(n.Content[i+1])
		}
	}
	return nil
}

func target(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func textOf(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return ""
	}
	return n.Value
}

// readNode gives what is known of an object. It refuses what is none, and what grows beyond bounds when aliases are followed.
func readNode(n *yaml.Node) (Item, error) {
	var item Item
	if n.Kind != yaml.MappingNode {
		return item, errors.New("not an object: want a mapping with apiVersion, kind and metadata.name")
	}
	w := walk{anchors: map[*yaml.Node]int{}}
	if _, err := w.count(n, 1); err != nil {
		return item, err
	}
	metadata := child(n, "metadata")
	version := textOf(child(n, "apiVersion"))
	item.ID = manifest.ID{Version: version, Kind: textOf(child(n, "kind")), Namespace: textOf(child(metadata, "namespace")), Name: textOf(child(metadata, "name"))}
	if group, v, ok := strings.Cut(version, "/"); ok {
		item.ID.Group, item.ID.Version = group, v
	}
	switch {
	case version == "":
		return item, errors.New("the object has no apiVersion")
	case item.ID.Kind == "":
		return item, errors.New("the object has no kind")
	case item.ID.Name == "" && item.ID.Group != "kustomize.config.k8s.io": // kustomizations have no names
		return item, fmt.Errorf("the object, a %s, has no metadata.name", item.ID.Kind)
	}
	if annotations := child(metadata, "annotations"); annotations != nil && annotations.Kind == yaml.MappingNode {
		item.Annotations = map[string]string{}
		for i := 0; i+1 < len(annotations.Content); i += 2 {
			item.Annotations[annotations.Content[i].Value] = textOf(target(annotations.Content[i+1]))
		}
	}
	return item, nil
}

// walk counts nodes; each alias counts as all that it stands for.
type walk struct {
	anchors map[*yaml.Node]int // how many nodes each anchor stands for; 0 while it is counted
}

func (w *walk) count(n *yaml.Node, depth int) (int, error) {
	if depth > maxDepth {
		return 0, fmt.Errorf("nested deeper than %d levels", maxDepth)
	}
	if n.Kind == yaml.AliasNode {
		size, known := w.anchors[n.Alias]
		switch {
		case !known:
			return 0, fmt.Errorf("alias *%s stands for something outside of the object: write the value out", n.Value)
		case size == 0:
			return 0, fmt.Errorf("alias *%s stands for what it is part of", n.Value)
		}
		return size, nil
	}
	if n.Anchor != "" {
		w.anchors[n] = 0
	}
	total := 1
	for _, c := range n.Content {
		size, err := w.count(c, depth+1)
		if err != nil {
			return 0, err
		}
		if total += size; total > maxNodes {
			return 0, fmt.Errorf("more than %d values when aliases are followed", maxNodes)
		}
	}
	if n.Anchor != "" {
		w.anchors[n] = total
	}
	return total, nil
}

// elementOf makes a document the element of a list: its lines are indented, or printed again where the object is in flow style or
// begins on the line of the marker.
func elementOf(d chunk, root *yaml.Node) ([]byte, error) {
	if root.Style&yaml.FlowStyle != 0 || root.Column != 1 || root.Anchor != "" || d.text[len(d.text)-1] != '\n' {
		return printedElement(root)
	}
	var text []byte
	for _, line := range lines(d.text, 1) {
		if marks(line, "---") || marks(line, "...") {
			if line = bytes.TrimLeft(line[len("---"):], " \t"); !silent(line) {
				return printedElement(root)
			}
			if len(bytes.TrimSpace(line)) == 0 {
				continue
			}
		}
		text = append(text, line...)
	}
	return element(text, 0), nil
}

func printedElement(n *yaml.Node) ([]byte, error) {
	text, err := printed(n)
	if err != nil {
		return nil, err
	}
	return element(text, 0), nil
}

// element makes the lines of an object in block style an element of a list whose "-" are in a column.
func element(text []byte, indent int) []byte {
	out := make([]byte, 0, len(text)+len(text)/8)
	blank := bytes.Repeat([]byte(" "), indent+2)
	begun := false
	for _, line := range lines(text, 1) {
		switch {
		case len(bytes.TrimSpace(line)) == 0:
		case begun:
			out = append(out, blank...)
		case silent(line):
			out = append(out, blank[:indent]...)
		default:
			begun = true
			out = append(append(out, blank[:indent]...), "- "...)
		}
		out = append(out, line...)
	}
	return out
}

// printed prints an object in block style, reads it back, and compares.
func printed(n *yaml.Node) ([]byte, error) {
	n = block(n)
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := errors.Join(e.Encode(n), e.Close()); err != nil {
		return nil, fmt.Errorf("the object cannot be printed as YAML: %w", err)
	}
	again, ok := parseAlone(b.Bytes())
	if !ok || !same(n, again) {
		return nil, errors.New("the object does not survive being printed as YAML: send it in block style, in a YAML ResourceList")
	}
	return b.Bytes(), nil
}

// block gives a copy in which mappings and lists are in block style.
func block(n *yaml.Node) *yaml.Node {
	c := *n
	c.Content = make([]*yaml.Node, len(n.Content))
	for i := range n.Content {
		c.Content[i] = block(n.Content[i])
	}
	if n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode {
		c.Style &^= yaml.FlowStyle
	}
	return &c
}

// same says whether two trees hold the same values.
func same(x, y *yaml.Node) bool {
	if x.Kind != y.Kind || x.Value != y.Value || x.Anchor != y.Anchor || x.ShortTag() != y.ShortTag() || len(x.Content) != len(y.Content) {
		return false
	}
	for i := range x.Content {
		if !same(x.Content[i], y.Content[i]) {
			return false
		}
	}
	return true
}
