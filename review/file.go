package review

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/meshtopo/meshtopo/diag"
	"github.com/meshtopo/meshtopo/manifest"
)

const terraformSuffix = ".tf.json"

// fileKind is what the tables call a file.
const fileKind = "/" + KindFile

func newFile(change, target, path string) *difference {
	return &difference{target: target, change: change, file: path, id: manifest.ID{Kind: KindFile, Name: path}}
}

// existence says what happens to a file that sides have or have not.
func existence(old, new bool) string {
	switch {
	case !old:
		return Added
	case !new:
		return Removed
	}
	return Changed
}

// restDifference compares the documents of a manifest file that are no objects: one after the other.
func restDifference(target, path string, docs [2][]object, has [2]bool) *difference {
	d := newFile(existence(has[0], has[1]), target, path)
	if d.change != Changed {
		return d
	}
	old, new := docs[0], docs[1]
	w := differ{kind: fileKind, insideJSON: true}
	for i := range max(len(old), len(new)) {
		at := diag.Path("")
		if max(len(old), len(new)) > 1 {
			at = at.Index(i)
		}
		w.in(at, "", func() {
			switch {
			case i >= len(old):
				w.add(nil, new[i].other, [2]bool{false, true})
			case i >= len(new):
				w.add(old[i].other, nil, [2]bool{true, false})
			default:
				w.value(old[i].other, new[i].other)
			}
		})
	}
	d.fields = w.found
	if len(d.fields) == 0 {
		return nil
	}
	return d
}

// textDifference compares files that hold neither YAML nor JSON.
func textDifference(target string, old, new *source) *difference {
	if old == nil || new == nil {
		of := old
		if of == nil {
			of = new
		}
		return newFile(existence(old != nil, new != nil), target, of.path)
	}
	d := newFile(Changed, target, new.path)
	if isBinary(old.data) || isBinary(new.data) {
		note := "binary, was " + bytesOf(len(old.data)) + ", is " + bytesOf(len(new.data))
		d.fields = []fieldDifference{{path: "content", keys: "content", note: note}}
		return d
	}
	d.fields = lineDifferences(string(old.data), string(new.data))
	return d
}

func isBinary(data []byte) bool { return bytes.IndexByte(data, 0) >= 0 || !utf8.Valid(data) }

const maxTextLines = 10 // that are shown of a text

// lineDifferences gives the first lines that differ, by their number on the new side, without what begins and ends the same.
func lineDifferences(old, new string) []fieldDifference {
	o, n := strings.SplitAfter(old, "\n"), strings.SplitAfter(new, "\n")
	begin := 0
	for begin < min(len(o), len(n)) && o[begin] == n[begin] {
		begin++
	}
	end := 0
	for end < min(len(o), len(n))-begin && o[len(o)-1-end] == n[len(n)-1-end] {
		end++
	}
	o, n = o[begin:len(o)-end], n[begin:len(n)-end]
	count := max(len(o), len(n))
	var found []fieldDifference
	for i := range min(count, maxTextLines) {
		f := fieldDifference{path: "line " + strconv.Itoa(begin+i+1), keys: "line", has: [2]bool{i < len(o), i < len(n)}}
		if f.has[0] {
			f.old = o[i]
		}
		if f.has[1] {
			f.new = n[i]
		}
		found = append(found, f)
	}
	if count > maxTextLines {
		found[maxTextLines-1].note = "and " + strconv.Itoa(count-maxTextLines) + " lines more"
	}
	return found
}
