package render

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/manifest"
)

// expression is a Terraform expression, written without the marks of an interpolation. A string in a block is always text.
type expression string

// block is the body of a Terraform block. Its values are strings, expressions, numbers, booleans, blocks and lists of them.
type block = map[string]any

// source is one file of Terraform JSON.
type source struct {
	path, from string
	root       block
}

// add puts a block into a file. Labels are the kind of block, then its type and name as far as it has them.
func (s *source) add(body block, labels ...string) {
	at := s.root
	for _, l := range labels[:len(labels)-1] {
		inner, ok := at[l].(block)
		if !ok {
			inner = block{}
			at[l] = inner
		}
		at = inner
	}
	at[labels[len(labels)-1]] = body
}

func (s *source) file() (manifest.File, error) {
	value, err := terraformValue(s.root)
	if err != nil {
		return manifest.File{}, fmt.Errorf("%s: %w", s.path, err)
	}
	data, err := indentedJSON(value)
	return manifest.File{Path: s.path, From: s.from, Data: data}, err
}

// terraformValue gives a value as Terraform's JSON syntax has it: expressions become interpolations, and text can be none.
func terraformValue(v any) (any, error) {
	switch v := v.(type) {
	case string:
		return terraformText(v), nil
	case expression:
		return "${" + string(v) + "}", nil
	case int, bool, nil:
		return v, nil
	case []string:
		return terraformList(v)
	case []expression:
		return terraformList(v)
	case []block:
		return terraformList(v)
	case []any:
		return terraformList(v)
	case block:
		values := make(block, len(v))
		for key, e := range v {
			value, err := terraformValue(e)
			if err != nil {
				return nil, err
			}
			values[key] = value
		}
		return values, nil
	}
	return nil, fmt.Errorf("a value of type %T", v)
}

func terraformList[T any](list []T) (any, error) {
	values := make([]any, 0, len(list))
	for _, e := range list {
		value, err := terraformValue(e)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, nil
}

// terraformText escapes the two sequences that begin something in a string of Terraform's JSON syntax.
func terraformText(s string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(s)
}

// terraformName makes the name of a block of one or several DNS labels. A name begins with a letter or "_" and has letters,
// digits, "-" and "_". Labels have no "_", so different lists of labels have different names.
func terraformName(labels ...string) string {
	name := strings.Join(labels, "_")
	if name[0] >= '0' && name[0] <= '9' {
		name = "_" + name
	}
	return name
}

// orderedFiles gives the files of all sources that hold a block, by path.
func orderedFiles(sources map[string]*source) ([]manifest.File, error) {
	var files []manifest.File
	for _, path := range slices.Sorted(maps.Keys(sources)) {
		s := sources[path]
		if len(s.root) == 0 {
			continue
		}
		f, err := s.file()
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}
