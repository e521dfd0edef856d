package doctor

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"go.yaml.in/yaml/v3"
)

// schemaTitle is a text that every schema file of ours holds, whatever its version.
const schemaTitle = `"MeshTopology"`

var editorComment = regexp.MustCompile(`(?m)^#\s*yaml-language-server:\s*\$schema=(\S+)`)

// editorSchema judges the comment of a topology that names a copy of the schema.
func (s *surveyor) editorSchema(name string, text []byte) {
	m := editorComment.FindSubmatch(text)
	if m == nil || strings.Contains(string(m[1]), "://") {
		return
	}
	file := path.Join(path.Dir(name), string(m[1]))
	if _, err := s.root.Stat(file); err != nil {
		s.found(diag.OldSchema, lineOf(name, text, string(m[1])), "run meshtopo schema --format jsonschema > "+file+", or correct the comment",
			"the schema for editors %s is not there", file)
	}
}

// schemaCopy judges a copy of the schema.
func (s *surveyor) schemaCopy(name string, text []byte) {
	if path.Ext(name) != ".json" || !bytes.Contains(text, []byte(`"$schema"`)) || !bytes.Contains(text, []byte(schemaTitle)) || !bytes.Contains(text, []byte("meshtopo.dev/")) {
		return
	}
	for _, current := range s.options.Schemas {
		if bytes.Equal(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), current) {
			return
		}
	}
	if len(s.options.Schemas) > 0 {
		s.found(diag.OldSchema, diag.Place{File: name}, "run meshtopo schema --format jsonschema > "+name, "the schema is not that of this version of meshtopo")
	}
}

const preCommitConfig = ".pre-commit-config.yaml"

var hooksPath = regexp.MustCompile(`(?mi)^\s*hooksPath\s*=`)

// hooks looks whether git runs the hooks that the repository asks for. In a work tree beside its repository, and where git is told to
// look for hooks elsewhere, that cannot be known from below the root.
func (s *surveyor) hooks() {
	text, err := s.read(preCommitConfig)
	if err != nil {
		return
	}
	hook := ourHook(string(text))
	if hook == nil {
		return
	}
	if info, err := s.root.Stat(".git"); err != nil || !info.IsDir() {
		return
	}
	if config, err := s.read(".git/config"); err == nil && hooksPath.Match(config) {
		return
	}
	if installed, err := s.read(".git/hooks/pre-commit"); err == nil && bytes.Contains(installed, []byte("pre-commit")) {
		return
	}
	place := diag.Place{File: preCommitConfig, Line: hook.Line, Column: hook.Column, Width: len([]rune(hook.Value))}
	s.found(diag.HookNotInstalled, place, "run pre-commit install", "the hooks are not installed in this clone: .git/hooks/pre-commit is not that of pre-commit")
}

// read reads a regular file that is not too large: a pipe would wait, and a device would not end.
func (s *surveyor) read(name string) ([]byte, error) {
	info, err := s.root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxSize {
		return nil, fs.ErrInvalid
	}
	return s.root.ReadFile(name)
}

// ourHook gives the first hook of ours in the configuration of pre-commit, its id; nil for none.
func ourHook(text string) *yaml.Node {
	for _, document := range yamlDocuments(text) {
		for _, top := range document.Content {
			for _, repo := range elements(field(top, "repos")) {
				for _, hook := range elements(field(repo, "hooks")) {
					if id := field(hook, "id"); id != nil && strings.HasPrefix(id.Value, "meshtopo-") {
						return id
					}
				}
			}
		}
	}
	return nil
}

// elements are those of a list; nil gives none.
func elements(node *yaml.Node) []*yaml.Node {
	if node == nil || node.Kind != yaml.SequenceNode {
		return nil
	}
	return node.Content
}
