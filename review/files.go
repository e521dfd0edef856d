package review

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
)

// isTerraform says whether a file is Terraform, which holds no objects.
func isTerraform(name string) bool { return strings.HasSuffix(name, ".tf.json") }

// compareFiles compares the files of a target that hold no objects.
func compareFiles(old, now []manifest.File) []Change {
	was := map[string]manifest.File{}
	for _, f := range old {
		was[f.Path] = f
	}
	var changes []Change
	is := map[string]bool{}
	for _, f := range now {
		is[f.Path] = true
		before, both := was[f.Path]
		switch {
		case !both:
			changes = append(changes, fileChange(f, Added, nil))
		case !bytes.Equal(before.Data, f.Data):
			if fields := compareData(f.Path, before.Data, f.Data); len(fields) > 0 {
				changes = append(changes, fileChange(f, Changed, fields))
			}
		}
	}
	for _, f := range old {
		if !is[f.Path] {
			changes = append(changes, fileChange(f, Removed, nil))
		}
	}
	return changes
}

func fileChange(f manifest.File, what string, fields []Field) Change {
	return Change{Kind: KindFile, Name: f.Path, File: f.Path, Change: what, Fields: fields}
}

// compareData compares the bytes of two versions of a file: JSON by its values, text by its lines, others not at all.
func compareData(name string, old, now []byte) []Field {
	if path.Ext(name) == ".json" {
		var o, n any
		if json.Unmarshal(old, &o) == nil && json.Unmarshal(now, &n) == nil {
			w := &walk{kind: KindFile}
			w.value("", o, n)
			return w.found
		}
	}
	if !utf8.Valid(old) || !utf8.Valid(now) || bytes.IndexByte(old, 0) >= 0 || bytes.IndexByte(now, 0) >= 0 {
		return []Field{{Note: fmt.Sprintf("not text: it was %d bytes long and is %d", len(old), len(now))}}
	}
	return compareText(string(old), string(now))
}

// maxTextLines bounds how many lines of a text are told.
const maxTextLines = 20

// compareText gives the lines that differ, as one field; what both begin and end with is left out. Line ends do not count.
func compareText(old, now string) []Field {
	was := strings.Split(strings.ReplaceAll(old, "\r\n", "\n"), "\n")
	is := strings.Split(strings.ReplaceAll(now, "\r\n", "\n"), "\n")
	start := 0
	for start < min(len(was), len(is)) && was[start] == is[start] {
		start++
	}
	for len(was) > start && len(is) > start && was[len(was)-1] == is[len(is)-1] {
		was, is = was[:len(was)-1], is[:len(is)-1]
	}
	was, is = was[start:], is[start:]
	if len(was)+len(is) == 0 {
		return nil
	}
	w := &walk{kind: KindFile}
	note := ""
	if left := max(len(was), len(is)) - maxTextLines; left > 0 {
		note = fmt.Sprintf("%d more lines differ", left)
	}
	w.note(diag.Path(fmt.Sprintf("line %d", start+1)), firstLines(was), firstLines(is), note)
	return w.found
}

// firstLines gives the first lines as one value; nothing of none.
func firstLines(list []string) any {
	if len(list) == 0 {
		return absent{}
	}
	return strings.Join(list[:min(len(list), maxTextLines)], "\n")
}
