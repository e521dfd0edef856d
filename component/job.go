package component

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/document"
	"github.com/meshtopo/meshtopo/sandbox"
)

// Job is the job that runs a component.
const Job = "component"

// Jobs are what Isolate must be able to run: requests and responses are JSON of this package's own.
func Jobs() map[string]func([]byte) ([]byte, error) {
	return map[string]func([]byte) ([]byte, error){Job: answer}
}

// request asks for the objects of one component.
type request struct {
	Root      string // absolute path
	Path      string // of the component, relative to Root
	Values    map[string]any
	Mesh      json.RawMessage // a Mesh
	Targets   []requestTarget
	MaxOutput int64 // bytes that one template or program makes for one target
}

type requestTarget struct {
	Name    string
	Cluster *Target // nil for a target that is no cluster
}

type response struct {
	Name     string // what the component calls itself
	About    string
	Objects  []object
	Failures []failure
	Findings []diag.Finding // about the component itself, whatever the target
}

// object is an object that a component made for a target.
type object struct {
	Target string
	Fields map[string]any
	Place  diag.Place // of what made it
}

// failure is what is wrong with a component for a target.
type failure struct {
	Target  string
	Finding diag.Finding
}

// maker makes objects: a directory of templates or a Jsonnet program.
type maker interface {
	// objects gives what a target gets. Findings have places, and no paths.
	objects(cluster json.RawMessage) ([]object, []diag.Finding)
}

func answer(data []byte) ([]byte, error) {
	var q request
	if err := decode(data, &q); err != nil {
		return nil, fmt.Errorf("reading the request: %w", err)
	}
	document.Settle(q.Values)
	r, err := q.run()
	if found := (diag.Findings)(nil); errors.As(err, &found) {
		r, err = response{Findings: found}, nil
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(r)
}

func (q request) run() (response, error) {
	root, err := os.OpenRoot(q.Root)
	if err != nil {
		return response{}, fmt.Errorf("opening the root: %w", err)
	}
	defer root.Close()
	if err := sandbox.SealFiles(); err != nil {
		return response{}, err
	}
	s, err := openSource(root, q.Path)
	if err != nil {
		return response{}, err
	}
	defer s.root.Close()
	r := response{Name: s.name, About: s.about}
	made, err := s.maker(q)
	if err != nil {
		return response{}, err
	}
	for _, t := range q.Targets {
		cluster, err := json.Marshal(t.Cluster)
		if err != nil {
			return response{}, fmt.Errorf("encoding a cluster: %w", err)
		}
		objects, findings := made.objects(cluster)
		for _, o := range objects {
			o.Target = t.Name
			r.Objects = append(r.Objects, o)
		}
		for _, f := range findings {
			r.Failures = append(r.Failures, failure{Target: t.Name, Finding: f})
		}
	}
	return r, nil
}

// decode decodes JSON that we made ourselves, and keeps numbers as they are written.
func decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(into)
}

// value decodes JSON that we made ourselves into plain values, numbers as int64 or float64.
func value(data []byte) (any, error) {
	var v any
	err := decode(data, &v)
	return document.Settle(v), err
}

// finding is a finding at a place, as an error.
func finding(rule string, place diag.Place, format string, args ...any) diag.Findings {
	return diag.Findings{found(rule, place, format, args...)}
}

func found(rule string, place diag.Place, format string, args ...any) diag.Finding {
	f := diag.New(rule, "", format, args...)
	f.Place = place
	return f
}
