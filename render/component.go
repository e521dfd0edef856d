package render

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/document"
)

// component is a kustomize Component that has been read and vetted: all of it that kustomize will see. Like patch it goes to the
// child process as JSON.
type component struct {
	Dir     string            // slash-separated, relative to the root
	File    string            // its kustomization file, relative to the root
	Fields  map[string]any    // the kustomization
	Files   map[string][]byte // what it names, relative to the root
	Patches []patch
}

// patch is an entry of patches.
type patch struct {
	Place  diag.Place
	Name   string         // what a message calls it: its file, or its place in the list
	Fields map[string]any // the entry
	Body   any            // the patch itself: a mapping (strategic merge) or a list (JSON6902)
}

// allowedFields are the fields of a kustomization that neither fetch nor run anything.
func allowedFields() []string {
	return []string{
		"apiVersion", "kind", "resources", "patches", "labels", "commonAnnotations", "namespace", "namePrefix", "nameSuffix",
		"images", "replicas", "replacements", "configMapGenerator", "generatorOptions",
	}
}

const (
	maxOverlayFile  = 1 << 20
	maxOverlayFiles = 256
)

// overlayError is a finding about an overlay, as an error.
func overlayError(rule string, place diag.Place, format string, args ...any) error {
	f := diag.New(rule, "", format, args...)
	f.Place = place
	return diag.Findings{f}
}

// reader reads one component.
type reader struct {
	root *os.Root
	*component
	tree document.Tree
}

// readComponent reads and vets the Component in a directory.
func readComponent(root *os.Root, dir string) (*component, error) {
	r := reader{root: root, component: &component{Dir: dir, Files: map[string][]byte{}}}
	if err := r.readKustomization(); err != nil {
		return nil, err
	}
	for _, step := range []func() error{r.vetFields, r.readPatches, r.readResources, r.readReplacements, r.readGenerators} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r.component, nil
}

