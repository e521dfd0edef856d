package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// IndexName is the file in each target that lists the target's files.
const IndexName = "meshtopo.json"

const (
	indexVersion = "meshtopo.dev/v1alpha1"
	indexKind    = "TargetIndex"
	stateWriting = "writing" // the target's files are being changed; an index without state is complete
	maxIndexSize = 64 << 20  // bytes; some 300,000 files
)

// index says which files of a target are ours. It is written with one file a line, so that version control merges it.
type index struct {
	APIVersion string  `json:"apiVersion"`
	Kind       string  `json:"kind"`
	Topology   string  `json:"topology"`
	Target     string  `json:"target"`
	State      string  `json:"state,omitempty"`
	Files      []entry `json:"files"`
}

type entry struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"` // of the file's bytes, lower-case hex
	From   string `json:"from"`
}

// IndexError is an index that cannot be trusted: nothing in its target is written or removed.
type IndexError struct {
	Path string // the index, relative to the root
	Err  error
}

func (e *IndexError) Error() string {
	return fmt.Sprintf("index %q: %v; restore it from version control, or move its directory away, and render again", e.Path, e.Err)
}

func (e *IndexError) Unwrap() error { return e.Err }

func newEntry(f File) entry {
	return entry{Path: f.Path, SHA256: hashOf(f.Data), From: f.From}
}

// encode gives the same bytes for the same index.
func (x *index) encode() []byte {
	out := make([]byte, 0, 256+200*len(x.Files))
	out = append(out, "{\n"...)
	field := func(name, value string) {
		out = append(out, `  "`+name+`": `...)
		out = appendJSON(out, value)
		out = append(out, ",\n"...)
	}
	field("apiVersion", indexVersion)
	field("kind", indexKind)
	field("topology", x.Topology)
	field("target", x.Target)
	if x.State != "" {
		field("state", x.State)
	}
	out = append(out, `  "files": [`...)
	for i, e := range x.Files {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, "\n    {\"path\": "...)
		out = appendJSON(out, e.Path)
		out = append(out, `, "sha256": `...)
		out = appendJSON(out, e.SHA256)
		out = append(out, `, "from": `...)
		out = appendJSON(out, e.From)
		out = append(out, '}')
	}
	return append(out, "\n  ]\n}\n"...)
}

func appendJSON(out []byte, s string) []byte {
	usual := !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' })
	if usual {
		return append(append(append(out, '"'), s...), '"')
	}
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s) // a string in memory cannot fail
	return append(out, bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))...)
}

// parseIndex reads an index and trusts nothing in it: every path is local to the target and listed once.
func parseIndex(data []byte) (*index, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	x := new(index)
	if err := decoder.Decode(x); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("data after the index")
	}
	switch {
	case x.APIVersion != indexVersion || x.Kind != indexKind:
		return nil, fmt.Errorf("not a %s of %s but %q of %q", indexKind, indexVersion, x.Kind, x.APIVersion)
	case x.Topology == "":
		return nil, errors.New("no topology")
	case !targetName.MatchString(x.Target):
		return nil, fmt.Errorf("unknown target %q", x.Target)
	case x.State != "" && x.State != stateWriting:
		return nil, fmt.Errorf("unknown state %q", x.State)
	}
	seen := make(map[string]bool, len(x.Files))
	for _, e := range x.Files {
		if err := checkPath(e.Path); err != nil {
			return nil, err
		}
		if seen[e.Path] {
			return nil, fmt.Errorf("path %q is listed twice", e.Path)
		}
		seen[e.Path] = true
	}
	return x, nil
}

// readIndex gives the index of a target and its bytes; nil when there is none. The index must name this target and this
// topology.
func (t *tree) readIndex(topology string) (*index, []byte, error) {
	name := path.Join(t.name, IndexName)
	data, err := t.read(IndexName, maxIndexSize)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	x, err := parseIndex(data)
	switch {
	case err != nil:
		return nil, nil, &IndexError{Path: name, Err: err}
	case x.Target != t.name:
		return nil, nil, &IndexError{Path: name, Err: fmt.Errorf("it belongs to target %q", x.Target)}
	case x.Topology != topology:
		return nil, nil, &OwnerError{Path: name, Owner: x.Topology, Topology: topology}
	}
	return x, data, nil
}

// Head is what an index says of its target as a whole.
type Head struct{ Topology, Target string }

// ReadHead reads the head of an index below a root without reading the list of files. What is no index is an *IndexError.
func ReadHead(root *os.Root, name string) (Head, error) {
	f, err := root.Open(name)
	if err != nil {
		return Head{}, failed("open", name, err)
	}
	defer f.Close()
	decoder := json.NewDecoder(io.LimitReader(f, 1<<16))
	token, err := decoder.Token()
	if broken := (*fs.PathError)(nil); errors.As(err, &broken) {
		return Head{}, failed("read", name, err)
	}
	if err != nil || token != json.Delim('{') {
		return Head{}, &IndexError{Path: name, Err: errors.New("not a JSON object")}
	}
	var head Head
	for decoder.More() && (head.Topology == "" || head.Target == "") {
		key, err := decoder.Token()
		if err != nil {
			return Head{}, &IndexError{Path: name, Err: err}
		}
		var value any
		if err := decoder.Decode(&value); err != nil {
			return Head{}, &IndexError{Path: name, Err: err}
		}
		text, _ := value.(string)
		switch key {
		case "topology":
			head.Topology = text
		case "target":
			head.Target = text
		}
	}
	switch {
	case head.Topology == "":
		return head, &IndexError{Path: name, Err: errors.New("no topology")}
	case !targetName.MatchString(head.Target):
		return head, &IndexError{Path: name, Err: fmt.Errorf("unknown target %q", head.Target)}
	}
	return head, nil
}
