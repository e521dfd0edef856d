// Package load reads a topology: YAML, JSON, CUE or Jsonnet in, a mesh.Spec and the places of its fields out.
//
// File is the one way in. The extension decides the language; one CUE schema checks all four. What is wrong with the file comes
// back as findings; an error means that the world is in the way (no such file, no permission).
//
// For its next author: YAML and JSON are read once, by package document, into a tree that knows places; the schema sees plain
// values (schema.go) and speaks of paths; a Locator turns paths into places. CUE and Jsonnet may loop for ever or eat all
// memory, so they are evaluated by the jobs of Jobs, which the caller runs in a child process (Options.Isolate). This is the
// only room that knows CUE. It imports diag, document, jsonnet, mesh and schemas.
package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/document"
	"github.com/meshtopo/meshtopo/limit"
	"github.com/meshtopo/meshtopo/mesh"
)

// Isolate runs a job of Jobs where it can do no harm and gives its response. What the job exceeds comes back as a
// diag.Findings error.
type Isolate func(ctx context.Context, job string, request []byte) (response []byte, err error)

// Options say how a topology is read.
type Options struct {
	Root    *os.Root // nothing outside it is read
	Isolate Isolate
	Limits  limit.Limits
}

// Topology is a file that was read. Spec is nil when Findings holds an error.
type Topology struct {
	File     string // slash-separated, relative to the root
	Spec     *mesh.Spec
	Findings []diag.Finding // located
	At       diag.Locator
	Named    diag.Namer // knows the list elements of the file by name
	Text     []byte

	value any // the document, as plain values; nil when it could not be read
}

// Says says whether the file says of itself that it is a topology, in its kind or apiVersion: other programs call files so too. Of one
// that could not be read, its text is all that can say so.
func (t *Topology) Says() bool {
	fields, ok := t.value.(map[string]any)
	if !ok {
		return bytes.Contains(t.Text, []byte("MeshTopology")) || bytes.Contains(t.Text, []byte("meshtopo.dev/"))
	}
	apiVersion, _ := fields["apiVersion"].(string)
	return fields["kind"] == "MeshTopology" || strings.HasPrefix(apiVersion, "meshtopo.dev/")
}

// Names are the file names that stand for a directory, in the order in which they are looked for.
var names = [...]string{"topology.yaml", "topology.yml", "topology.json", "topology.cue", "topology.jsonnet"}

var extensions = [...]string{".yaml", ".yml", ".json", ".cue", ".jsonnet"}

// Find gives the topology file that a path stands for: itself, or the one topology file of a directory.
func Find(root *os.Root, name string) (string, error) {
	info, err := root.Stat(name)
	if escapes(err) {
		return "", fmt.Errorf("finding topology %q: it is outside the root", name)
	}
	if err != nil {
		return "", fmt.Errorf("finding topology %q: %w", name, plain(err))
	}
	if !info.IsDir() {
		return name, nil
	}
	dir := name
	var found []string
	for _, n := range names {
		_, err := root.Stat(path.Join(name, n))
		if escapes(err) {
			return "", fmt.Errorf("finding topology %q: it is a link that leads outside the root", path.Join(name, n))
		}
		if err == nil {
			found = append(found, n)
		}
	}
	if name == "." {
		name = filepath.Base(root.Name()) // what it is called outside
	}
	switch len(found) {
	case 1:
		return path.Join(dir, found[0]), nil
	case 0:
		return "", fmt.Errorf("no topology in directory %q: want one of %s", name, strings.Join(names[:], ", "))
	default:
		return "", fmt.Errorf("directory %q holds several topologies (%s): name one", name, strings.Join(found, ", "))
	}
}

// Holds says whether a directory holds a topology file, or several.
func Holds(root *os.Root, dir string) bool {
	for _, n := range names {
		if _, err := root.Stat(path.Join(dir, n)); err == nil {
			return true
		}
	}
	return false
}

// plain takes the path out of a file error, since the sentence around it names it already.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// escapes says whether a path, or a symbolic link in it, leads outside a root. Package os has no error value for it.
func escapes(err error) bool {
	return err != nil && strings.Contains(err.Error(), "escapes from parent")
}

