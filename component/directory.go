package component

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/document"
)

const (
	templateExtension = ".yaml.tmpl"
	jsonnetExtension  = ".jsonnet"
	metadataFile      = "component.yaml"

	maxFiles    = 64      // templates of a component
	maxEntries  = 1000    // files and directories in its directory
	maxFileSize = 1 << 20 // bytes of each
)

// source is the files of a component. Nothing outside the component's own directory is read.
type source struct {
	root  *os.Root // the component's own directory
	dir   string   // that directory, relative to the topology's root, for places
	file  string   // the Jsonnet file; "" for a directory of templates
	name  string
	about string
	texts map[string][]byte // of the templates, or the Jsonnet file, by name in the directory
}

// openSource reads the component at a path below the root.
func openSource(root *os.Root, name string) (*source, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("reading component %q: %w", name, err)
	}
	s := &source{dir: name, name: path.Base(name), texts: map[string][]byte{}}
	if !info.IsDir() {
		s.dir, s.file = path.Split(name)
		s.dir = path.Clean(s.dir)
		s.name = strings.TrimSuffix(s.file, jsonnetExtension)
	}
	if s.root, err = root.OpenRoot(s.dir); err != nil {
		return nil, fmt.Errorf("opening component %q: %w", name, err)
	}
	if s.file != "" {
		s.texts[s.file], err = s.read(s.file)
	} else {
		err = s.readDirectory()
	}
	if err != nil {
		s.root.Close()
		return nil, err
	}
	return s, nil
}

func (s *source) place(name string) diag.Place { return diag.Place{File: path.Join(s.dir, name)} }

func (s *source) readDirectory() error {
	names, err := s.list()
	if err != nil {
		return err
	}
	for _, name := range names {
		switch {
		case name == metadataFile:
			err = s.readMetadata()
		case strings.HasSuffix(name, templateExtension):
			if len(s.texts) == maxFiles {
				return finding(diag.Limit, s.place(name), "component %s has more than %d templates", s.dir, maxFiles)
			}
			s.texts[name], err = s.read(name)
		case slices.Contains([]string{".tmpl", ".tpl", ".yaml", ".yml"}, path.Ext(name)):
			f := found(diag.ComponentFile, s.place(name), "the file would be left out: templates are called *%s", templateExtension)
			return diag.Findings{f.WithFix("call it %s, or move it away", templateName(name))}
		}
		if err != nil {
			return err
		}
	}
	if len(s.texts) == 0 {
		f := found(diag.ComponentMissing, diag.Place{}, "component %s: there is no template in this directory", s.dir)
		return diag.Findings{f.WithFix("add a file *%s", templateExtension)}
	}
	return nil
}

// templateName is a file's name as a template has it.
func templateName(name string) string {
	base, _, _ := strings.Cut(name, ".")
	return base + templateExtension
}

// list gives the names in the directory, in order.
func (s *source) list() ([]string, error) {
	dir, err := s.root.Open(".")
	if err != nil {
		return nil, fmt.Errorf("opening component %q: %w", s.dir, err)
	}
	defer dir.Close()
	entries, err := dir.ReadDir(maxEntries + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading component %q: %w", s.dir, err)
	}
	if len(entries) > maxEntries {
		return nil, finding(diag.Limit, diag.Place{}, "component %s holds more than %d files", s.dir, maxEntries)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
		if e.IsDir() && s.hasTemplates(e.Name()) {
			f := found(diag.ComponentFile, s.place(e.Name()), "the templates in this directory would be left out: a component is one directory")
			return nil, diag.Findings{f.WithFix("move them one directory up, or make it a component of its own")}
		}
	}
	slices.Sort(names)
	return names, nil
}

// hasTemplates says whether templates stand in a directory below the component's.
func (s *source) hasTemplates(dir string) bool {
	found, err := fs.Glob(s.root.FS(), path.Join(dir, "*"+templateExtension))
	return err == nil && len(found) > 0
}

// read gives a regular file of the directory.
func (s *source) read(name string) ([]byte, error) {
	info, err := s.root.Stat(name)
	switch {
	case escapes(err):
		return nil, finding(diag.ComponentOutside, s.place(""), "component %s: %s leads outside the component's directory", s.dir, name)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("reading component %q: %w", s.dir, err)
	case err != nil: // a link that leads nowhere, or around in a ring
		return nil, finding(diag.ComponentFile, s.place(""), "component %s: %s leads nowhere", s.dir, name)
	case !info.Mode().IsRegular():
		return nil, finding(diag.ComponentFile, s.place(name), "%s is not a regular file", name)
	case info.Size() > maxFileSize:
		return nil, finding(diag.Limit, s.place(name), "%s is larger than %d bytes", name, maxFileSize)
	}
	text, err := s.root.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading component %q: %w", s.dir, err)
	}
	if problems := document.CheckText(text); len(problems) > 0 {
		return nil, s.problem(name, problems[0])
	}
	return text, nil
}

func (s *source) problem(name string, p document.Problem) error {
	place := s.place(name)
	place.Line, place.Column, place.Width = p.Place.Line, p.Place.Column, p.Place.Width
	f := found(diag.ComponentFile, place, "%s", p.Message)
	if p.Fix != "" {
		f.Fix = p.Fix
	}
	return diag.Findings{f}
}

// readMetadata reads component.yaml: what the component is called, and what it is for.
func (s *source) readMetadata() error {
	text, err := s.read(metadataFile)
	if err != nil {
		return err
	}
	tree, problems := document.YAML(text)
	if len(problems) > 0 {
		return s.problem(metadataFile, problems[0])
	}
	fields, ok := tree.Value().(map[string]any)
	if !ok {
		return finding(diag.ComponentFile, s.place(metadataFile), "%s must be a mapping", metadataFile)
	}
	into := map[string]*string{"name": &s.name, "description": &s.about}
	for _, key := range sortedKeys(fields) {
		text, isText := fields[key].(string)
		field, known := into[key]
		p, _ := tree.Place([]any{key}, !known)
		place := s.place(metadataFile)
		place.Line, place.Column, place.Width = p.Line, p.Column, p.Width
		switch {
		case !known:
			return diag.Findings{found(diag.ComponentFile, place, "unknown field %q", key).WithFix("remove it; the fields here are name and description")}
		case !isText || text == "":
			return diag.Findings{found(diag.ComponentFile, place, "%s must be text", key).WithFix("write text, or remove the field")}
		}
		*field = text
	}
	return nil
}
