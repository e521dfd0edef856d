// Package krm speaks the wire format of KRM functions: a ResourceList in, a ResourceList out.
//
// Read takes what hosts send (ResourceList v1, v1beta1 and v1alpha1, a List, a stream of objects), ReadConfig the functionConfig,
// Generate and Transform change the items, and Encode gives the answer. The package knows nothing of topologies: what a
// functionConfig asks for is done by whoever calls it, who also gives the objects.
//
// For its next author: items that are not ours are never decoded into values. A list in block style is cut into the lines of its
// items (split.go); each piece is parsed alone, which shows that the cut is right, and its nodes are dropped once identity and annotations
// are known. So bytes are kept and memory stays near the size of the text. What cannot be cut (flow style, JSON) is parsed
// and printed again (node.go), and what was printed is read back and compared.
package krm

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/meshtopo/meshtopo/manifest"
	"go.yaml.in/yaml/v3"
)

// Limits of what is read. No honest list comes near them; a host that has more can send it in parts.
const (
	MaxSize  = 64 << 20 // of the input, in bytes
	maxWhole = 4 << 20  // of what is parsed in one go: an item, or a document that cannot be cut into items. Nodes take forty times as much memory
	maxItems = 100_000
	maxNodes = 1_000_000 // of an item, aliases counted as what they stand for
	maxDepth = 200       // of an item; manifest.Decode reads no deeper
)

// Item is an object of a list.
type Item struct {
	ID          manifest.ID
	Annotations map[string]string
	text        []byte // the element of a YAML sequence: its lines, with "- " at the list's indentation
}

// List is what a host sent. Config is the text of its functionConfig, nil when there is none; Items are in their order.
type List struct {
	Config []byte
	Items  []Item

	input  []byte  // as it came
	fields []entry // of a ResourceList in block style
	indent int     // of the "-" of every item
	kept   bool    // the input is a ResourceList and nothing has been changed
}

// ErrEmpty says that nothing was sent.
var ErrEmpty = errors.New("the input is empty")

const (
	resourceList = "ResourceList"
	plainList    = "List"
	apiGroup     = "config.kubernetes.io/"
)

// Read reads what a host sent. Every error is the sender's.
func Read(input []byte) (*List, error) {
	switch {
	case len(input) > MaxSize:
		return nil, fmt.Errorf("the input is larger than %d MiB", MaxSize>>20)
	case !utf8.Valid(input):
		return nil, errors.New("the input is not valid UTF-8")
	}
	input = bytes.TrimPrefix(input, []byte("\ufeff"))
	if at := bytes.IndexFunc(input, unprintable); at >= 0 {
		return nil, fmt.Errorf("line %d: a control character", 1+bytes.Count(input[:at], []byte("\n")))
	}
	documents := splitDocuments(input)
	switch {
	case len(documents) == 0:
		return nil, ErrEmpty
	case cutOff(documents[len(documents)-1]):
		return nil, errors.New("the input ends in the middle of a line: was it cut off? End it with a line break")
	case len(documents) == 1:
		return readOne(documents[0])
	case len(documents) > maxItems:
		return nil, tooMany(len(documents))
	}
	return readStream(documents)
}

// cutOff says whether the input may go on where its last document ends: inside of a line. What begins with a brace ends with one, or is
// no document.
func cutOff(last chunk) bool {
	body := bytes.TrimLeft(bytes.TrimPrefix(last.text, []byte("---")), " \t\r\n")
	return last.text[len(last.text)-1] != '\n' && !bytes.HasPrefix(body, []byte("{"))
}

// unprintable says whether YAML refuses a character wherever it stands.
func unprintable(r rune) bool {
	return unicode.IsControl(r) && !strings.ContainsRune("\t\n\r\u0085", r) || r == 0xfffe || r == 0xffff
}

func tooMany(n int) error { return fmt.Errorf("%d items; the limit is %d", n, maxItems) }