func (r *reader) readKustomization() error {
	for _, name := range []string{"kustomization.yaml", "kustomization.yml", "Kustomization"} {
		text, err := r.read(path.Join(r.Dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		r.File = path.Join(r.Dir, name)
		value, tree, err := strict(r.File, text)
		if err != nil {
			return err
		}
		r.tree = tree
		fields, ok := value.(map[string]any)
		if !ok {
			return overlayError(diag.OverlayField, diag.Place{File: r.File, Line: 1, Column: 1}, "overlay %s: a kustomization must be a mapping", r.Dir)
		}
		r.Fields = fields
		return nil
	}
	return overlayError(diag.OverlayMissing, diag.Place{}, "overlay %s: there is no kustomization.yaml in this directory", r.Dir)
}

// strict reads one YAML document of an overlay.
func strict(file string, text []byte) (any, document.Tree, error) {
	problems := document.CheckText(text)
	var tree document.Tree
	if len(problems) == 0 {
		tree, problems = document.YAML(text)
	}
	if len(problems) > 0 {
		p := problems[0]
		f := diag.New(diag.OverlayFailed, "", "%s: %s", file, p.Message)
		f.Place = diag.Place{File: file, Line: p.Place.Line, Column: p.Place.Column, Width: p.Place.Width}
		if p.Fix != "" {
			f.Fix = p.Fix
		}
		return nil, tree, diag.Findings{f}
	}
	return tree.Value(), tree, nil
}

func (r *reader) at(key bool, steps ...any) diag.Place {
	p, ok := r.tree.Place(steps, key)
	if !ok {
		return diag.Place{File: r.File}
	}
	return diag.Place{File: r.File, Line: p.Line, Column: p.Column, Width: p.Width}
}

// localPath is a path that kustomize cannot take for a URL or a git repository.
var localPath = regexp.MustCompile(`^(\./)?[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$`)

// add reads a file that the kustomization names.
func (r *reader) add(name any, steps ...any) ([]byte, error) {
	s, _ := name.(string)
	if !localPath.MatchString(s) || strings.Contains(s, "..") || looksRemote(s) {
		return nil, overlayFix(r.at(false, steps...), "put the file into the overlay's own directory and name it by a relative path", "overlay %s: %v is not a plain path of a file in the overlay's own directory", r.Dir, name)
	}
	if len(r.Files) >= maxOverlayFiles {
		return nil, overlayError(diag.Limit, r.at(false, steps...), "overlay %s names more than %d files", r.Dir, maxOverlayFiles)
	}
	full := path.Join(r.Dir, s)
	text, err := r.read(full)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, overlayError(diag.OverlayMissing, r.at(false, steps...), "overlay %s: there is no file %s", r.Dir, s)
	}
	if err != nil {
		return nil, err
	}
	r.Files[full] = text
	return text, nil
}

// looksRemote says whether kustomize would take a path for a repository: its first part has the form of a host.
func looksRemote(s string) bool {
	first, _, nested := strings.Cut(s, "/")
	return nested && strings.Contains(strings.TrimPrefix(first, "."), ".")
}

// read gives a regular file below the root.
func (r *reader) read(name string) ([]byte, error) {
	info, err := r.root.Stat(name)
	if err != nil {
		if escapes(err) {
			return nil, overlayError(diag.OutsideRoot, diag.Place{}, "overlay %s: %s leads outside the root", r.Dir, name)
		}
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, overlayError(diag.OverlayMissing, diag.Place{}, "overlay %s: %s is not a regular file", r.Dir, name)
	}
	if info.Size() > maxOverlayFile {
		return nil, overlayError(diag.Limit, diag.Place{}, "overlay %s: %s is larger than %d bytes", r.Dir, name, maxOverlayFile)
	}
	return r.root.ReadFile(name)
}

// escapes says whether an os.Root refused a path because it leads outside; os exports no error for that.
func escapes(err error) bool { return err != nil && strings.Contains(err.Error(), "escapes") }

// addDocument reads a file that the kustomization names and that holds one YAML document.
func (r *reader) addDocument(name any, steps ...any) (any, error) {
	text, err := r.add(name, steps...)
	if err != nil {
		return nil, err
	}
	value, _, err := strict(path.Join(r.Dir, fmt.Sprint(name)), text)
	return value, err
}

// readPatches reads every patch, in the kustomization or in a file of its own.
func (r *reader) readPatches() error {
	for i, e := range list(r.Fields["patches"]) {
		entry, _ := e.(map[string]any)
		p := patch{Place: r.at(false, "patches", i), Name: fmt.Sprintf("patches[%d]", i), Fields: entry}
		name, named := entry["path"]
		text, inline := entry["patch"].(string)
		var err error
		switch {
		case named:
			p.Name = fmt.Sprint(name)
			p.Place = diag.Place{File: path.Join(r.Dir, p.Name), Line: 1, Column: 1}
			p.Body, err = r.addDocument(name, "patches", i, "path")
		case inline:
			p.Body, _, err = strict(r.File, []byte(text))
		default:
			err = overlayError(diag.OverlayField, p.Place, "overlay %s: patches[%d] has neither patch nor path", r.Dir, i)
		}
		if err != nil {
			return err
		}
		r.Patches = append(r.Patches, p)
	}
	return nil
}

func (r *reader) readReplacements() error {
	for i, e := range list(r.Fields["replacements"]) {
		entry, _ := e.(map[string]any)
		if name, ok := entry["path"]; ok {
			if _, err := r.addDocument(name, "replacements", i, "path"); err != nil {
				return err
			}
		}
	}
	return nil
}

// readGenerators reads the files of ConfigMaps; an entry may be key=file.
func (r *reader) readGenerators() error {
	for i, e := range list(r.Fields["configMapGenerator"]) {
		entry, _ := e.(map[string]any)
		for _, field := range []string{"files", "envs", "env"} {
			names := list(entry[field])
			if s, ok := entry[field].(string); ok {
				names = []any{s}
			}
			for j, name := range names {
				s := fmt.Sprint(name)
				if _, file, ok := strings.Cut(s, "="); ok && field == "files" {
					s = file
				}
				if _, err := r.add(s, "configMapGenerator", i, field, j); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}
