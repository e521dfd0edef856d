package review

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"path"
	"regexp"
	"strconv"

	"github.com/meshtopo/meshtopo/manifest"
)

// document is one document of a file of manifests: its bytes and where they begin.
type document struct {
	file string // in the target
	line int    // the first line, from 1
	text []byte // without the marker
}

// place is how an error names a document.
func (d *document) place() string { return d.file + ":" + strconv.Itoa(d.line) }

// split cuts a text at its document markers. A line that begins with --- or ... and goes on with a blank or ends there is a marker wherever it
// stands, also in block scalars and quoted text (YAML 1.2, 9.1.2), so that nothing has to be parsed for it.
func split(file string, text []byte) []document {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	usual := !bytes.ContainsAny(text, "\r\u0085\u2028\u2029")
	var list []document
	start, line, at := 0, 1, 1
	for pos := 0; pos < len(text); {
		next := pos + lineEnd(text[pos:], usual)
		if isMarker(text[pos:next]) {
			list = append(list, document{file, line, text[start:pos]})
			start, line = pos+3, at // what stands behind --- belongs to the document
		}
		pos, at = next, at+1
	}
	list = append(list, document{file, line, text[start:]})
	kept := list[:0]
	for _, d := range list {
		if !d.isBlank() {
			kept = append(kept, d)
		}
	}
	return kept
}

// lineBreak is what ends a line to the parser: YAML 1.1 knows three more than usual, and a carriage return alone.
var lineBreak = regexp.MustCompile(`\r\n|[\n\r\x{85}\x{2028}\x{2029}]`)

// lineEnd is where the first line of a text ends, behind its line break.
func lineEnd(text []byte, usual bool) int {
	if usual {
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			return end + 1
		}
		return len(text)
	}
	if at := lineBreak.FindIndex(text); at != nil {
		return at[1]
	}
	return len(text)
}

func isMarker(line []byte) bool {
	if len(line) < 3 || string(line[:3]) != "---" && string(line[:3]) != "..." {
		return false
	}
	return len(line) == 3 || line[3] == ' ' || line[3] == '\t' || lineBreak.Match(line[3:min(len(line), 6)]) && lineBreak.FindIndex(line[3:])[0] == 0
}

// isBlank says whether a document holds comments, directives and blanks only.
func (d *document) isBlank() bool {
	for rest := d.text; len(rest) > 0; {
		end := lineEnd(rest, false)
		if line := bytes.TrimSpace(rest[:end]); len(line) > 0 && line[0] != '#' && line[0] != '%' {
			return false
		}
		rest = rest[end:]
	}
	return true
}

// maxForeignNodes bounds the values of one document, those that aliases stand for counted each time.
const maxForeignNodes = 5_000_000

// errorLine finds the line of an error of the decoder.
var errorLine = regexp.MustCompile(`^line (\d+): `)

// decode reads a document: nil for one that holds nothing. An error names the line in the file.
func (d *document) decode() (map[string]any, error) {
	list, err := manifest.DecodeForeign(bytes.ReplaceAll(d.text, []byte("\r\n"), []byte("\n")), maxForeignNodes)
	if err != nil {
		text, line := err.Error(), d.line
		if m := errorLine.FindStringSubmatch(text); m != nil {
			n, _ := strconv.Atoi(m[1]) // digits; what is too large for an int is no line
			text, line = text[len(m[0]):], d.line+n-1
		}
		return nil, fmt.Errorf("%s:%d: %s", d.file, line, text)
	}
	if len(list) == 0 {
		return nil, nil
	}
	return list[0], nil
}

// withoutEqual gives the documents of two sides that have no equal one on the other side. Documents are equal byte by byte; the hash only
// finds them.
func withoutEqual(old, now []document) (onlyOld, onlyNew []document) {
	seed := maphash.MakeSeed()
	byHash := make(map[uint64][]int, len(old))
	for i := range old {
		h := maphash.Bytes(seed, old[i].text)
		byHash[h] = append(byHash[h], i)
	}
	paired := make([]bool, len(old))
	for _, d := range now {
		h := maphash.Bytes(seed, d.text)
		found := false
		for k, i := range byHash[h] {
			if bytes.Equal(old[i].text, d.text) {
				paired[i], found = true, true
				byHash[h] = append(byHash[h][:k:k], byHash[h][k+1:]...)
				break
			}
		}
		if !found {
			onlyNew = append(onlyNew, d)
		}
	}
	for i := range old {
		if !paired[i] {
			onlyOld = append(onlyOld, old[i])
		}
	}
	return onlyOld, onlyNew
}

// isManifest says whether a file may hold objects, by its name.
func isManifest(name string) bool {
	switch path.Ext(name) {
	case ".yaml", ".yml", ".json":
		return path.Base(name) != manifest.IndexName
	}
	return false
}