// File reads the topology in a file.
func File(ctx context.Context, file string, o Options) (*Topology, error) {
	t := &Topology{File: file, Named: namer(nil)}
	text, findings, err := read(o, file)
	if err != nil {
		return nil, err
	}
	t.Text = text
	if len(findings) == 0 {
		var doc source
		doc, findings, err = parse(ctx, file, text, o)
		if err != nil {
			return nil, err
		}
		t.At, t.Named, t.value = doc.at, namer(doc.value), doc.value
		if len(findings) == 0 {
			t.Spec, findings = conform(doc.value, o.Limits)
		}
	}
	t.settle(findings)
	return t, nil
}

// Text reads a topology that is in no file, the functionConfig of a KRM function: YAML. Findings name it by name and have paths, but
// no lines, which would be those of a text that nobody wrote.
func Text(name string, text []byte, limits limit.Limits) *Topology {
	t := &Topology{File: name, Named: namer(nil)}
	problems := document.CheckText(text)
	var tree document.Tree
	if len(problems) == 0 {
		tree, problems = DocumentLimits(limits).YAML(text)
	}
	t.At = func(diag.Path, bool) (diag.Place, bool) { return diag.Place{File: name}, true }
	if len(problems) > 0 {
		findings := fromProblems(name, problems)
		for i := range findings {
			findings[i].Place, findings[i].Related = diag.Place{File: name}, nil
		}
		t.settle(findings)
		return t
	}
	value := tree.Value()
	t.Named = namer(value)
	spec, findings := conform(value, limits)
	t.Spec = spec
	t.settle(findings)
	return t
}

// settle fills in the places of findings and sorts them.
func (t *Topology) settle(findings []diag.Finding) {
	if t.At == nil {
		t.At = func(path diag.Path, _ bool) (diag.Place, bool) { return diag.Place{File: t.File}, path == "" }
	}
	t.Findings = findings
	diag.Locate(t.Findings, t.At)
	diag.Sort(t.Findings)
}

// source is a file after parsing and evaluation, before the schema: plain values and where they stand.
type source struct {
	value any
	at    diag.Locator
}

func parse(ctx context.Context, file string, text []byte, o Options) (source, []diag.Finding, error) {
	if problems := document.CheckText(text); len(problems) > 0 {
		return source{}, fromProblems(file, problems), nil
	}
	switch path.Ext(file) {
	case ".yaml", ".yml":
		tree, problems := DocumentLimits(o.Limits).YAML(text)
		return fromTree(file, tree, problems)
	case ".json":
		tree, problems := DocumentLimits(o.Limits).JSON(text)
		return fromTree(file, tree, problems)
	default:
		return evaluate(ctx, file, text, o)
	}
}

// read gives the bytes of a regular file below the root. A fifo or device is never opened for reading.
func read(o Options, file string) ([]byte, []diag.Finding, error) {
	most := o.Limits.OrDefault().InputSize
	info, err := o.Root.Stat(file)
	if escapes(err) {
		return nil, []diag.Finding{inFile(diag.OutsideRoot, file, "the file is outside the root")}, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("reading topology %q: %w", file, plain(err))
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("reading topology %q: not a regular file", file)
	}
	if !slices.Contains(extensions[:], path.Ext(file)) {
		return nil, nil, fmt.Errorf("reading topology %q: the extension must be .yaml, .yml, .json, .cue or .jsonnet", file)
	}
	f, err := o.Root.Open(file)
	if err != nil {
		return nil, nil, fmt.Errorf("reading topology %q: %w", file, plain(err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, nil, fmt.Errorf("reading topology %q: %w", file, plain(err))
	}
	if int64(len(text)) > most {
		return nil, []diag.Finding{inFile(diag.Limit, file, "the file is larger than %d bytes", most).WithFix("%s", limit.Advice(limit.InputSize, "make it smaller"))}, nil
	}
	return text, nil, nil
}

// inFile is a finding about a file as a whole.
func inFile(rule, file, format string, args ...any) diag.Finding {
	return at(rule, diag.Place{File: file}, format, args...)
}

// at is a finding at a place that is known already.
func at(rule string, place diag.Place, format string, args ...any) diag.Finding {
	f := diag.New(rule, "", format, args...)
	f.Place = place
	return f
}

// decodeJSON decodes JSON that we made ourselves into plain values, numbers as int64 or float64.
func decodeJSON(data []byte) (any, error) {
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return document.Settle(v), nil
}
