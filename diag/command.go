package diag

import (
	"bytes"
	"io"
	"regexp"
	"strings"
)

// anywhere is how commands begin that a CI system looks for anywhere in a line: the older form of GitHub's (actions/runner,
// ActionCommand.TryParse) and Azure's.
var anywhere = regexp.MustCompile(`(?i)##(vso)?\[`)

// inertAnywhere takes the meaning from such commands in a text.
func inertAnywhere(s string) string {
	if !strings.Contains(s, "##") {
		return s
	}
	return anywhere.ReplaceAllString(s, `#\#$1[`)
}

// InertJSON gives a writer of JSON that takes the meaning from such commands, which stand in strings only, and no value changes.
func InertJSON(w io.Writer) io.Writer { return inertJSON{w} }

type inertJSON struct{ w io.Writer }

func (i inertJSON) Write(p []byte) (int, error) {
	if !bytes.Contains(p, []byte("##")) {
		return i.w.Write(p)
	}
	if _, err := i.w.Write(anywhere.ReplaceAll(p, []byte(`#\u0023$1[`))); err != nil {
		return 0, err
	}
	return len(p), nil
}
