package render

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/document"
)

func (r *reader) readResources() error {
	for i, name := range list(r.Fields["resources"]) {
		if err := r.addObjects(name, "resources", i); err != nil {
			return err
		}
	}
	return nil
}

// maxDocuments is how many objects a file of an overlay may hold: kustomize's time grows with their square.
const maxDocuments = 256

// marker is a line that begins a YAML document, wherever it stands. One with more on it is refused as a second document.
var marker = regexp.MustCompile(`(?m)^---[ \t]*(?:#.*)?\r?$`)

// addObjects reads a file that the kustomization names and that holds YAML documents, an object each. One that holds nothing but comments is none.
func (r *reader) addObjects(name any, steps ...any) error {
	text, err := r.add(name, steps...)
	if err != nil {
		return err
	}
	file := path.Join(r.Dir, fmt.Sprint(name))
	if problems := document.CheckText(text); len(problems) > 0 {
		_, _, err := strict(file, text)
		return err
	}
	pieces := marker.Split(string(text), -1)
	if len(pieces) > maxDocuments {
		return overlayError(diag.Limit, r.at(false, steps...), "overlay %s: %s holds more than %d documents", r.Dir, file, maxDocuments)
	}
	line, found := 0, false
	for _, piece := range pieces {
		before := strings.Repeat("\n", line) // so that places are those in the file
		line += strings.Count(piece, "\n")
		if blank.MatchString(piece) {
			continue
		}
		found = true
		if _, _, err := strict(file, []byte(before+piece)); err != nil {
			return err
		}
	}
	if !found {
		_, _, err = strict(file, text)
	}
	return err
}

// blank is a document of blanks and comments.
var blank = regexp.MustCompile(`^(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*(?:#[^\n]*)?$`)