// readOne reads the only document of the input.
func readOne(d chunk) (*List, error) {
	if isJSON(d) {
		return readJSON(d)
	}
	fields, ok := topFields(d)
	if !ok {
		return readWhole(d)
	}
	if err := unique(fields); err != nil {
		return nil, err
	}
	version, kind := scalarField(fields, "apiVersion"), scalarField(fields, "kind")
	wrapped, err := listKind(version, kind)
	if err != nil {
		return nil, err
	}
	if !wrapped {
		return readStream([]chunk{d})
	}
	l, err := readFields(fields, kind)
	if uncut := (*uncutError)(nil); errors.As(err, &uncut) && len(d.text) <= maxWhole {
		return readWhole(d)
	}
	if err != nil {
		return nil, err
	}
	l.input = d.text
	return l, nil
}

// listKind says whether an apiVersion and a kind are those of a list.
func listKind(version, kind string) (bool, error) {
	switch {
	case kind == plainList && version == "v1":
		return true, nil
	case kind != resourceList || !strings.HasPrefix(version, apiGroup):
		return false, nil
	}
	switch v := strings.TrimPrefix(version, apiGroup); v {
	case "v1", "v1beta1", "v1alpha1":
		return true, nil
	default:
		return false, fmt.Errorf("a ResourceList of version %q: known are v1, v1beta1 and v1alpha1", v)
	}
}

// unique refuses a field that stands twice, such as a second functionConfig.
func unique(fields []entry) error {
	lines := map[string]int{}
	for _, f := range fields {
		if first, ok := lines[f.key]; ok {
			return fmt.Errorf("line %d: %s stands twice, first in line %d", f.line, f.key, first)
		}
		lines[f.key] = f.line
	}
	return nil
}

// uncutError says that a list cannot be cut into items. Parsed whole, it may still be one.
type uncutError struct{ item, line int }

func (e *uncutError) Error() string {
	return fmt.Sprintf("item %d, line %d: not well-formed by itself, and the list is too long to be read in one go (%d MiB)", e.item, e.line, maxWhole>>20)
}

// readFields reads a list from its fields.
func readFields(fields []entry, kind string) (*List, error) {
	l := &List{kept: kind == resourceList}
	found := false
	for n, f := range fields {
		switch f.key {
		case itemsField:
			if found = true; n == len(fields)-1 && bareItems.Match(f.text) {
				return nil, fmt.Errorf("line %d: items ends the input and has no value: was the input cut off? Write items: [] when there are none", f.line)
			}
			pieces, indent, ok := splitItems(f)
			if !ok {
				return nil, &uncutError{1, f.line}
			}
			if len(pieces) > maxItems {
				return nil, tooMany(len(pieces))
			}
			l.indent = indent
			for _, p := range pieces {
				item, ok, err := readPiece(p)
				if err != nil {
					return nil, fmt.Errorf("item %d, line %d: %w", len(l.Items)+1, p.line, err)
				}
				if !ok {
					return nil, &uncutError{len(l.Items) + 1, p.line}
				}
				l.Items = append(l.Items, item)
			}
		case configField:
			if kind == resourceList {
				l.Config = configText(f)
			}
		}
	}
	if !found {
		return nil, noItems(kind)
	}
	if kind == resourceList {
		l.fields = fields
	}
	return l, nil
}

// readPiece reads the lines of one item. It is not ok where they are not an element by themselves.
func readPiece(p piece) (Item, bool, error) {
	if len(p.text) > maxWhole {
		return Item{}, false, tooLong(p.line)
	}
	root, ok := parseAlone(p.text)
	if !ok || root.Kind != yaml.SequenceNode || len(root.Content) != 1 {
		return Item{}, false, nil
	}
	item, err := readNode(root.Content[0])
	item.text = p.text
	return item, true, err
}

// readStream reads documents that are objects.
func readStream(documents []chunk) (*List, error) {
	l := &List{}
	for _, d := range documents {
		root, err := parse(d)
		if err != nil {
			return nil, err
		}
		var item Item
		if err = bare(root); err == nil {
			item, err = readNode(root)
		}
		if err == nil {
			item.text, err = elementOf(d, root)
		}
		if err != nil {
			return nil, fmt.Errorf("object %d, line %d: %w", len(l.Items)+1, d.line, err)
		}
		l.Items = append(l.Items, item)
	}
	return l, nil
}

// bare refuses a list among objects.
func bare(root *yaml.Node) error {
	version, kind := textOf(child(root, "apiVersion")), textOf(child(root, "kind"))
	if wrapped, err := listKind(version, kind); wrapped || err != nil {
		return fmt.Errorf("a %s among other documents: send it alone", kind)
	}
	return nil
}
