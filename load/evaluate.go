package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/limit"
)

// Names of the jobs that evaluate programs.
const (
	JobCUE     = "cue"
	JobJsonnet = "jsonnet"
)

// Jobs are what Isolate must be able to run: requests and responses are JSON of this package's own.
func Jobs() map[string]func([]byte) ([]byte, error) {
	return map[string]func([]byte) ([]byte, error){JobCUE: job(evaluateCUE), JobJsonnet: job(evaluateJsonnet)}
}

// evaluation is what a job is asked, program what it answers.
type evaluation struct {
	Root   string // directory that imports may read, as an absolute path
	File   string // slash-separated, relative to Root
	Text   []byte
	Limits limit.Limits
}

type program struct {
	Value    json.RawMessage
	Places   map[diag.Path]diag.Place // of values
	Keys     map[diag.Path]diag.Place // of field names
	Exact    bool                     // a path that is in neither map has no place, not even the enclosing one's
	Findings []diag.Finding
}

func job(run func(evaluation) (program, error)) func([]byte) ([]byte, error) {
	return func(request []byte) ([]byte, error) {
		var e evaluation
		if err := json.Unmarshal(request, &e); err != nil {
			return nil, fmt.Errorf("reading the request: %w", err)
		}
		e.Limits = e.Limits.OrDefault()
		p, err := run(e)
		if err != nil {
			return nil, err
		}
		if int64(len(p.Value)) > e.Limits.InputSize {
			p = program{Findings: []diag.Finding{inFile(diag.Limit, e.File, "the program makes %d bytes; the limit is %d", len(p.Value), e.Limits.InputSize).
				WithFix("%s", limit.Advice(limit.InputSize, "make it smaller"))}}
		}
		return json.Marshal(p)
	}
}

// evaluate runs a CUE or Jsonnet topology in isolation.
func evaluate(ctx context.Context, file string, text []byte, o Options) (source, []diag.Finding, error) {
	if o.Isolate == nil {
		return source{}, nil, fmt.Errorf("evaluating topology %q: programs are not run here", file)
	}
	root, err := filepath.Abs(o.Root.Name())
	if err != nil {
		return source{}, nil, fmt.Errorf("evaluating topology %q: %w", file, err)
	}
	request, err := json.Marshal(evaluation{Root: root, File: file, Text: text, Limits: o.Limits})
	if err != nil {
		return source{}, nil, fmt.Errorf("evaluating topology %q: %w", file, err)
	}
	name := JobCUE
	if path.Ext(file) == ".jsonnet" {
		name = JobJsonnet
	}
	answer, err := o.Isolate(ctx, name, request)
	if found := (diag.Findings)(nil); errors.As(err, &found) {
		for i := range found {
			found[i].Place = diag.Place{File: file}
		}
		return source{}, found, nil
	}
	if err != nil {
		return source{}, nil, fmt.Errorf("evaluating topology %q: %w", file, err)
	}
	return fromProgram(file, answer)
}

func fromProgram(file string, answer []byte) (source, []diag.Finding, error) {
	var p program
	if err := json.Unmarshal(answer, &p); err != nil {
		return source{}, nil, fmt.Errorf("evaluating topology %q: reading the answer: %w", file, err)
	}
	if len(p.Findings) > 0 {
		return source{}, p.Findings, nil
	}
	value, err := decodeJSON(p.Value)
	if err != nil {
		return source{}, nil, fmt.Errorf("evaluating topology %q: reading the value: %w", file, err)
	}
	return source{value: value, at: p.locator(file)}, nil, nil
}

// locator knows the places that the program told; for the rest only the file, so that no line is ever guessed.
func (p program) locator(file string) diag.Locator {
	return func(path diag.Path, key bool) (diag.Place, bool) {
		if place, ok := p.Keys[path]; ok && key {
			return place, true
		}
		place, ok := p.Places[path]
		if !ok && (path == "" || p.Exact) {
			return diag.Place{File: file}, true
		}
		return place, ok
	}
}

// text is the text of a program, in which its language counts columns in bytes.
type text struct {
	file  string
	lines []string
}

func (e evaluation) text() text {
	return text{file: e.File, lines: strings.Split(string(e.Text), "\n")}
}

// place is a place whose column counts bytes as one whose column counts characters.
func (t text) place(line, column int) diag.Place {
	if line < 1 || line > len(t.lines) {
		return diag.Place{File: t.file}
	}
	s := t.lines[line-1]
	return diag.Place{File: t.file, Line: line, Column: 1 + utf8.RuneCountInString(s[:min(len(s), max(0, column-1))])}
}

// openRoot opens the directory of an evaluation.
func (e evaluation) openRoot() (*os.Root, error) {
	return os.OpenRoot(e.Root)
}
