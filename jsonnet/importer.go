package jsonnet

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/google/go-jsonnet"
)

// rootImporter reads Jsonnet's imports below a root. It never opens what is not a regular file.
type rootImporter struct {
	root    *os.Root
	seen    map[string]imported // by path below the root
	outside string              // the first import that led outside, quoted
}

type imported struct {
	contents []byte
	forVM    jsonnet.Contents // the machine wants the same one each time
}

const maxImport = 1 << 20 // bytes of an imported file

var errOutside = errors.New("outside the root")

// Import gives a file by its path relative to the file that names it.
func (r *rootImporter) Import(importedFrom, importedPath string) (jsonnet.Contents, string, error) {
	name := path.Join(path.Dir(importedFrom), importedPath)
	if path.IsAbs(importedPath) || strings.ContainsAny(importedPath, "\\:\x00") || name == ".." || strings.HasPrefix(name, "../") {
		return jsonnet.Contents{}, "", r.refuse(importedPath)
	}
	if file, ok := r.seen[name]; ok {
		return file.forVM, name, nil
	}
	text, err := r.read(name)
	if errors.Is(err, errOutside) {
		return jsonnet.Contents{}, "", r.refuse(importedPath)
	}
	if err != nil {
		return jsonnet.Contents{}, "", fmt.Errorf("importing %q: %w", name, plain(err))
	}
	r.add(name, text)
	return r.seen[name].forVM, name, nil
}

func (r *rootImporter) add(name string, text []byte) {
	r.seen[name] = imported{contents: text, forVM: jsonnet.MakeContentsRaw(text)}
}

func (r *rootImporter) refuse(importedPath string) error {
	if r.outside == "" {
		r.outside = fmt.Sprintf("%q", importedPath)
	}
	return errOutside
}

func (r *rootImporter) read(name string) ([]byte, error) {
	info, err := r.root.Stat(name)
	switch {
	case escapes(err):
		return nil, errOutside
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	case info.Size() > maxImport:
		return nil, fmt.Errorf("larger than %d bytes", maxImport)
	}
	text, err := r.root.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(text) {
		return nil, errors.New("not UTF-8 text")
	}
	return text, nil
}

// escapes says whether a path, or a symbolic link in it, leads outside a root. Package os has no error value for it.
func escapes(err error) bool {
	return err != nil && strings.Contains(err.Error(), "escapes from parent")
}

// plain takes the path out of a file error, since the sentence around it names it already.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
