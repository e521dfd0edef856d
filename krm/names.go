package krm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/meshtopo/meshtopo/diag"
)

// level is an object or a list of a JSON document that is being read.
type level struct {
	path  diag.Path
	names map[string]bool // of an object; nil for a list
	next  diag.Path       // of the value after a name
	named bool            // a name has been read, and its value has not
	count int             // of a list's elements
}

// uniqueNames refuses an object of a JSON document in which a name stands twice: readers disagree on which of the two counts.
func uniqueNames(d chunk) error {
	decoder := json.NewDecoder(bytes.NewReader(d.text))
	decoder.UseNumber()
	var open []*level
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", d.line, err)
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			open = open[:len(open)-1]
			continue
		}
		var at diag.Path
		if len(open) > 0 {
			inner := open[len(open)-1]
			path, isName, twice := inner.take(token)
			if twice {
				line := d.line + bytes.Count(d.text[:decoder.InputOffset()], []byte("\n"))
				return fmt.Errorf("line %d: %s stands twice", line, path)
			}
			if isName {
				continue
			}
			at = path
		}
		switch token {
		case json.Delim('{'):
			open = append(open, &level{path: at, names: map[string]bool{}})
		case json.Delim('['):
			open = append(open, &level{path: at})
		}
	}
}

// take takes the next token of an object or a list: a name, or what a value begins with. It gives the path of the value.
func (l *level) take(token json.Token) (path diag.Path, isName, twice bool) {
	switch {
	case l.names == nil:
		l.count++
		return l.path.Index(l.count - 1), false, false
	case l.named:
		l.named = false
		return l.next, false, false
	}
	name, _ := token.(string)
	l.next, l.named = l.path.Key(name), true
	twice = l.names[name]
	l.names[name] = true
	return l.next, true, twice
}
